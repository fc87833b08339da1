"""Promo codes in SQL."""

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, bindparam, delete, func, insert, or_, select, true, update

from shop.adapters.sql.accounts.tables import users
from shop.adapters.sql.catalogue.categories import SqlCategories
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.promotions.tables import promo_codes, promo_uses
from shop.domain.promotions.promo_code import (
    CodeUser,
    Discount,
    PromoCode,
    PromoCodeNotApplicable,
    Refusal,
    folded_code,
)

_DIGEST: Final = promo_uses.c.email_digest.type
_VERIFIED_ADDRESS: Final = (
    select(users.c.verified_email_digest).where(users.c.id == bindparam("customer_id")).scalar_subquery()
)
# Scalar subqueries: MySQL evaluates them first and merges two indexes; for IN it would read every use of the code.
_ACCOUNT_OF_ADDRESS: Final = (
    select(users.c.id)
    .where(users.c.verified_email_digest == bindparam("customer_email", type_=_DIGEST))
    .scalar_subquery()
)
_USES_OF_CUSTOMER: Final = (
    select(func.count())
    .select_from(promo_uses)
    .where(
        promo_uses.c.promo_code_id == promo_codes.c.id,
        or_(
            promo_uses.c.user_id == bindparam("customer_id"),
            promo_uses.c.user_id == _ACCOUNT_OF_ADDRESS,
            promo_uses.c.email_digest == bindparam("customer_email"),
            promo_uses.c.email_digest == _VERIFIED_ADDRESS,
        ),
    )
    .scalar_subquery()
)
_BY_KEY: Final = select(promo_codes).where(promo_codes.c.code_key == bindparam("key"))
_GET: Final = _BY_KEY.add_columns(_USES_OF_CUSTOMER.label("used_by_customer"))
_LOCK: Final = _BY_KEY.with_for_update()
_ADD: Final = insert(promo_codes)
_UPDATE: Final = update(promo_codes).where(promo_codes.c.id == bindparam("current_id"))
_DELETE: Final = delete(promo_codes).where(promo_codes.c.id == bindparam("current_id"))
_IS_ACTIVE: Final = select(promo_codes.c.active).where(promo_codes.c.id == bindparam("current_id"))
_COUNT_USE: Final = (
    update(promo_codes)
    .where(
        promo_codes.c.id == bindparam("current_id"),
        promo_codes.c.active == true(),
        or_(promo_codes.c.usage_limit.is_(None), promo_codes.c.times_used < promo_codes.c.usage_limit),
    )
    .values(times_used=promo_codes.c.times_used + 1)
)
_PUBLIC: Final = (
    select(promo_codes)
    .where(
        promo_codes.c.public,
        promo_codes.c.active,
        or_(promo_codes.c.starts_at.is_(None), promo_codes.c.starts_at <= bindparam("now")),
        or_(promo_codes.c.ends_at.is_(None), promo_codes.c.ends_at > bindparam("now")),
        or_(promo_codes.c.usage_limit.is_(None), promo_codes.c.times_used < promo_codes.c.usage_limit),
    )
    .order_by(promo_codes.c.created_at, promo_codes.c.id)
    .limit(bindparam("most", type_=Integer))
)
# Requires a lock on the code's row, so that no other transaction adds a use while this one counts them.
_RECORD_USE: Final = (
    insert(promo_uses)
    .from_select(
        ["promo_code_id", "order_id", "user_id", "email_digest", "at"],
        select(
            promo_codes.c.id,
            bindparam("new_order_id", type_=promo_uses.c.order_id.type),
            bindparam("customer_id", type_=promo_uses.c.user_id.type),
            func.coalesce(bindparam("customer_email", type_=_DIGEST), _VERIFIED_ADDRESS),
            bindparam("now", type_=promo_uses.c.at.type),
        ).where(
            promo_codes.c.id == bindparam("current_id"),
            or_(
                promo_codes.c.per_customer_limit.is_(None),
                promo_codes.c.per_customer_limit > _USES_OF_CUSTOMER,
            ),
        ),
    )
    .execution_options(preserve_rowcount=True)
)
# Lock the code before its use, as a claim and a deletion do, to avoid deadlocks with them.
_LOCK_CODE_OF_USE: Final = (
    select(promo_codes.c.id)
    .join(promo_uses, promo_uses.c.promo_code_id == promo_codes.c.id)
    .where(promo_uses.c.order_id == bindparam("old_order_id"))
    .with_for_update(of=promo_codes)
)
_GIVE_USE: Final = (
    update(promo_uses)
    .where(promo_uses.c.order_id == bindparam("old_order_id"))
    .values(user_id=bindparam("customer_id"))
)
_DELETE_USE: Final = delete(promo_uses).where(promo_uses.c.order_id == bindparam("old_order_id"))
_UNCOUNT_USE: Final = (
    update(promo_codes)
    .where(promo_codes.c.id == bindparam("current_id"))
    .values(times_used=promo_codes.c.times_used - 1)
)
_COUNT: Final = select(func.count()).select_from(promo_codes)
_PAGE: Final = only_page(select(promo_codes).order_by(promo_codes.c.created_at, promo_codes.c.id))


