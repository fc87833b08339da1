"""`/api/admin/shipping-methods`: how the shop ships, and what it costs."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from shop.application.framework.inputs import ExpectedVersions, MajorUnits
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.fulfilment.shipping_methods import (
    AdministerShippingMethods,
    ShippingMethodInput,
    ShippingMethodPatch,
    ShippingMethodView,
    ShippingRateInput,
)
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.pricing.shipping_options import DeliveryDays
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.entrypoints.http.framework.conditional import created_first_version, respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, Identified, shown

_ZONE = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"


class ShippingMethodsController(Controller):
    path = "/api/admin/shipping-methods"
    tags = ("Shipping",)

    @get(policy=Permission.SETTINGS_READ)
    async def list_shipping_methods(
        self,
        administer_shipping_methods: NamedDependency[AdministerShippingMethods],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Response[PageOf[ShippingMethodView]]:
        """Staff who may read settings: all shipping methods, oldest first."""
        return BytesResponse(encode(await administer_shipping_methods.page(page, limit)))

    @post(
        policy=Permission.SETTINGS_WRITE,
        versioned=True,
        location=True,
        request_example=ShippingMethodInput(
            _ZONE, "Post", [ShippingRateInput(MajorUnits("4.90"))], delivery_days=DeliveryDays(1, 3)
        ),
    )
    async def create_shipping_method(
        self,
        data: JSONBody[ShippingMethodInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        administer_shipping_methods: NamedDependency[AdministerShippingMethods],
    ) -> Response[ShippingMethodView]:
        """Staff who may write settings: create a shipping method."""
        outcome = await administer_shipping_methods.create(principal, data, idempotency)
        return created_first_version(outcome, f"{self.path}/{shown(outcome, Identified).id}")

    @get("/{shipping_method_id:str}", policy=Permission.SETTINGS_READ, versioned=True, errors=(NotFound,))
    async def show_shipping_method(
        self,
        request: ApiRequest,
        shipping_method_id: FromPath[str],
        administer_shipping_methods: NamedDependency[AdministerShippingMethods],
    ) -> Response[ShippingMethodView]:
        """Staff who may read settings: one shipping method."""
        view, version = await administer_shipping_methods.show(shipping_method_id)
        return respond_versioned(request, view, version)

    @patch(
        "/{shipping_method_id:str}",
        policy=Permission.SETTINGS_WRITE,
        versioned=True,
        errors=(NotFound,),
        request_example=ShippingMethodPatch(
            zone_id=_ZONE, rates=[ShippingRateInput(MajorUnits("5.90"))], active=True
        ),
    )
    async def change_shipping_method(
        self,
        request: ApiRequest,
        shipping_method_id: FromPath[str],
        data: JSONBody[ShippingMethodPatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        administer_shipping_methods: NamedDependency[AdministerShippingMethods],
    ) -> Response[ShippingMethodView]:
        """Staff who may write settings: change a shipping method. Existing orders keep their terms."""
        view, version = await administer_shipping_methods.change(
            principal, shipping_method_id, data, expected_versions
        )
        return respond_versioned(request, view, version)

    @delete(
        "/{shipping_method_id:str}", policy=Permission.SETTINGS_WRITE, status_code=200, errors=(NotFound,)
    )
    async def delete_shipping_method(
        self,
        shipping_method_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        administer_shipping_methods: NamedDependency[AdministerShippingMethods],
    ) -> Response[DoneView]:
        """Staff who may write settings: delete a shipping method. Existing orders keep their terms."""
        await administer_shipping_methods.delete(principal, shipping_method_id, expected_versions)
        return BytesResponse(encode(DoneView()))
