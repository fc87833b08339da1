"""`shop import` and `shop export`."""

import csv
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from shop.entrypoints.cli import main
from tests.served_shop import forget_settings


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, sqlite_url: str) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    forget_settings(monkeypatch)
    monkeypatch.setenv("SHOP_DATABASE_URL", sqlite_url)
    return CliRunner()


def run(runner: CliRunner, *arguments: str, status: int = 0) -> Result:
    result = runner.invoke(main, arguments)
    assert result.exit_code == status, result.output
    return result


def test_products_are_imported_and_exported(runner: CliRunner) -> None:
    Path("in.csv").write_text("Handle,Name,Price,Tags\nmug,Mug,5,x\ncup,Cup,4,\n")
    tried = run(runner, "import", "in.csv", "--dry-run")
    assert "2 products would be created, 0 updated; 0 unchanged, 0 skipped, 0 failed." in tried.output
    assert "Ignored columns: Tags." in tried.output
    assert "2 products were created" in run(runner, "import", "in.csv").output
    assert "Wrote 3 lines to out.csv." in run(runner, "export", "products", "out.csv").output
    with Path("out.csv").open(newline="") as file:
        assert [row["Name"] for row in csv.DictReader(file)] == ["Mug", "Cup"]
    again = run(runner, "import", "out.csv")
    assert "0 products were created, 0 updated; 2 unchanged, 0 skipped, 0 failed." in again.output


def test_invalid_rows_are_named_and_the_exit_code_is_1(runner: CliRunner) -> None:
    Path("in.csv").write_text("Handle,Name,Price\nmug,Mug,free\n")
    result = run(runner, "import", "in.csv", status=1)
    assert "Row 2, Price: Price must be a number such as 12.50." in result.output
    Path("in.csv").write_bytes(b"\x89PNG\x00")
    assert "Row 1: The file is not CSV text" in run(runner, "import", "in.csv", status=1).output


def test_skipped_products_are_named_and_the_exit_code_is_0(runner: CliRunner) -> None:
    Path("in.csv").write_text("Type,SKU,Name,Regular price\nexternal,a,Pennant,5\nsimple,b,Mug,5\n")
    result = run(runner, "import", "in.csv")
    assert "Row 2: Skipped: an external product is sold on another website" in result.output
    assert "1 products were created, 0 updated; 0 unchanged, 1 skipped, 0 failed." in result.output


def test_stock_is_set_on_behalf_of_a_user(runner: CliRunner) -> None:
    Path("in.csv").write_text("Handle,Name,Price,Stock\nmug,Mug,5,7\n")
    run(runner, "import", "in.csv")
    Path("in.csv").write_text("Handle,Stock\nmug,9\n")
    assert "--user" in run(runner, "import", "in.csv", "--stock", "set", status=2).output
    unknown = run(runner, "import", "in.csv", "--stock", "set", "--user", "ada", status=1)
    assert "There is no user called ada." in unknown.output
    made = runner.invoke(main, ["create-admin", "ada", "--password-stdin"], input="correct horse battery\n")
    assert made.exit_code == 0, made.output
    done = run(runner, "import", "in.csv", "--stock", "set", "--user", "ada")
    assert "0 products were created, 1 updated" in done.output
    run(runner, "export", "products", "out.csv")
    with Path("out.csv").open(newline="") as file:
        assert [row["Stock"] for row in csv.DictReader(file)] == ["9"]


def test_customers_and_orders_are_exported(runner: CliRunner) -> None:
    run(runner, "seed", "--products", "5", "--customers", "3", "--orders", "4")
    run(runner, "export", "customers", "customers.csv")
    run(runner, "export", "orders", "orders.csv")
    with Path("customers.csv").open(newline="") as file:
        assert len(list(csv.DictReader(file))) == 3
    with Path("orders.csv").open(newline="") as file:
        assert len({row["Order"] for row in csv.DictReader(file)}) == 4
    assert not list(Path().glob("*.part"))
