"""Versions of entities, which every change counts up."""

from typing import Final

FIRST_VERSION: Final = 1
