"""The commands in README.md and docs/ do what the text says, against a real server."""

from collections.abc import Iterator
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.documents import blocks_of, section_of
from tests.fork_server import write_program
from tests.served_shop import run, serving
from tests.shells import assert_answers, differences, run_steps, steps_of
from tests.storages import copy_database

ADDRESS = "http://127.0.0.1:8000"


@pytest.fixture
def clone(tmp_path: Path) -> Path:
    """A folder in which `.venv/bin/shop` is the shop."""
    program = tmp_path / ".venv" / "bin" / "shop"
    program.parent.mkdir(parents=True)
    write_program(program)
    return tmp_path


@pytest.fixture
def address(clone: Path) -> Iterator[str]:
    with serving(clone) as (url, _):
        yield url


def test_the_api_by_example(clone: Path, address: str) -> None:
    steps = steps_of(blocks_of("docs/api-by-example.md"))
    assert sum(len(step.answers) for step in steps) > 20
    for step, output in zip(steps, run_steps(steps, clone, {ADDRESS: address}), strict=True):
        assert_answers(step, output)


def test_the_tour_in_the_readme(clone: Path, address: str) -> None:
    steps = steps_of(section_of("README.md", "A tour in five calls"))
    for step, output in zip(steps, run_steps(steps, clone, {ADDRESS: address}), strict=True):
        assert_answers(step, output)
    assert any(step.answers for step in steps)


def test_the_comparison_detects_wrong_responses() -> None:
    shown = {"a": [{"b": 1.50, "c": "…"}], "…": "…"}
    assert list(differences(shown, {"a": [{"b": 1.5, "c": None}], "d": 1})) == []
    for wrong in (
        {"a": [{"b": 1.51, "c": 1}]},
        {"a": [{"b": 1.5}]},
        {"a": []},
        {"a": [{"b": 1.5, "c": 1, "e": 1}]},
    ):
        assert list(differences(shown, wrong))


@pytest.mark.mysql
def test_a_shop_on_mysql(clone: Path, empty_mysql_url: str, mysql_url_of_new_shop: str) -> None:
    copy_database(mysql_url_of_new_shop, empty_mysql_url)
    (block,) = (block for block in blocks_of("README.md", "console") if "SHOP_DATABASE_URL" in block.text)
    lines = [line.partition(" #")[0].strip() for line in block.text.splitlines()]
    variables = dict(
        line.removeprefix("export ").split("=", 1) for line in lines if line.startswith("export ")
    )
    assert len(variables) == 4
    keys = {"SHOP_JWT_SECRET": "-" * 32, "SHOP_SECRET_KEYS": "+" * 32}
    variables |= {"SHOP_DATABASE_URL": empty_mysql_url, **keys}
    migrate, serve, worker = (line.split()[1:] for line in lines if line.startswith(".venv/bin/shop "))
    assert run(clone, *migrate, variables=variables).returncode == 0
    assert serve[0] == "serve"
    with serving(clone, *serve[1:], variables=variables) as (url, said):
        assert any(line.startswith("Worker") and line.endswith(worker[0]) for line in said)
        with urlopen(f"{url}/health/ready") as answer:
            assert answer.status == 200
