"""Pictures on MySQL and SQLite."""

from collections.abc import Sequence
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, exists, func, insert, select, true, update

from shop.adapters.sql.catalogue.tables import picture_uses, pictures, variants
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.orders.tables import order_lines
from shop.application.catalogue.media_views import PictureView
from shop.application.framework.views import Page
from shop.domain.catalogue.picture import Picture

_BY_ID: Final = select(pictures).where(pictures.c.id == bindparam("picture_id"))
_LOCK: Final = _BY_ID.with_for_update()
_LOCK_EXISTING: Final = (
    select(pictures)
    .where(pictures.c.id.in_(bindparam("ids", expanding=True)))
    .order_by(pictures.c.id)
    .with_for_update(read=True)
)
_KNOWN: Final = select(pictures.c.id).where(pictures.c.id.in_(bindparam("ids", expanding=True)))
_BY_DIGEST: Final = select(pictures).where(pictures.c.digest == bindparam("of_file"))
_COUNT: Final = select(func.count()).select_from(pictures)
_PAGE: Final = only_page(select(pictures).order_by(pictures.c.id.desc()))
_ADD: Final = insert(pictures)
_SAVE: Final = (
    update(pictures)
    .where(pictures.c.id == bindparam("picture_id"))
    .values(alt=bindparam("new_alt"), version=bindparam("new_version"))
)
_SHOWN: Final = select(
    exists().where(picture_uses.c.picture_id == bindparam("picture_id"), picture_uses.c.shown == true())
)
_SOLD: Final = select(
    exists()
    .where(picture_uses.c.picture_id == bindparam("picture_id"))
    .where(variants.c.product_id == picture_uses.c.product_id)
    .where(order_lines.c.item_id == variants.c.id)
    .where(order_lines.c.image_url.in_(bindparam("urls", expanding=True)))
)
_DELETE_USES: Final = delete(picture_uses).where(picture_uses.c.picture_id == bindparam("picture_id"))
_DELETE: Final = delete(pictures).where(pictures.c.id == bindparam("picture_id"))
_USES: Final = select(picture_uses.c.picture_id, picture_uses.c.shown).where(
    picture_uses.c.product_id == bindparam("of_product")
)
_ADD_USE: Final = insert(picture_uses)
_CHANGE_USE: Final = (
    update(picture_uses)
    .where(
        picture_uses.c.picture_id == bindparam("of_picture"),
        picture_uses.c.product_id == bindparam("of_product"),
    )
    .values(shown=bindparam("now_shown"))
)


class SqlPictures:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def add(self, picture: Picture) -> None:
        await self._connection.execute(_ADD, _row_of(picture))

    async def lock(self, picture_id: str) -> Picture | None:
        row = (await self._connection.execute(_LOCK, {"picture_id": picture_id})).one_or_none()
        return None if row is None else _picture_of(row)

    async def lock_existing(self, picture_ids: Sequence[str]) -> Sequence[Picture]:
        if not picture_ids:
            return []
        rows = await self._connection.execute(_LOCK_EXISTING, {"ids": list(picture_ids)})
        return [_picture_of(row) for row in rows]

    async def save(self, picture: Picture) -> None:
        values = {"picture_id": picture.id, "new_alt": picture.alt, "new_version": picture.version}
        await self._connection.defer(_SAVE, values)

    async def is_used(self, picture_id: str, urls: Sequence[str]) -> bool:
        if await self._connection.scalar(_SHOWN, {"picture_id": picture_id}):
            return True
        return bool(await self._connection.scalar(_SOLD, {"picture_id": picture_id, "urls": list(urls)}))

    async def delete(self, picture_id: str) -> None:
        await self._connection.defer(_DELETE_USES, {"picture_id": picture_id})
        await self._connection.defer(_DELETE, {"picture_id": picture_id})


class SqlPictureUses:
    """Keeps `picture_uses` equal to what products show."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def change(self, product_id: str, before: frozenset[str], after: frozenset[str]) -> None:
        """Store that the product shows `after`, where it showed `before`."""
        if before == after:
            return
        rows = await self._connection.execute(_USES, {"of_product": product_id})
        shown = {row.picture_id: bool(row.shown) for row in rows}
        for picture_id in sorted(after - shown.keys()):
            values = {"picture_id": picture_id, "product_id": product_id, "shown": True}
            await self._connection.defer(_ADD_USE, values)
        for picture_id in sorted(shown):
            if shown[picture_id] != (picture_id in after):
                values = {
                    "of_picture": picture_id,
                    "of_product": product_id,
                    "now_shown": picture_id in after,
                }
                await self._connection.defer(_CHANGE_USE, values)


class SqlPictureQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, page: int, limit: int) -> Page[PictureView]:
        return await counted_page(
            self._database,
            _COUNT,
            _PAGE,
            {},
            lambda row: PictureView.of(_picture_of(row)),
            page=page,
            limit=limit,
        )

    async def picture(self, picture_id: str) -> PictureView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_ID, {"picture_id": picture_id})).one_or_none()
        return None if row is None else PictureView.of(_picture_of(row))

    async def by_digest(self, digest: bytes) -> PictureView | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_BY_DIGEST, {"of_file": digest})).one_or_none()
        return None if row is None else PictureView.of(_picture_of(row))

    async def known(self, picture_ids: Sequence[str]) -> frozenset[str]:
        async with self._database.reading() as connection:
            rows = await connection.execute(_KNOWN, {"ids": sorted(set(picture_ids))})
            return frozenset(row.id for row in rows)


def _row_of(picture: Picture) -> dict[str, Any]:
    return {
        "id": picture.id,
        "digest": picture.digest,
        "width": picture.width,
        "height": picture.height,
        "alt": picture.alt,
        "created_at": picture.created_at,
        "version": picture.version,
    }


def _picture_of(row: Row[Any]) -> Picture:
    return Picture(
        id=row.id,
        digest=bytes(row.digest),
        width=row.width,
        height=row.height,
        alt=row.alt,
        created_at=row.created_at,
        version=row.version,
    )
