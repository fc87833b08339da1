"""Administering zones, methods and tax rates: terms, contradictions, versions, the audit trail, retries."""

from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import msgspec
import pytest

from shop.application.framework.idempotency import Done, Outcome, Replayed
from shop.application.framework.inputs import MajorUnits
from shop.application.framework.stored_settings import SettingChanged
from shop.application.fulfilment.shipping_methods import (
    ShippingMethodInput,
    ShippingMethodPatch,
    ShippingRateInput,
)
from shop.application.fulfilment.shipping_zones import ShippingZoneInput, ShippingZonePatch
from shop.application.ports.idempotency import IdempotencyKey
from shop.application.pricing.shipping_options import DeliveryDays
from shop.application.pricing.tax_rates import TaxRateInput, TaxRatePatch
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal
from shop.domain.errors import NotFound, PreconditionFailed, ValidationFailed
from shop.domain.fulfilment.shipping import ZoneInUse, ZoneOverlap
from shop.domain.pricing.tax import TaxRateTaken
from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop() -> AsyncIterator[ShopHarness]:
    async with shop_harness() as harness:
        yield harness


@pytest.fixture
async def owner(shop: ShopHarness) -> Principal:
    client = await shop.admin()
    me = (await client.get("/api/auth/me")).json()
    return Principal(user_id=me["id"], username=me["username"], role=Role.ADMIN, session_id="s")


def body(outcome: Outcome[Any]) -> dict[str, Any]:
    return dict(msgspec.json.decode(outcome.body))


def rate(per_cent: str = "19", **fields: Any) -> TaxRateInput:
    return TaxRateInput(**{"name": "VAT", "country": "de", "rate": MajorUnits(per_cent), **fields})


async def test_a_rate_is_shown_as_entered(shop: ShopHarness, owner: Principal) -> None:
    rates = shop.container.pricing.administer_tax_rates()
    made = body(
        await rates.create(owner, rate("7.2500", country="us", region="California", tax_class=" Food "), None)
    )
    assert made == {
        "id": made["id"],
        "name": "VAT",
        "country": "US",
        "region": "US-CA",
        "taxClass": "Food",
        "rate": 7.25,
        "version": 1,
    }
    assert msgspec.to_builtins((await rates.show(made["id"]))[0], builtin_types=(Decimal,))[
        "rate"
    ] == Decimal("7.25")


async def test_a_second_rate_for_the_same_place_and_class_is_refused(
    shop: ShopHarness, owner: Principal
) -> None:
    rates = shop.container.pricing.administer_tax_rates()
    await rates.create(owner, rate(), None)
    other_id = body(await rates.create(owner, rate(country="FR"), None))["id"]
    with pytest.raises(TaxRateTaken):
        await rates.create(owner, rate("7", tax_class="STANDARD"), None)
    with pytest.raises(TaxRateTaken):
        await rates.change(owner, other_id, TaxRatePatch(country="DE"), None)
    assert (await rates.page(1, 20)).total == 2


async def test_a_retry_under_the_same_key_makes_one_rate(shop: ShopHarness, owner: Principal) -> None:
    rates = shop.container.pricing.administer_tax_rates()
    key = IdempotencyKey(owner.user_id, "key", "fingerprint")
    first, again = await rates.create(owner, rate(), key), await rates.create(owner, rate(), key)
    assert isinstance(first, Done)
    assert again == Replayed(first.body)


async def test_the_first_rate_stores_whether_prices_include_tax(shop: ShopHarness, owner: Principal) -> None:
    """Afterwards, a process that was started with another value of the setting cannot add rates."""
    storage = shop.container.storage
    await shop.container.pricing.administer_tax_rates().create(owner, rate(), None)
    async with storage.unit_of_work() as work:
        assert await work.stored_settings.find("SHOP_PRICES_INCLUDE_TAX") == "false"
    async with shop_harness(storage=storage, prices_include_tax=True) as other:
        rates = other.container.pricing.administer_tax_rates()
        with pytest.raises(SettingChanged):
            await rates.create(owner, rate(country="fr"), None)
        assert (await rates.page(1, 10)).total == 1


