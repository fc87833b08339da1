"""Versions of entities, which every change increments."""

from typing import Final

FIRST_VERSION: Final = 1
