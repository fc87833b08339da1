"""Settings about events and webhooks."""

from dataclasses import dataclass
from datetime import timedelta

from shop.settings import values
from shop.settings.setting import setting


@dataclass(frozen=True, kw_only=True)  # no slots: a class can inherit from one base with slots only
class OutboxSettings:
    """The part of the settings that is about events and webhooks."""

    low_stock: int = setting(
        "SHOP_LOW_STOCK",
        "The stock at or below which a variant counts as low. When its stock falls to this number, the shop stores the "
        "event stock.low.",
        values.whole_number(1, 1_000_000),
        "5",
    )
    event_lifetime: timedelta = setting(
        "SHOP_EVENT_DAYS",
        "How long events and webhook deliveries are kept.",
        values.days,
        "90",
    )
    webhooks_allow_private: bool = setting(
        "SHOP_WEBHOOKS_ALLOW_PRIVATE",
        "Whether webhooks may use private networks and plain http: for development, or for receivers beside the shop. "
        "Staff who may change settings can then make the shop send requests into your network.",
        values.switch,
        "off",
    )
