"""The sandbox provider's records in the shop's database, written in separate transactions."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Any

from sqlalchemy import Row, bindparam, insert, select, update
from sqlalchemy.exc import DBAPIError, IntegrityError

from shop.adapters.payments.sandbox_ledger import SandboxIntent, SandboxRefund
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.payments.sandbox_tables import sandbox_intents, sandbox_refunds
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.errors import Unavailable
from shop.domain.payments.payment import PaymentStatus, PaymentUnavailable

_c = sandbox_intents.c
_ADD = insert(sandbox_intents)
_BY_ID = select(sandbox_intents).where(_c.id == bindparam("intent_id"))
_BY_SECRET = select(sandbox_intents).where(_c.client_secret == bindparam("client_secret"))
_OF_ORDER = select(sandbox_intents).where(_c.order_id == bindparam("order_id")).order_by(_c.attempt)
_MOVE = (
    update(sandbox_intents)
    .where(_c.id == bindparam("intent_id"), _c.status.in_([PaymentStatus.PENDING, PaymentStatus.FAILED]))
    .values(status=bindparam("to"))
)
_BETWEEN = (
    select(sandbox_intents)
    .where(_c.created_at >= bindparam("start"), _c.created_at < bindparam("end"))
    .order_by(_c.created_at, _c.id)
)
_REFUNDS_OF = (
    select(sandbox_refunds)
    .where(sandbox_refunds.c.intent_id == bindparam("intent_id"))
    .order_by(sandbox_refunds.c.id)
)
_ADD_REFUND = insert(sandbox_refunds)
_BOOK_REFUND = (
    update(sandbox_intents)
    .where(
        _c.id == bindparam("intent_id"),
        _c.status == PaymentStatus.SUCCEEDED,
        _c.amount - _c.refunded >= bindparam("refund"),
    )
    .values(refunded=_c.refunded + bindparam("refund"))
)


class _TooMuch(Exception):
    """Rolls back a refund that exceeds the refundable amount of its payment."""


class SqlSandboxLedger:
    """See SandboxLedger. An unreachable database counts as an unreachable provider."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def add(self, intent: SandboxIntent) -> SandboxIntent:
        try:
            async with self._transaction() as connection:
                await connection.defer(_ADD, row_of_intent(intent))
        except IntegrityError:
            earlier = await self.of_order(intent.order_id)
            return next(each for each in earlier if each.attempt == intent.attempt)
        return intent

    async def by_id(self, intent_id: str) -> SandboxIntent | None:
        return next(iter(await self._read(_BY_ID, {"intent_id": intent_id})), None)

    async def by_secret(self, client_secret: str) -> SandboxIntent | None:
        return next(iter(await self._read(_BY_SECRET, {"client_secret": client_secret})), None)

    async def of_order(self, order_id: str) -> list[SandboxIntent]:
        return await self._read(_OF_ORDER, {"order_id": order_id})

    async def move(self, intent_id: str, to: PaymentStatus) -> None:
        async with self._transaction() as connection:
            await connection.defer(_MOVE, {"intent_id": intent_id, "to": to})

    async def between(self, start: datetime, end: datetime) -> AsyncIterator[SandboxIntent]:
        for intent in await self._read(_BETWEEN, {"start": start, "end": end}):
            yield intent

    async def refund(self, refund: SandboxRefund) -> bool:
        booked = {"id": refund.id, "intent_id": refund.intent_id, "amount": refund.amount}
        try:
            async with self._transaction() as connection:
                await connection.defer(_ADD_REFUND, booked)
                taken = {"intent_id": refund.intent_id, "refund": refund.amount}
                if (await connection.execute(_BOOK_REFUND, taken)).rowcount == 0:
                    raise _TooMuch
        except IntegrityError:
            return True
        except _TooMuch:
            return False
        return True

    async def refunds_of(self, intent_id: str) -> list[SandboxRefund]:
        async with self._database.reading() as connection:
            rows = await connection.execute(_REFUNDS_OF, {"intent_id": intent_id})
            return [SandboxRefund(row.id, row.intent_id, row.amount) for row in rows]

    @asynccontextmanager
    async def _transaction(self) -> AsyncIterator[DirectConnection]:
        try:
            async with self._database.transaction() as connection:
                yield connection
        except IntegrityError:
            raise
        except (DBAPIError, TransactionConflict, Unavailable) as error:
            raise PaymentUnavailable("The sandbox's ledger can't be reached.", retry_after=1) from error

    async def _read(self, statement: Any, parameters: dict[str, Any]) -> list[SandboxIntent]:
        async with self._database.reading() as connection:
            return [_intent(row) for row in await connection.execute(statement, parameters)]


def _intent(row: Row[Any]) -> SandboxIntent:
    return SandboxIntent(
        id=row.id,
        order_id=row.order_id,
        attempt=row.attempt,
        amount=row.amount,
        currency=row.currency,
        client_secret=row.client_secret,
        status=PaymentStatus(row.status),
        created_at=row.created_at,
        refunded=row.refunded,
    )


def row_of_intent(intent: SandboxIntent) -> dict[str, Any]:
    return {
        "id": intent.id,
        "order_id": intent.order_id,
        "attempt": intent.attempt,
        "amount": intent.amount,
        "currency": intent.currency,
        "client_secret": intent.client_secret,
        "status": intent.status,
        "created_at": intent.created_at,
        "refunded": intent.refunded,
    }
