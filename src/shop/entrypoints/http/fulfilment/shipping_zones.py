"""`/api/admin/shipping-zones`: where the shop ships to."""

from litestar import Response
from litestar.controller import Controller
from litestar.di import NamedDependency
from litestar.handlers import delete, get, patch, post
from litestar.params import FromPath, JSONBody

from shop.application.framework.inputs import ExpectedVersions
from shop.application.framework.views import DoneView, encode
from shop.application.framework.views import Page as PageOf
from shop.application.fulfilment.shipping_zones import (
    AdministerShippingZones,
    ShippingZoneInput,
    ShippingZonePatch,
    ShippingZoneView,
)
from shop.application.ports.idempotency import IdempotencyKey
from shop.domain.accounts.permissions import Permission
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound
from shop.domain.fulfilment.shipping import ZoneInUse, ZoneOverlap
from shop.entrypoints.http.framework.conditional import created_first_version, respond_versioned
from shop.entrypoints.http.framework.parameters import DEFAULT_LIMIT, Limit, Page
from shop.entrypoints.http.framework.request import ApiRequest
from shop.entrypoints.http.framework.responses import BytesResponse, Identified, shown


class ShippingZonesController(Controller):
    path = "/api/admin/shipping-zones"
    tags = ("Shipping",)

    @get(policy=Permission.SETTINGS_READ)
    async def list_shipping_zones(
        self,
        administer_shipping_zones: NamedDependency[AdministerShippingZones],
        page: Page,
        limit: Limit = DEFAULT_LIMIT,
    ) -> Response[PageOf[ShippingZoneView]]:
        """Staff who may read settings: all shipping zones, oldest first."""
        return BytesResponse(encode(await administer_shipping_zones.page(page, limit)))

    @post(
        policy=Permission.SETTINGS_WRITE,
        versioned=True,
        location=True,
        errors=(ZoneOverlap,),
        request_example=ShippingZoneInput("Southern Germany", ["DE"], postal_codes=["70-79", "80-89"]),
    )
    async def create_shipping_zone(
        self,
        data: JSONBody[ShippingZoneInput],
        principal: NamedDependency[Principal],
        idempotency: NamedDependency[IdempotencyKey | None],
        administer_shipping_zones: NamedDependency[AdministerShippingZones],
    ) -> Response[ShippingZoneView]:
        """Staff who may write settings: create a shipping zone."""
        outcome = await administer_shipping_zones.create(principal, data, idempotency)
        return created_first_version(outcome, f"{self.path}/{shown(outcome, Identified).id}")

    @get("/{shipping_zone_id:str}", policy=Permission.SETTINGS_READ, versioned=True, errors=(NotFound,))
    async def show_shipping_zone(
        self,
        request: ApiRequest,
        shipping_zone_id: FromPath[str],
        administer_shipping_zones: NamedDependency[AdministerShippingZones],
    ) -> Response[ShippingZoneView]:
        """Staff who may read settings: one shipping zone."""
        view, version = await administer_shipping_zones.show(shipping_zone_id)
        return respond_versioned(request, view, version)

    @patch(
        "/{shipping_zone_id:str}",
        policy=Permission.SETTINGS_WRITE,
        versioned=True,
        errors=(NotFound, ZoneOverlap),
        request_example=ShippingZonePatch(
            name="Bavaria", countries=["DE"], regions=["DE-BY"], postal_codes=["80-97"]
        ),
    )
    async def change_shipping_zone(
        self,
        request: ApiRequest,
        shipping_zone_id: FromPath[str],
        data: JSONBody[ShippingZonePatch],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        administer_shipping_zones: NamedDependency[AdministerShippingZones],
    ) -> Response[ShippingZoneView]:
        """Staff who may write settings: change a shipping zone. Existing orders keep their terms."""
        view, version = await administer_shipping_zones.change(
            principal, shipping_zone_id, data, expected_versions
        )
        return respond_versioned(request, view, version)

    @delete(
        "/{shipping_zone_id:str}",
        policy=Permission.SETTINGS_WRITE,
        status_code=200,
        errors=(NotFound, ZoneInUse),
    )
    async def delete_shipping_zone(
        self,
        shipping_zone_id: FromPath[str],
        principal: NamedDependency[Principal],
        expected_versions: NamedDependency[ExpectedVersions],
        administer_shipping_zones: NamedDependency[AdministerShippingZones],
    ) -> Response[DoneView]:
        """Staff who may write settings: delete a shipping zone. Existing orders keep their terms."""
        await administer_shipping_zones.delete(principal, shipping_zone_id, expected_versions)
        return BytesResponse(encode(DoneView()))
