"""Telling others what happened: deliveries and when to try them."""
