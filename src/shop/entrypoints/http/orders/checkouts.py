"""Checkout outcomes: the response to a successful checkout, and counters for all outcomes."""

from typing import Any, Final

from prometheus_client import CollectorRegistry, Counter

from shop.application.framework.outcomes import Done, Outcome, Replayed
from shop.application.orders.views import CheckoutAnswer
from shop.domain.carts.cart import CartEmpty
from shop.domain.catalogue.variant import VariantRequired
from shop.domain.payments.payment import PaymentStatus, TotalNotPayable
from shop.domain.pricing.quote import OutOfStock, PriceChanged
from shop.domain.promotions.promo_code import PromoCodeNotApplicable
from shop.entrypoints.http.framework.request import ApiRequest, context_of
from shop.entrypoints.http.framework.responses import BytesResponse, answer_response

_ADDRESS: Final = {
    "name": "Ada Lovelace",
    "company": "Analytical Engines Ltd",
    "line1": "12 St James's Square",
    "line2": "Second floor",
    "city": "London",
    "region": "Greater London",
    "postalCode": "SW1Y 4JH",
    "country": "GB",
    "phone": "+44 20 7946 0000",
}
CHECKOUT_EXAMPLE: Final = {
    "promoCode": "SPRING10",
    "expectedTotal": 22.5,
    "contact": {"name": "Ada Lovelace", "email": "ada@example.com", "phone": "+44 20 7946 0000"},
    "shippingAddress": _ADDRESS,
    "billingAddress": {**_ADDRESS, "name": "Accounts payable"},
}
PURCHASE_EXAMPLE: Final = {
    **CHECKOUT_EXAMPLE,
    "items": [{"itemId": "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11", "quantity": 2}],
}
"""Hand-written: `addressId` and `shippingAddress` are mutually exclusive."""

_PLACED: Final = "placed"
_PLACED_WITHOUT_PAYMENT: Final = "placed_without_payment"
_REPLAYED: Final = "replayed"
_ALWAYS_SHOWN: Final = (
    _PLACED,
    _PLACED_WITHOUT_PAYMENT,
    _REPLAYED,
    *(
        error.code.lower()
        for error in (
            CartEmpty,
            OutOfStock,
            PriceChanged,
            PromoCodeNotApplicable,
            TotalNotPayable,
            VariantRequired,
        )
    ),
    "internal_error",
)


def checkout_response(request: ApiRequest, outcome: Outcome[CheckoutAnswer]) -> BytesResponse[Any]:
    """Return the response to a checkout that placed an order, now or when its idempotency key was first used."""
    count_checkout(request, outcome)
    return answer_response(outcome, 201)


def count_checkout(request: ApiRequest, outcome: Outcome[CheckoutAnswer]) -> None:
    """Count the checkout by its outcome."""
    match outcome:
        case Replayed():
            counted = _REPLAYED
        case Done(CheckoutAnswer(order)) if order.payment.status is PaymentStatus.UNAVAILABLE:
            counted = _PLACED_WITHOUT_PAYMENT
        case _:
            counted = _PLACED
    context_of(request.scope).outcome = counted


class CheckoutCounts:
    """`shop_checkouts_total` by outcome and `shop_stock_outs_total`. An outcome is one of ours or an error code."""

    def __init__(self, registry: CollectorRegistry) -> None:
        self._checkouts = Counter(
            "shop_checkouts", "Checkouts and immediate purchases, by outcome.", ["outcome"], registry=registry
        )
        self._stock_outs = Counter(
            "shop_stock_outs",
            "Requests refused because stock is insufficient, by place.",
            ["where"],
            registry=registry,
        )
        for outcome in _ALWAYS_SHOWN:
            self._checkouts.labels(outcome)
        for where in ("cart", "checkout"):
            self._stock_outs.labels(where)

    def count(self, outcome: str, *, is_checkout: bool) -> None:
        """Count the response to a request that had an outcome."""
        if is_checkout:
            self._checkouts.labels(outcome.lower()).inc()
        if outcome == OutOfStock.code:
            self._stock_outs.labels("checkout" if is_checkout else "cart").inc()
