"""Caches that keep a bounded number of entries."""

from typing import TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")


def remember(cache: dict[Key, Value], key: Key, value: Value, max_entries: int) -> None:
    """Store the value as the newest entry, in place of the key's former one. A full cache loses its oldest entry."""
    cache.pop(key, None)
    if len(cache) >= max_entries:
        del cache[next(iter(cache))]
    cache[key] = value
