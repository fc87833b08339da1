"""The pictures of seeded products: drawings that the shop serves below `/pictures/`."""

from typing import Final

SEEDED_KINDS: Final[frozenset[str]] = frozenset()
SEEDED_COLOURS: Final = ("navy", "olive", "sand", "burgundy", "slate")
