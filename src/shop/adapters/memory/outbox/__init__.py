"""Events, and their deliveries."""
