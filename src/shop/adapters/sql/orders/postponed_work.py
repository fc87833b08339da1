"""Postponed work in SQL."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, bindparam, delete, insert, select, update

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.adapters.sql.orders.tables import postponed_work
from shop.application.ports.orders import PendingWork

_IS_KIND: Final = (
    postponed_work.c.order_id == bindparam("of_order"),
    postponed_work.c.kind == bindparam("of_kind"),
)
_FAILURES: Final = select(postponed_work.c.failures).where(*_IS_KIND)
_POSTPONE: Final = insert(postponed_work)
_POSTPONE_AGAIN: Final = (
    update(postponed_work)
    .where(*_IS_KIND)
    .values(failures=bindparam("new_failures"), until=bindparam("new_until"))
)
_FORGET: Final = delete(postponed_work).where(*_IS_KIND)
_OLD: Final = (
    select(postponed_work.c.order_id, postponed_work.c.kind)
    .where(postponed_work.c.until < bindparam("moment", type_=UtcDateTime))
    .order_by(postponed_work.c.until)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)


class SqlPostponedWork:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def failures(self, order_id: str, kind: PendingWork) -> int:
        found = await self._connection.scalar(_FAILURES, _of_kind(order_id, kind))
        return int(found or 0)

    async def postpone(self, order_id: str, kind: PendingWork, failures: int, until: datetime) -> None:
        of_work = _of_kind(order_id, kind)
        if failures == 0:
            await self._connection.defer(_FORGET, of_work)
            return
        again = {**of_work, "new_failures": failures, "new_until": until}
        if not (await self._connection.execute(_POSTPONE_AGAIN, again)).rowcount:
            row = {"order_id": order_id, "kind": kind_name(kind), "failures": failures, "until": until}
            await self._connection.defer(_POSTPONE, row)

    async def purge(self, before: datetime, limit: int) -> int:
        old = (await self._connection.execute(_OLD, {"moment": before, "most": limit})).all()
        for order_id, kind in old:
            await self._connection.defer(_FORGET, {"of_order": order_id, "of_kind": kind})
        return len(old)


def kind_name(kind: PendingWork) -> str:
    """Return the stored name of a kind of work."""
    return kind.name.lower()


def _of_kind(order_id: str, kind: PendingWork) -> dict[str, Any]:
    return {"of_order": order_id, "of_kind": kind_name(kind)}
