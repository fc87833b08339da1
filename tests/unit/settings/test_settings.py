"""What can be set, what is refused and how, and what is shown of it."""

import os
import stat
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from shop.domain.money import Currency
from shop.settings import (
    Configuration,
    LogFormat,
    LogLevel,
    Payments,
    Service,
    Settings,
    SettingsError,
    Source,
)
from shop.settings.configuration import env_example
from shop.settings.declarations import DECLARED
from shop.settings.mail import MailFolder, SmtpServer, mail_target
from shop.settings.reference import settings_page
from shop.settings.signing_key import KeyFileError, kept_key

KEY = "k" * 32
MYSQL = "mysql://shop:hidden-password@db.example:3306/shop"
SERVER = {"SHOP_DATABASE_URL": MYSQL, "SHOP_JWT_SECRET": KEY, "SHOP_PAYMENTS": "sandbox"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path


def settings(environment: Mapping[str, str], folder: Path, *, to_serve: bool = True) -> Settings:
    return Configuration.read(environment, folder).settings(to_serve=to_serve)


def problems(environment: Mapping[str, str], folder: Path, *, to_serve: bool = True) -> list[str]:
    with pytest.raises(SettingsError) as refusal:
        settings(environment, folder, to_serve=to_serve)
    assert str(refusal.value).splitlines() == refusal.value.problems
    return refusal.value.problems


def test_several_payment_providers_are_taken_in_their_order(folder: Path) -> None:
    chosen = settings({**SERVER, "SHOP_PAYMENTS": " Manual, sandbox,manual"}, folder)
    assert chosen.payments == (Payments.MANUAL, Payments.SANDBOX)


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
def test_what_is_set_is_used(variable: str, text: str, field: str, value: object, folder: Path) -> None:
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
def test_an_unusable_value_is_a_sentence(variable: str, text: str, sentence: str, folder: Path) -> None:
    assert problems({variable: text}, folder) == [sentence]
    assert "hidden" not in sentence
    assert list(folder.iterdir()) == []  # no key is made for a shop that can't start


def test_all_problems_come_at_once(folder: Path) -> None:
    (folder / ".env").write_text("SHOP_PORT=x\nthis is no setting\n")
    assert problems({"SHOP_CURRENCY": "euros", "SHOP_DATABASE_URL": MYSQL}, folder) == [
        f"{folder / '.env'}: line 2 is not NAME=value.",
        "SHOP_CURRENCY must be a three-letter ISO 4217 code such as USD, not 'euros'.",
        "SHOP_PORT (in .env) must be a whole number from 0 to 65535, not 'x'.",
        "SHOP_JWT_SECRET must be set unless the database is embedded.",
        "SHOP_PAYMENTS must be set unless the database is embedded.",
    ]


@pytest.mark.parametrize("missing", ["SHOP_JWT_SECRET", "SHOP_PAYMENTS"])
def test_no_secret_has_a_default_beside_a_server_s_database(missing: str, folder: Path) -> None:
    given = {variable: text for variable, text in SERVER.items() if variable != missing}
    assert problems(given, folder) == [f"{missing} must be set unless the database is embedded."]


STRIPE = {"SHOP_STRIPE_SECRET_KEY": "sk_test_" + KEY, "SHOP_STRIPE_WEBHOOK_SECRETS": "old-one, new-one"}


@pytest.mark.parametrize("missing", sorted(STRIPE))
def test_stripe_needs_its_keys_and_nobody_else_does(missing: str, folder: Path) -> None:
    given = {variable: text for variable, text in STRIPE.items() if variable != missing}
    assert problems({**SERVER, **given, "SHOP_PAYMENTS": "stripe"}, folder) == [
        f"{missing} must be set when SHOP_PAYMENTS has stripe."
    ]
    assert settings({**SERVER, **given}, folder).payments == (Payments.SANDBOX,)


def test_several_webhook_secrets_hold_at_once(folder: Path) -> None:
    chosen = settings({**SERVER, **STRIPE, "SHOP_PAYMENTS": "stripe"}, folder)
    assert chosen.stripe_webhook_secrets == ("old-one", "new-one")
    assert chosen.stripe_payment_method_types == ("card",)
    for secret in (chosen.stripe_secret_key, *chosen.stripe_webhook_secrets):
        assert secret is not None
        assert secret not in repr(chosen)


def test_what_only_a_running_shop_needs_may_be_missing_elsewhere(folder: Path) -> None:
    first, second = (settings({"SHOP_DATABASE_URL": MYSQL}, folder, to_serve=False) for _ in range(2))
    assert first.payments is None
    assert first.jwt_secret != second.jwt_secret  # good for nothing but not being empty
    assert problems({"SHOP_DATABASE_URL": MYSQL, "SHOP_JWT_SECRET": "short"}, folder, to_serve=False)


def test_the_environment_wins_over_the_file_and_the_file_over_the_default(folder: Path) -> None:
    (folder / ".env").write_text(
        'export SHOP_PORT=1001\nSHOP_HOST="0.0.0.0"  # everywhere\nOTHER=1\nSHOP_PROCESSES=\n'
    )
    found = Configuration.read({"SHOP_PORT": "1002", "SHOP_HOST": " "}, folder)
    chosen = found.settings(to_serve=False)
    assert (chosen.port, chosen.host, chosen.processes) == (1002, "0.0.0.0", 1)
    assert found.entries["port"].source is Source.ENVIRONMENT
    assert found.entries["host"].source is Source.FILE
    assert found.entries["processes"].source is Source.DEFAULT
    assert found.warnings == ()


def test_a_secret_can_be_in_a_file_of_its_own(folder: Path) -> None:
    (folder / "key").write_text(f"{KEY}\n")
    (folder / "url").write_text(MYSQL)
    (folder / ".env").write_text(f"SHOP_JWT_SECRET_FILE={folder / 'key'}\n")
    found = Configuration.read(
        {"SHOP_DATABASE_URL_FILE": f"{folder / 'url'}", "SHOP_PAYMENTS": "sandbox"}, folder
    )
    chosen = found.settings(to_serve=True)
    assert (chosen.jwt_secret, chosen.database_url) == (KEY, MYSQL)
    assert found.warnings == ()
    assert found.entries["jwt_secret"].source is found.entries["database_url"].source is Source.SECRET_FILE
    assert found.entries["database_url"].shown == "mysql://shop:***@db.example:3306/shop"


def test_the_environment_s_secret_wins_over_a_file_named_in_the_file(folder: Path) -> None:
    (folder / ".env").write_text(f"SHOP_JWT_SECRET_FILE={folder / 'missing'}\n")
    assert settings({"SHOP_JWT_SECRET": KEY}, folder).jwt_secret == KEY


def test_a_secret_in_two_places_is_refused(folder: Path) -> None:
    both = {"SHOP_JWT_SECRET": KEY, "SHOP_JWT_SECRET_FILE": f"{folder / 'key'}"}
    assert problems(both, folder) == ["SHOP_JWT_SECRET_FILE must not be set together with SHOP_JWT_SECRET."]


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (None, "must name a file that can be read; {}: No such file or directory."),
        (b" \n", "must name a file with the secret in it; {} is empty."),
        (b"\xff", "must name a file in UTF-8, which {} is not."),
    ],
)
def test_a_secret_file_that_is_no_use_stops_the_start(
    content: bytes | None, complaint: str, folder: Path
) -> None:
    file = folder / "key"
    if content is not None:
        file.write_bytes(content)
    named = {"SHOP_JWT_SECRET_FILE": f"{file}"}
    assert problems(named, folder) == [f"SHOP_JWT_SECRET_FILE {complaint.format(file)}"]
    assert Configuration.read(named, folder).entries["jwt_secret"].shown == "(unusable)"


