"""Countries by ISO 3166-1 and their regions by ISO 3166-2."""

from collections import defaultdict
from functools import cache
from importlib.resources import files
from typing import Final

import msgspec

from shop.domain.text import folded

_KOSOVO: Final = "XK"
"""Not assigned by ISO, but widely used: by CLDR, the European Union and payment providers."""

_Names = dict[str, list[str]]


class IsoPlaces:
    """See the port. The table is loaded on first use."""

    def country(self, text: str) -> str | None:
        code = text.upper()
        return code if text.isascii() and (code in _subdivisions() or code == _KOSOVO) else None

    def region(self, country: str, text: str) -> str | None:
        code = text.upper().removeprefix(f"{country}-")
        if code not in _subdivisions().get(country, {}):
            code = _codes_by_name(country).get(folded(text), "")
        return f"{country}-{code}" if code else None


@cache
def _subdivisions() -> dict[str, _Names]:
    table = files(__package__).joinpath("subdivisions.json").read_bytes()
    return msgspec.json.decode(table, type=dict[str, _Names])


@cache
def _codes_by_name(country: str) -> dict[str, str]:
    """Return the code for each folded name; names shared by several subdivisions are left out."""
    codes = defaultdict(set)
    for code, names in _subdivisions().get(country, {}).items():
        for name in names:
            codes[folded(name)].add(code)
    return {name: found.pop() for name, found in codes.items() if len(found) == 1}
