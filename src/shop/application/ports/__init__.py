"""What the use cases need from outside: I/O, time, ids and secrets. One module per topic."""
