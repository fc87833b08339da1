"""Secrets: separate files, masking, and generated keys."""

import os
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from shop.settings import (
    Configuration,
    Source,
)
from shop.settings.signing_key import KeyFileError, stored_key
from tests.unit.settings.reading import KEY, MYSQL, SERVER, problems, settings


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


def test_a_key_is_generated_beside_the_database_only_when_serving(folder: Path) -> None:
    environment = {"SHOP_DATABASE_URL": f"sqlite:///{folder}/data.sqlite"}
    settings(environment, folder, to_serve=False)
    assert list(folder.iterdir()) == []
    settings(environment, folder / "elsewhere")
    made = sorted(file.name for file in folder.iterdir())
    assert made == ["data.sqlite.jwt-secret", "data.sqlite.secret-keys"]


def test_a_configured_key_does_not_change_the_stored_one(folder: Path) -> None:
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


@pytest.mark.parametrize(
    ("suffix", "loss"),
    [
        ("jwt-secret", "everybody will have to log in again."),
        ("secret-keys", "the secrets of webhooks and second factors will have to be set up again."),
    ],
)
def test_a_broken_key_is_refused(folder: Path, suffix: str, loss: str) -> None:
    settings({}, folder)
    (folder / f"shop.db.{suffix}").write_text("")
    [problem] = problems({}, folder)
    assert "holds less than 32 bytes: bring it back from a copy, or delete it" in problem
    assert problem.endswith(f"and a new key is made; {loss}")


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
            assert len(set(together.map(stored_key, [file] * 8))) == 1
    assert len(list(folder.iterdir())) == 20


def test_file_system_errors_on_a_key_are_reported(folder: Path) -> None:
    with pytest.raises(KeyFileError, match="Is a directory"):
        stored_key(folder)
