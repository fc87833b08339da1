"""Lookup of countries and regions."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Places(Protocol):
    """Countries by ISO 3166-1 and regions by ISO 3166-2. Inputs are already trimmed; no method does I/O."""

    def country(self, text: str) -> str | None:
        """Return the two-letter code for the text, ignoring case (`de` gives `DE`); None if it isn't a country code.

        `XK` counts as a country.
        """
        ...

    def region(self, country: str, text: str) -> str | None:
        """Return the code of the country's region that the text names, such as `US-CA`; None if it names none.

        `US-CA`, `CA` and `California` all match, ignoring case and accents. A name shared by two regions of the
        country matches neither. `country` is a code as returned by the method `country`.
        """
        ...
