"""Database URLs: from the form in the configuration to the form for SQLAlchemy's asynchronous engines."""

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
    """Return the asynchronous engine's URL for `mysql://…` or `sqlite:///…`, with or without a driver.

    Raises ValueError for any other URL; the message omits the URL, which may contain a password.
    """
    try:
        parsed = make_url(url)
    except (ArgumentError, ValueError):
        raise ValueError("not a database URL such as mysql://user:password@host/name") from None
    driver = _DRIVERS.get(parsed.drivername)
    if driver is None:
        raise ValueError(f"{parsed.drivername} databases are not supported: use mysql:// or sqlite:///")
    return parsed.set(drivername=driver)
