"""The command line from its users' view: processes, exit codes, signals, and files on disk."""

import json
import re
import signal
import sqlite3
import stat
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import pytest

from tests.fork_server import PIPE, ForkedProcess
from tests.new_shops import put_new_shop
from tests.served_shop import SECONDS, environment, run, run_really, serving

PASSWORD = "correct horse battery"


def call(url: str, body: Mapping[str, Any] | None = None, token: str | None = None) -> tuple[int, Any]:
    request = Request(url, headers={"Content-Type": "application/json"})
    if body is not None:
        request.data = json.dumps(body).encode()
    if token is not None:
        request.add_header("Authorization", f"Bearer {token}")
    try:
        with urlopen(request, timeout=SECONDS) as response:
            return response.status, json.load(response)
    except HTTPError as error:
        with error:
            return error.code, json.load(error)


def test_an_embedded_shop_from_the_first_start_to_the_second(tmp_path: Path) -> None:
    with serving(tmp_path, really=True) as (url, said):
        assert f"Try it    curl '{url}/api/products?page=1'" in said
        assert f"API docs  {url}/schema" in said
        assert call(f"{url}/api/products?page=1")[1]["total"] > 0
        made = run(tmp_path, "create-admin", "ada", "--password-stdin", given=f"{PASSWORD}\n")
        assert (made.returncode, made.stdout) == (0, "ada is an admin now.\n")
        status, login = call(f"{url}/api/auth/login", {"username": "ada", "password": PASSWORD})
        assert (status, login["user"]["role"]) == (200, "admin")
    key = tmp_path / "shop.db.jwt-secret"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600

    with serving(tmp_path, "--processes", "2", stop_by=signal.SIGINT) as (url, _):
        status, me = call(f"{url}/api/auth/me", token=login["accessToken"])
        assert (status, me.get("username")) == (200, "ada"), me
    assert not list(tmp_path.glob("shop.db-*"))  # closed properly: no journal to roll back


def test_one_service_can_be_served_alone(tmp_path: Path) -> None:
    with serving(tmp_path, "--services", "accounts", "--no-worker") as (url, said):
        assert call(f"{url}/api/products?page=1")[0] == 404
        assert call(f"{url}/api/auth/me")[0] == 401
        assert not any("curl" in line for line in said)
        assert any(line.startswith("Worker    not in here") for line in said)


def test_a_taken_port_gets_a_clear_message(tmp_path: Path) -> None:
    with serving(tmp_path) as (url, _):
        port = url.rpartition(":")[2]
        refused = run(tmp_path, "serve", "--port", port)
    assert refused.returncode == 1
    assert refused.stderr == (
        f"Error: Port {port} of 127.0.0.1 is taken: stop what uses it, or choose another by --port.\n"
    )


def test_migrating_says_what_it_did(tmp_path: Path) -> None:
    first, second = run(tmp_path, "migrate"), run_really(tmp_path, "migrate")
    assert (first.returncode, second.returncode) == (0, 0)
    assert first.stdout.startswith("Migrated to 0001: ")
    assert second.stdout.startswith("Nothing to do: the database is at 0")
    assert [file.name for file in tmp_path.iterdir()] == ["shop.db"]


def test_an_admin_s_name_and_password_are_checked(tmp_path: Path) -> None:
    made = run(tmp_path, "create-admin", "ada", "--password-stdin", given=PASSWORD)
    assert made.returncode == 0, made.stderr
    refused = {
        "ADA": PASSWORD,  # the same user
        "a b": PASSWORD,
        "bob": "short",
    }
    for username, password in refused.items():
        result = run(tmp_path, "create-admin", username, "--password-stdin", given=password)
        assert result.returncode == 1
        assert result.stderr.startswith("Error: ")
        assert "Traceback" not in result.stderr


