"""Pictures: upload, description, deletion, and the purge of files that no picture has."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, BinaryIO, Final

import msgspec
from msgspec import UNSET, UnsetType

from shop.application.audit.trail import Audit
from shop.application.catalogue.media_views import PictureView
from shop.application.framework.idempotency import Outcome, Replayed, claim, save_answer
from shop.application.framework.inputs import ExpectedVersions, Version, ensure_expected, takes_back, text
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.media import MediaStore, PictureQueries, PictureRenderer, Rendering
from shop.application.ports.system import Clock, Ids
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.audit import AuditAction
from shop.domain.catalogue.picture import (
    MAX_ALT,
    MediaOff,
    Picture,
    PictureInUse,
    PictureKnown,
    alternative_text,
    file_name,
    is_file_name,
    picture_url,
    widths_of,
)
from shop.domain.errors import NotFound, ShopError, VersionConflict

ORPHAN_AGE: Final = timedelta(hours=24)
"""The age at which a file without a picture is deleted. An upload that is still running is much younger."""

Alt = Annotated[str, text(MAX_ALT)]


@takes_back(PictureView)
class PicturePatch(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The alternative text, for people who do not see the picture. A stale `version` is refused."""

    alt: Alt | UnsetType = UNSET
    version: Version | UnsetType = UNSET


@dataclass(frozen=True, slots=True)
class UploadedFile:
    """An uploaded file, open for reading at its start, and the SHA-256 of its content."""

    content: BinaryIO
    digest: bytes


@dataclass(frozen=True, slots=True)
class AlreadyUploaded:
    """The file was uploaded before."""

    view: PictureView


class UploadPicture:
    """Staff with `catalogue:write`: upload a JPEG, PNG, WebP or GIF of at most 10 MiB as `file`, with optional `alt`.

    The picture is turned upright, freed of metadata, and kept as WebP at 320, 640 and 1280 pixels and at its full
    width; the first frame of an animation counts. The same file again gives the first picture (200). Fails with
    MEDIA_OFF where the shop keeps no pictures, UNSUPPORTED_PICTURE for another format, UNUSABLE_PICTURE for a
    picture that is broken or has more than 40 megapixels or more than 16,383 pixels on a side.
    """

    def __init__(
        self,
        unit_of_work: UnitOfWorkFactory,
        queries: PictureQueries,
        store: MediaStore | None,
        renderer: PictureRenderer,
        clock: Clock,
        ids: Ids,
        audit: Audit,
    ) -> None:
        self._unit_of_work = unit_of_work
        self._queries = queries
        self._store = store
        self._renderer = renderer
        self._clock = clock
        self._ids = ids
        self._audit = audit

    async def __call__(
        self, principal: Principal, file: UploadedFile, alt: str, key: IdempotencyKey | None = None
    ) -> Outcome[PictureView] | AlreadyUploaded:
        if self._store is None:
            raise MediaOff
        alt = alternative_text(alt)  # validated even if the picture is known and keeps its own text
        known = await self._queries.by_digest(file.digest)
        if known is not None:
            return await self._known(known, key)
        rendering = await self._renderer.render(file.content)
        picture = Picture(
            id=self._ids.new_id(),
            digest=file.digest,
            width=rendering.width,
            height=rendering.height,
            alt=alt,
            created_at=self._clock.now(),
        )
        await self._write(self._store, picture, rendering)
        try:
            outcome = await self._add(principal, picture, key)
        except ShopError as refused:
            await self._store.delete(files_of(picture.id, picture.width))
            if not isinstance(refused, PictureKnown):
                raise
            known = await self._queries.by_digest(file.digest)
            if known is None:  # uploaded and deleted meanwhile
                raise
            return await self._known(known, key)
        if isinstance(outcome, Replayed):
            await self._store.delete(files_of(picture.id, picture.width))
        return outcome

    async def _write(self, store: MediaStore, picture: Picture, rendering: Rendering) -> None:
        for width, content in rendering.files.items():
            await store.write(file_name(picture.id, width), content)

    @retry_on_conflict
    async def _add(
        self, principal: Principal, picture: Picture, key: IdempotencyKey | None
    ) -> Outcome[PictureView]:
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, picture.created_at)) is not None:
                return earlier
            await work.pictures.add(picture)
            view = PictureView.of(picture)
            await self._audit(
                work, principal, AuditAction.PICTURE_UPLOADED, picture.id, before=None, after=view
            )
            return await save_answer(work, key, view)

    async def _known(self, view: PictureView, key: IdempotencyKey | None) -> Replayed | AlreadyUploaded:
        """Return the stored picture; if an earlier request under this key created it, that request's answer.

        Under a new key nothing is saved: a repetition finds the picture again.
        """
        earlier = None if key is None else await self._earlier(key)
        return earlier or AlreadyUploaded(view)

    @retry_on_conflict
    async def _earlier(self, key: IdempotencyKey) -> Replayed | None:
        try:
            async with self._unit_of_work() as work:
                if (earlier := await claim(work, key, self._clock.now())) is not None:
                    return earlier
                raise _NotUsedYet
        except _NotUsedYet:
            return None


