"""The catalogue: what visitors browse, and what admins do with products and their stock."""
