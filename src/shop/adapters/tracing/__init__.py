"""Traces by OpenTelemetry. Imported only by a shop that has them switched on."""