def test_the_command_line_resets_a_forgotten_password(tmp_path: Path) -> None:
    run(tmp_path, "create-admin", "ada", "--password-stdin", given="a forgotten password")
    with serving(tmp_path) as (url, _):
        body = {"username": "ada", "password": "a forgotten password"}
        token = call(f"{url}/api/auth/login", body)[1]["accessToken"]
        made = run(tmp_path, "set-password", " ADA ", "--password-stdin", given=f"{PASSWORD}\n")
        assert (made.returncode, made.stderr) == (0, "")
        assert made.stdout == "ada has a new password. Every login of ada has ended.\n"
        assert call(f"{url}/api/auth/login", body)[0] == 401
        assert call(f"{url}/api/auth/login", {**body, "password": PASSWORD})[0] == 200
        assert call(f"{url}/api/auth/me", token=token)[0] == 401
    for name, password in (("nobody", PASSWORD), ("ada", "short")):
        refused = run(tmp_path, "set-password", name, "--password-stdin", given=password)
        assert refused.returncode == 1
        assert refused.stderr.startswith("Error: ")


def test_seeding_fills_the_catalogue(tmp_path: Path) -> None:
    before = run(tmp_path, "seed", "--products", "0", "--customers", "0")
    assert "Added 0 products, 0 customers and 0 orders" in before.stdout
    seeded = run(tmp_path, "seed", "--products", "50", "--customers", "3")
    assert seeded.returncode == 0, seeded.stderr
    assert "Added 50 products, 3 customers and 0 orders" in seeded.stdout


def test_seeding_tax_rates_adds_nothing_made_up(tmp_path: Path) -> None:
    seeded = run(tmp_path, "seed", "--tax-rates", "eu")
    assert seeded.returncode == 0, seeded.stderr
    assert re.search(r"Added 3\d EU tax rates, as published on 20\d\d-\d\d-\d\d; 0 were there", seeded.stdout)
    again = run(tmp_path, "seed", "--tax-rates", "eu")
    assert again.stdout.startswith("Added 0 EU tax rates, "), again.stderr
    refused = run(tmp_path, "seed", "--tax-rates", "eu", "--products", "5")
    assert refused.returncode == 2
    with sqlite3.connect(tmp_path / "shop.db") as database:
        assert database.execute("SELECT COUNT(*) FROM users").fetchone() == (0,)


def test_the_worker_stops_on_a_signal(tmp_path: Path) -> None:
    put_new_shop(tmp_path / "shop.db")
    worker = ForkedProcess(None, code=WORKER_THAT_REPORTS, cwd=tmp_path, env=environment(), stdout=PIPE)
    try:
        assert worker.stdout is not None
        assert worker.stdout.readline() == "working\n"
        worker.terminate()
        assert worker.wait(SECONDS) == 0
        worker.stdout.close()
    finally:
        worker.kill()
        worker.wait()


WORKER_THAT_REPORTS = """
from shop.entrypoints.cli import main, working, worker
original = working.work
async def work(*arguments):
    print("working", flush=True)
    await original(*arguments)
worker.work = work
main(["worker"], prog_name="shop")
"""


def test_the_api_s_description_needs_no_database(tmp_path: Path) -> None:
    described = run(tmp_path, "openapi")
    assert described.returncode == 0, described.stderr
    assert json.loads(described.stdout)["openapi"].startswith("3.1")
    assert list(tmp_path.iterdir()) == []


@pytest.mark.mysql
def test_a_server_s_database_is_migrated_by_command_only(tmp_path: Path, empty_mysql_url: str) -> None:
    database = {"SHOP_DATABASE_URL": empty_mysql_url}
    variables = {**database, "SHOP_JWT_SECRET": "k" * 32, "SHOP_PAYMENTS": "sandbox"}
    refused = run(tmp_path, "serve", "--port", "0", variables=variables)
    assert (refused.returncode, refused.stdout) == (1, "")
    assert "The database has no tables of the shop yet" in refused.stderr
    assert "run `shop migrate` first" in refused.stderr
    assert run(tmp_path, "migrate", variables=database).returncode == 0
    with serving(tmp_path, variables=variables) as (url, said):
        assert call(f"{url}/health/ready")[0] == 200
        assert any(line.startswith("Worker    not in here") for line in said)
    assert [file.name for file in tmp_path.iterdir()] == ["stderr.txt"]


