"""Login attempts on MySQL and SQLite."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update
from sqlalchemy.dialects import mysql

from shop.adapters.sql.accounts.tables import login_attempts, login_counters
from shop.adapters.sql.framework.execution import DirectConnection
from shop.domain.accounts.login_attempt import LoginAttempt

_NOW: Final = bindparam("now", type_=login_counters.c.touched_at.type)
_LOCK_COUNTERS: Final = (
    mysql.insert(login_counters)
    .values(
        [
            {"subject": bindparam(name, type_=login_counters.c.subject.type), "touched_at": _NOW}
            for name in ("first", "second")
        ]
    )
    .on_duplicate_key_update(touched_at=_NOW)
)
_SINCE: Final = login_attempts.c.at > bindparam("since")
_RECENT_ATTEMPTS: Final = (
    select(login_attempts)
    .where(login_attempts.c.account == bindparam("account"), _SINCE)
    .union(select(login_attempts).where(login_attempts.c.address == bindparam("address"), _SINCE))
)
_INSERT_ATTEMPT: Final = insert(login_attempts)
_MARK_FAILED: Final = (
    update(login_attempts).where(login_attempts.c.id == bindparam("attempt_id")).values(failed=True)
)
_DELETE_ATTEMPT: Final = delete(login_attempts).where(login_attempts.c.id == bindparam("attempt_id"))
_OLD_ATTEMPTS: Final = (
    select(login_attempts.c.id)
    .where(login_attempts.c.at < bindparam("moment"))
    .order_by(login_attempts.c.at)
    .limit(bindparam("most"))
)
_DELETE_ATTEMPTS: Final = delete(login_attempts).where(
    login_attempts.c.id.in_(bindparam("ids", expanding=True))
)
_OLD_COUNTERS: Final = (
    select(login_counters.c.subject)
    .where(login_counters.c.touched_at < bindparam("moment"))
    .order_by(login_counters.c.touched_at)
    .limit(bindparam("most"))
)
_DELETE_COUNTERS: Final = delete(login_counters).where(
    login_counters.c.subject.in_(bindparam("subjects", expanding=True)),
    login_counters.c.touched_at < bindparam("moment"),
)


class SqlLoginAttempts:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def lock_counters(self, attempt: LoginAttempt, since: datetime) -> list[LoginAttempt]:
        # SQLite has one writer at a time: the transaction itself is the lock. Elsewhere the rows are
        # written in the order of their keys, so that two attempts can't wait for each other.
        if self._connection.dialect.name == "mysql":
            first, second = sorted((attempt.account, attempt.address))
            values = {"first": first, "second": second, "now": attempt.at}
            await self._connection.defer(_LOCK_COUNTERS, values)
        recent = {"account": attempt.account, "address": attempt.address, "since": since}
        return [_attempt_of_row(row) for row in await self._connection.execute(_RECENT_ATTEMPTS, recent)]

    async def add(self, attempt: LoginAttempt) -> None:
        await self._connection.defer(_INSERT_ATTEMPT, _row_of_attempt(attempt))

    async def mark_failed(self, attempt: LoginAttempt) -> None:
        await self._connection.defer(_MARK_FAILED, {"attempt_id": attempt.id})

    async def remove(self, attempt: LoginAttempt) -> None:
        await self._connection.defer(_DELETE_ATTEMPT, {"attempt_id": attempt.id})

    async def delete_before(self, moment: datetime, limit: int) -> int:
        old = {"moment": moment, "most": limit}
        ids = (await self._connection.execute(_OLD_ATTEMPTS, old)).scalars().all()
        if ids:
            await self._connection.defer(_DELETE_ATTEMPTS, {"ids": ids})
        subjects = (await self._connection.execute(_OLD_COUNTERS, old)).scalars().all()
        if subjects:
            await self._connection.defer(_DELETE_COUNTERS, {"subjects": subjects, "moment": moment})
        return len(ids)


def _row_of_attempt(attempt: LoginAttempt) -> dict[str, Any]:
    return {
        "id": attempt.id,
        "account": attempt.account,
        "address": attempt.address,
        "at": attempt.at,
        "failed": attempt.failed,
    }


def _attempt_of_row(row: Row[Any]) -> LoginAttempt:
    return LoginAttempt(row.id, row.account, row.address, row.at, row.failed)
