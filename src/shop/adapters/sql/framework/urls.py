"""Database URLs as people write them, and as SQLAlchemy's asynchronous engines want them."""

from typing import Final

from sqlalchemy import URL, make_url
from sqlalchemy.exc import ArgumentError

_DRIVERS: Final = {
    "mysql": "mysql+asyncmy",
    "mysql+asyncmy": "mysql+asyncmy",
    "sqlite": "sqlite+aiosqlite",
    "sqlite+aiosqlite": "sqlite+aiosqlite",
}


def async_url(url: str | URL) -> URL:
    """`mysql://…` or `sqlite:///…`, with or without its driver, as the URL of an asynchronous engine.

    Raises ValueError, without the URL in it (it may hold a password), for what is neither.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("not a database URL such as mysql://user:password@host/name") from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise ValueError(f"no database is spoken to as {parsed.drivername}: use mysql:// or sqlite:///")
    return parsed.set(drivername=driver)
