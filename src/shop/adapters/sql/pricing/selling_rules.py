"""Selling rules in SQL."""

from collections.abc import Iterable
from typing import Any, Final

from sqlalchemy import Row, bindparam, delete, insert, select, update

from shop.adapters.selling_rules import document_of, kind_of, rule_of
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import AddingInsert, DirectConnection
from shop.adapters.sql.framework.statements import NIL_ID
from shop.adapters.sql.pricing.tables import selling_rules as rules
from shop.domain.fulfilment.shipping import ShippingMethod
from shop.domain.pricing.selling_rules import Rule, SellingRules
from shop.domain.pricing.tax import TaxRate

_GUARD: Final = "guard"
_ALL: Final = select(rules.c.kind, rules.c.id, rules.c.version, rules.c.document).where(
    rules.c.kind != _GUARD
)
_GUARD_ROW: Final = {
    "id": NIL_ID,
    "kind": _GUARD,
    "natural_key": _GUARD,
    "version": 1,
}
_GUARD_UPSERT: Final = AddingInsert(rules, rules.c.version)
_ADD: Final = insert(rules)
_SAVE: Final = (
    update(rules)
    .where(rules.c.id == bindparam("of"))
    .values({name: bindparam(f"new_{name}") for name in ("zone_id", "natural_key", "version", "document")})
)
_DELETE: Final = delete(rules).where(rules.c.id == bindparam("of"))


class SqlSellingRules:
    """See the SellingRulesStore port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def read(self) -> SellingRules:
        return _rules_of(await self._connection.execute(_ALL))

    async def lock(self) -> SellingRules:
        # Inserting or updating this row locks it: other writers wait for the end of this transaction.
        await _GUARD_UPSERT.execute(self._connection, [_GUARD_ROW])
        return await self.read()

    async def add(self, rule: Rule) -> None:
        await self._connection.defer(_ADD, {"id": rule.id, "kind": kind_of(rule), **_row_of(rule)})

    async def save(self, rule: Rule) -> None:
        changes = {f"new_{name}": value for name, value in _row_of(rule).items()}
        await self._connection.defer(_SAVE, {"of": rule.id, **changes})

    async def delete(self, rule: Rule) -> None:
        await self._connection.defer(_DELETE, {"of": rule.id})


class SqlSellingRulesQueries:
    """See the SellingRulesQueries port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def read(self) -> SellingRules:
        async with self._database.reading() as connection:
            return _rules_of(await connection.execute(_ALL))


def _rules_of(rows: Iterable[Row[Any]]) -> SellingRules:
    return SellingRules.of(rule_of(row.kind, row.id, row.version, row.document) for row in rows)


def _row_of(rule: Rule) -> dict[str, Any]:
    return {
        "zone_id": rule.zone_id if isinstance(rule, ShippingMethod) else None,
        "natural_key": rule.key if isinstance(rule, TaxRate) else None,
        "version": rule.version,
        "document": document_of(rule),
    }
