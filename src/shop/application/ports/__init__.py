"""The ports: what the use cases need from adapters (I/O, time, ids and secrets). One module per topic."""
