"""The keys of an embedded shop: each made once, at random, kept in a file that only its owner can read."""

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from shop.settings.values import MIN_KEY_BYTES


class KeyFileError(Exception):
    """A key file that can't be made, read or trusted; the message is a sentence."""


_SUFFIXES: Final = {"jwt_secret": ".jwt-secret", "secret_keys": ".secret-keys"}
GENERATED: Final = frozenset(_SUFFIXES)
"""The settings that an embedded shop makes for itself."""


def key_file_of(database: Path, setting: str) -> Path:
    """Where this setting's key is kept for the embedded database in the file `database`: beside it."""
    return database.with_name(database.name + _SUFFIXES[setting])


def new_key() -> str:
    return secrets.token_urlsafe(48)


def kept_key(file: Path) -> str:
    """The key in `file`, which is made if it isn't there. Processes that start together get the same one."""
    try:
        if not file.exists():
            _make(file)
        return _read(file)
    except OSError as error:
        raise KeyFileError(f"The key file {file} can't be used: {error.strerror}.") from error


def _make(file: Path) -> None:
    # Written whole under another name first, then linked, which fails if the name is taken: nobody ever reads
    # half a key, and of several processes one key wins.
    draft = file.with_name(f"{file.name}.{os.getpid()}-{secrets.token_hex(4)}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    try:
        with os.fdopen(descriptor, "w") as stream:
            stream.write(new_key())
            stream.flush()
            os.fsync(stream.fileno())
        with contextlib.suppress(FileExistsError):
            file.hardlink_to(draft)
    finally:
        draft.unlink()


def _read(file: Path) -> str:
    with file.open() as stream:
        mode = stat.S_IMODE(os.fstat(stream.fileno()).st_mode)
        key = stream.read().strip()
    if mode & 0o077:
        raise KeyFileError(f"The key file {file} is open to others (mode {mode:04o}): run chmod 600 {file}.")
    if len(key.encode()) < MIN_KEY_BYTES:
        raise KeyFileError(
            f"The key file {file} holds less than {MIN_KEY_BYTES} bytes: bring it back from a copy, or "
            "delete it, and a new key is made; everybody will have to log in again."
        )
    return key
