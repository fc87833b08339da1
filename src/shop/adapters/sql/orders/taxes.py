"""Shipping and tax of order snapshots in SQL."""

from decimal import Decimal
from typing import Any

from sqlalchemy import Row

from shop.domain.orders.snapshot import OrderSnapshot
from shop.domain.pricing.shipping import QuotedShipping
from shop.domain.pricing.tax import RATE_DECIMALS, TaxLine


def row_of_taxes(snapshot: OrderSnapshot) -> dict[str, Any]:
    """Return the columns of `orders` for shipping and tax."""
    shipping = snapshot.shipping
    return {
        "shipping_method_id": shipping.method_id if shipping else None,
        "shipping_name": shipping.name if shipping else None,
        "shipping_price": shipping.price if shipping else 0,
        "shipping_tax_rate": parts_of(shipping.tax_rate) if shipping else None,
        "shipping_tax": shipping.tax if shipping else 0,
        "prices_include_tax": snapshot.prices_include_tax,
        "tax": snapshot.tax,
        "taxes": [[line.name, parts_of(line.rate), line.net, line.tax] for line in snapshot.taxes] or None,
    }


def shipping_of(row: Row[Any]) -> QuotedShipping | None:
    """Return the shipping in a row of `orders`; None if nothing was shipped."""
    if row.shipping_method_id is None:
        return None
    return QuotedShipping(
        row.shipping_method_id,
        row.shipping_name,
        row.shipping_price,
        rate_of(row.shipping_tax_rate),
        row.shipping_tax,
    )


def taxes_of(row: Row[Any]) -> tuple[TaxLine, ...]:
    """Return what each tax rate adds up to in a row of `orders`."""
    return tuple(
        TaxLine(name, Decimal(parts).scaleb(-RATE_DECIMALS), net, tax)
        for name, parts, net, tax in row.taxes or ()
    )


def parts_of(rate: Decimal | None) -> int | None:
    """Return a tax rate in ten-thousandths of a per cent; None for none."""
    return None if rate is None else int(rate.scaleb(RATE_DECIMALS))


def rate_of(parts: int | None) -> Decimal | None:
    """Return the tax rate of ten-thousandths of a per cent; None for none."""
    return None if parts is None else Decimal(parts).scaleb(-RATE_DECIMALS)
