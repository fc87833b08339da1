"""Postal addresses, and the places to which shipping zones and tax rates apply."""

from dataclasses import dataclass
from typing import Final

MAX_FIELD_LENGTH: Final = 200
"""The maximum length of each field of an address, in characters."""


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


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166-1 alpha-2), and perhaps a region (ISO 3166-2, such as `US-CA`) and a postal code."""

    country: str
    region: str | None = None
    postal_code: str | None = None


def postal_key(postal_code: str | None) -> str:
    """Return the form in which postal codes compare: upper-case, without spaces and hyphens. Empty if there is none."""
    return "".join((postal_code or "").upper().replace("-", "").split())
