"""The types of settings, and the functions that parse them.

Each function's ValueError completes a sentence that begins with the variable's name: "must be …".
"""

import os
import re
from collections.abc import Callable
from datetime import timedelta
from enum import StrEnum
from ipaddress import ip_network
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from shop.domain.errors import ValidationFailed
from shop.domain.money import Currency
from shop.domain.payments.payment import PaymentMethod

MIN_KEY_BYTES: Final = 32
_SQLITE: Final = re.compile(r"sqlite(\+aiosqlite)?:///(?P<file>[^?]+)")


class Service(StrEnum):
    """A part of the API that a server can offer alone."""

    ACCOUNTS = "accounts"
    """Logins, users and their addresses."""
    CATALOGUE = "catalogue"
    """Products, categories, pictures, imports, feeds, and the public dashboard."""
    ORDERS = "orders"
    """Everything else, also the lists of all products, roles and API keys."""


class DialectName(StrEnum):
    """A small back end whose clients the shop supports, below `/compat`."""

    EXPRESS = "express"
    FLASK = "flask"
    MICROSERVICES = "microservices"


class Payments(StrEnum):
    """A payment provider."""

    SANDBOX = "sandbox"
    """A simulated provider: the client with a payment's secret chooses the outcome, and no money moves."""
    STRIPE = "stripe"
    """Live or test mode, depending on the key."""
    MANUAL = "manual"
    """Bank transfer or cash: staff confirm that the money has arrived."""

    @property
    def method(self) -> PaymentMethod:
        """Return the payment method that buyers use with this provider."""
        return PaymentMethod.TRANSFER if self is Payments.MANUAL else PaymentMethod.CARD

    @property
    def sends_webhooks(self) -> bool:
        """Return whether the provider sends webhooks, which somebody must set up there."""
        return self is Payments.STRIPE


class StaffTotp(StrEnum):
    """Whether staff need a second factor."""

    OPTIONAL = "optional"
    REQUIRED = "required"


class LogLevel(StrEnum):
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"


class LogFormat(StrEnum):
    """The format of log lines."""

    AUTO = "auto"
    """`console` on a terminal, otherwise `json`."""
    JSON = "json"
    CONSOLE = "console"


