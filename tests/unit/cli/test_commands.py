"""The command line as a whole, and the commands that need no shop to run."""

import subprocess
import sys
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shop.entrypoints.cli import main
from shop.settings import env_example, settings_page
from tests.served_shop import forget_settings


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    monkeypatch.chdir(tmp_path)
    forget_settings(monkeypatch)
    return tmp_path


def run(*arguments: str, **environment: str) -> Result:
    return CliRunner().invoke(main, arguments, env=environment)


def row(result: Result, variable: str) -> str:
    """What the table says of `variable`, with what is wrapped below it."""
    lines = result.stdout.splitlines()
    (first,) = (index for index, line in enumerate(lines) if line.split()[:1] == [variable])
    column = lines[first].index(variable) + len(variable)
    wrapped = takewhile(lambda line: line.strip() and not line[:column].strip(), lines[first + 1 :])
    return " ".join(" ".join([lines[first][column:], *wrapped]).split())


def test_help_names_every_command() -> None:
    result = run("--help")
    assert result.exit_code == 0
    for command in ("serve", "migrate", "seed", "create-admin", "worker", "settings", "openapi", "postman"):
        assert f"\n  {command} " in result.stdout


def test_an_unknown_command_is_a_usage_error() -> None:
    result = run("sell")
    assert result.exit_code == 2
    assert "No such command 'sell'" in result.stderr
    assert "Did you mean" not in result.stderr


@pytest.mark.parametrize(
    ("mistyped", "meant"), [("serv", "serve"), ("SERVE", "serve"), ("create_admin", "create-admin")]
)
def test_a_mistyped_command_gets_a_suggestion(mistyped: str, meant: str) -> None:
    result = run(mistyped)
    assert result.exit_code == 2
    assert f"No such command '{mistyped}'. Did you mean '{meant}'?" in result.stderr
    assert result.stdout == ""


def test_settings_shows_value_source_and_meaning(folder: Path) -> None:
    (folder / ".env").write_text("SHOP_CURRENCY=EUR\n")
    result = run("settings", SHOP_PORT="9000", SHOP_HOST="[red]")
    assert result.exit_code == 0
    assert (
        row(result, "SHOP_PORT") == "9000 environment The port that `shop serve` listens on; 0: any free one."
    )
    assert row(result, "SHOP_CURRENCY").startswith("EUR .env The currency of all prices")
    assert row(result, "SHOP_WORKER").startswith("on default")
    assert row(result, "SHOP_HOST").startswith("[red] environment")
    assert row(result, "SHOP_JWT_SECRET").startswith("kept in shop.db.jwt-secret generated")
    assert [file.name for file in folder.iterdir()] == [".env"]  # looking makes no key


def test_settings_masks_secrets(folder: Path) -> None:
    key = "hidden-" * 5
    result = run(
        "settings",
        SHOP_DATABASE_URL="mysql://shop:hidden@db/shop",
        SHOP_JWT_SECRET=key,
        SHOP_PAYMENTS="sandbox",
    )
    assert result.exit_code == 0
    assert row(result, "SHOP_JWT_SECRET").startswith("******** environment")
    assert row(result, "SHOP_DATABASE_URL").startswith("mysql://shop:***@db/shop environment")
    assert "hidden" not in result.output


def test_settings_says_what_would_stop_the_start(folder: Path) -> None:
    result = run("settings", SHOP_PORT="many", SHOP_PORTS="1", SHOP_DATABASE_URL="mysql://shop@db/shop")
    assert result.exit_code == 1
    assert row(result, "SHOP_PORT").startswith("many environment")
    assert row(result, "SHOP_PAYMENTS").startswith("not set")
    assert result.stderr.splitlines() == [
        "Warning: SHOP_PORTS in the environment is no setting of this shop and has no effect: is SHOP_PORT meant?",
        "Error: SHOP_PORT must be a whole number from 0 to 65535, not 'many'.",
        "SHOP_JWT_SECRET must be set unless the database is embedded.",
        "SHOP_PAYMENTS must be set unless the database is embedded.",
    ]


def test_settings_prints_an_example(folder: Path) -> None:
    result = run("settings", "--example")
    assert (result.exit_code, result.stdout) == (0, env_example())


def test_settings_prints_its_page(folder: Path) -> None:
    result = run("settings", "--markdown")
    assert (result.exit_code, result.stdout) == (0, settings_page())


@pytest.mark.parametrize("command", ["serve", "migrate", "worker", "create-admin", "seed", "reconcile"])
def test_an_unusable_database_file_is_named_by_every_command(folder: Path, command: str) -> None:
    arguments = ["x"] if command == "create-admin" else []
    result = run(command, *arguments, SHOP_DATABASE_URL="sqlite:////nowhere/x/shop.db")
    assert result.exit_code == 1
    assert (
        result.stderr == "Error: SHOP_DATABASE_URL names a file in /nowhere/x, and there is no such folder.\n"
    )


def test_migrating_loads_the_schema_but_not_the_shop() -> None:
    program = "import sys, shop.entrypoints.cli.migrate; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True)
    assert {"shop.container.schema", "alembic"} <= set(loaded.stdout.split())
    assert not {"litestar", "stripe", "httpx", "shop.container.shop"} & set(loaded.stdout.split())
