"""Settings of tax."""

from dataclasses import dataclass

from shop.settings import values
from shop.settings.setting import setting


@dataclass(frozen=True, kw_only=True)  # Python allows no second base with slots
class TaxSettings:
    """What prices mean, and when tax is charged."""

    prices_include_tax: bool = setting(
        "SHOP_PRICES_INCLUDE_TAX",
        "Whether the catalogue's prices include tax; otherwise the checkout adds it. Stored with the first tax rate: "
        "from then on another value is refused, unless `shop settings confirm` accepted it.",
        values.switch,
        "false",
    )
    reverse_charge: bool = setting(
        "SHOP_REVERSE_CHARGE",
        "Whether businesses of other EU countries, by their VAT id, buy without tax: they owe it themselves. Needs "
        "SHOP_COUNTRY to be in the EU.",
        values.switch,
        "off",
    )
