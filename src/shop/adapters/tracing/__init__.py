"""Tracing with OpenTelemetry. Imported only if tracing is on."""
