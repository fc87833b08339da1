"""VAT ids, validated with python-stdnum."""

from typing import Final

from stdnum.eu import vat
from stdnum.exceptions import ValidationError
from stdnum.util import get_cc_module

_NORTHERN_IRELAND: Final = "XI"
_GREECE: Final = ("EL", "GR")
"""The prefix of Greek VAT ids, and the country's ISO code."""
_NO_COUNTRIES: Final = {"EU", "IM", _GREECE[1]}
"""Prefixes that python-stdnum accepts but no buyer's VAT id has: EU and IM (one-stop shop sellers), GR for Greece."""


class StdnumVatIds:
    """See the port."""

    eu_countries: Final = frozenset(code.upper() for code in vat.MEMBER_STATES) - {_NORTHERN_IRELAND}

    def normalized(self, text: str) -> str | None:
        prefix = text[:2].upper()
        if not (prefix.isascii() and prefix.isalpha()) or prefix in _NO_COUNTRIES:
            return None
        try:
            if prefix in {_GREECE[0], _NORTHERN_IRELAND} or prefix in self.eu_countries:
                return vat.validate(text)
            return _of_another_country(prefix, text)
        except ValidationError:
            return None

    def country_of(self, vat_id: str) -> str:
        prefix = vat_id[:2]
        return _GREECE[1] if prefix == _GREECE[0] else prefix


def _of_another_country(prefix: str, text: str) -> str | None:
    """Return the normalized VAT id of a country outside the EU. Raises ValidationError."""
    module = get_cc_module(prefix.lower(), "vat")
    if module is None:
        return None
    # Some countries' modules accept numbers with the country's prefix, others only without it.
    number: str = module.validate(text if module.is_valid(text) else text[2:])
    return number if number.startswith(prefix) else prefix + number
