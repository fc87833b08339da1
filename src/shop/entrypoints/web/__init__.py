"""The two pages, `/` and `/admin`, with their scripts and styles, and the session that no script can read."""
