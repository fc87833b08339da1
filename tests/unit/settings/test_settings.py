"""Settings: valid values, refusals, and how settings are shown."""

from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shop.domain.money import Currency
from shop.settings import (
    LogFormat,
    LogLevel,
    Payments,
    Service,
)
from tests.unit.settings.reading import KEY, MYSQL, SERVER, problems, settings


def test_an_embedded_shop_needs_nothing(folder: Path) -> None:
    chosen = settings({}, folder)
    assert chosen.database_url == "sqlite:///shop.db"
    assert chosen.database_file == Path("shop.db")
    assert chosen.payments == (Payments.SANDBOX,)
    assert chosen.run_worker
    assert (chosen.host, chosen.port, chosen.processes) == ("127.0.0.1", 8000, 1)
    assert chosen.services == frozenset(Service)
    assert chosen.currency == Currency("USD")
    assert chosen.order_ttl == timedelta(minutes=30)
    assert chosen.access_token_ttl == timedelta(minutes=60)
    assert chosen.refresh_token_ttl == timedelta(days=30)
    assert chosen.cors_origins == chosen.trusted_proxies == ()
    assert (chosen.log_level, chosen.log_format) == (LogLevel.INFO, LogFormat.AUTO)
    assert chosen.hash_concurrency >= 1


def test_a_server_s_database_changes_the_defaults(folder: Path) -> None:
    chosen = settings(SERVER, folder)
    assert chosen.database_file is None
    assert not chosen.run_worker
    assert chosen.jwt_secret == KEY
    assert list(folder.iterdir()) == []


@pytest.mark.parametrize(
    ("variable", "text", "field", "value"),
    [
        ("SHOP_DATABASE_URL", "sqlite:////var/lib/a.db", "database_file", Path("/var/lib/a.db")),
        ("SHOP_DATABASE_POOL_SIZE", "7", "database_pool_size", 7),
        *(
            ("SHOP_REDIS_URL", url, "redis_url", url)
            for url in (
                "redis://cache.example",
                "redis://:p%40ss@cache.example:6380/2",
                "rediss://u:p@[::1]:6379?ssl_ca_certs=/etc/ca.pem",
            )
        ),
        ("SHOP_REDIS_URL", "", "redis_url", None),
        ("SHOP_JWT_SECRET", "ü" * 16, "jwt_secret", "ü" * 16),
        ("SHOP_ACCESS_TOKEN_MINUTES", "5", "access_token_ttl", timedelta(minutes=5)),
        ("SHOP_REFRESH_TOKEN_DAYS", "1", "refresh_token_ttl", timedelta(days=1)),
        ("SHOP_HASH_CONCURRENCY", "3", "hash_concurrency", 3),
        ("SHOP_CURRENCY", "eur", "currency", Currency("EUR")),
        ("SHOP_TIME_ZONE", "Europe/Berlin", "time_zone", ZoneInfo("Europe/Berlin")),
        ("SHOP_ORDER_TTL_MINUTES", "1", "order_ttl", timedelta(minutes=1)),
        ("SHOP_HOST", "::1", "host", "::1"),
        ("SHOP_PORT", "0", "port", 0),
        ("SHOP_PROCESSES", "4", "processes", 4),
        ("SHOP_WORKER", "OFF", "run_worker", False),
        ("SHOP_SERVICES", "orders, accounts", "services", frozenset({Service.ORDERS, Service.ACCOUNTS})),
        ("SHOP_TRUSTED_PROXIES", "10.0.0.1, fd00::/8", "trusted_proxies", ("10.0.0.1/32", "fd00::/8")),
        (
            "SHOP_CORS_ORIGINS",
            "https://shop.example,http://localhost:5173",
            "cors_origins",
            ("https://shop.example", "http://localhost:5173"),
        ),
        ("SHOP_LOG_LEVEL", "Warning", "log_level", LogLevel.WARNING),
        ("SHOP_LOG_FORMAT", "json", "log_format", LogFormat.JSON),
    ],
)
def test_configured_values_are_used(
    variable: str, text: str, field: str, value: object, folder: Path
) -> None:
    environment = {"SHOP_JWT_SECRET": KEY, variable: text}
    assert getattr(settings(environment, folder), field) == value


_URL = "SHOP_DATABASE_URL must be mysql://user:password@host:port/name or sqlite:///path/of/a/file."

_REDIS = (
    "SHOP_REDIS_URL must be redis://user:password@host:port/number, or rediss:// for TLS, with ?ssl_ca_certs=FILE if "
    "the machine doesn't know the authority."
)


