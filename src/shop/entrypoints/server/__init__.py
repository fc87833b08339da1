"""The layer between the sockets and the application: the HTTP protocol, its limits, and the metrics port."""
