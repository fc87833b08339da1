"""Rate limits in SQL."""

from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import Integer, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.framework.tables import rate_limits
from shop.application.ports.unit_of_work import TransactionConflict

# Lock the row with the first statement: counting it first, and locking it later, could deadlock.
_LOCK: Final = select(rate_limits).where(rate_limits.c.subject == bindparam("of")).with_for_update()
_ADD: Final = insert(rate_limits)
_UPDATE: Final = update(rate_limits).where(rate_limits.c.subject == bindparam("of"))
_OLD: Final = (
    select(rate_limits.c.subject)
    .where(rate_limits.c.began_at < bindparam("moment"))
    .order_by(rate_limits.c.began_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_DELETE: Final = delete(rate_limits).where(rate_limits.c.subject.in_(bindparam("subjects", expanding=True)))


class SqlRateLimits:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def take(self, subject: bytes, limit: int, *, at: datetime, window: timedelta) -> datetime | None:
        row = (await self._connection.execute(_LOCK, {"of": subject})).one_or_none()
        if row is None:
            await self._add({"subject": subject, "began_at": at, "events": 1})
        elif row.began_at + window <= at:
            await self._connection.defer(_UPDATE, {"of": subject, "began_at": at, "events": 1})
        elif row.events >= limit:
            end: datetime = row.began_at + window
            return end
        else:
            await self._connection.defer(_UPDATE, {"of": subject, "events": row.events + 1})
        return None

    async def _add(self, row: dict[str, Any]) -> None:
        try:
            await self._connection.execute(_ADD, row)
        except IntegrityError as error:
            if is_duplicate(error):
                raise TransactionConflict("another transaction counted the subject's first event") from error
            raise

    async def delete_before(self, moment: datetime, limit: int) -> int:
        old = list(await self._connection.scalars(_OLD, {"moment": moment, "most": limit}))
        if old:
            await self._connection.defer(_DELETE, {"subjects": old})
        return len(old)
