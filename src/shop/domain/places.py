"""Places, to which shipping zones and tax rates apply."""

from dataclasses import dataclass


def postal_key(postal_code: str | None) -> str:
    """Return the form in which postal codes compare: upper-case, without spaces and hyphens. Empty if there is none."""
    return "".join((postal_code or "").upper().replace("-", "").split())


@dataclass(frozen=True, slots=True)
class Place:
    """A country (ISO 3166-1 alpha-2), and perhaps a region (ISO 3166-2, such as `US-CA`) and a postal code."""

    country: str
    region: str | None = None
    postal_code: str | None = None
