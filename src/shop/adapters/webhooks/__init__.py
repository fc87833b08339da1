"""Sending events to URLs outside the shop."""
