"""Building blocks that are independent of the shop's domain."""