class SqlPromoCodes:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def get(
        self, code: str, user: CodeUser, product_ids: Collection[str] = ()
    ) -> tuple[PromoCode, int] | None:
        values = {"key": folded_code(code), **_customer(user)}
        row = (await self._connection.execute(_GET, values)).one_or_none()
        if row is None:
            return None
        promo_code = _promo_code_of_row(row)
        if promo_code.category_ids:
            categories = SqlCategories(self._connection)
            within = await categories.products_within(product_ids, promo_code.category_ids)
            promo_code = replace(promo_code, products_in_categories=within)
        return promo_code, row.used_by_customer

    async def lock(self, code: str) -> PromoCode | None:
        row = (await self._connection.execute(_LOCK, {"key": folded_code(code)})).one_or_none()
        return None if row is None else _promo_code_of_row(row)

    async def add(self, promo_code: PromoCode) -> None:
        await self._connection.defer(
            _ADD,
            {
                "id": promo_code.id,
                "code": promo_code.code,
                "code_key": promo_code.key,
                "times_used": promo_code.times_used,
                "created_at": promo_code.created_at,
                **_rules_of(promo_code),
            },
        )

    async def save(self, promo_code: PromoCode) -> None:
        await self._connection.defer(_UPDATE, {"current_id": promo_code.id, **_rules_of(promo_code)})

    async def delete(self, promo_code: PromoCode) -> None:
        await self._connection.defer(_DELETE, {"current_id": promo_code.id})

    async def claim_use(self, promo_code: PromoCode, order_id: str, user: CodeUser, at: datetime) -> None:
        current = {"current_id": promo_code.id}
        if (await self._connection.execute(_COUNT_USE, current)).rowcount == 0:
            active = await self._connection.scalar(_IS_ACTIVE, current)
            raise PromoCodeNotApplicable(promo_code.code, Refusal.USED_UP if active else Refusal.INACTIVE)
        use = {**current, "new_order_id": order_id, **_customer(user), "now": at}
        if (await self._connection.execute(_RECORD_USE, use)).rowcount == 0:
            raise PromoCodeNotApplicable(promo_code.code, Refusal.CUSTOMER_LIMIT)

    async def give_use_to(self, order_id: str, user_id: str) -> None:
        use = {"old_order_id": order_id}
        if await self._connection.scalar(_LOCK_CODE_OF_USE, use) is not None:
            await self._connection.defer(_GIVE_USE, {**use, "customer_id": user_id})

    async def give_back_use(self, order_id: str) -> None:
        use = {"old_order_id": order_id}
        code_id = await self._connection.scalar(_LOCK_CODE_OF_USE, use)
        if code_id is not None and (await self._connection.execute(_DELETE_USE, use)).rowcount:
            await self._connection.defer(_UNCOUNT_USE, {"current_id": code_id})


class SqlPromoCodeQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def promo_code(self, code: str, user: CodeUser) -> tuple[PromoCode, int] | None:
        async with self._database.reading() as connection:
            return await SqlPromoCodes(connection).get(code, user)

    async def promo_codes(self, page: int, limit: int) -> tuple[list[PromoCode], int]:
        found = await counted_page(
            self._database, _COUNT, _PAGE, {}, _promo_code_of_row, page=page, limit=limit
        )
        return found.items, found.total

    async def public(self, at: datetime, limit: int) -> list[PromoCode]:
        async with self._database.reading() as connection:
            rows = await connection.execute(_PUBLIC, {"now": at, "most": limit})
            return [_promo_code_of_row(row) for row in rows]


def _customer(user: CodeUser) -> dict[str, Any]:
    return {"customer_id": user.user_id, "customer_email": user.email_digest}


def _rules_of(promo_code: PromoCode) -> dict[str, Any]:
    """Return the columns that an admin may change, and the version."""
    return {
        "type": promo_code.type.value,
        "value": promo_code.value,
        "min_subtotal": promo_code.min_subtotal,
        "starts_at": promo_code.starts_at,
        "ends_at": promo_code.ends_at,
        "usage_limit": promo_code.usage_limit,
        "per_customer_limit": promo_code.per_customer_limit,
        "public": promo_code.public,
        "active": promo_code.active,
        "targets": _targets_of(promo_code),
        "version": promo_code.version,
    }


def _targets_of(promo_code: PromoCode) -> dict[str, tuple[str, ...]] | None:
    if not promo_code.item_ids and not promo_code.category_ids:
        return None
    return {"items": promo_code.item_ids, "categories": promo_code.category_ids}


def _promo_code_of_row(row: Row[Any]) -> PromoCode:
    return PromoCode(
        id=row.id,
        code=row.code,
        type=Discount(row.type),
        value=row.value,
        created_at=row.created_at,
        min_subtotal=row.min_subtotal,
        starts_at=row.starts_at,
        ends_at=row.ends_at,
        usage_limit=row.usage_limit,
        per_customer_limit=row.per_customer_limit,
        public=row.public,
        active=row.active,
        times_used=row.times_used,
        version=row.version,
        item_ids=tuple(row.targets["items"]) if row.targets else (),
        category_ids=tuple(row.targets["categories"]) if row.targets else (),
    )