def test_only_secrets_are_read_from_files(folder: Path) -> None:
    (warning,) = Configuration.read({"SHOP_PORT_FILE": "/run/secrets/port"}, folder).warnings
    assert "SHOP_PORT_FILE in the environment is no setting" in warning


def test_nothing_is_expanded_in_the_file(folder: Path) -> None:
    secret = "${HOME}" * 8
    (folder / ".env").write_text(f"SHOP_JWT_SECRET={secret}\n")
    assert settings({}, folder).jwt_secret == secret


def test_a_file_that_cannot_be_read_stops_the_start(folder: Path) -> None:
    (folder / ".env").write_bytes(b"SHOP_HOST=\xff\n")
    assert problems({}, folder) == [f"{folder / '.env'} can't be read: it is not UTF-8."]
    (folder / ".env").unlink()
    (folder / ".env").mkdir()
    assert problems({}, folder) == [f"{folder / '.env'} can't be read: Is a directory."]


def test_unknown_variables_are_pointed_out(folder: Path) -> None:
    (folder / ".env").write_text("SHOP_CORS_ORIGIN=https://shop.example\n")
    found = Configuration.read(
        {"SHOP_MEMCACHED_URL": "x", "SHOP_TEST_MYSQL_URL": "x", "SHOPPING": "x"}, folder
    )
    assert found.warnings == (
        "SHOP_MEMCACHED_URL in the environment is no setting of this shop and has no effect.",
        "SHOP_CORS_ORIGIN in .env is no setting of this shop and has no effect: is SHOP_CORS_ORIGINS meant?",
    )