@pytest.mark.parametrize(
    ("variable", "text", "sentence"),
    [
        (
            "SHOP_TIME_ZONE",
            "Middle/Earth",
            "SHOP_TIME_ZONE must be a time zone such as UTC or Europe/Berlin, not 'Middle/Earth'.",
        ),
        (
            "SHOP_TIME_ZONE",
            "../UTC",
            "SHOP_TIME_ZONE must be a time zone such as UTC or Europe/Berlin, not '../UTC'.",
        ),
        (
            "SHOP_TIME_ZONE",
            "/etc/passwd",
            "SHOP_TIME_ZONE must be a time zone such as UTC or Europe/Berlin, not '/etc/passwd'.",
        ),
        ("SHOP_DATABASE_URL", "postgresql://u:hidden@h/d", _URL),
        ("SHOP_DATABASE_URL", "mysql://u:hidden@h", _URL),
        ("SHOP_DATABASE_URL", "mysql://u:hidden@h:port/d", _URL),
        ("SHOP_DATABASE_URL", "mysql+pymysql://u:hidden@h/d", _URL),
        ("SHOP_DATABASE_URL", "sqlite://", _URL),
        ("SHOP_DATABASE_URL", "sqlite:///:memory:", _URL),
        ("SHOP_DATABASE_URL", "hidden", _URL),
        (
            "SHOP_DATABASE_POOL_SIZE",
            "0",
            "SHOP_DATABASE_POOL_SIZE must be a whole number from 1 to 1000, not '0'.",
        ),
        ("SHOP_REDIS_URL", "hidden", _REDIS),
        ("SHOP_REDIS_URL", "http://:hidden@h", _REDIS),
        ("SHOP_REDIS_URL", "redis://:hidden@", _REDIS),
        ("SHOP_REDIS_URL", "redis://hidden@h", _REDIS),
        ("SHOP_REDIS_URL", "redis://:hidden@h:port", _REDIS),
        ("SHOP_REDIS_URL", "redis://:hidden@h/name", _REDIS),
        ("SHOP_REDIS_URL", "redis://:hidden@h?socket_timeout=9", _REDIS),
        ("SHOP_REDIS_URL", "redis://:hidden@h?ssl_ca_certs=/ca.pem", _REDIS),
        ("SHOP_REDIS_URL", "rediss://:hidden@h?ssl_ca_certs=/ca.pem&ssl_cert_reqs=none", _REDIS),
        ("SHOP_JWT_SECRET", "hidden", "SHOP_JWT_SECRET must have at least 32 bytes, this one has 6."),
        (
            "SHOP_PAYMENTS",
            "cash",
            "SHOP_PAYMENTS must be some of sandbox,stripe,manual, comma-separated, not 'cash'.",
        ),
        (
            "SHOP_PAYMENTS",
            "sandbox,stripe",
            "SHOP_PAYMENTS must name one provider for each way to pay, not 'sandbox,stripe'.",
        ),
        (
            "SHOP_STRIPE_SECRET_KEY",
            "pk_test_hidden",
            "SHOP_STRIPE_SECRET_KEY must be a secret or restricted key of Stripe's (sk_…, rk_…), "
            "not a publishable one.",
        ),
        (
            "SHOP_STRIPE_WEBHOOK_SECRETS",
            ",",
            "SHOP_STRIPE_WEBHOOK_SECRETS must be one secret or several, comma-separated.",
        ),
        (
            "SHOP_STRIPE_PAYMENT_METHOD_TYPES",
            "Card",
            "SHOP_STRIPE_PAYMENT_METHOD_TYPES must be automatic, or types such as card,sepa_debit, not 'Card'.",
        ),
        (
            "SHOP_STRIPE_PAYMENT_METHOD_TYPES",
            "card,automatic",
            "SHOP_STRIPE_PAYMENT_METHOD_TYPES must be automatic alone, or types without it.",
        ),
        (
            "SHOP_STRIPE_API_BASE",
            "api.stripe.com",
            "SHOP_STRIPE_API_BASE must be an address such as https://api.stripe.com, not 'api.stripe.com'.",
        ),
        ("SHOP_CURRENCY", "US", "SHOP_CURRENCY must be a three-letter ISO 4217 code such as USD, not 'US'."),
        (
            "SHOP_ORDER_TTL_MINUTES",
            "half an hour",
            "SHOP_ORDER_TTL_MINUTES must be a whole number from 1 to 525600, not 'half an hour'.",
        ),
        (
            "SHOP_ACCESS_TOKEN_MINUTES",
            "-1",
            "SHOP_ACCESS_TOKEN_MINUTES must be a whole number from 1 to 525600, not '-1'.",
        ),
        (
            "SHOP_REFRESH_TOKEN_DAYS",
            "1.5",
            "SHOP_REFRESH_TOKEN_DAYS must be a whole number from 1 to 3650, not '1.5'.",
        ),
        (
            "SHOP_HASH_CONCURRENCY",
            "all",
            "SHOP_HASH_CONCURRENCY must be a whole number from 1 to 1000, not 'all'.",
        ),
        ("SHOP_PORT", "65536", "SHOP_PORT must be a whole number from 0 to 65535, not '65536'."),
        ("SHOP_PORT", "٨٠", "SHOP_PORT must be a whole number from 0 to 65535, not '٨٠'."),
        ("SHOP_PROCESSES", "0", "SHOP_PROCESSES must be a whole number from 1 to 64, not '0'."),
        ("SHOP_WORKER", "maybe", "SHOP_WORKER must be on or off, not 'maybe'."),
        (
            "SHOP_SERVICES",
            "accounts,payments",
            "SHOP_SERVICES must be some of accounts,catalogue,orders, comma-separated, not 'accounts,payments'.",
        ),
        (
            "SHOP_SERVICES",
            ",",
            "SHOP_SERVICES must be some of accounts,catalogue,orders, comma-separated, not ','.",
        ),
        (
            "SHOP_TRUSTED_PROXIES",
            "10.0.0.1/8",
            "SHOP_TRUSTED_PROXIES must be addresses or networks, comma-separated: 10.0.0.1/8 has host bits set.",
        ),
        (
            "SHOP_TRUSTED_PROXIES",
            "*",
            "SHOP_TRUSTED_PROXIES must be addresses or networks, comma-separated: "
            "'*' does not appear to be an IPv4 or IPv6 network.",
        ),
        *(
            (
                "SHOP_CORS_ORIGINS",
                text,
                f"SHOP_CORS_ORIGINS must be exact origins such as https://shop.example, not {text!r}.",
            )
            for text in (
                "*",
                "null",
                "https://shop.example/",
                "shop.example",
                "https://Shop.example",
                "https://a.example:443",
            )
        ),
        ("SHOP_LOG_LEVEL", "loud", "SHOP_LOG_LEVEL must be debug or info or warning or error, not 'loud'."),
        ("SHOP_LOG_FORMAT", "xml", "SHOP_LOG_FORMAT must be auto or json or console, not 'xml'."),
    ],
)
def test_an_invalid_value_gets_a_clear_message(variable: str, text: str, sentence: str, folder: Path) -> None:
    assert problems({variable: text}, folder) == [sentence]
    assert "hidden" not in sentence
    assert list(folder.iterdir()) == []  # no key is made for a shop that can't start


