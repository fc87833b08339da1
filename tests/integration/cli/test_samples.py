"""`shop samples remove` and `shop migrate --without-samples`."""

from pathlib import Path

import pytest
from click.testing import CliRunner

from shop.entrypoints.cli import main
from tests.served_shop import forget_settings


@pytest.fixture
def runner(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> CliRunner:
    monkeypatch.chdir(tmp_path)
    forget_settings(monkeypatch)
    monkeypatch.setenv("SHOP_DATABASE_URL", f"sqlite:///{tmp_path / 'shop.db'}")
    return CliRunner()


def run(runner: CliRunner, *arguments: str) -> str:
    result = runner.invoke(main, arguments, catch_exceptions=False)
    assert result.exit_code == 0, result.output
    return result.output


def test_samples_are_removed_once(runner: CliRunner) -> None:
    run(runner, "migrate")
    assert "Removed 24 sample products." in run(runner, "samples", "remove")
    assert "Removed 0 sample products." in run(runner, "samples", "remove")


def test_a_shop_begins_without_samples(runner: CliRunner) -> None:
    run(runner, "migrate", "--without-samples")
    assert "Removed 0 sample products." in run(runner, "samples", "remove")