def test_secrets_are_masked(folder: Path) -> None:
    redis = "rediss://shop:hidden@cache.example:6380/1"
    found = Configuration.read({**SERVER, "SHOP_PORT": "80", "SHOP_REDIS_URL": redis}, folder)
    assert found.entries["jwt_secret"].shown == "********"
    assert found.entries["database_url"].shown == "mysql://shop:***@db.example:3306/shop"
    assert found.entries["redis_url"].shown == "rediss://shop:***@cache.example:6380/1"
    assert found.entries["port"].shown == "80"
    assert KEY not in repr(found.settings(to_serve=True))
    assert "hidden" not in repr(found.settings(to_serve=True))
    unusable = Configuration.read({"SHOP_JWT_SECRET": "hidden", "SHOP_DATABASE_URL": "hidden"}, folder)
    assert unusable.entries["jwt_secret"].shown == unusable.entries["database_url"].shown == "(unusable)"


@pytest.mark.parametrize(
    ("url", "shown"),
    [
        ("mysql://u:p@ss:w@h/d", "mysql://u:***@h/d"),
        ("mysql://u@h/d", "mysql://u@h/d"),
        ("mysql+asyncmy://u:p@h/d?ssl_key=hidden", "mysql+asyncmy://u:***@h/d?***"),
        ("sqlite:///shop.db", "sqlite:///shop.db"),
    ],
)
def test_a_url_s_password_is_masked(url: str, shown: str, folder: Path) -> None:
    assert Configuration.read({"SHOP_DATABASE_URL": url}, folder).entries["database_url"].shown == shown


def test_a_key_is_made_once_and_kept_for_its_owner(folder: Path) -> None:
    old_mask = os.umask(0)
    try:
        key = settings({}, folder).jwt_secret
    finally:
        os.umask(old_mask)
    file = folder / "shop.db.jwt-secret"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert len(key) >= 43  # 256 bits
    assert settings({}, folder).jwt_secret == key == file.read_text()
    assert sorted(each.name for each in folder.iterdir()) == ["shop.db.jwt-secret", "shop.db.secret-keys"]
    assert Configuration.read({}, folder).entries["jwt_secret"].source is Source.GENERATED


def test_a_key_is_made_beside_its_database_and_only_to_serve(folder: Path) -> None:
    environment = {"SHOP_DATABASE_URL": f"sqlite:///{folder}/data.sqlite"}
    settings(environment, folder, to_serve=False)
    assert list(folder.iterdir()) == []
    settings(environment, folder / "elsewhere")
    made = sorted(file.name for file in folder.iterdir())
    assert made == ["data.sqlite.jwt-secret", "data.sqlite.secret-keys"]


def test_a_given_key_leaves_the_kept_one_alone(folder: Path) -> None:
    kept = settings({}, folder).jwt_secret
    assert settings({"SHOP_JWT_SECRET": KEY}, folder).jwt_secret == KEY
    assert settings({}, folder).jwt_secret == kept


