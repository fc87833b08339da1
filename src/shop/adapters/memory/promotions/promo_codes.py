"""Promo codes in memory."""

import asyncio
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Final

from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.catalogue.categories import MemoryCategories
from shop.adapters.memory.framework.store import Store, Transaction, UniqueKeys
from shop.domain.accounts.user import User
from shop.domain.promotions.promo_code import (
    CodeUser,
    PromoCode,
    PromoCodeNotApplicable,
    Refusal,
    folded_code,
)

PROMO_CODES: Final = "promo_codes"
"""Rows are UsedPromoCodes by the code's id."""

UNIQUE_KEYS: Final[UniqueKeys] = {PROMO_CODES: {"uq_promo_codes_code": lambda row: row.promo_code.key}}


@dataclass(frozen=True, slots=True)
class PromoUse:
    user: CodeUser
    at: datetime


@dataclass(frozen=True, slots=True)
class UsedPromoCode:
    """A code with its uses by order id: one row, so that locking it rereads the uses."""

    promo_code: PromoCode
    uses: Mapping[str, PromoUse]

    def __post_init__(self) -> None:
        assert self.promo_code.times_used == len(self.uses)
        assert self.promo_code.usage_limit is None or len(self.uses) <= self.promo_code.usage_limit

    def used_by(self, customer: "_Customer") -> int:
        return sum(1 for use in self.uses.values() if customer.has_made(use))

    def with_uses(self, uses: Mapping[str, PromoUse]) -> "UsedPromoCode":
        return UsedPromoCode(replace(self.promo_code, times_used=len(uses)), uses)


@dataclass(frozen=True, slots=True)
class _Customer:
    """The accounts and the addresses (as digests) that are one customer at this moment."""

    user_ids: frozenset[str | None]
    email_digests: frozenset[bytes | None]

    @classmethod
    def of(cls, user: CodeUser, accounts: Iterable[User]) -> "_Customer":
        user_ids, email_digests = {user.user_id}, {user.email_digest}
        for account in accounts:
            if account.id == user.user_id:
                email_digests.add(account.verified_email_digest)
            if user.email_digest is not None and account.verified_email_digest == user.email_digest:
                user_ids.add(account.id)
        return cls(frozenset(user_ids - {None}), frozenset(email_digests - {None}))

    def has_made(self, use: PromoUse) -> bool:
        return use.user.user_id in self.user_ids or use.user.email_digest in self.email_digests


class MemoryPromoCodes:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def get(
        self, code: str, user: CodeUser, product_ids: Collection[str] = ()
    ) -> tuple[PromoCode, int] | None:
        row = _found(await self._transaction.scan(PROMO_CODES), code)
        if row is None:
            return None
        categories = MemoryCategories(self._transaction)
        within = await categories.products_within(product_ids, row.promo_code.category_ids)
        return replace(row.promo_code, products_in_categories=within), row.used_by(await self._customer(user))

    async def lock(self, code: str) -> PromoCode | None:
        found = _found(await self._transaction.scan(PROMO_CODES), code)
        current = await self._locked(found.promo_code.id) if found else None
        return current.promo_code if current else None

    async def add(self, promo_code: PromoCode) -> None:
        await self._transaction.put(PROMO_CODES, promo_code.id, UsedPromoCode(promo_code, {}))

    async def save(self, promo_code: PromoCode) -> None:
        current = await self._locked(promo_code.id)
        if current is not None:
            times_used = current.promo_code.times_used
            await self._put(UsedPromoCode(replace(promo_code, times_used=times_used), current.uses))

    async def delete(self, promo_code: PromoCode) -> None:
        await self._transaction.delete(PROMO_CODES, promo_code.id)

    async def claim_use(self, promo_code: PromoCode, order_id: str, user: CodeUser, at: datetime) -> None:
        current = await self._locked(promo_code.id)
        if current is None or not current.promo_code.active:
            raise PromoCodeNotApplicable(promo_code.code, Refusal.INACTIVE)
        usage_limit, customer_limit = current.promo_code.usage_limit, current.promo_code.per_customer_limit
        if usage_limit is not None and len(current.uses) >= usage_limit:
            raise PromoCodeNotApplicable(promo_code.code, Refusal.USED_UP)
        if customer_limit is not None and current.used_by(await self._customer(user)) >= customer_limit:
            raise PromoCodeNotApplicable(promo_code.code, Refusal.CUSTOMER_LIMIT)
        use = PromoUse(await self._with_verified_address(user), at)
        await self._put(current.with_uses({**current.uses, order_id: use}))

    async def give_use_to(self, order_id: str, user_id: str) -> None:
        rows: list[UsedPromoCode] = await self._transaction.scan(PROMO_CODES)
        for promo_code in [row.promo_code for row in rows if order_id in row.uses]:
            current = await self._locked(promo_code.id)
            if current is not None and order_id in current.uses:
                use = current.uses[order_id]
                given = replace(use, user=replace(use.user, user_id=user_id))
                await self._put(current.with_uses({**current.uses, order_id: given}))

    async def give_back_use(self, order_id: str) -> None:
        rows: list[UsedPromoCode] = await self._transaction.scan(PROMO_CODES)
        for promo_code in [row.promo_code for row in rows if order_id in row.uses]:
            current = await self._locked(promo_code.id)
            if current is not None and order_id in current.uses:
                uses = {order: use for order, use in current.uses.items() if order != order_id}
                await self._put(current.with_uses(uses))

    async def _customer(self, user: CodeUser) -> _Customer:
        return _Customer.of(user, await self._transaction.scan(USERS))

    async def _with_verified_address(self, user: CodeUser) -> CodeUser:
        account: User | None = await self._transaction.committed(USERS, user.user_id)
        if account is None or user.email_digest is not None:
            return user
        return replace(user, email_digest=account.verified_email_digest)

    async def _locked(self, promo_code_id: str) -> UsedPromoCode | None:
        await self._transaction.lock(PROMO_CODES, promo_code_id)
        row: UsedPromoCode | None = await self._transaction.get(PROMO_CODES, promo_code_id)
        return row

    async def _put(self, row: UsedPromoCode) -> None:
        await self._transaction.put(PROMO_CODES, row.promo_code.id, row)


class MemoryPromoCodeQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def promo_code(self, code: str, user: CodeUser) -> tuple[PromoCode, int] | None:
        await asyncio.sleep(0)
        row = _found(self._store.tables[PROMO_CODES].values(), code)
        if row is None:
            return None
        return row.promo_code, row.used_by(_Customer.of(user, self._store.tables[USERS].values()))

    async def promo_codes(self, page: int, limit: int) -> tuple[list[PromoCode], int]:
        await asyncio.sleep(0)
        codes: list[PromoCode] = [row.promo_code for row in self._store.tables[PROMO_CODES].values()]
        codes.sort(key=lambda promo_code: (promo_code.created_at, promo_code.id))
        return codes[(page - 1) * limit : page * limit], len(codes)

    async def public(self, at: datetime, limit: int) -> list[PromoCode]:
        codes, _ = await self.promo_codes(1, len(self._store.tables[PROMO_CODES]))
        usable = [
            code
            for code in codes
            if code.public
            and code.active
            and not code.is_spent(at)
            and (code.starts_at is None or code.starts_at <= at)
        ]
        return usable[:limit]


def _found(rows: Iterable[UsedPromoCode], code: str) -> UsedPromoCode | None:
    key = folded_code(code)
    return next((row for row in rows if row.promo_code.key == key), None)
