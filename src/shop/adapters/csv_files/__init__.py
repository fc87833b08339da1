"""CSV files that are imported."""
