"""Files that are imported."""
