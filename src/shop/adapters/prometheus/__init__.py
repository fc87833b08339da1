"""Metrics of what the adapters see, for Prometheus."""
