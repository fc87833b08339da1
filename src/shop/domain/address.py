"""Postal addresses."""

from dataclasses import dataclass
from typing import Final

MAX_TEXT: Final = 200
"""Characters of each field."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where goods or bills go, as the buyer wrote it. `country` is an ISO 3166-1 alpha-2 code."""

    name: str | None = None
    company: str | None = None
    line1: str | None = None
    line2: str | None = None
    city: str | None = None
    region: str | None = None
    postal_code: str | None = None
    country: str | None = None
    phone: str | None = None
