"""Descriptions of the fields of the settings and their checklist."""

from typing import Final

SETUP_DESCRIPTIONS: Final = {
    "SettingsView.name": "The shop's name (`SHOP_NAME`).",
    "SettingsView.url": "The address at which buyers reach the shop (`SHOP_URL`); null if it is not set.",
    "SettingsView.currency": "The currency of all prices, as an ISO 4217 code.",
    "SettingsView.country": "The shop's country, as an ISO 3166-1 code; null if it is not set.",
    "SettingsView.timeZone": "The time zone of the shop's days.",
    "SettingsView.pricesIncludeTax": "Whether catalogue prices include tax.",
    "reverseCharge": "Whether companies in other EU countries buy without tax.",
    "SettingsView.payments": "The payment providers, the preferred one first.",
    "paymentsLive": "Whether buyers are really charged: false with the sandbox or with a provider's test keys.",
    "SettingsView.mail": "Where e-mail goes.",
    "mailFrom": "The address that e-mail comes from.",
    "ownerEmail": "The address for reports that need a person's attention; null if it is not set.",
    "guests": "Whether guests may buy without an account.",
    "staffNeedSecondFactor": "Whether staff can use their permissions only with a second factor.",
    "SettingsView.termsVersion": "The version of the terms that buyers accept; null if the shop has no terms.",
    "footerPages": "The names of the pages that the storefront's footer links to.",
    "checklist": "What a shop needs before it opens.",
    "ChecklistItemView.id": "The requirement.",
    "done": "Whether the requirement is met; null if the shop cannot check it.",
    "ChecklistItemView.message": "The current state, and what to do, in a sentence.",
    "ChecklistItemView.link": "The view of the administration where it is set up; null for a setting of the server.",
}
