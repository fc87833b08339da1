"""Events that a statement stores only if a row meets a condition, without a round trip to read the row first."""

from functools import lru_cache
from typing import Any, Final

from sqlalchemy import (
    ColumnElement,
    Insert,
    Integer,
    Select,
    String,
    and_,
    bindparam,
    case,
    cast,
    func,
    insert,
    literal_column,
    or_,
    select,
    union_all,
)

from shop.adapters.sql.catalogue.tables import stock, variants
from shop.adapters.sql.framework.statements import Identifier
from shop.adapters.sql.outbox.tables import events
from shop.adapters.sql.promotions.tables import promo_codes
from shop.domain.outbox.event import EventType

_COLUMNS: Final = ("id", "type", "subject_id", "created_at", "data")


def _new(name: str) -> ColumnElement[Any]:
    return bindparam(f"new_{name}", type_=events.c[name].type)


ADD_IF_USED_UP: Final = insert(events).from_select(
    _COLUMNS,
    select(*map(_new, _COLUMNS)).where(
        promo_codes.c.id == bindparam("promo_code_id"), promo_codes.c.times_used >= promo_codes.c.usage_limit
    ),
    include_defaults=False,
)
"""Stores an event if the promo code has reached its usage limit."""


@lru_cache(maxsize=128)
def adding_stock_events(variants_changed: int) -> Insert:
    """Return the statement that stores the events of crossed stock levels, by the rule of `stock_event_type`."""
    changes = union_all(*map(_change, range(variants_changed))).subquery("changes")
    now, low = stock.c.available, bindparam("low", type_=Integer)
    before = now - changes.c.change
    is_out = and_(changes.c.change < 0, now == 0)
    is_low = and_(now <= low, before > low)
    is_back = and_(changes.c.change > 0, before == 0)
    type_ = case(
        (is_out, _text(EventType.STOCK_OUT)),
        (is_low, _text(EventType.STOCK_LOW)),
        else_=_text(EventType.STOCK_BACK),
    )
    parts: list[ColumnElement[str]] = [
        _text('{"itemId":"'),
        changes.c.item_text,
        _text('","productId":"'),
        changes.c.product_text,
        _text('","sku":'),
        func.coalesce(func.json_quote(variants.c.sku, type_=String), _text("null"), type_=String),
        _text(',"stock":'),
        cast(now, String(20)),
        _text("}"),
    ]
    data = parts[0]
    for part in parts[1:]:
        data = data.concat(part)
    crossed = (
        select(changes.c.event, type_, changes.c.item_text, _new("created_at"), data)
        .select_from(
            changes.join(stock, stock.c.item_id == changes.c.item).join(
                variants, variants.c.id == stock.c.item_id
            )
        )
        .where(or_(is_out, is_low, is_back))
    )
    return insert(events).from_select(_COLUMNS, crossed, include_defaults=False)


def _change(number: int) -> Select[str, str, str, str, int]:
    return select(
        _value("item", number, Identifier),
        _value("item_text", number, String),
        _value("product_text", number, String),
        _value("event", number, Identifier),
        _value("change", number, Integer),
    )


def _value(name: str, number: int, type_: Any) -> ColumnElement[Any]:
    return bindparam(f"{name}{number}", type_=type_).label(name)


def _text(text: str) -> ColumnElement[str]:
    return literal_column(f"'{text}'", String)
