"""Reverse charge: for which countries of goods, shop and VAT id the buyer owes the tax."""

import pytest

from shop.domain.pricing.tax import reverse_charge_applies

EU = frozenset({"AT", "DE", "FR", "GR"})


@pytest.mark.parametrize(
    ("supply", "shop", "vat_id", "applies"),
    [
        pytest.param("FR", "DE", "FR", True, id="to a business abroad"),
        pytest.param("FR", "DE", "AT", True, id="to a third country of the EU"),
        pytest.param("DE", "DE", "FR", False, id="goods that stay in the shop's country"),
        pytest.param("FR", "DE", "DE", False, id="a business of the shop's country"),
        pytest.param("FR", "DE", None, False, id="a private buyer"),
        pytest.param("FR", "DE", "GB", False, id="a business outside the EU"),
        pytest.param("FR", "DE", "XI", False, id="a business in Northern Ireland"),
        pytest.param("CH", "DE", "FR", False, id="goods that leave the EU"),
        pytest.param(None, "DE", "FR", False, id="an unknown place"),
        pytest.param("FR", "CH", "FR", False, id="a shop outside the EU"),
        pytest.param("FR", None, "FR", False, id="a shop without a country"),
    ],
)
def test_the_buyer_owes_the_tax_between_countries_of_the_eu(
    supply: str | None, shop: str | None, vat_id: str | None, applies: bool
) -> None:
    assert reverse_charge_applies(supply, shop, vat_id, EU) is applies
