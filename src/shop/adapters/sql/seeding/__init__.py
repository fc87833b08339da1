"""Sample data for trying out the shop."""
