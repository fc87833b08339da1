"""Carts in SQL."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from typing import Any, Final

from sqlalchemy import Row, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.carts.tables import cart_lines, carts
from shop.adapters.sql.catalogue.products import SqlProducts
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.pricing.selling_rules import SqlSellingRules
from shop.adapters.sql.promotions.promo_codes import SqlPromoCodes
from shop.application.ports.carts import CartContents
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.carts.cart import Cart, CartLine, ShippingChoice
from shop.domain.pricing.places import Place

_GET: Final[Select[Any]] = (
    select(
        carts.c.id,
        carts.c.user_id,
        carts.c.promo_code,
        carts.c.version,
        carts.c.shipping,
        cart_lines.c.item_id,
        cart_lines.c.quantity,
    )
    .outerjoin(cart_lines, cart_lines.c.cart_id == carts.c.id)
    .where(carts.c.user_id == bindparam("user_id"))
    .order_by(cart_lines.c.position)
)
# Cart and lines are both locking reads: a transaction that had to wait for the cart reads the current lines.
_LOCK: Final = _GET.with_for_update()
_ADD: Final = insert(carts)
_ADD_LINES: Final = insert(cart_lines)
_UPDATE: Final = (
    update(carts)
    .where(carts.c.id == bindparam("present_id"))
    .values(promo_code=bindparam("promo_code"), version=bindparam("version"), shipping=bindparam("shipping"))
)
_SET_QUANTITY: Final = (
    update(cart_lines)
    .where(cart_lines.c.cart_id == bindparam("present_id"), cart_lines.c.item_id == bindparam("line_id"))
    .values(quantity=bindparam("quantity"))
)
_REMOVE_ALL: Final = delete(cart_lines).where(cart_lines.c.cart_id == bindparam("cart_id"))
_REMOVE: Final = _REMOVE_ALL.where(cart_lines.c.item_id.in_(bindparam("line_ids", expanding=True)))


class SqlCarts:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def lock(self, user_id: str) -> Cart | None:
        return _cart_of_rows((await self._connection.execute(_LOCK, {"user_id": user_id})).all())

    async def add(self, cart: Cart) -> None:
        try:
            await self._connection.execute(
                _ADD,
                {
                    "id": cart.id,
                    "user_id": cart.user_id,
                    "promo_code": cart.promo_code,
                    "version": cart.version,
                    "shipping": _shipping_of(cart),
                },
            )
        except IntegrityError as error:
            if is_duplicate(error):
                raise TransactionConflict("another transaction made the user's first cart") from error
            raise
        await self._add_lines(cart, cart.lines)

    async def save(self, cart: Cart, before: Cart) -> None:
        assert (cart.id, cart.user_id) == (before.id, before.user_id)
        staying = _staying(cart, before)
        await self._remove_lines(before, staying)
        for line in staying:
            if line.quantity != before.quantity_of(line.item_id):
                await self._connection.defer(
                    _SET_QUANTITY,
                    {"present_id": cart.id, "line_id": line.item_id, "quantity": line.quantity},
                )
        added = cart.lines[len(staying) :]
        assert len(added) <= cart.version - before.version
        await self._add_lines(cart, added)
        if replace(cart, lines=()) != replace(before, lines=()):
            await self._connection.defer(
                _UPDATE,
                {
                    "present_id": cart.id,
                    "promo_code": cart.promo_code,
                    "version": cart.version,
                    "shipping": _shipping_of(cart),
                },
            )

    async def _remove_lines(self, before: Cart, staying: Sequence[CartLine]) -> None:
        if before.lines and not staying:
            await self._connection.defer(_REMOVE_ALL, {"cart_id": before.id})
        elif len(staying) < len(before.lines):
            kept = {line.item_id for line in staying}
            gone = [line.item_id for line in before.lines if line.item_id not in kept]
            await self._connection.defer(_REMOVE, {"cart_id": before.id, "line_ids": gone})

    async def _add_lines(self, cart: Cart, lines: Sequence[CartLine]) -> None:
        if lines:
            first = cart.version - len(lines) + 1
            rows = [
                {
                    "cart_id": cart.id,
                    "item_id": line.item_id,
                    "position": position,
                    "quantity": line.quantity,
                }
                for position, line in enumerate(lines, start=first)
            ]
            await self._connection.defer(_ADD_LINES, rows)


def _staying(cart: Cart, before: Cart) -> tuple[CartLine, ...]:
    """Return the leading lines of `cart` that are unchanged in order since `before`: they keep their positions."""
    places = {line.item_id: place for place, line in enumerate(before.lines)}
    last = -1
    for count, line in enumerate(cart.lines):
        place = places.get(line.item_id, -1)
        if place <= last:
            return cart.lines[:count]
        last = place
    return cart.lines


def _cart_of_rows(rows: Sequence[Row[Any]]) -> Cart | None:
    if not rows:
        return None
    head = rows[0]
    return Cart(
        id=head.id,
        user_id=head.user_id,
        lines=tuple(CartLine(row.item_id, row.quantity) for row in rows if row.item_id is not None),
        promo_code=head.promo_code,
        version=head.version,
        shipping=_choice_of(head.shipping),
    )


def _shipping_of(cart: Cart) -> dict[str, str | None] | None:
    choice = cart.shipping
    return None if choice is None else {"method_id": choice.method_id, **asdict(choice.place)}


def _choice_of(document: dict[str, Any] | None) -> ShippingChoice | None:
    if document is None:
        return None
    place = Place(document["country"], document["region"], document["postal_code"])
    return ShippingChoice(document["method_id"], place)


class SqlCartQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def contents(self, user_id: str) -> CartContents | None:
        async with self._database.reading() as connection:
            cart = _cart_of_rows((await connection.execute(_GET, {"user_id": user_id})).all())
            if cart is None:
                return None
            offers = await SqlProducts(connection).offers([line.item_id for line in cart.lines])
            promo_code = (
                await SqlPromoCodes(connection).get(cart.promo_code, user_id)
                if cart.promo_code is not None
                else None
            )
            rules = await SqlSellingRules(connection).read()
        return CartContents(cart, offers, promo_code, rules)
