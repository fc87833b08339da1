"""`/api/cart/shipping`, `/api/cart/shipping-options`: how the goods in the caller's cart are shipped."""

from typing import Annotated

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, put
from litestar.params import JSONBody, QueryParameter

from shop.application.carts.pricing import CartView
from shop.application.carts.shipping import (
    ChooseShipping,
    DropShipping,
    ListShippingOptions,
    ShippingChoiceInput,
)
from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import encode
from shop.application.pricing.places import MAX_POSTAL_CODE
from shop.application.pricing.shipping_options import ShippingOptionsView
from shop.domain.errors import NotFound
from shop.domain.fulfilment.shipping import ShippingNotAvailable
from shop.entrypoints.http.carts.cart import cart_response
from shop.entrypoints.http.framework.policies import CallingBuyer, Policy
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse

_COUNTRY = "The country, as an ISO 3166-1 alpha-2 code."
_REGION = "The region, as an ISO 3166-2 code or by its English name."


class CartShippingController(Controller):
    path = "/api/cart"
    tags = ("Cart",)

    @get("/shipping-options", policy=Policy.BUYER)
    async def list_shipping_options(
        self,
        buyer: CallingBuyer,
        list_shipping_options: NamedDependency[ListShippingOptions],
        country: Annotated[str, QueryParameter(description=_COUNTRY, min_length=2, max_length=2)],
        region: Annotated[str | None, QueryParameter(description=_REGION, max_length=100)] = None,
        postal_code: Annotated[
            str | None,
            QueryParameter(name="postalCode", description="The postal code.", max_length=MAX_POSTAL_CODE),
        ] = None,
    ) -> Response[ShippingOptionsView]:
        options = await list_shipping_options(buyer, country, region, postal_code)
        return BytesResponse(encode(options))

    @put("/shipping", policy=Policy.BUYER, versioned=True, errors=(NotFound, ShippingNotAvailable))
    async def choose_shipping(
        self,
        request: ApiRequest,
        data: JSONBody[ShippingChoiceInput],
        buyer: CallingBuyer,
        expected_versions: NamedDependency[ExpectedVersions],
        choose_shipping: NamedDependency[ChooseShipping],
    ) -> Response[CartView]:
        return cart_response(request, await choose_shipping(buyer, data, expected_versions))

    @delete("/shipping", policy=Policy.BUYER, status_code=200, versioned=True)
    async def remove_shipping(
        self,
        request: ApiRequest,
        buyer: CallingBuyer,
        expected_versions: NamedDependency[ExpectedVersions],
        drop_shipping: NamedDependency[DropShipping],
    ) -> Response[CartView]:
        return cart_response(request, await drop_shipping(buyer, expected_versions))
