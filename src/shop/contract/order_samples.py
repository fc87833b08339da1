"""Users, products, carts and orders for the contract suites, and helpers that store them."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest

from shop.adapters.security.secrets import RandomIds
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import User
from shop.domain.address import Address
from shop.domain.audit import AuditAction, AuditEntry
from shop.domain.carts.buyer import Customer
from shop.domain.carts.cart import Cart, CartLine
from shop.domain.catalogue.product import simple_product
from shop.domain.money import Currency
from shop.domain.orders.order import Order
from shop.domain.orders.snapshot import Contact, OrderLine, OrderSnapshot
from shop.domain.payments.payment import Payment, PaymentMethod, PaymentStatus
from shop.domain.pricing.quote import Offer, quote
from shop.domain.pricing.shipping import ShippingCharge
from shop.domain.pricing.tax import Taxation, TaxRate
from shop.domain.promotions.promo_code import Discount, PromoCode

NOW = datetime(2026, 3, 14, 9, 26, 53, 589793, UTC)
TERM = timedelta(minutes=30)
ids = RandomIds()


class Undone(Exception):
    """Makes a unit of work roll back."""


@asynccontextmanager
async def rolled_back(unit_of_work: UnitOfWorkFactory) -> AsyncIterator[UnitOfWork]:
    """Open a unit of work that fails, and rolls back, at its end; assert that the failure propagates unchanged."""
    try:
        async with unit_of_work() as work:
            yield work
            raise Undone
    except Undone:
        return
    pytest.fail("the failure was swallowed")


@contextmanager
def refused_write() -> Iterator[None]:
    """Assert that a write which would break a rule of the tables fails, with whatever error the storage raises."""
    try:
        yield
    except Exception:  # noqa: BLE001 (no caller handles it: it would be a fault of the shop's)
        return
    pytest.fail("the write was accepted")


async def a_user(unit_of_work: UnitOfWorkFactory) -> str:
    """Store a new customer. Return the id."""
    user_id = ids.new_id()
    async with unit_of_work() as work:
        await work.users.add(
            User(
                id=user_id,
                username=f"u{user_id[-12:]}",
                password_hash="-",
                role=Role.CUSTOMER,
                created_at=NOW,
            )
        )
    return user_id


async def some_products(unit_of_work: UnitOfWorkFactory, number: int = 1, stock: int = 100) -> list[str]:
    """Store new products. Return their ids, sorted."""
    product_ids = [ids.new_id() for _ in range(number)]
    async with unit_of_work() as work:
        for product_id in product_ids:
            product = simple_product(id=product_id, name="Lamp", price=2599, created_at=NOW, updated_at=NOW)
            await work.products.add(product, {product_id: stock})
    return product_ids


async def a_cart(unit_of_work: UnitOfWorkFactory, user_id: str, *product_ids: str) -> Cart:
    """Store a cart with one unit of each product, in this order."""
    cart = Cart(ids.new_id(), Customer(user_id))
    async with unit_of_work() as work:
        await work.carts.add(cart, NOW)
        filled = cart
        for product_id in product_ids:
            filled = filled.add(product_id, 1)
        await work.carts.save(filled, cart, NOW)
    return filled


def a_promo_code(code: str = "SPRING", **rules: Any) -> PromoCode:
    defaults = {"type": Discount.PERCENT, "value": 10, "created_at": NOW}
    return PromoCode(id=ids.new_id(), code=code, **{**defaults, **rules})


async def stored_promo_code(unit_of_work: UnitOfWorkFactory, code: str = "SPRING", **rules: Any) -> PromoCode:
    promo_code = a_promo_code(code, **rules)
    async with unit_of_work() as work:
        await work.promo_codes.add(promo_code)
    return promo_code


def a_snapshot(
    user_id: str | None, *product_ids: str, at: datetime = NOW, price: int = 2599
) -> OrderSnapshot:
    """Return an order of two units of each product at `price` each, with a discount of one cent per line."""
    off = min(price, 1)
    lines = tuple(
        OrderLine(product_id, product_id, f"SKU-{number}", f"Lamp № {number}", price, 2, off)
        for number, product_id in enumerate(product_ids)
    )
    subtotal, discount = 2 * price * len(lines), off * len(lines)
    return OrderSnapshot(
        id=ids.new_id(),
        user_id=user_id,
        created_at=at,
        currency="USD",
        lines=lines,
        subtotal=subtotal,
        discount=discount,
        total=subtotal - discount,
        promo_code="Spring",
        contact=Contact(name="Zoë 🎉", email="zoe@example.com", vat_id="DE136695976"),
        shipping_address=Address(line1='1 "Main" St\\', city="Québec", country="CA", phone="+1"),
        billing_address=Address(company="Čapek & Sons", country="CZ"),
        terms_version="2026-11",
    )


def a_taxed_snapshot(user_id: str, *product_ids: str, included: bool = False) -> OrderSnapshot:
    """Return an order of two units of each product at 10.00, shipping at 5.00, and 8.875 % tax on all."""
    rate = Decimal("8.875")
    taxation = Taxation(
        {"standard": TaxRate(id=ids.new_id(), name="Sales tax", country="US", rate=rate)}, included
    )
    offers = {
        product_id: Offer(product_id, product_id, None, "Lamp", 1_000, active=True, available=2)
        for product_id in product_ids
    }
    lines = [CartLine(product_id, 2) for product_id in product_ids]
    charge = ShippingCharge(ids.new_id(), "Post", 500)
    return OrderSnapshot.of_quote(
        quote(lines, offers, None, Currency("USD"), taxation=taxation, shipping=charge),
        order_id=ids.new_id(),
        user_id=user_id,
        at=NOW,
        currency="USD",
        contact=Contact(),
        shipping_address=Address(country="US"),
    )


async def placed(
    unit_of_work: UnitOfWorkFactory,
    snapshot: OrderSnapshot,
    payment_method: PaymentMethod = PaymentMethod.CARD,
) -> Order:
    """Store the snapshot with a new order. Return the order as stored."""
    order = Order.place(snapshot, snapshot.created_at + TERM, payment_method)
    async with unit_of_work() as work:
        await work.orders.add(snapshot, order)
    async with unit_of_work() as work:
        stored = await work.orders.lock(order.id)
        assert stored is not None
        return stored


async def stored_order(unit_of_work: UnitOfWorkFactory, order_id: str) -> Order:
    async with unit_of_work() as work:
        order = await work.orders.lock(order_id)
        assert order is not None
        return order


async def moved(unit_of_work: UnitOfWorkFactory, order: Order, *steps: Callable[[Order], Order]) -> Order:
    """Apply the steps, each in a separate unit of work. Return the order as stored."""
    for step in steps:
        async with unit_of_work() as work:
            current = await work.orders.lock(order.id)
            assert current is not None
            await work.orders.save(step(current))
    return await stored_order(unit_of_work, order.id)


async def an_order(
    unit_of_work: UnitOfWorkFactory, payment_method: PaymentMethod = PaymentMethod.CARD, **how: Any
) -> Order:
    """Store an order of a new user for a new product."""
    snapshot = a_snapshot(await a_user(unit_of_work), *await some_products(unit_of_work), **how)
    return await placed(unit_of_work, snapshot, payment_method)


def a_payment(order: Order, attempt: int = 1, **fields: Any) -> Payment:
    defaults = {"status": PaymentStatus.PENDING, "created_at": NOW, "updated_at": NOW}
    return Payment(
        order_id=order.id,
        attempt=attempt,
        provider="sandbox",
        amount=order.total,
        currency=order.currency,
        **{
            "intent_id": f"pi_{order.id}_{attempt}",
            "client_secret": f"secret {attempt}",
            **defaults,
            **fields,
        },
    )


def an_entry(
    user_id: str | None,
    subject_id: str,
    action: AuditAction = AuditAction.PRODUCT_REVISED,
    at: datetime = NOW,
    **fields: Any,
) -> AuditEntry:
    """Return an audit entry of a user: a price change, unless `fields` says otherwise."""
    defaults = {"before": {"price": Decimal("12.50")}, "after": {"price": Decimal("9.90")}}
    return AuditEntry(
        id=ids.new_id(),
        at=at,
        user_id=user_id,
        action=action,
        subject_id=subject_id,
        **{**defaults, **fields},
    )
