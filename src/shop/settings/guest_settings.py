"""Settings about guests: buyers without an account."""

from dataclasses import dataclass
from datetime import timedelta

from shop.settings import values
from shop.settings.setting import setting


@dataclass(frozen=True, kw_only=True)  # Python allows no second base with slots
class GuestSettings:
    """The settings about guests."""

    guests: bool = setting(
        "SHOP_GUESTS",
        "Whether guests may buy without an account. `off` refuses new carts and checkouts of guests; links to the "
        "orders that they placed before keep working.",
        values.switch,
        "on",
    )
    cart_lifetime: timedelta = setting(
        "SHOP_CART_DAYS",
        "Days after which an unchanged guest cart is deleted.",
        values.days,
        "30",
    )
    unpaid_guest_orders: int = setting(
        "SHOP_UNPAID_GUEST_ORDERS",
        "Maximum number of unpaid guest orders at a time, per network address (IPv6: /64) and per email address.",
        values.whole_number(1, 1_000_000),
        "10",
    )
    guest_carts_per_hour: int = setting(
        "SHOP_GUEST_CARTS_PER_HOUR",
        "Maximum number of carts that guests may create per hour and network address (IPv6: /64).",
        values.whole_number(1, 1_000_000),
        "60",
    )
