"""What the documents say of the code is so."""

import ast
import dataclasses
import re
from pathlib import Path

import pytest

from shop.adapters.payments.stripe_statements import EVENT_TYPES
from shop.settings import Settings

ROOT = Path(__file__).parents[2]
PAYMENTS = (ROOT / "docs" / "payments.md").read_text(encoding="utf-8")
FAULTS = re.search(r"^## Faults$(.*?)^## ", PAYMENTS, re.DOTALL | re.MULTILINE)


def names_of_tests(file: Path) -> set[str]:
    """The names of its tests."""
    functions = (ast.FunctionDef, ast.AsyncFunctionDef)
    tree = ast.parse(file.read_text(encoding="utf-8"))
    return {each.name for each in tree.body if isinstance(each, functions) and each.name.startswith("test_")}


def rows_of_faults() -> list[tuple[str, str]]:
    """Each fault and what its row says of a test."""
    assert FAULTS is not None
    rows = [line.strip("|").split("|") for line in FAULTS[1].splitlines() if line.startswith("|")]
    return [(row[0].strip(), row[-1].strip()) for row in rows[2:]]


def test_there_are_faults() -> None:
    assert len(rows_of_faults()) > 30


@pytest.mark.parametrize(("fault", "test"), rows_of_faults(), ids=[row[0] for row in rows_of_faults()])
def test_every_fault_names_a_test(fault: str, test: str) -> None:
    named = re.fullmatch(r"`(tests/[\w/]+\.py)::(test_\w+)`", test)
    assert named, fault
    assert named[2] in names_of_tests(ROOT / named[1])


def test_every_event_that_means_something_is_to_be_subscribed() -> None:
    assert f"--events {','.join(EVENT_TYPES)}" in PAYMENTS
    assert re.findall(r"^- `([a-z_.]+)`$", PAYMENTS, re.MULTILINE) == list(EVENT_TYPES)


def test_every_setting_that_is_named_exists() -> None:
    known = {f"SHOP_{setting.name.upper()}" for setting in dataclasses.fields(Settings)}
    assert set(re.findall(r"SHOP_[A-Z_]+", PAYMENTS)) <= known