def whole_number(low: int, high: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not low <= int(text) <= high:
            raise ValueError(f"must be a whole number from {low} to {high}, not {text!r}")
        return int(text)

    return parse


def minutes(text: str) -> timedelta:
    return timedelta(minutes=whole_number(1, 525_600)(text))


def days(text: str) -> timedelta:
    return timedelta(days=whole_number(1, 3_650)(text))


def cores_or_number(text: str) -> int:
    return (os.cpu_count() or 1) if text == "auto" else whole_number(1, 1_000)(text)


def one_of(choices: type[StrEnum]) -> Callable[[str], StrEnum]:
    def parse(text: str) -> StrEnum:
        try:
            return choices(text.lower())
        except ValueError:
            raise ValueError(f"must be {' or '.join(choices)}, not {text!r}") from None

    return parse


def payments(text: str) -> tuple[Payments, ...]:
    names = _items(text.lower())
    if not names or not set(names) <= set(Payments):
        raise ValueError(f"must be some of {','.join(Payments)}, comma-separated, not {text!r}")
    chosen = tuple(dict.fromkeys(map(Payments, names)))
    if len({each.method for each in chosen}) < len(chosen):
        raise ValueError(f"must name one provider for each way to pay, not {text!r}")
    return chosen


def plain_text(longest: int) -> Callable[[str], str | None]:
    def parse(text: str) -> str | None:
        if len(text) > longest:
            raise ValueError(f"must be at most {longest} characters long, not {len(text)}")
        return text or None

    return parse


def switch(text: str) -> bool:
    try:
        return {"on": True, "true": True, "1": True, "off": False, "false": False, "0": False}[text.lower()]
    except KeyError:
        raise ValueError(f"must be on or off, not {text!r}") from None


def _items(text: str) -> list[str]:
    return [item for part in text.split(",") if (item := part.strip())]


def dialects(text: str) -> frozenset[DialectName]:
    try:
        return frozenset(DialectName(name.strip()) for name in text.split(",") if name.strip())
    except ValueError:
        raise ValueError(f"must be some of {','.join(DialectName)}, comma-separated, not {text!r}") from None


def services(text: str) -> frozenset[Service]:
    services = frozenset(_items(text))
    if not services or not services <= set(Service):
        raise ValueError(f"must be some of {','.join(Service)}, comma-separated, not {text!r}")
    return frozenset(map(Service, services))


def database_url(text: str) -> str:
    sqlite = _SQLITE.fullmatch(text)
    if sqlite and sqlite["file"] != ":memory:":
        return text
    try:
        parts = urlsplit(text)
        named = parts.scheme in ("mysql", "mysql+asyncmy") and len(parts.path) > 1 and parts.port != 0
    except ValueError:
        named = False
    if not named:
        raise ValueError("must be mysql://user:password@host:port/name or sqlite:///path/of/a/file")
    return text


def redis_url(text: str) -> str | None:
    if not text:
        return None
    try:
        parts = urlsplit(text)
        usable = (
            parts.scheme in ("redis", "rediss")
            and bool(parts.hostname)
            and bool(parts.username) <= bool(parts.password)
            and parts.port != 0
            and re.fullmatch(r"(/[0-9]{0,4})?", parts.path)
            and (
                not parts.query or re.fullmatch(r"rediss ssl_ca_certs=[^&]+", f"{parts.scheme} {parts.query}")
            )
            and not parts.fragment
        )
    except ValueError:
        usable = False
    if not usable:
        raise ValueError(
            "must be redis://user:password@host:port/number, or rediss:// for TLS, with ?ssl_ca_certs=FILE if the "
            "machine doesn't know the authority"
        )
    return text


def mask_url(url: str) -> str:
    return re.sub(r"\?.*", "?***", re.sub(r"(?<=://)([^:@/]*):.*@", r"\1:***@", url))


def signing_key(text: str) -> str:
    if (length := len(text.encode())) < MIN_KEY_BYTES:
        raise ValueError(f"must have at least {MIN_KEY_BYTES} bytes, this one has {length}")
    return text


def secret_keys(text: str) -> tuple[str, ...]:
    keys = tuple(key.strip() for key in text.split(",")) if text.strip() else ()
    if any(len(key.encode()) < MIN_KEY_BYTES for key in keys):
        raise ValueError(f"must be keys of at least {MIN_KEY_BYTES} bytes each, comma-separated")
    return keys


def stripe_key(text: str) -> str:
    if text.startswith("pk_") or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError("must be a secret or restricted key of Stripe's (sk_…, rk_…), not a publishable one")
    return text


def publishable_key(text: str) -> str | None:
    if text and not re.fullmatch(r"pk_[A-Za-z0-9_]+", text):
        raise ValueError("must be a publishable key of Stripe's (pk_…)")
    return text or None


def secrets(text: str) -> tuple[str, ...]:
    if not (found := tuple(_items(text))):
        raise ValueError("must be one secret or several, comma-separated")
    return found


def payment_method_types(text: str) -> tuple[str, ...]:
    types = tuple(_items(text))
    if not types or not all(re.fullmatch(r"[a-z0-9_]+", each) for each in types):
        raise ValueError(f"must be automatic, or types such as card,sepa_debit, not {text!r}")
    if "automatic" in types and len(types) > 1:
        raise ValueError("must be automatic alone, or types without it")
    return types


def base_url(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in ("http", "https") or not parts.netloc or parts.query or parts.fragment:
        raise ValueError(f"must be an address such as https://api.stripe.com, not {text!r}")
    return text.rstrip("/")


def currency(text: str) -> Currency:
    try:
        return Currency(text.upper())
    except ValidationFailed:
        raise ValueError(f"must be a three-letter ISO 4217 code such as USD, not {text!r}") from None


def country(text: str) -> str | None:
    code = text.upper()
    if code and not re.fullmatch("[A-Z]{2}", code):
        raise ValueError(f"must be a two-letter country code such as DE, not {text!r}")
    return code or None


def time_zone(text: str) -> ZoneInfo:
    try:
        return ZoneInfo(text)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ValueError(f"must be a time zone such as UTC or Europe/Berlin, not {text!r}") from None


def networks(text: str) -> tuple[str, ...]:
    try:
        return tuple(str(ip_network(item)) for item in _items(text))
    except ValueError as error:
        raise ValueError(f"must be addresses or networks, comma-separated: {error}") from None


def origins(text: str) -> tuple[str, ...]:
    origins = tuple(_items(text))
    for origin in origins:
        # In the form that browsers send: lower case, no path, no default port.
        if not re.fullmatch(r"https?://(\[[0-9a-f:]+\]|[a-z0-9._-]+)(:[0-9]{1,5})?", origin) or re.fullmatch(
            r"http://.*:80|https://.*:443", origin
        ):
            raise ValueError(f"must be exact origins such as https://shop.example, not {origin!r}")
    return origins


def embedded_file(database_url: str) -> Path | None:
    """Return the file in a SQLite URL; None for the URL of a server."""
    sqlite = _SQLITE.fullmatch(database_url)
    return Path(sqlite["file"]) if sqlite else None
