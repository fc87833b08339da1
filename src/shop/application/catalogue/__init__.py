"""The catalogue: browsing, and the administration of products and stock."""
