"""The shop's storage in memory, with transactional semantics."""