def test_a_key_that_others_can_read_is_refused(folder: Path) -> None:
    settings({}, folder)
    file = folder / "shop.db.jwt-secret"
    file.chmod(0o644)
    assert problems({}, folder) == [
        "SHOP_JWT_SECRET is not set, and the kept key is no use. "
        f"The key file {file} is open to others (mode 0644): run chmod 600 {file}."
    ]


def test_a_broken_key_is_refused(folder: Path) -> None:
    file = folder / "shop.db.jwt-secret"
    file.touch(0o600)
    assert "holds less than 32 bytes: bring it back from a copy, or delete it" in problems({}, folder)[0]


def test_keys_for_secrets_are_several_and_long_enough(folder: Path) -> None:
    assert settings({"SHOP_SECRET_KEYS": f" {KEY}a, {KEY}b"}, folder).secret_keys == (f"{KEY}a", f"{KEY}b")
    assert settings({}, folder).secret_keys == ((folder / "shop.db.secret-keys").read_text(),)
    [problem] = problems({"SHOP_SECRET_KEYS": f"{KEY},hidden"}, folder)
    assert "SHOP_SECRET_KEYS must be keys of at least 32 bytes each" in problem
    assert "hidden" not in problem


def test_processes_that_start_together_get_the_same_key(folder: Path) -> None:
    for attempt in range(20):
        file = folder / f"{attempt}.jwt-secret"
        with ThreadPoolExecutor(8) as together:
            assert len(set(together.map(kept_key, [file] * 8))) == 1
    assert len(list(folder.iterdir())) == 20


def test_the_last_word_on_a_key_has_the_file_system(folder: Path) -> None:
    with pytest.raises(KeyFileError, match="Is a directory"):
        kept_key(folder)


def test_the_example_is_in_step() -> None:
    """Write it anew with `shop settings --example > .env.example`."""
    committed = Path(__file__).parents[3] / ".env.example"
    assert committed.read_text() == env_example()


def test_the_page_is_in_step() -> None:
    """Write it anew with `shop settings --markdown > docs/configuration.md`."""
    committed = Path(__file__).parents[3] / "docs" / "configuration.md"
    assert committed.read_text() == settings_page()
    assert all(f"\n| `{setting.variable}` | " in settings_page() for setting in DECLARED.values())


def test_the_example_names_everything_and_changes_nothing(folder: Path) -> None:
    (folder / ".env").write_text(env_example().replace("\n# SHOP_", "\nSHOP_"))
    found = Configuration.read({}, folder)
    named = {
        entry.setting.variable
        for entry in found.entries.values()
        if f"# {entry.setting.variable}=" in env_example()
    }
    assert named == {setting.variable for setting in DECLARED.values()}
    key = {"SHOP_JWT_SECRET": KEY, "SHOP_SECRET_KEYS": KEY}
    (folder / "without one").mkdir()
    assert settings(key, folder) == settings(key, folder / "without one")


def test_a_former_name_works_with_a_warning(folder: Path) -> None:
    found = Configuration.read({"SHOP_WORKERS": "4"}, folder)
    assert found.settings(to_serve=False).processes == 4
    assert found.warnings == (
        "SHOP_WORKERS in the environment is now called SHOP_PROCESSES; the former name will stop working in 0.2.0.",
    )
    (problem,) = Configuration.read({"SHOP_WORKERS": "none"}, folder).problems(to_serve=False)
    assert problem.startswith("SHOP_WORKERS must be")


def test_a_current_name_wins_over_a_former_one(folder: Path) -> None:
    (folder / ".env").write_text("SHOP_PROCESSES=2\n")
    assert Configuration.read({"SHOP_WORKERS": "4"}, folder).settings(to_serve=False).processes == 2


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("sqlite:////nowhere/x/shop.db", "names a file in /nowhere/x, and there is no such folder"),
        ("sqlite:///file/shop.db", "names a file in {folder}/file, which is not a folder"),
        ("sqlite:///inner", "names {folder}/inner, which is a folder"),
    ],
)
def test_an_unusable_database_file_is_the_only_problem(folder: Path, url: str, reason: str) -> None:
    """The signing key would be beside it: that it isn't there is no reason, but a consequence."""
    (folder / "file").touch()
    (folder / "inner").mkdir()
    with pytest.raises(SettingsError) as refusal:
        Configuration.read({"SHOP_DATABASE_URL": url}, folder).settings(to_serve=True)
    assert refusal.value.problems == [f"SHOP_DATABASE_URL {reason.format(folder=folder)}."]


