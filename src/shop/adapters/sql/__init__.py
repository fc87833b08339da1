"""The shop on MySQL and SQLite, by SQLAlchemy Core: one code for both."""
