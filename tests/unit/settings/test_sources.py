"""Sources of settings: the environment, files, former names; and their documentation."""

from pathlib import Path

import pytest

from shop.settings import (
    Configuration,
    SettingsError,
    Source,
    env_example,
)
from shop.settings.declarations import DECLARED
from shop.settings.reference import settings_page
from tests.unit.settings.reading import KEY, problems, settings


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
