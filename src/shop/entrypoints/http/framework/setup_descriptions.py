"""Descriptions of the fields of the settings and their checklist."""

from typing import Final

SETUP_DESCRIPTIONS: Final = {
    "SettingsView.name": "The shop's name (`SHOP_NAME`).",
    "SettingsView.url": "The address at which buyers reach the shop (`SHOP_URL`); null if it is not set.",
    "SettingsView.currency": "The currency of all prices, as ISO 4217 code.",
    "SettingsView.country": "The shop's country, as ISO 3166-1 code; null if it is not set.",
    "SettingsView.timeZone": "The time zone in which the shop's days begin and end.",
    "SettingsView.pricesIncludeTax": "Whether catalogue prices include tax.",
    "reverseCharge": "Whether businesses of other EU countries buy without tax.",
    "SettingsView.payments": "The payment providers, the preferred one first.",
    "paymentsLive": "Whether buyers are really charged: false with the sandbox or with a provider's test keys.",
    "SettingsView.mail": "Where e-mail goes.",
    "mailFrom": "The address that e-mail comes from.",
    "ownerEmail": "The address to which the shop reports what needs a person; null if it is not set.",
    "guests": "Whether guests may buy without an account.",
    "staffNeedSecondFactor": "Whether staff can use their permissions only with a second factor.",
    "SettingsView.termsVersion": "The version of the terms that buyers accept; null if none is asked for.",
    "footerPages": "The names of the pages that the storefront's footer links to.",
    "checklist": "What a shop needs before it opens.",
    "ChecklistItemView.id": "What is needed.",
    "done": "Whether it is there; null if only a person can tell.",
    "ChecklistItemView.message": "How it stands, and what to do about it, in a sentence.",
    "ChecklistItemView.link": "The view of the administration where it is set up; null for a setting of the server.",
}
