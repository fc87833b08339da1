"""Second factors in SQL."""

from typing import Final

from sqlalchemy import bindparam, delete, insert, or_, select, update
from sqlalchemy.dialects import mysql, sqlite

from shop.adapters.sql.accounts.tables import recovery_codes, second_factors
from shop.adapters.sql.framework.execution import DirectConnection
from shop.domain.accounts.second_factor import SecondFactor

_IS_OF: Final = second_factors.c.user_id == bindparam("whose")
_GET: Final = select(second_factors).where(_IS_OF)
_CODES: Final = select(recovery_codes.c.digest).where(recovery_codes.c.user_id == bindparam("whose"))
_CONFIRMED_COLUMNS: Final = ("secret", "pending_secret", "last_step")
_ON_MYSQL: Final = mysql.insert(second_factors)
_ON_SQLITE: Final = sqlite.insert(second_factors)
_PREPARE: Final = {
    "mysql": _ON_MYSQL.on_duplicate_key_update(pending_secret=_ON_MYSQL.inserted.pending_secret),
    "sqlite": _ON_SQLITE.on_conflict_do_update(
        index_elements=[second_factors.c.user_id],
        set_={"pending_secret": _ON_SQLITE.excluded.pending_secret},
    ),
}
_CONFIRM: Final = update(second_factors).where(_IS_OF)
_ADD_CODES: Final = insert(recovery_codes)
_DELETE_CODES: Final = delete(recovery_codes).where(recovery_codes.c.user_id == bindparam("whose"))
_DELETE: Final = delete(second_factors).where(_IS_OF)
_SPEND_STEP: Final = (
    update(second_factors)
    .where(
        _IS_OF,
        second_factors.c.secret == bindparam("current_secret"),
        or_(second_factors.c.last_step.is_(None), second_factors.c.last_step < bindparam("step")),
    )
    .values(last_step=bindparam("step"))
)
_SPEND_CODE: Final = _DELETE_CODES.where(recovery_codes.c.digest == bindparam("spent"))


class SqlSecondFactors:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def get(self, user_id: str) -> SecondFactor | None:
        row = (await self._connection.execute(_GET, {"whose": user_id})).one_or_none()
        if row is None:
            return None
        codes = await self._connection.scalars(_CODES, {"whose": user_id})
        return SecondFactor(
            user_id=row.user_id,
            secret=row.secret,
            pending_secret=row.pending_secret,
            last_step=row.last_step,
            recovery_codes=frozenset(codes),
        )

    async def prepare(self, user_id: str, secret: bytes) -> None:
        row = {"user_id": user_id, "pending_secret": secret}
        await self._connection.defer(_PREPARE[self._connection.dialect.name], row)

    async def save_confirmed(self, factor: SecondFactor) -> None:
        values = {"whose": factor.user_id, **{name: getattr(factor, name) for name in _CONFIRMED_COLUMNS}}
        await self._connection.defer(_CONFIRM, values)
        await self._connection.defer(_DELETE_CODES, {"whose": factor.user_id})
        rows = [{"user_id": factor.user_id, "digest": digest} for digest in sorted(factor.recovery_codes)]
        await self._connection.defer(_ADD_CODES, rows)

    async def spend_step(self, user_id: str, secret: bytes, step: int) -> bool:
        values = {"whose": user_id, "current_secret": secret, "step": step}
        return (await self._connection.execute(_SPEND_STEP, values)).rowcount == 1

    async def spend_recovery_code(self, user_id: str, digest: bytes) -> bool:
        values = {"whose": user_id, "spent": digest}
        return (await self._connection.execute(_SPEND_CODE, values)).rowcount == 1

    async def delete(self, user_id: str) -> None:
        await self._connection.defer(_DELETE_CODES, {"whose": user_id})
        await self._connection.defer(_DELETE, {"whose": user_id})
