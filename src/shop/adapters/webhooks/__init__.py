"""Sending events to addresses outside the shop."""
