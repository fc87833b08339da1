"""Data for trying things out."""
