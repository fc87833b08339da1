"""Settings of tax."""

from dataclasses import dataclass

from shop.settings import values
from shop.settings.setting import setting


@dataclass(frozen=True, kw_only=True)  # Python allows no second base with slots
class TaxSettings:
    """Settings of tax."""

    prices_include_tax: bool = setting(
        "SHOP_PRICES_INCLUDE_TAX",
        "Whether the catalogue's prices include tax; otherwise the checkout adds it. Stored with the first tax rate; "
        "from then on, the shop refuses another value until you run `shop settings confirm`.",
        values.switch,
        "false",
    )
    reverse_charge: bool = setting(
        "SHOP_REVERSE_CHARGE",
        "Whether businesses in other EU countries buy without tax if they give a VAT id: they owe the tax themselves "
        "(reverse charge). Needs SHOP_COUNTRY to be in the EU.",
        values.switch,
        "off",
    )
