"""Storage infrastructure that is independent of the shop's domain."""
