"""What the shop knows of the world's countries and regions."""

from typing import Protocol, runtime_checkable


@runtime_checkable
class Places(Protocol):
    """Countries by ISO 3166-1 and regions by ISO 3166-2. Texts are tidy; nothing here waits for anything."""

    def country(self, text: str) -> str | None:
        """Return the two-letter code that the text is, whatever its case (`de` is `DE`); None if it is none.

        `XK` counts as a country.
        """
        ...

    def region(self, country: str, text: str) -> str | None:
        """Return the code of the country's region that the text names, such as `US-CA`; None if it names none.

        `US-CA`, `CA` and `California` name it, whatever their case or accents. A name that two regions of the country
        share names neither. `country` is a code as `country` returns it.
        """
        ...
