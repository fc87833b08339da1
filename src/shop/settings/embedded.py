"""Checks the file of an embedded database."""

import os
from pathlib import Path


def problem_of_file(file: Path) -> str | None:
    """Return why the database's file can't be opened or created, to follow the variable's name; None if it can."""
    folder = file.parent
    if not folder.exists():
        return f"names a file in {folder}, and there is no such folder"
    if not folder.is_dir():
        return f"names a file in {folder}, which is not a folder"
    if file.is_dir():
        return f"names {file}, which is a folder"
    if file.exists() and not os.access(file, os.R_OK):
        return f"names {file}, which this user may not read"
    if not file.exists() and not os.access(folder, os.W_OK | os.X_OK):
        return f"names a new file in {folder}, where this user may not write"
    return None
