"""The keys of an embedded shop: each generated randomly once and stored in a file that only its owner can read."""

import contextlib
import os
import secrets
import stat
from pathlib import Path
from typing import Final

from shop.settings.values import MIN_KEY_BYTES


class KeyFileError(Exception):
    """A key file can't be created, read or trusted; the message is a sentence."""


_SUFFIXES: Final = {"jwt_secret": ".jwt-secret", "secret_keys": ".secret-keys"}
_LOSSES: Final = {
    ".jwt-secret": "everybody will have to log in again",
    ".secret-keys": "the secrets of webhooks and second factors will have to be set up again",
}
"""What a new key costs."""
GENERATED: Final = frozenset(_SUFFIXES)
"""The settings that an embedded shop generates."""


def key_file_of(database: Path, setting: str) -> Path:
    """Return the path of this setting's key file, next to the embedded database's file `database`."""
    return database.with_name(database.name + _SUFFIXES[setting])


def new_key() -> str:
    return secrets.token_urlsafe(48)


def stored_key(file: Path) -> str:
    """Return the key in `file`, created if missing. Processes that start concurrently get the same key."""
    try:
        if not file.exists():
            _make(file)
        return _read(file)
    except OSError as error:
        raise KeyFileError(f"The key file {file} can't be used: {error.strerror}.") from error


def _make(file: Path) -> None:
    # The file is written under a temporary name, then linked, which fails if the name exists: no process reads a
    # partial key, and concurrent processes agree on one key.
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
            f"The key file {file} holds less than {MIN_KEY_BYTES} bytes: bring it back from a copy, or delete it, "
            f"and a new key is made; {_LOSSES[file.suffix]}."
        )
    return key
