"""`/api/orders`: check out, with or without a cart; read, pay and cancel one's own orders."""

from typing import Annotated, Any, Final

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, post
from litestar.params import FromPath, JSONBody, QueryParameter
from prometheus_client import CollectorRegistry, Counter

from shop.application.framework.idempotency import Done, Outcome, Replayed
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.secret_answers import AnswerGone
from shop.application.framework.views import Page as PageOf
from shop.application.framework.views import encode
from shop.application.orders.checkout import PlaceOrder
from shop.application.orders.checkout_terms import BuyNowInput, CheckoutInput
from shop.application.orders.claiming import ClaimOrder, OrderClaim
from shop.application.orders.reading import GetOrder
from shop.application.orders.views import CheckoutAnswer, OrderAnswer, OrderSummary, OrderView
from shop.application.payments.cancelling import CancelOrder
from shop.application.payments.opening import OpenPayment
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.ports.orders import OrderQueries
from shop.application.ports.system import SecretKeysMissing
from shop.domain.accounts.user import Principal
from shop.domain.carts.buyer import GuestsOff
from shop.domain.carts.cart import CartEmpty
from shop.domain.catalogue.variant import VariantRequired
from shop.domain.errors import NotFound, TooMany
from shop.domain.fulfilment.shipping import ShippingNotAvailable, ShippingRequired
from shop.domain.orders.access import OrderAccess
from shop.domain.orders.order import ForbiddenTransition, OrderNotPayable, OrderStatus
from shop.domain.payments.dispute import PaymentDisputed
from shop.domain.payments.payment import PaymentStatus, PaymentUnavailable, TotalNotPayable
from shop.domain.pricing.quote import OutOfStock, PriceChanged
from shop.domain.promotions.promo_code import PromoCodeNotApplicable
from shop.entrypoints.http.framework.conditional import respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.policies import CallingBuyer, Policy
from shop.entrypoints.http.framework.request import ApiRequest, client_address, context_of
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
"""Hand-written: a generated example would have both `addressId` and `shippingAddress`, which is invalid."""

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
"""The outcomes whose counters exist from the start, at 0."""


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
    """`shop_checkouts_total` by outcome, and `shop_stock_outs_total`.

    An outcome is `placed`, `placed_without_payment`, `replayed`, or the code of an error.
    """

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
        """Count one response by its outcome."""
        if is_checkout:
            self._checkouts.labels(outcome.lower()).inc()
        if outcome == OutOfStock.code:
            self._stock_outs.labels("checkout" if is_checkout else "cart").inc()


_SHIPPING_ERRORS = (ShippingRequired(["shippingMethodId"]), ShippingNotAvailable([]))


class CartCheckoutController(Controller):
    path = "/api/cart/checkout"
    tags = ("Cart",)

    @post(
        policy=Policy.BUYER,
        errors=(
            NotFound,
            CartEmpty,
            OutOfStock,
            PromoCodeNotApplicable,
            PriceChanged,
            TotalNotPayable,
            VariantRequired,
            GuestsOff,
            TooMany,
            SecretKeysMissing,
            AnswerGone,
            *_SHIPPING_ERRORS,
        ),
        checkout=True,
        request_example=CHECKOUT_EXAMPLE,
    )
    async def checkout(
        self,
        request: ApiRequest,
        data: JSONBody[CheckoutInput],
        buyer: CallingBuyer,
        idempotency: NamedDependency[IdempotencyKey | None],
        place_order: NamedDependency[PlaceOrder],
    ) -> Response[CheckoutAnswer]:
        placed = await place_order(buyer, data, client_address(request), idempotency)
        return checkout_response(request, placed)


class OrdersController(Controller):
    path = "/api/orders"
    tags = ("Orders",)

    @post(
        policy=Policy.BUYER,
        errors=(
            NotFound,
            OutOfStock,
            PromoCodeNotApplicable,
            PriceChanged,
            TotalNotPayable,
            VariantRequired,
            GuestsOff,
            TooMany,
            SecretKeysMissing,
            AnswerGone,
            *_SHIPPING_ERRORS,
        ),
        checkout=True,
        request_example=PURCHASE_EXAMPLE,
    )
    async def buy_now(
        self,
        request: ApiRequest,
        data: JSONBody[BuyNowInput],
        buyer: CallingBuyer,
        idempotency: NamedDependency[IdempotencyKey | None],
        place_order: NamedDependency[PlaceOrder],
    ) -> Response[CheckoutAnswer]:
        placed = await place_order(buyer, data, client_address(request), idempotency)
        return checkout_response(request, placed)

    @get(policy=Policy.USER)
    async def list_orders(
        self,
        principal: NamedDependency[Principal],
        order_queries: NamedDependency[OrderQueries],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
        status: Annotated[
            OrderStatus | None, QueryParameter(description="Only orders of this status.")
        ] = None,
    ) -> Response[PageOf[OrderSummary]]:
        """Users: their own orders, newest first."""
        return BytesResponse(encode(await order_queries.page(principal.user_id, page, limit, status)))

    @post("/claim", policy=Policy.USER, status_code=200, errors=(NotFound,))
    async def claim_order(
        self,
        data: JSONBody[OrderClaim],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        claim_order: NamedDependency[ClaimOrder],
    ) -> Response[OrderAnswer]:
        return answer_response(await claim_order(principal, data, idempotency), 200)

    @get("/{order_id:str}", policy=Policy.ORDER_OWNER, versioned=True, errors=(NotFound,))
    async def show_order(
        self,
        request: ApiRequest,
        order_id: FromPath[str],
        order_access: NamedDependency[OrderAccess],
        get_order: NamedDependency[GetOrder],
    ) -> Response[OrderView]:
        order = await get_order(order_access, order_id)
        return respond_versioned(request, order, len(order.status_history))

    @post(
        "/{order_id:str}/payment",
        policy=Policy.ORDER_OWNER,
        status_code=200,
        errors=(NotFound, OrderNotPayable, PaymentUnavailable),
    )
    async def open_payment(
        self,
        order_id: FromPath[str],
        order_access: NamedDependency[OrderAccess],
        idempotency: NamedDependency[IdempotencyKey | None],
        open_payment: NamedDependency[OpenPayment],
    ) -> Response[OrderAnswer]:
        return answer_response(await open_payment(order_access, order_id, idempotency), 200)

    @post(
        "/{order_id:str}/cancel",
        policy=Policy.ORDER_OWNER,
        status_code=200,
        errors=(NotFound, ForbiddenTransition, PaymentDisputed),
    )
    async def cancel_order(
        self,
        order_id: FromPath[str],
        order_access: NamedDependency[OrderAccess],
        idempotency: NamedDependency[IdempotencyKey | None],
        cancel_order: NamedDependency[CancelOrder],
    ) -> Response[OrderAnswer]:
        return answer_response(await cancel_order(order_access, order_id, idempotency), 200)

    @delete(
        "/{order_id:str}",
        policy=Policy.ORDER_OWNER,
        status_code=200,
        errors=(NotFound, ForbiddenTransition, PaymentDisputed),
    )
    async def delete_order(
        self,
        order_id: FromPath[str],
        order_access: NamedDependency[OrderAccess],
        expected_versions: NamedDependency[ExpectedVersions],
        cancel_order: NamedDependency[CancelOrder],
    ) -> Response[OrderAnswer]:
        return answer_response(await cancel_order(order_access, order_id, expected=expected_versions), 200)
