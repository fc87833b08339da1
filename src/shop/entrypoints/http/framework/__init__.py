"""What knows nothing of shops."""
