"""The maintained figures (sums over the ledger), in SQL.

A process that changes them locks the one row of `figures_state`: the marks on folded entries and the sums change
together, in one process at a time. Nothing else locks that row, so neither checkouts nor payments wait.
"""

from datetime import date
from typing import Final
from zoneinfo import ZoneInfo

from sqlalchemy import (
    Integer,
    bindparam,
    insert,
    select,
    tuple_,
    update,
)
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.statistics.figure_check import differences
from shop.adapters.sql.statistics.folding import add_days, add_periods
from shop.adapters.sql.statistics.order_counts import fold_orders
from shop.adapters.sql.statistics.rebuilding import begin, months_of, rebuild_some
from shop.adapters.sql.statistics.sales import entry_of
from shop.adapters.sql.statistics.tables import (
    figures_state,
    sales_entries,
)
from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.statistics import Difference
from shop.domain.periods import (
    next_month,
)
from shop.domain.statistics.figures import sums

BATCH_SIZE: Final = 2_000
"""Number of entries, or orders, folded in one transaction."""

_STATE: Final = select(figures_state)
_LOCKED_STATE: Final = _STATE.with_for_update()
_FREE_STATE: Final = _STATE.with_for_update(skip_locked=True)
_MAKE_STATE: Final = insert(figures_state).values(id=1, zone="", building="", built_until=None)

_LIMIT: Final = bindparam("most", type_=Integer)
_NEW_ENTRIES: Final = (
    select(sales_entries)
    .where(~sales_entries.c.folded)
    .order_by(sales_entries.c.at, sales_entries.c.order_id, sales_entries.c.number)
    .limit(_LIMIT)
)
_ENTRY_KEY: Final = tuple_(sales_entries.c.order_id, sales_entries.c.number)
_MARK_ENTRIES: Final = (
    update(sales_entries).where(_ENTRY_KEY.in_(bindparam("keys", expanding=True))).values(folded=True)
)


class SqlFigures:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    @retry_on_conflict
    async def fold(self, zone: ZoneInfo) -> int:
        await self._ensure_state()
        async with self._database.transaction() as connection:
            state = (await connection.execute(_FREE_STATE)).one_or_none()
            if state is None:
                return 0
            if state.building or state.zone != zone.key:
                return await rebuild_some(connection, state, zone)
            return await _fold_entries(connection, zone) + await fold_orders(connection, BATCH_SIZE)

    @retry_on_conflict
    async def begin_rebuilding(self, zone: ZoneInfo) -> list[date]:
        await self._ensure_state()
        async with self._database.transaction() as connection:
            state = (await connection.execute(_LOCKED_STATE)).one()
            await begin(connection, state, zone)
            months = await months_of(connection, zone)
        if months is None:
            return []
        first, last = months
        found = [first]
        while found[-1] < last:
            found.append(next_month(found[-1]))
        return found

    async def rebuilt_until(self) -> date | None:
        async with self._database.reading() as connection:
            state = (await connection.execute(_STATE)).one_or_none()
        return (state.built_until or date.min) if state is not None and state.building else None

    async def differences(self, zone: ZoneInfo) -> list[Difference]:
        async with self._database.snapshot() as connection:
            return await differences(connection, zone)

    async def _ensure_state(self) -> None:
        async with self._database.reading() as connection:
            if (await connection.execute(_STATE)).one_or_none() is not None:
                return
        async with self._database.transaction() as connection:
            try:
                await connection.execute(_MAKE_STATE)
            except IntegrityError as error:
                if not is_duplicate(error):
                    raise


async def _fold_entries(connection: DirectConnection, zone: ZoneInfo) -> int:
    entries = [entry_of(row) for row in await connection.execute(_NEW_ENTRIES, {"most": BATCH_SIZE})]
    if entries:
        keys = [(entry.order_id, entry.number) for entry in entries]
        await connection.defer(_MARK_ENTRIES, {"keys": keys})
        added = sums(entries, zone)
        await add_days(connection, added)
        await add_periods(connection, added)
    return len(entries)
