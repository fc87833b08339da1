"""The shop in memory, with the manners of a database."""
