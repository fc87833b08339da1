"""The web framework layer, independent of the shop's domain."""
