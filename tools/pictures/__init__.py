"""Drawings of products, for the samples and for seeded products: vector sources, and the tool that renders them."""
