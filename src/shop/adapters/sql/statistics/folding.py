"""Adding folded entries to the tables of figures."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from datetime import date
from operator import itemgetter
from typing import Any, Final

from sqlalchemy import (
    Column,
    Table,
)

from shop.adapters.sql.framework.execution import AddingInsert, DirectConnection
from shop.adapters.sql.statistics.tables import (
    SUMS,
    daily_figures,
    item_days,
    item_periods,
    promo_code_days,
)
from shop.domain.periods import (
    Block,
    block_of,
)
from shop.domain.statistics.figures import DailyFigures, Figures

_DAY_SUMS: Final = (*SUMS, "shipping", "tax", "tax_added")


def _sums(table: Table) -> list[Column[int]]:
    return [table.c[name] for name in SUMS]


def item_sums(table: Table) -> list[Column[int]]:
    return [*_sums(table), table.c.product_orders]


_ADD_DAYS: Final = AddingInsert(daily_figures, *(daily_figures.c[name] for name in _DAY_SUMS))
_ADD_ITEM_DAYS: Final = AddingInsert(item_days, *item_sums(item_days))
_ADD_ITEM_PERIODS: Final = AddingInsert(item_periods, *item_sums(item_periods))
_ADD_PROMO_CODE_DAYS: Final = AddingInsert(promo_code_days, *_sums(promo_code_days))


async def add_days(connection: DirectConnection, added: DailyFigures) -> None:
    """Add to the figures by day."""
    by_day = {(day,): figures for day, figures in added.days.items()}
    await _ADD_DAYS.execute(connection, rows_of_figures(("day",), by_day, _DAY_SUMS))
    days = [
        {**item._asdict(), **_values(figures), "product_orders": added.product_orders[item]}
        for item, figures in sorted(added.items.items(), key=itemgetter(0))
    ]
    await _ADD_ITEM_DAYS.execute(connection, days)
    await _ADD_PROMO_CODE_DAYS.execute(connection, rows_of_figures(("day", "promo_code"), added.promo_codes))


async def add_periods(connection: DirectConnection, added: DailyFigures) -> None:
    """Add to the figures by block of days."""
    periods: defaultdict[tuple[Block, date, str, str], Figures] = defaultdict(Figures)
    product_orders: Counter[tuple[Block, date, str, str]] = Counter()
    for item, figures in added.items.items():
        for block in Block:
            period = (block, block_of(item.day, block), item.item_id, item.product_id)
            periods[period] += figures
            product_orders[period] += added.product_orders[item]
    rows = rows_of_figures(("length", "first", "item_id", "product_id"), periods)
    for row, (_, orders) in zip(rows, sorted(product_orders.items(), key=itemgetter(0)), strict=True):
        row["product_orders"] = orders
    await _ADD_ITEM_PERIODS.execute(connection, rows)


def rows_of_figures(
    names: Sequence[str], by_key: Mapping[Any, Figures], sums_of_row: Sequence[str] = SUMS
) -> list[dict[str, Any]]:
    """Return the rows in key order."""
    return [
        {**dict(zip(names, key, strict=True)), **_values(figures, sums_of_row)}
        for key, figures in sorted(by_key.items(), key=itemgetter(0))
    ]


def _values(figures: Figures, names: Sequence[str] = SUMS) -> dict[str, int]:
    return {name: getattr(figures, name) for name in names}
