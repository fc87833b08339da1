"""Sample data for trials and load tests."""
