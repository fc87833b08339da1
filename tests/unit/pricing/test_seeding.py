"""Seeding published tax rates: which rates are added, and which existing ones stay."""

from collections.abc import AsyncIterator, Sequence
from datetime import date
from decimal import Decimal

import pytest

from shop.adapters.eu_vat_rates import EuVatRates
from shop.adapters.memory.pricing.selling_rules import MemorySellingRules
from shop.adapters.vat_ids import StdnumVatIds
from shop.application.ports.pricing import CountryRates
from shop.application.pricing.seeding import SeededRates
from shop.domain.errors import ValidationFailed
from shop.domain.pricing.selling_rules import Rule
from shop.testing import ShopHarness, shop_harness

pytestmark = pytest.mark.anyio


@pytest.fixture
async def shop(anyio_backend: str) -> AsyncIterator[ShopHarness]:
    async with shop_harness() as shop:
        yield shop


async def seeded(shop: ShopHarness) -> SeededRates:
    return await shop.container.pricing.seed_tax_rates()()


async def rates_by_key(shop: ShopHarness) -> dict[tuple[str, str], float]:
    admin = await shop.admin("reader")
    found = []
    for page in (1, 2, 3):
        found += (await admin.get(f"/api/admin/tax-rates?page={page}&limit=20")).json()["items"]
    assert all(rate["region"] is None for rate in found)
    return {(rate["country"], rate["taxClass"]): rate["rate"] for rate in found}


def test_the_published_rates_are_those_of_the_member_states() -> None:
    published = EuVatRates()
    rates = {each.country: each for each in published.rates()}
    assert set(rates) == StdnumVatIds.eu_countries
    assert published.published_on() >= date(2026, 9, 29)
    assert rates["DE"] == CountryRates("DE", "MwSt", Decimal(19), [Decimal(7)])
    assert (rates["FI"].standard, rates["DK"].reduced) == (Decimal("25.5"), [])
    for each in rates.values():
        assert each.name
        assert Decimal(15) <= each.standard <= Decimal(30), (
            "the lowest standard rate that the EU allows is 15 per cent"
        )
        assert all(0 < lower < each.standard for lower in each.reduced)


async def test_seeding_adds_standard_and_reduced_rates_per_country(
    shop: ShopHarness,
) -> None:
    report = await seeded(shop)
    rates = await rates_by_key(shop)
    assert report == SeededRates(added=len(rates), kept=0)
    assert {country for country, of in rates if of == "standard"} == StdnumVatIds.eu_countries
    assert (rates["DE", "standard"], rates["DE", "reduced"]) == (19, 7)
    assert (rates["FR", "standard"], rates["FI", "standard"]) == (20, 25.5)
    assert ("FR", "reduced") not in rates, "only the owner knows which of several reduced rates applies"
    assert ("DK", "reduced") not in rates


async def test_seeding_again_adds_nothing(shop: ShopHarness) -> None:
    first = await seeded(shop)
    before = await rates_by_key(shop)
    assert await seeded(shop) == SeededRates(added=0, kept=first.added)
    admin = await shop.admin("other")
    assert (await admin.get("/api/admin/tax-rates?page=1")).json()["total"] == len(before)


async def test_seeding_keeps_the_owners_rates(shop: ShopHarness) -> None:
    admin = await shop.admin()
    own = {"name": "USt", "country": "DE", "rate": 16, "taxClass": "Standard"}
    (await admin.post("/api/admin/tax-rates", json=own)).raise_for_status()
    region = {"name": "IVA", "country": "PT", "region": "PT-30", "rate": 22}
    (await admin.post("/api/admin/tax-rates", json=region)).raise_for_status()
    assert (await seeded(shop)).kept == 1
    rates = (await admin.get("/api/admin/tax-rates?page=1&limit=100")).json()["items"]
    german = {(rate["name"], rate["rate"], rate["taxClass"]) for rate in rates if rate["country"] == "DE"}
    assert german == {("USt", 16, "Standard"), ("MwSt", 7, "reduced")}
    assert {rate["rate"] for rate in rates if rate["country"] == "PT"} == {22, 23}


async def test_rates_added_at_the_command_line_are_audited(shop: ShopHarness) -> None:
    report = await seeded(shop)
    admin = await shop.admin()
    entries = (await admin.get("/api/admin/audit?page=1&action=tax-rate.created&limit=1")).json()
    assert entries["total"] == report.added
    assert entries["items"][0]["actor"] == "command line"


async def test_one_invalid_published_rate_keeps_all_from_being_added(
    shop: ShopHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(_: EuVatRates) -> Sequence[CountryRates]:
        return [CountryRates("DE", "MwSt", Decimal(19)), CountryRates("FR", "TVA", Decimal(200))]

    monkeypatch.setattr(EuVatRates, "rates", broken)
    with pytest.raises(ValidationFailed, match="rate"):
        await seeded(shop)
    assert await rates_by_key(shop) == {}


async def test_a_failure_while_rates_are_added_keeps_all_from_being_added(
    shop: ShopHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    add, added = MemorySellingRules.add, list[Rule]()

    async def fail_at_the_third(self: MemorySellingRules, rule: Rule) -> None:
        if len(added) == 2:
            raise RuntimeError
        added.append(rule)
        await add(self, rule)

    monkeypatch.setattr(MemorySellingRules, "add", fail_at_the_third)
    with pytest.raises(RuntimeError):
        await seeded(shop)
    assert len(added) == 2
    assert await rates_by_key(shop) == {}