def test_all_problems_are_reported_together(folder: Path) -> None:
    (folder / ".env").write_text("SHOP_PORT=x\nthis is no setting\n")
    assert problems({"SHOP_CURRENCY": "euros", "SHOP_DATABASE_URL": MYSQL}, folder) == [
        f"{folder / '.env'}: line 2 is not NAME=value.",
        "SHOP_CURRENCY must be a three-letter ISO 4217 code such as USD, not 'euros'.",
        "SHOP_PORT (in .env) must be a whole number from 0 to 65535, not 'x'.",
        "SHOP_JWT_SECRET must be set unless the database is embedded.",
        "SHOP_PAYMENTS must be set unless the database is embedded.",
    ]


@pytest.mark.parametrize("missing", ["SHOP_JWT_SECRET", "SHOP_PAYMENTS"])
def test_a_database_server_needs_explicit_secrets(missing: str, folder: Path) -> None:
    given = {variable: text for variable, text in SERVER.items() if variable != missing}
    assert problems(given, folder) == [f"{missing} must be set unless the database is embedded."]


def test_settings_for_serving_may_be_missing_in_other_commands(folder: Path) -> None:
    first, second = (settings({"SHOP_DATABASE_URL": MYSQL}, folder, to_serve=False) for _ in range(2))
    assert first.payments is None
    assert first.jwt_secret != second.jwt_secret  # throwaway keys, only not empty
    assert problems({"SHOP_DATABASE_URL": MYSQL, "SHOP_JWT_SECRET": "short"}, folder, to_serve=False)
