"""The HTTP API: `app.py` tells how it is put together and how to add to it."""
