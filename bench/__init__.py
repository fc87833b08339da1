"""The shop beside its limits, measured in one run: `python -m bench`, on a durable server by `make bench`."""
