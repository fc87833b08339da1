"""Claiming a guest's order for an account."""

from typing import Annotated

import msgspec

from shop.application.carts.guests import token_digest
from shop.application.framework.idempotency import Outcome, claim, save_answer
from shop.application.framework.transactions import retry_on_conflict
from shop.application.orders.order_view import order_details, order_view
from shop.application.orders.views import OrderAnswer
from shop.application.payments.providers import PaymentProviders
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.system import Clock
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.orders.order import Order


class OrderClaim(msgspec.Struct, rename="camel", forbid_unknown_fields=True):
    """The token of the order, from the checkout's answer or from an email."""

    order_token: Annotated[str, msgspec.Meta(min_length=1, max_length=100)]


class ClaimOrder:
    """Users: take over an order that they placed as a guest. All of its order tokens stop working.

    The order, the use of its promo code and its figures belong to the account from now on. A repeated claim by the
    same account returns the order again. Fails with NOT_FOUND for an unknown token, and when the order belongs to
    another account.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, payment_providers: PaymentProviders, clock: Clock
    ) -> None:
        self._unit_of_work = unit_of_work
        self._providers = payment_providers
        self._clock = clock

    @retry_on_conflict
    async def __call__(
        self, principal: Principal, request: OrderClaim, key: IdempotencyKey | None = None
    ) -> Outcome[OrderAnswer]:
        async with self._unit_of_work() as work:
            if (earlier := await claim(work, key, self._clock.now())) is not None:
                return earlier
            token = await work.order_tokens.find(token_digest(request.order_token.strip()))
            before = await work.orders.lock(token.order_id) if token is not None else None
            if before is None:
                raise NotFound("order")
            order = before.claim(principal.user_id)
            if order != before:
                await self._give(work, order, principal.user_id)
            view = order_view(await order_details(work, order.id), self._providers, for_owner=True)
            return await save_answer(work, key, OrderAnswer(view))

    @staticmethod
    async def _give(work: UnitOfWork, order: Order, user_id: str) -> None:
        await work.orders.save(order)
        await work.sales.give_to(order.id, user_id)
        await work.promo_codes.give_use_to(order.id, user_id)