def test_serving_a_database_server_needs_a_key(tmp_path: Path) -> None:
    variables = {"SHOP_DATABASE_URL": "mysql://shop@127.0.0.1:1/shop", "SHOP_MAIL": "off"}
    refused = run(tmp_path, "serve", variables=variables)
    assert refused.returncode == 1
    assert refused.stderr.splitlines() == [
        "Error: SHOP_JWT_SECRET must be set unless the database is embedded.",
        "SHOP_PAYMENTS must be set unless the database is embedded.",
    ]


def test_figures_are_checked_and_rebuilt(tmp_path: Path) -> None:
    seeded = run(tmp_path, "seed", "--products", "20", "--customers", "3", "--orders", "60")
    assert seeded.returncode == 0, seeded.stderr
    checked = run(tmp_path, "check-statistics")
    assert (checked.returncode, checked.stdout) == (0, "All figures are correct.\n")
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("UPDATE daily_figures SET gross = gross + 1")
        connection.execute("DELETE FROM item_periods")
        connection.execute("INSERT INTO order_days VALUES ('1999-12-31', 'paid', 1)")
    checked = run(tmp_path, "check-statistics")
    assert checked.returncode == 1
    for line in (
        "daily_figures 20",
        "item_periods month 20",
        "order_days 1999-12-31 paid: 1, but it is nothing",
    ):
        assert line in checked.stdout
    assert "rebuild-statistics" in checked.stderr
    rebuilt = run(tmp_path, "rebuild-statistics")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert rebuilt.stdout.startswith("Added up ")
    assert run(tmp_path, "check-statistics").returncode == 0
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        connection.execute("DELETE FROM sales_entries WHERE number > 0")
    checked = run(tmp_path, "check-statistics")
    assert checked.returncode == 1
    assert "order_lines" in checked.stdout


def test_reconcile_says_what_differs(tmp_path: Path) -> None:
    # So many orders that some were never paid, and on the same days in every run.
    amounts = ("--products", "20", "--customers", "3", "--orders", "200")
    seeded = run(tmp_path, "seed", *amounts, "--until", "2026-03-05")
    assert seeded.returncode == 0, seeded.stderr
    period = ("--from", "2024-01-01", "--to", "2027-01-01")
    assert run(tmp_path, "reconcile", *period).returncode == 0
    with closing(sqlite3.connect(tmp_path / "shop.db")) as connection, connection:
        missed = "SELECT order_id FROM payments WHERE status = 'cancelled' LIMIT 1"
        connection.execute(f"UPDATE sandbox_intents SET status = 'succeeded' WHERE order_id IN ({missed})")
    told = run(tmp_path, "reconcile", *period)
    assert (told.returncode, "1 difference among orders placed" in told.stdout) == (1, True), told.stdout
    backwards = run(tmp_path, "reconcile", "--from", "2027-01-01", "--to", "2024-01-01")
    assert (backwards.returncode, "--from" in backwards.stderr) == (2, True)


def test_a_changed_currency_stops_every_command_that_reads_amounts(
    tmp_path: Path,
) -> None:
    with serving(tmp_path, variables={"SHOP_CURRENCY": "USD"}) as (url, _):
        assert call(f"{url}/api/products?page=1")[1]["items"][0]["currency"] == "USD"
    sentence = (
        "Error: SHOP_CURRENCY is JPY, but the amounts in this database were stored with SHOP_CURRENCY=USD and would "
        "change their meaning: set SHOP_CURRENCY=USD, or use another database.\n"
    )
    for command in (["serve", "--port", "0"], ["worker"], ["reconcile"], ["seed", "--products", "1"]):
        refused = run(tmp_path, *command, variables={"SHOP_CURRENCY": "JPY"})
        assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", sentence), command
    with serving(tmp_path, variables={"SHOP_CURRENCY": "usd"}) as (url, _):
        assert call(f"{url}/api/products?page=1")[1]["items"][0]["currency"] == "USD"
