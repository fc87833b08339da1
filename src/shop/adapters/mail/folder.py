"""Writes mail to a folder as `.eml` files, which mail programs can open."""

import asyncio
import os
from pathlib import Path

from shop.adapters.mail.composing import composed, failure
from shop.application.ports.messages import Mail
from shop.settings.mail import Sender


class FolderMailer:
    """See the port. Writes one file per mail; sending a mail again replaces its file.

    Only the operating system's user that runs the shop can read the files.
    """

    def __init__(self, folder: Path, sender: Sender) -> None:
        self._folder = folder
        self._sender = sender

    async def send(self, mail: Mail) -> None:
        content = composed(mail, self._sender).as_bytes()
        try:
            await asyncio.to_thread(self._write, f"{mail.message_id}.eml", content)
        except OSError as error:
            raise failure(error) from error

    def _write(self, name: str, content: bytes) -> None:
        self._folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        draft = self._folder / f".{name}.{os.getpid()}"
        descriptor = os.open(draft, os.O_CREAT | os.O_TRUNC | os.O_WRONLY, 0o600)
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
        draft.replace(self._folder / name)
