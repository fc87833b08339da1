"""The shop's storage on MySQL and SQLite: one implementation for both, on SQLAlchemy Core."""
