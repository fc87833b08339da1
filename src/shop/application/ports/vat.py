"""VAT identification numbers, and the countries of the EU's VAT area."""

from collections.abc import Set
from typing import Protocol, runtime_checkable


@runtime_checkable
class VatIds(Protocol):
    """Format and check digits of VAT ids. No method does I/O: a valid id is not necessarily registered."""

    @property
    def eu_countries(self) -> Set[str]:
        """Return the member states of the EU, by ISO 3166-1."""
        ...

    def normalized(self, text: str) -> str | None:
        """Return the VAT id without separators and in capitals; None if its form or its check digits are wrong.

        It begins with the country's prefix: the ISO 3166-1 code, but `EL` for Greece and `XI` for Northern Ireland.
        """
        ...

    def country_of(self, vat_id: str) -> str:
        """Return the ISO 3166-1 code of the country that a normalized VAT id belongs to; `XI` for Northern Ireland."""
        ...
