"""Writes `src/shop/adapters/places/subdivisions.json` from the package iso3166-2: see CONTRIBUTING.

`python -m tools.subdivisions WHEEL > src/shop/adapters/places/subdivisions.json`, with the wheel that
`pip download --no-deps iso3166-2` fetches. The package itself is not installed: it needs others that the shop does not.
"""

import json
import re
import sys
from collections.abc import Mapping
from typing import Any
from zipfile import ZipFile

_ENGLISH_NAME = re.compile(r"([^,()]+(?:\([^()]*\)[^,()]*)?) \(eng\)")


def table(published: Mapping[str, Mapping[str, Any]]) -> dict[str, dict[str, list[str]]]:
    """Return the names of each subdivision by country and code: first its own, then those in English.

    Where a region and a part of it share a name, the name is the region's.
    """
    found = {}
    for country, subdivisions in sorted(published.items()):
        names = {code: _names(each) for code, each in subdivisions.items()}
        regions = {name for code in names if not subdivisions[code]["parentCode"] for name in names[code]}
        found[country] = {
            code.removeprefix(f"{country}-"): [
                name for name in names[code] if not subdivisions[code]["parentCode"] or name not in regions
            ]
            for code in sorted(names)
        }
    return found


def _names(subdivision: Mapping[str, Any]) -> list[str]:
    others = _ENGLISH_NAME.findall(subdivision["localOtherName"] or "")
    return list(dict.fromkeys([subdivision["name"], *(name.strip() for name in others)]))


def source(wheel: str) -> str:
    """Return the file's text, one country per line."""
    with ZipFile(wheel) as files:
        published = json.loads(files.read("iso3166_2/iso3166-2.json"))
    lines = [
        f"{json.dumps(country)}: {json.dumps(subdivisions, ensure_ascii=False)}"
        for country, subdivisions in table(published).items()
    ]
    return "{\n" + ",\n".join(lines) + "\n}\n"


if __name__ == "__main__":
    sys.stdout.write(source(sys.argv[1]))
