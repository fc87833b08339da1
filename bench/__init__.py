"""Benchmarks of the shop against its upper bounds: `python -m bench`, or `make bench` on a durable server."""
