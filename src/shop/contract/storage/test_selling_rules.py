"""Contract tests: shipping zones, shipping methods and tax rates."""

import asyncio
from decimal import Decimal
from typing import Any

import pytest

from shop.domain.fulfilment.shipping import PostalRange, ShippingMethod, ShippingRate, ShippingZone
from shop.domain.pricing.selling_rules import SellingRules
from shop.domain.pricing.tax import TaxRate, TaxRateTaken

pytestmark = pytest.mark.anyio

ZONE = ShippingZone(
    id="018f0000-0000-7000-8000-000000000001",
    name="Bavaria",
    countries=("DE",),
    regions=("DE-BY",),
    postal_codes=(PostalRange("80", "85"), PostalRange("90", "90")),
)
METHOD = ShippingMethod(
    id="018f0000-0000-7000-8000-000000000002",
    zone_id=ZONE.id,
    name="Post",
    description="By bike",
    rates=(ShippingRate(490), ShippingRate(0, min_subtotal=5000, max_weight=30_000)),
    tax_class="reduced",
    delivery_days=(1, 3),
)
RATE = TaxRate(
    id="018f0000-0000-7000-8000-000000000003",
    name="VAT",
    country="DE",
    region="DE-BY",
    rate=Decimal("19.1234"),
)
RULES = SellingRules((ZONE,), (METHOD,), (RATE,))


async def store(storage: Any, *rules: Any) -> None:
    async with storage.unit_of_work() as work:
        await work.selling_rules.lock()
        for rule in rules:
            await work.selling_rules.add(rule)


async def test_a_shop_begins_without_rules(storage: Any) -> None:
    assert await storage.selling_rules.read() == SellingRules()


async def test_rules_come_back_as_stored(storage: Any) -> None:
    await store(storage, ZONE, METHOD, RATE)
    assert await storage.selling_rules.read() == RULES
    async with storage.unit_of_work() as work:
        assert await work.selling_rules.read() == RULES


async def test_a_unit_of_work_reads_what_it_has_written(storage: Any) -> None:
    async with storage.unit_of_work() as work:
        await work.selling_rules.lock()
        await work.selling_rules.add(ZONE)
        assert (await work.selling_rules.read()).zones == (ZONE,)


async def test_a_changed_rule_replaces_the_former_one(storage: Any) -> None:
    await store(storage, ZONE, METHOD, RATE)
    revised = METHOD.revise(active=False, delivery_days=None)
    async with storage.unit_of_work() as work:
        await work.selling_rules.lock()
        await work.selling_rules.save(revised)
    assert (await storage.selling_rules.read()).methods == (revised,)


async def test_a_deleted_rule_is_not_found(storage: Any) -> None:
    await store(storage, ZONE, METHOD, RATE)
    async with storage.unit_of_work() as work:
        await work.selling_rules.lock()
        await work.selling_rules.delete(METHOD)
        await work.selling_rules.delete(RATE)
    assert await storage.selling_rules.read() == SellingRules((ZONE,))


async def test_two_tax_rates_never_share_country_region_and_class(storage: Any) -> None:
    await store(storage, RATE)
    twin = TaxRate(
        id="018f0000-0000-7000-8000-000000000004", name="Other", country="DE", region="DE-BY", rate=Decimal(7)
    )
    with pytest.raises(TaxRateTaken):
        await store(storage, twin)
    assert (await storage.selling_rules.read()).tax_rates == (RATE,)


async def test_writers_wait_for_each_other(storage: Any) -> None:
    async def rename(suffix: str) -> None:
        async with storage.unit_of_work() as work:
            rules = await work.selling_rules.lock()
            zone = rules.zones[0]
            await work.selling_rules.save(zone.revise(name=zone.name + suffix))

    await store(storage, ZONE)
    await asyncio.gather(*(rename(letter) for letter in "abcdef"))
    (zone,) = (await storage.selling_rules.read()).zones
    assert sorted(zone.name.removeprefix("Bavaria")) == list("abcdef")
    assert zone.version == 7
