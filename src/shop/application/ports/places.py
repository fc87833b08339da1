"""Lookup of countries, regions and VAT ids."""

from collections.abc import Set
from typing import Protocol, runtime_checkable


@runtime_checkable
class Places(Protocol):
    """Countries by ISO 3166-1 and regions by ISO 3166-2. Inputs are already trimmed; no method does I/O."""

    def country(self, text: str) -> str | None:
        """Return the two-letter code for the text, ignoring case (`de` gives `DE`); None if it isn't a country code.

        `XK` counts as a country.
        """

    def region(self, country: str, text: str) -> str | None:
        """Return the code of the country's region that the text names, such as `US-CA`; None if it names none.

        `US-CA`, `CA` and `California` all match, ignoring case and accents. A name shared by two regions of the
        country matches neither. `country` is a code as returned by the method `country`.
        """


@runtime_checkable
class VatIds(Protocol):
    """Format and check digits of VAT ids. No method does I/O: a valid id is not necessarily registered."""

    @property
    def eu_countries(self) -> Set[str]:
        """Return the member states of the EU, by ISO 3166-1."""

    def normalized(self, text: str) -> str | None:
        """Return the VAT id without separators and in capitals; None if its form or its check digits are wrong.

        It begins with the country's prefix: the ISO 3166-1 code, but `EL` for Greece and `XI` for Northern Ireland.
        """

    def country_of(self, vat_id: str) -> str:
        """Return the ISO 3166-1 code of the country that a normalized VAT id belongs to; `XI` for Northern Ireland."""
