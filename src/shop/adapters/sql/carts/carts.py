"""Carts in SQL."""

from collections.abc import Sequence
from dataclasses import asdict, replace
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Integer, Row, Select, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from shop.adapters.sql.carts.tables import cart_lines, carts
from shop.adapters.sql.catalogue.products import SqlProducts
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.failures import is_duplicate
from shop.adapters.sql.pricing.selling_rules import SqlSellingRules
from shop.adapters.sql.promotions.promo_codes import SqlPromoCodes
from shop.application.ports.carts import CartContents, code_user
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.address import Place
from shop.domain.carts.buyer import Buyer, Customer, Guest
from shop.domain.carts.cart import Cart, CartLine, ShippingChoice

_GET: Final[Select[Any]] = (
    select(
        carts.c.id,
        carts.c.user_id,
        carts.c.token_digest,
        carts.c.promo_code,
        carts.c.version,
        carts.c.shipping,
        cart_lines.c.item_id,
        cart_lines.c.quantity,
    )
    .outerjoin(cart_lines, cart_lines.c.cart_id == carts.c.id)
    .order_by(cart_lines.c.position)
)
_GET_OF: Final[dict[type[Buyer], Select[Any]]] = {
    Customer: _GET.where(carts.c.user_id == bindparam("buyer_id")),
    Guest: _GET.where(carts.c.id == bindparam("buyer_id"), carts.c.token_digest.is_not(None)),
}
# Cart and lines are both locking reads: a transaction that had to wait for the cart reads the current lines.
_LOCK_OF: Final = {kind: found.with_for_update() for kind, found in _GET_OF.items()}
_GUEST: Final = select(carts.c.id, carts.c.token_digest).where(carts.c.token_digest == bindparam("digest"))
_ADD: Final = insert(carts)
_ADD_LINES: Final = insert(cart_lines)
_UPDATE: Final = (
    update(carts)
    .where(carts.c.id == bindparam("current_id"))
    .values(
        promo_code=bindparam("promo_code"),
        version=bindparam("version"),
        touched_at=bindparam("touched_at"),
        shipping=bindparam("shipping"),
    )
)
# Deleting a cart also deletes its lines.
_DELETE: Final = delete(carts).where(carts.c.id.in_(bindparam("cart_ids", expanding=True)))
_OLD: Final = (
    select(carts.c.id)
    .where(carts.c.touched_at < bindparam("moment"))
    .order_by(carts.c.touched_at)
    .limit(bindparam("most", type_=Integer))
    .with_for_update(skip_locked=True)
)
_SET_QUANTITY: Final = (
    update(cart_lines)
    .where(cart_lines.c.cart_id == bindparam("current_id"), cart_lines.c.item_id == bindparam("line_id"))
    .values(quantity=bindparam("quantity"))
)
_REMOVE_ALL: Final = delete(cart_lines).where(cart_lines.c.cart_id == bindparam("cart_id"))
_REMOVE: Final = _REMOVE_ALL.where(cart_lines.c.item_id.in_(bindparam("line_ids", expanding=True)))


class SqlCarts:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def lock(self, buyer: Buyer) -> Cart | None:
        rows = await self._connection.execute(_LOCK_OF[type(buyer)], {"buyer_id": _id_of(buyer)})
        return _cart_of_rows(rows.all())

    async def add(self, cart: Cart, at: datetime) -> None:
        try:
            await self._connection.execute(_ADD, _row_of(cart, at))
        except IntegrityError as error:
            if is_duplicate(error):
                raise TransactionConflict("another transaction made the user's first cart") from error
            raise
        await self._add_lines(cart, cart.lines)

    async def save(self, cart: Cart, before: Cart, at: datetime) -> None:
        assert (cart.id, cart.buyer) == (before.id, before.buyer)
        staying = _staying(cart, before)
        await self._remove_lines(before, staying)
        for line in staying:
            if line.quantity != before.quantity_of(line.item_id):
                await self._connection.defer(
                    _SET_QUANTITY,
                    {"current_id": cart.id, "line_id": line.item_id, "quantity": line.quantity},
                )
        added = cart.lines[len(staying) :]
        assert len(added) <= cart.version - before.version
        await self._add_lines(cart, added)
        if replace(cart, lines=()) != replace(before, lines=()):
            values = {
                "current_id": cart.id,
                "promo_code": cart.promo_code,
                "version": cart.version,
                "touched_at": _touched_at(cart, at),
                "shipping": _shipping_of(cart),
            }
            await self._connection.defer(_UPDATE, values)

    async def delete(self, guest: Guest) -> None:
        await self._connection.defer(_DELETE, {"cart_ids": [guest.cart_id]})

    async def delete_guests_before(self, moment: datetime, limit: int) -> int:
        old = list(await self._connection.scalars(_OLD, {"moment": moment, "most": limit}))
        if old:
            await self._connection.defer(_DELETE, {"cart_ids": old})
        return len(old)

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


def _id_of(buyer: Buyer) -> str:
    return buyer.user_id if isinstance(buyer, Customer) else buyer.cart_id


def _touched_at(cart: Cart, at: datetime) -> datetime | None:
    return at if isinstance(cart.buyer, Guest) else None


def _row_of(cart: Cart, at: datetime) -> dict[str, Any]:
    buyer = cart.buyer
    return {
        "id": cart.id,
        "user_id": buyer.user_id if isinstance(buyer, Customer) else None,
        "promo_code": cart.promo_code,
        "version": cart.version,
        "token_digest": buyer.token_digest if isinstance(buyer, Guest) else None,
        "touched_at": _touched_at(cart, at),
        "shipping": _shipping_of(cart),
    }


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
        buyer=Customer(head.user_id) if head.user_id else Guest(head.id, head.token_digest),
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

    async def contents(self, buyer: Buyer) -> CartContents | None:
        async with self._database.reading() as connection:
            rows = await connection.execute(_GET_OF[type(buyer)], {"buyer_id": _id_of(buyer)})
            cart = _cart_of_rows(rows.all())
            if cart is None:
                return None
            offers = await SqlProducts(connection).offers([line.item_id for line in cart.lines])
            promo_code = (
                await SqlPromoCodes(connection).get(
                    cart.promo_code, code_user(buyer), {offer.product_id for offer in offers.values()}
                )
                if cart.promo_code is not None
                else None
            )
            rules = await SqlSellingRules(connection).read()
        return CartContents(cart, offers, promo_code, rules)

    async def guest(self, token_digest: bytes) -> Guest | None:
        async with self._database.reading() as connection:
            row = (await connection.execute(_GUEST, {"digest": token_digest})).one_or_none()
        return None if row is None else Guest(row.id, row.token_digest)
