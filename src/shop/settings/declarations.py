"""Declarations of the settings: every `SHOP_*` variable, with its meaning, default and validation.

`shop settings`, `.env.example` and error messages are generated from the declarations in `Settings`;
`shop.settings.configuration` reads them.
"""

import dataclasses
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Final
from zoneinfo import ZoneInfo

from shop.domain.money import Currency
from shop.domain.orders.snapshot import MAX_TERMS_VERSION
from shop.settings import values
from shop.settings.clock_settings import ClockSettings
from shop.settings.guest_settings import GuestSettings
from shop.settings.mail import MailFolder
from shop.settings.mail_settings import MailSettings
from shop.settings.media_settings import MediaFolder, MediaSettings
from shop.settings.observation_settings import ObservationSettings
from shop.settings.outbox_settings import OutboxSettings
from shop.settings.page_settings import PageSettings
from shop.settings.setting import Setting, setting
from shop.settings.tax_settings import TaxSettings
from shop.settings.values import (
    MIN_KEY_BYTES,
    DialectName,
    Payments,
    Service,
    StaffTotp,
    embedded_file,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings(
    GuestSettings,
    MailSettings,
    MediaSettings,
    OutboxSettings,
    PageSettings,
    TaxSettings,
    ObservationSettings,
    ClockSettings,
):
    """A shop's validated settings. `repr` omits the secrets.

    When constructed directly, omitted fields have their defaults for the embedded database.
    """

    database_url: str = setting(
        "SHOP_DATABASE_URL",
        "The database: sqlite:///FILE (embedded) or mysql://USER:PASSWORD@HOST:PORT/NAME.",
        values.database_url,
        "sqlite:///shop.db",
        mask=values.mask_url,
    )
    database_pool_size: int = setting(
        "SHOP_DATABASE_POOL_SIZE",
        "Connections that a process may hold for transactions, and as many again for plain reads.",
        values.whole_number(1, 1_000),
        "20",
    )
    redis_url: str | None = setting(
        "SHOP_REDIS_URL",
        "A Redis (6.2 or later) or Valkey in which instances share recently read data: "
        "redis://USER:PASSWORD@HOST:PORT/NUMBER, or rediss:// for TLS. None: each instance has only its own cache.",
        values.redis_url,
        "",
        mask=values.mask_url,
    )
    jwt_secret: str = setting(
        "SHOP_JWT_SECRET",
        f"The key that signs access tokens, at least {MIN_KEY_BYTES} bytes. With the embedded database, "
        "the shop generates it and stores it beside the database; otherwise it is required.",
        values.signing_key,
        mask=lambda _: "********",
    )
    secret_keys: tuple[str, ...] = setting(
        "SHOP_SECRET_KEYS",
        f"Keys that encrypt secrets in the database, comma-separated, at least {MIN_KEY_BYTES} bytes each: the first "
        "encrypts, all decrypt. With the embedded database, the shop generates one and stores it beside the database; "
        "otherwise guests, mail, webhooks and second factors require them.",
        values.secret_keys,
        "",
        mask=lambda _: "********",
    )
    staff_totp: StaffTotp = setting(
        "SHOP_STAFF_TOTP",
        "required: staff can use their permissions only after they have set up a second factor; API keys are exempt. "
        "optional: a second factor is each user's choice.",
        values.one_of(StaffTotp),
        "optional",
    )
    access_token_ttl: timedelta = setting(
        "SHOP_ACCESS_TOKEN_MINUTES", "How long an access token works.", values.minutes, "60"
    )
    refresh_token_ttl: timedelta = setting(
        "SHOP_REFRESH_TOKEN_DAYS", "How long a login lasts without a refresh.", values.days, "30"
    )
    hash_concurrency: int = setting(
        "SHOP_HASH_CONCURRENCY",
        "Passwords hashed at the same time (a core and 19 MiB each); auto: one per core.",
        values.cores_or_number,
        "auto",
    )
    payments: tuple[Payments, ...] | None = setting(
        "SHOP_PAYMENTS",
        "The payment providers, comma-separated, the preferred one first: sandbox (no real charges) or stripe, and "
        "manual (bank transfer; staff confirm that the money has arrived). Required unless the database is embedded.",
        values.payments,
        embedded_default="sandbox",
    )
    stripe_secret_key: str | None = setting(
        "SHOP_STRIPE_SECRET_KEY",
        "Stripe's secret key (sk_test_…, sk_live_…), or a restricted one. Required with the provider stripe.",
        values.stripe_key,
        mask=lambda _: "********",
        needed_with=Payments.STRIPE,
    )
    stripe_publishable_key: str | None = setting(
        "SHOP_STRIPE_PUBLISHABLE_KEY",
        "Stripe's publishable key (pk_test_…, pk_live_…); the storefront needs it to show the card form.",
        values.publishable_key,
        "",
    )
    stripe_webhook_secrets: tuple[str, ...] | None = setting(
        "SHOP_STRIPE_WEBHOOK_SECRETS",
        "The signing secrets of the webhook endpoint (whsec_…), comma-separated: while you replace one, set both. "
        "Required with the provider stripe.",
        values.secrets,
        mask=lambda _: "********",
        needed_with=Payments.STRIPE,
    )
    stripe_payment_method_types: tuple[str, ...] = setting(
        "SHOP_STRIPE_PAYMENT_METHOD_TYPES",
        "How customers may pay, comma-separated (card,sepa_debit), or automatic: as enabled in Stripe's dashboard.",
        values.payment_method_types,
        "card",
    )
    stripe_api_base: str = setting(
        "SHOP_STRIPE_API_BASE", "The base URL of Stripe's API.", values.base_url, "https://api.stripe.com"
    )
    transfer_instructions: str = setting(
        "SHOP_TRANSFER_INSTRUCTIONS",
        "What buyers have to do to pay by transfer: your bank details, with {number} for the order's number and "
        "{total} for its total.",
        str,
        "Transfer {total} to the shop's account, with {number} as the reference.",
    )
    transfer_term: timedelta = setting(
        "SHOP_TRANSFER_DAYS",
        "How long an order by transfer may stay unpaid before it is cancelled.",
        values.days,
        "7",
    )
    currency: Currency = setting(
        "SHOP_CURRENCY",
        "The currency of all prices, as an ISO 4217 code. It is stored at the first start; "
        "from then on, the shop refuses another value, because it would change the meaning of stored amounts.",
        values.currency,
        "USD",
    )
    country: str | None = setting(
        "SHOP_COUNTRY",
        "The shop's country, as an ISO 3166-1 code (DE). Its tax rates apply to buyers whose country is not known yet. "
        "Without it, these buyers are charged no tax.",
        values.country,
        "",
    )
    time_zone: ZoneInfo = setting(
        "SHOP_TIME_ZONE",
        "The time zone of the shop's days, by its name in the IANA database.",
        values.time_zone,
        "UTC",
    )
    order_ttl: timedelta = setting(
        "SHOP_ORDER_TTL_MINUTES",
        "How long an order may stay unpaid before it is cancelled.",
        values.minutes,
        "30",
    )
    terms_version: str | None = setting(
        "SHOP_TERMS_VERSION",
        "The version of the shop's terms, such as 2026-11. If it is set, buyers have to accept the terms at the "
        "checkout, and orders store the version.",
        values.plain_text(MAX_TERMS_VERSION),
        "",
    )
    host: str = setting("SHOP_HOST", "The address that `shop serve` listens on.", str, "127.0.0.1")
    port: int = setting(
        "SHOP_PORT",
        "The port that `shop serve` listens on; 0: any free one.",
        values.whole_number(0, 65_535),
        "8000",
    )
    processes: int = setting(
        "SHOP_PROCESSES",
        "Server processes of `shop serve`.",
        values.whole_number(1, 64),
        "1",
        former_variable="SHOP_WORKERS",
    )
    max_connections: int = setting(
        "SHOP_MAX_CONNECTIONS",
        "Maximum number of client connections per server process; lower if the process may not open as many files. At "
        "the limit, a new connection replaces the one that has waited longest for a request; if none waits, it gets a "
        "503.",
        values.whole_number(8, 100_000),
        "1000",
    )
    run_worker: bool = setting(
        "SHOP_WORKER",
        "Whether `shop serve` also does the work of `shop worker` (on with the embedded database).",
        values.switch,
        "off",
        embedded_default="on",
    )
    metrics_port: int = setting(
        "SHOP_METRICS_PORT",
        "A separate port for the metrics of `shop serve`, at the address SHOP_HOST; the main port then has no "
        "/metrics. 0: the metrics are at /metrics of the main port, where any client that reaches it can read them.",
        values.whole_number(0, 65_535),
        "0",
    )
    worker_metrics_port: int = setting(
        "SHOP_WORKER_METRICS_PORT",
        "The port on which `shop worker` serves its own /metrics, at the address SHOP_HOST; 0: none.",
        values.whole_number(0, 65_535),
        "0",
    )
    services: frozenset[Service] = setting(
        "SHOP_SERVICES",
        "The parts of the API that `shop serve` offers, comma-separated.",
        values.services,
        ",".join(Service),
    )
    compat: frozenset[DialectName] = setting(
        "SHOP_COMPAT",
        "Back ends whose API is served below /compat, comma-separated: express, flask, microservices. Needs "
        "all services.",
        values.dialects,
        "",
    )
    trusted_proxies: tuple[str, ...] = setting(
        "SHOP_TRUSTED_PROXIES",
        "Addresses and networks of proxies, comma-separated, whose X-Forwarded-For is trusted.",
        values.networks,
        "",
    )
    cors_origins: tuple[str, ...] = setting(
        "SHOP_CORS_ORIGINS",
        "Origins, comma-separated, whose pages may call the API from a browser.",
        values.origins,
        "",
    )

    @property
    def database_file(self) -> Path | None:
        """Return the file of an embedded database; None with a database server."""
        return embedded_file(self.database_url)

    @property
    def staff_need_second_factor(self) -> bool:
        return self.staff_totp is StaffTotp.REQUIRED

    @property
    def base_url(self) -> str:
        """Return the address with which links begin, without a trailing slash."""
        return self.url or f"http://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    @property
    def has_address(self) -> bool:
        """Return whether the shop knows the address at which buyers reach it: sitemap and feed need it."""
        return self.url is not None or self.database_file is not None

    @property
    def media_folder(self) -> Path | None:
        """Return the folder for pictures; None if they are kept elsewhere or nowhere."""
        if not isinstance(self.media, MediaFolder):
            return None
        return (self.database_file or Path()).parent / self.media.path

    @property
    def mail_folder(self) -> Path | None:
        """Return the folder for mail; None if mail goes elsewhere or is off."""
        if not isinstance(self.mail, MailFolder):
            return None
        return (self.database_file or Path()).parent / self.mail.path


_FIELDS: Final = dataclasses.fields(Settings)
_INHERITED: Final = sum(len(dataclasses.fields(base)) for base in Settings.__bases__)
DECLARED: Final[dict[str, Setting]] = {
    each.name: each.metadata["setting"] for each in (*_FIELDS[_INHERITED:], *_FIELDS[:_INHERITED])
}
"""Every setting, by field name."""
