"""The HTTP API; `framework/app.py` explains how it is assembled and extended."""
