"""Order snapshots as rows."""

from collections.abc import Iterable
from dataclasses import asdict
from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from shop.adapters.sql.catalogue.variants import choice_of
from shop.domain.address import Address
from shop.domain.orders.snapshot import Contact, OrderLine, OrderSnapshot
from shop.domain.pricing.shipping import QuotedShipping
from shop.domain.pricing.tax import RATE_DECIMALS, TaxLine


def line_of(row: Row[Any]) -> OrderLine:
    """Return the line in a row with all columns of `order_lines`."""
    return OrderLine(
        row.item_id,
        row.product_id,
        row.sku,
        row.name,
        row.unit_price,
        row.quantity,
        row.discount,
        choice_of(row.options),
        row.image_url,
        _rate_of(row.tax_rate),
        row.tax,
    )


def row_of_snapshot(snapshot: OrderSnapshot) -> dict[str, Any]:
    return {
        "id": snapshot.id,
        "number": snapshot.number,
        "user_id": snapshot.user_id,
        "created_at": snapshot.created_at,
        "currency": snapshot.currency,
        "subtotal": snapshot.subtotal,
        "discount": snapshot.discount,
        "total": snapshot.total,
        "promo_code": snapshot.promo_code,
        "contact": asdict(snapshot.contact),
        "shipping_address": asdict(snapshot.shipping_address),
        "billing_address": asdict(snapshot.billing_address) if snapshot.billing_address else None,
        "terms_version": snapshot.terms_version,
        **_row_of_taxes(snapshot),
    }


def snapshot_of(row: Row[Any], lines: Iterable[OrderLine]) -> OrderSnapshot:
    """Return the snapshot in a row with all columns of `orders`, with its lines."""
    return OrderSnapshot(
        id=row.id,
        user_id=row.user_id,
        created_at=row.created_at,
        currency=row.currency,
        lines=tuple(lines),
        subtotal=row.subtotal,
        discount=row.discount,
        total=row.total,
        promo_code=row.promo_code,
        contact=Contact(**row.contact),
        shipping_address=Address(**row.shipping_address),
        billing_address=Address(**row.billing_address) if row.billing_address else None,
        terms_version=row.terms_version,
        shipping=_shipping_of(row),
        taxes=_taxes_of(row),
        prices_include_tax=bool(row.prices_include_tax),
    )


def rows_of_lines(snapshot: OrderSnapshot) -> list[dict[str, Any]]:
    rows = [
        {
            "order_id": snapshot.id,
            "position": position,
            "item_id": line.item_id,
            "product_id": line.product_id,
            "sku": line.sku,
            "name": line.name,
            "unit_price": line.unit_price,
            "quantity": line.quantity,
            "discount": line.discount,
            "line_total": line.line_total,
            "tax_rate": _parts_of(line.tax_rate),
            "tax": line.tax,
            "options": [list(chosen) for chosen in line.options] or None,
            "image_url": line.image_url,
        }
        for position, line in enumerate(snapshot.lines)
    ]
    # Each row takes a shared lock on its variant. In id order, two checkouts can't deadlock even if catalogue edits
    # queue for locks between them.
    return sorted(rows, key=lambda row: row["item_id"])


def _row_of_taxes(snapshot: OrderSnapshot) -> dict[str, Any]:
    """Return the columns of `orders` for shipping and tax."""
    shipping = snapshot.shipping
    return {
        "shipping_method_id": shipping.method_id if shipping else None,
        "shipping_name": shipping.name if shipping else None,
        "shipping_price": shipping.price if shipping else 0,
        "shipping_tax_rate": _parts_of(shipping.tax_rate) if shipping else None,
        "shipping_tax": shipping.tax if shipping else 0,
        "prices_include_tax": snapshot.prices_include_tax,
        "tax": snapshot.tax,
        "taxes": [[line.name, _parts_of(line.rate), line.net, line.tax] for line in snapshot.taxes] or None,
    }


def _shipping_of(row: Row[Any]) -> QuotedShipping | None:
    """Return the shipping in a row of `orders`; None if the order has none."""
    if row.shipping_method_id is None:
        return None
    return QuotedShipping(
        row.shipping_method_id,
        row.shipping_name,
        row.shipping_price,
        _rate_of(row.shipping_tax_rate),
        row.shipping_tax,
    )


def _taxes_of(row: Row[Any]) -> tuple[TaxLine, ...]:
    """Return the total of each tax rate in a row of `orders`."""
    return tuple(
        TaxLine(name, Decimal(parts).scaleb(-RATE_DECIMALS), net, tax)
        for name, parts, net, tax in row.taxes or ()
    )


def _parts_of(rate: Decimal | None) -> int | None:
    """Return a tax rate in ten-thousandths of a per cent; None if there is no rate."""
    return None if rate is None else int(rate.scaleb(RATE_DECIMALS))


def _rate_of(parts: int | None) -> Decimal | None:
    """Return the tax rate of these ten-thousandths of a per cent; None if there is no rate."""
    return None if parts is None else Decimal(parts).scaleb(-RATE_DECIMALS)
