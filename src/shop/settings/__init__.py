"""The settings of a running shop: `Configuration.read(…).settings(…)` returns them, validated and frozen."""

from shop.settings.configuration import Configuration, Entry, SettingsError, Source
from shop.settings.declarations import Settings
from shop.settings.reference import env_example, settings_page
from shop.settings.values import LogFormat, LogLevel, Payments, Service

__all__ = [
    "Configuration",
    "Entry",
    "LogFormat",
    "LogLevel",
    "Payments",
    "Service",
    "Settings",
    "SettingsError",
    "Source",
    "env_example",
    "settings_page",
]
