"""Setting up the shop."""
