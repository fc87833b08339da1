"""Pictures in a folder, in an S3 bucket, or in memory."""

from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, Final

from obstore.exceptions import BaseError, NotFoundError
from obstore.store import LocalStore, MemoryStore, S3Store

from shop.domain.errors import Unavailable

if TYPE_CHECKING:
    from obstore.store import ClientConfig

_TIMEOUT: Final = timedelta(seconds=10)
_CONNECT_TIMEOUT: Final = timedelta(seconds=3)


class ObjectStoreMedia:
    """See the port. Several instances may share the folder or the bucket."""

    def __init__(self, store: LocalStore | S3Store | MemoryStore) -> None:
        self._store = store

    async def write(self, name: str, content: bytes) -> None:
        with _translated_failures():
            await self._store.put_async(name, content)

    async def read(self, name: str) -> bytes | None:
        with _translated_failures():
            try:
                found = await self._store.get_async(name)
                return bytes(await found.bytes_async())
            except (NotFoundError, FileNotFoundError):
                return None

    async def delete(self, names: Sequence[str]) -> None:
        with _translated_failures():
            for name in names:
                try:
                    await self._store.delete_async(name)
                except (NotFoundError, FileNotFoundError):
                    continue

    async def written_before(self, moment: datetime) -> AsyncIterator[Sequence[str]]:
        with _translated_failures():
            async for batch in self._store.list():
                if names := [found["path"] for found in batch if found["last_modified"] < moment]:
                    yield names


def folder_media(folder: Path) -> ObjectStoreMedia:
    """Return a store in this folder, creating it if missing. Raises OSError if that fails."""
    folder.mkdir(parents=True, exist_ok=True)
    return ObjectStoreMedia(LocalStore(folder))


def memory_media() -> ObjectStoreMedia:
    """Return a store that ends with the process, for tests."""
    return ObjectStoreMedia(MemoryStore())


def s3_media(bucket: str, prefix: str) -> ObjectStoreMedia:
    """Return a store in an S3 bucket.

    Credentials, region and endpoint come from the usual environment variables (`AWS_ACCESS_KEY_ID`,
    `AWS_SECRET_ACCESS_KEY`, `AWS_REGION`, `AWS_ENDPOINT_URL`) or from the machine's role.
    """
    options: ClientConfig = {"timeout": _TIMEOUT, "connect_timeout": _CONNECT_TIMEOUT, "allow_http": True}
    return ObjectStoreMedia(S3Store(bucket, prefix=prefix or None, client_options=options))


@contextmanager
def _translated_failures() -> Iterator[None]:
    try:
        yield
    except (BaseError, OSError) as error:
        raise Unavailable("The storage of the shop's pictures does not respond.", retry_after=5) from error
