"""Idempotency keys in SQL."""

from datetime import datetime
from typing import Any, Final

from sqlalchemy import Insert, Integer, Row, Table, bindparam, delete, insert, select, tuple_, update
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.carts.tables import carts
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.framework.tables import idempotency_keys as keys
from shop.adapters.sql.orders.tables import order_tokens
from shop.application.ports.idempotency import IdempotencyKey, KeyOwner, KeyRecord
from shop.domain.errors import Unauthenticated

_IS_KEY: Final = (keys.c.scope == bindparam("current_scope"), keys.c.key == bindparam("current_key"))
_COLUMNS: Final = ("scope", "key", "fingerprint", "subject_id", "answer", "leased_until", "created_at")


# Lock the owner's row first, so that claims of one key queue for it. If they queued at the key instead, a rolled
# back claim would let all of them take a shared lock on the gap that each wants to insert into: a deadlock.
def _adding_for(owners: Table) -> Insert:
    return (
        insert(keys)
        .from_select(
            _COLUMNS,
            select(*(bindparam(f"new_{name}", type_=keys.c[name].type) for name in _COLUMNS))
            .select_from(owners)
            .where(owners.c.id == bindparam("owner_id"))
            .with_for_update(),
        )
        .execution_options(preserve_rowcount=True)
    )


_ADD: Final = {
    KeyOwner.USER: _adding_for(users),
    KeyOwner.CART: _adding_for(carts),
    KeyOwner.ORDER_TOKEN: _adding_for(order_tokens),
}
_FIND: Final = select(
    keys.c.fingerprint, keys.c.subject_id, keys.c.answer, keys.c.leased_until, keys.c.created_at
).where(*_IS_KEY)
# The failed insert has already taken this lock: a read with it returns committed data at any isolation level.
_FIND_DUPLICATE: Final = _FIND.with_for_update(read=True)
_REPLACE: Final = (
    update(keys)
    .where(*_IS_KEY, keys.c.created_at == bindparam("current_created_at"))
    .values(
        fingerprint=bindparam("fingerprint"),
        subject_id=bindparam("subject_id"),
        answer=bindparam("answer"),
        leased_until=bindparam("leased_until"),
        created_at=bindparam("created_at"),
    )
)
_TAKE_OVER: Final = (
    update(keys)
    .where(*_IS_KEY, keys.c.answer.is_(None), keys.c.leased_until == bindparam("current_lease"))
    .values(leased_until=bindparam("leased_until"))
)
_SAVE_ANSWER: Final = update(keys).where(*_IS_KEY, keys.c.answer.is_(None)).values(answer=bindparam("answer"))
# Rows that another transaction has locked are skipped until the next run.
_OLD: Final = (
    select(keys.c.scope, keys.c.key)
    .where(keys.c.created_at < bindparam("moment"))
    .order_by(keys.c.created_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_DELETE: Final = delete(keys).where(tuple_(keys.c.scope, keys.c.key).in_(bindparam("old", expanding=True)))


class SqlIdempotencyKeys:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def find(self, key: IdempotencyKey) -> KeyRecord | None:
        return await self._one(_FIND, key)

    async def claim(
        self, key: IdempotencyKey, record: KeyRecord, expired_before: datetime
    ) -> KeyRecord | None:
        scope, name = _scope_and_key(key)
        row = {"scope": scope, "key": name, **_row_of(record)}
        values = {
            "owner_id": key.owner_id,
            **{f"new_{column}": row[column] for column in _COLUMNS},
        }
        try:
            added = await self._connection.execute(_ADD[key.owner], values)
        except IntegrityError as error:
            if not is_duplicate(error):
                raise
        else:
            if added.rowcount == 0:
                assert key.owner is not KeyOwner.USER, "a user without a row"
                raise Unauthenticated("The token of this request no longer works.")
            return None
        existing = await self._one(_FIND_DUPLICATE, key)
        assert existing is not None, "a duplicate key can't be deleted while its row is locked"
        if existing.created_at >= expired_before or not await self._replace(key, existing, record):
            return existing
        return None

    async def take_over(self, key: IdempotencyKey, existing: KeyRecord, leased_until: datetime) -> bool:
        values = {"current_lease": existing.leased_until, "leased_until": leased_until}
        return await self._update(_TAKE_OVER, key, values) == 1

    async def save_answer(self, key: IdempotencyKey, answer: bytes) -> bool:
        return await self._update(_SAVE_ANSWER, key, {"answer": answer}) == 1

    async def delete_before(self, moment: datetime, limit: int) -> int:
        old = (await self._connection.execute(_OLD, {"moment": moment, "most": limit})).all()
        if old:
            await self._connection.defer(_DELETE, {"old": [tuple(row) for row in old]})
        return len(old)

    async def _replace(self, key: IdempotencyKey, existing: KeyRecord, record: KeyRecord) -> bool:
        values = {"current_created_at": existing.created_at, **_row_of(record)}
        return await self._update(_REPLACE, key, values) == 1

    async def _one(self, statement: Any, key: IdempotencyKey) -> KeyRecord | None:
        scope, name = _scope_and_key(key)
        values = {"current_scope": scope, "current_key": name}
        row = (await self._connection.execute(statement, values)).one_or_none()
        return None if row is None else _record_of(row)

    async def _update(self, statement: Any, key: IdempotencyKey, values: dict[str, Any]) -> int:
        scope, name = _scope_and_key(key)
        values = {**values, "current_scope": scope, "current_key": name}
        return (await self._connection.execute(statement, values)).rowcount


def _scope_and_key(key: IdempotencyKey) -> tuple[bytes, bytes]:
    return key.scope.encode(), key.key.encode()


def _row_of(record: KeyRecord) -> dict[str, Any]:
    return {
        "fingerprint": record.fingerprint,
        "subject_id": record.subject_id,
        "answer": record.answer,
        "leased_until": record.leased_until,
        "created_at": record.created_at,
    }


def _record_of(row: Row[Any]) -> KeyRecord:
    return KeyRecord(
        fingerprint=row.fingerprint,
        subject_id=row.subject_id,
        answer=row.answer,
        leased_until=row.leased_until,
        created_at=row.created_at,
    )
