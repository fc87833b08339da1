"""Folders that the package brings along, but that have another place in a checkout."""

from pathlib import Path

_PACKAGE = Path(__file__).parent


def shipped_folder(name: str, in_checkout: str) -> Path:
    """Return the folder: `name` inside an installed package, else `in_checkout` below the root of the checkout."""
    installed = _PACKAGE / name
    return installed if installed.is_dir() else _PACKAGE.parents[1] / in_checkout