class RevisePicture:
    """Staff with `catalogue:write`: change a picture's alternative text.

    Products that show it keep the text they had. Fails with NOT_FOUND, a conflict for a stale `version`,
    PRECONDITION_FAILED, VALIDATION_FAILED.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._audit = audit

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, picture_id: str, patch: PicturePatch, expected: ExpectedVersions = None
    ) -> PictureView:
        async with self._unit_of_work() as work:
            picture = await _locked(work, picture_id, expected)
            if patch.version is not UNSET and patch.version != picture.version:
                raise VersionConflict(patch.version, picture.version)
            described = picture if patch.alt is UNSET else picture.describe(patch.alt)
            view = PictureView.of(described)
            if described is not picture:
                await work.pictures.save(described)
                old = PictureView.of(picture)
                await self._audit(
                    work, principal, AuditAction.PICTURE_CHANGED, picture_id, before=old, after=view
                )
        return view


class DeletePicture:
    """Staff with `catalogue:write`: delete a picture and its files.

    Fails with NOT_FOUND, PICTURE_IN_USE while a product or an order shows it, PRECONDITION_FAILED.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, store: MediaStore | None, audit: Audit) -> None:
        self._unit_of_work = unit_of_work
        self._store = store
        self._audit = audit

    async def __call__(
        self, principal: Principal, picture_id: str, expected: ExpectedVersions = None
    ) -> None:
        picture = await self._delete(principal, picture_id, expected)
        if self._store is not None:
            await self._store.delete(files_of(picture.id, picture.width))

    @retry_on_conflict
    async def _delete(self, principal: Principal, picture_id: str, expected: ExpectedVersions) -> Picture:
        async with self._unit_of_work() as work:
            picture = await _locked(work, picture_id, expected)
            urls = [picture_url(picture_id, width) for width in picture.widths]
            if await work.pictures.is_used(picture_id, urls):
                raise PictureInUse
            await work.pictures.delete(picture_id)
            old = PictureView.of(picture)
            await self._audit(
                work, principal, AuditAction.PICTURE_DELETED, picture_id, before=old, after=None
            )
        return picture


class ShowPictureFile:
    """Anyone: a picture's file by its name, such as `640.webp`. Fails with NOT_FOUND."""

    def __init__(self, store: MediaStore | None) -> None:
        self._store = store

    async def __call__(self, picture_id: str, name: str) -> bytes:
        content = None
        if self._store is not None and is_file_name(picture_id, name):
            content = await self._store.read(f"{picture_id}/{name}")
        if content is None:
            raise NotFound("picture")
        return content


class PurgeOrphanedFiles:
    """The worker: delete old files that belong to no picture, left by an upload or a deletion that died."""

    def __init__(self, queries: PictureQueries, store: MediaStore | None, clock: Clock) -> None:
        self._queries = queries
        self._store = store
        self._clock = clock

    async def __call__(self) -> int:
        """Return the number of deleted files."""
        if self._store is None:
            return 0
        deleted = 0
        async for names in self._store.written_before(self._clock.now() - ORPHAN_AGE):
            known = await self._queries.known([_picture_id(name) for name in names])
            orphans = [name for name in names if _picture_id(name) not in known]
            await self._store.delete(orphans)
            deleted += len(orphans)
        return deleted


class _NotUsedYet(Exception):
    """Rolls a claim back."""


def files_of(picture_id: str, width: int) -> Sequence[str]:
    """Return the names of a picture's files; `width` is its full width."""
    return [file_name(picture_id, each) for each in widths_of(width)]


def _picture_id(name: str) -> str:
    return name.partition("/")[0]


async def _locked(work: UnitOfWork, picture_id: str, expected: ExpectedVersions) -> Picture:
    picture = await work.pictures.lock(picture_id)
    if picture is None:
        raise NotFound("picture")
    ensure_expected(picture.version, expected)
    return picture
