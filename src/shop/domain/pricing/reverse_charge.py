"""Reverse charge: when the buyer, not the shop, owes the tax."""

from collections.abc import Set


def reverse_charge_applies(
    supply_country: str | None, shop_country: str | None, vat_id_country: str | None, eu_countries: Set[str]
) -> bool:
    """Return whether a buyer with a VAT id of `vat_id_country` owes the tax on goods supplied in `supply_country`.

    All three countries have to be in the EU, and the goods and the VAT id in another one than the shop.
    """
    return (
        shop_country in eu_countries
        and {supply_country, vat_id_country} <= eu_countries
        and shop_country not in (supply_country, vat_id_country)
    )
