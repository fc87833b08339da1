"""Categories as text: `Clothing > Shirts | Sale`, with a backslash before `>`, `|` and itself within a name."""

import re
from collections.abc import Iterable, Sequence
from typing import Final

from shop.domain.catalogue.category import CategoryTree
from shop.domain.text import one_line

_SPECIAL: Final = re.compile(r"[\\|>]")

CategoryPath = tuple[str, ...]
"""Names from the root category down."""


def paths_of(tree: CategoryTree, category_ids: Iterable[str]) -> list[CategoryPath]:
    """Return the path of each category that the tree has, in the same order."""
    current = tree.placement(category_ids).category_ids
    return [tuple(tree.categories[each].name for each in tree.path(category_id)) for category_id in current]


def paths_text(paths: Iterable[CategoryPath]) -> str:
    """Return the paths as one text."""
    return " | ".join(" > ".join(map(_escaped, path)) for path in paths)


def read_paths(text: str, separator: str = "|") -> list[CategoryPath]:
    r"""Return the paths in a text. Empty names are left out. `\` makes the next character part of a name."""
    paths = [
        tuple(name for level in _split(part, ">") if (name := one_line(_unescaped(level))))
        for part in _split(text, separator)
    ]
    return [path for path in paths if path]


def _escaped(name: str) -> str:
    return _SPECIAL.sub(lambda found: f"\\{found[0]}", name)


def _unescaped(text: str) -> str:
    return re.sub(r"\\(.)", r"\1", text, flags=re.DOTALL)


def _split(text: str, separator: str) -> Sequence[str]:
    """Split at separators that have no backslash before them; the backslashes stay."""
    parts, part, is_escaped = [], "", False
    for character in text:
        if character == separator and not is_escaped:
            parts.append(part)
            part = ""
        else:
            part += character
        is_escaped = character == "\\" and not is_escaped
    return [*parts, part]
