"""Pictures: storage of their files, rendering, and storage of their data."""

from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import BinaryIO, Protocol, runtime_checkable

from shop.application.catalogue.media_views import PictureView
from shop.application.framework.views import Page
from shop.domain.catalogue.picture import Picture


@dataclass(frozen=True, slots=True)
class Rendering:
    """A rendered picture: its size in pixels, turned upright, and a WebP file for each of its widths."""

    width: int
    height: int
    files: Mapping[int, bytes]


@runtime_checkable
class PictureRenderer(Protocol):
    """Decodes uploaded files and renders them as WebP."""

    async def render(self, file: BinaryIO) -> Rendering:
        """Return the picture upright, without metadata, at every width of `widths_of`.

        The format is what the decoder finds, whatever the file's name. Of an animation, the first frame counts.
        Raises UnsupportedPicture, or UnusablePicture if it is broken or too large. Does not block the event loop.
        """


@runtime_checkable
class MediaStore(Protocol):
    """Files by name, such as `0192…/640.webp`. Raises Unavailable when the storage does not respond."""

    async def write(self, name: str, content: bytes) -> None:
        """Store the file; a reader sees all of it or nothing. An existing file is replaced."""

    async def read(self, name: str) -> bytes | None:
        """Return the file; None if there is none."""

    async def delete(self, names: Sequence[str]) -> None:
        """Delete these files. Files that do not exist are ignored."""

    def written_before(self, moment: datetime) -> AsyncIterator[Sequence[str]]:
        """Yield the names of all files that were last written before `moment`, in batches."""


@runtime_checkable
class Pictures(Protocol):
    """What is stored about pictures."""

    async def add(self, picture: Picture) -> None:
        """Store a new picture. The unit of work's exit raises PictureKnown if one with this digest is stored."""

    async def lock(self, picture_id: str) -> Picture | None:
        """Return the picture, *locked*; None if there is none."""

    async def lock_existing(self, picture_ids: Sequence[str]) -> Sequence[Picture]:
        """Return the pictures with these ids, *locked* against deletion, in any order. Unknown ids are left out."""

    async def save(self, picture: Picture) -> None:
        """Store a changed picture that this unit of work has locked."""

    async def is_used(self, picture_id: str, urls: Sequence[str]) -> bool:
        """Return whether a product shows the picture, or a line of an order shows one of its `urls`."""

    async def delete(self, picture_id: str) -> None:
        """Delete an unused picture that this unit of work has locked."""


@runtime_checkable
class PictureQueries(Protocol):
    """Reads of pictures outside a unit of work."""

    async def page(self, page: int, limit: int) -> Page[PictureView]:
        """Return one page of the pictures, newest first."""

    async def picture(self, picture_id: str) -> PictureView | None:
        """Return one picture by id; None if there is none."""

    async def by_digest(self, digest: bytes) -> PictureView | None:
        """Return the picture that was uploaded as a file with this SHA-256; None if there is none."""

    async def known(self, picture_ids: Sequence[str]) -> frozenset[str]:
        """Return which of these ids belong to stored pictures."""