async def test_a_zone_that_overlaps_another_is_refused(shop: ShopHarness, owner: Principal) -> None:
    zones = shop.container.fulfilment.administer_shipping_zones()
    made = body(
        await zones.create(owner, ShippingZoneInput("South", ["de"], postal_codes=["70-79", " 8 0"]), None)
    )
    assert made["postalCodes"] == ["70-79", "80"]
    with pytest.raises(ZoneOverlap):
        await zones.create(owner, ShippingZoneInput("Other", ["DE"], postal_codes=["75"]), None)
    await zones.create(owner, ShippingZoneInput("World", ["*"]), None)
    with pytest.raises(ZoneOverlap):
        await zones.change(owner, made["id"], ShippingZonePatch(countries=["*"], postal_codes=[]), None)


@pytest.mark.parametrize(
    ("zone", "field"),
    [
        (ShippingZoneInput("X", ["xx"]), "countries[0]"),
        (ShippingZoneInput("X", ["DE"], ["Atlantis"]), "regions[0]"),
        (ShippingZoneInput("X", ["DE", "US"], ["FR-75"]), "regions[0]"),
        (ShippingZoneInput("X", ["DE"], [" "]), "regions[0]"),
        (ShippingZoneInput("X", ["DE"], postal_codes=["9-80"]), "postalCodes[0]"),
        (ShippingZoneInput("\N{ZERO WIDTH SPACE}", ["DE"]), "name"),
    ],
)
async def test_a_refusal_names_the_field(
    shop: ShopHarness, owner: Principal, zone: ShippingZoneInput, field: str
) -> None:
    with pytest.raises(ValidationFailed) as refused:
        await shop.container.fulfilment.administer_shipping_zones().create(owner, zone, None)
    assert list(refused.value.details or ()) == [field]


async def test_a_zone_with_methods_cannot_be_deleted(shop: ShopHarness, owner: Principal) -> None:
    zones = shop.container.fulfilment.administer_shipping_zones()
    methods = shop.container.fulfilment.administer_shipping_methods()
    zone_id = body(await zones.create(owner, ShippingZoneInput("Germany", ["DE"]), None))["id"]
    new = ShippingMethodInput(
        zone_id,
        "Post",
        [
            ShippingRateInput(MajorUnits("4.90"), max_subtotal=MajorUnits(50)),
            ShippingRateInput(MajorUnits(0)),
        ],
        delivery_days=DeliveryDays(1, 3),
    )
    method_id = body(await methods.create(owner, new, None))["id"]
    with pytest.raises(ZoneInUse):
        await zones.delete(owner, zone_id, None)
    with pytest.raises(ValidationFailed, match="zone_id"):
        await methods.change(owner, method_id, ShippingMethodPatch(zone_id=method_id), None)
    await methods.delete(owner, method_id, None)
    await zones.delete(owner, zone_id, None)
    with pytest.raises(NotFound):
        await zones.show(zone_id)


async def test_a_stale_write_changes_nothing(shop: ShopHarness, owner: Principal) -> None:
    rates = shop.container.pricing.administer_tax_rates()
    rate_id = body(await rates.create(owner, rate(), None))["id"]
    changed, version = await rates.change(owner, rate_id, TaxRatePatch(rate=MajorUnits(20)), frozenset({1}))
    assert (changed.rate, version) == (20, 2)
    for write in (
        rates.change(owner, rate_id, TaxRatePatch(), frozenset({1})),
        rates.delete(owner, rate_id, frozenset({1})),
    ):
        with pytest.raises(PreconditionFailed):
            await write
    assert (await rates.show(rate_id))[0].rate == 20


async def test_cached_rules_include_a_change_by_this_process_immediately(
    shop: ShopHarness, owner: Principal
) -> None:
    current = shop.container.pricing.current_rules()
    assert (await current()).tax_rates == ()
    await shop.container.pricing.administer_tax_rates().create(owner, rate(), None)
    assert [each.country for each in (await current()).tax_rates] == ["DE"]
