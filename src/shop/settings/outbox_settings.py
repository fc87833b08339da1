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
        "The stock of a variant at and below which it counts as low: falling to it makes the event stock.low.",
        values.whole_number(1, 1_000_000),
        "5",
    )
    event_lifetime: timedelta = setting(
        "SHOP_EVENT_DAYS",
        "How long events are kept, and with them the deliveries to webhooks.",
        values.days,
        "90",
    )
    webhooks_allow_private: bool = setting(
        "SHOP_WEBHOOKS_ALLOW_PRIVATE",
        "Whether webhooks may lead to private networks and to plain http addresses: for development, or for receivers "
        "beside the shop. Whoever may change settings then reaches into your network.",
        values.switch,
        "off",
    )