class TestMail:
    def test_an_embedded_shop_writes_mail_beside_its_database(self, folder: Path) -> None:
        chosen = settings({"SHOP_DATABASE_URL": "sqlite:////srv/data/shop.db"}, folder, to_serve=False)
        assert chosen.mail_folder == Path("/srv/data/mail")
        assert chosen.base_url == "http://127.0.0.1:8000"
        assert Configuration.read({}, folder).warnings_to_serve() == []

    def test_elsewhere_mail_is_off_with_a_warning(self, folder: Path) -> None:
        assert settings(SERVER, folder).mail is None
        assert Configuration.read(SERVER, folder).warnings_to_serve() == [
            "SHOP_MAIL is not set: no e-mail is sent, and forgotten passwords can't be reset. Set it to off to end "
            "this warning."
        ]
        assert Configuration.read({**SERVER, "SHOP_MAIL": "off"}, folder).warnings_to_serve() == []

    def test_mail_needs_an_address_for_links_a_sender_and_keys(self, folder: Path) -> None:
        mail = {"SHOP_MAIL": "smtp://mail.example"}
        assert problems({**SERVER, **mail}, folder) == [
            "SHOP_MAIL_FROM must be set while SHOP_MAIL is on.",
            "SHOP_URL must be set while SHOP_MAIL is on.",
            "SHOP_SECRET_KEYS must be set while SHOP_MAIL is on.",
        ]
        assert problems(mail, folder) == ["SHOP_MAIL_FROM must be set while SHOP_MAIL is on."]

    @pytest.mark.parametrize(
        ("text", "target"),
        [
            ("smtp://mail.example", SmtpServer("mail.example", 587, tls=False)),
            ("smtps://mail.example/", SmtpServer("mail.example", 465, tls=True)),
            (
                "smtp://ada%40example.com:p%3Aw@mail.example:2525",
                SmtpServer("mail.example", 2525, tls=False, username="ada@example.com", password="p:w"),
            ),
            ("/var/mail/shop", MailFolder(Path("/var/mail/shop"))),
            ("OFF", None),
        ],
    )
    def test_targets(self, text: str, target: object) -> None:
        assert mail_target(text) == target

    @pytest.mark.parametrize(
        ("variable", "text"),
        [
            *(
                ("SHOP_MAIL", text)
                for text in (
                    "http://x",
                    "smtp://",
                    "smtp://ada@x",
                    "smtp://x:0",
                    "smtp://x:99999",
                    "smtp://x/y",
                )
            ),
            *(("SHOP_MAIL_FROM", text) for text in ("shop", "Shop <shop>", "a@b.example\nBcc: c@d.example")),
            ("SHOP_OWNER_EMAIL", "owner"),
            *(("SHOP_URL", text) for text in ("shop.example", "ftp://x", "https://x/?q=1", "https://x/#y")),
            *(
                ("SHOP_LINK_RESET", text)
                for text in (
                    "{SHOP_URL}/reset",
                    "{SHOP_URL}/reset?token={token}",
                    "{SHOP_URL}/{token}#{token}",
                    "/reset#{token}",
                    "{SHOP_URL}/{id}#{token}",
                    "{SHOP_URL}/#{token",
                    "{SHOP_URL}/#{token.__class__}",
                )
            ),
            ("SHOP_MAIL_TEMPLATES", "/no/such/folder"),
            ("SHOP_MAILS_PER_HOUR", "0"),
        ],
    )
    def test_unusable_values_are_refused(self, variable: str, text: str, folder: Path) -> None:
        (problem,) = problems({variable: text}, folder)
        assert problem.startswith(f"{variable} must be ")

    def test_the_password_of_the_mail_server_is_masked(self, folder: Path) -> None:
        given = {"SHOP_MAIL": "smtp://ada:hidden@mail.example", "SHOP_MAIL_FROM": "shop@shop.example"}
        assert "hidden" not in Configuration.read(given, folder).entries["mail"].shown
        assert "hidden" not in repr(settings(given, folder, to_serve=False))
