"""docs/operations.md, apart from its commands and metrics, which have separate tests."""

import re

import msgspec
import pytest
from opentelemetry.sdk import environment_variables
from opentelemetry.sdk.trace.export import BatchSpanProcessor

from shop.adapters.tracing import sdk
from shop.entrypoints.cli.working import STOP_SECONDS
from shop.entrypoints.logs import RequestLine
from shop.settings import LogLevel
from shop.settings.declarations import DECLARED
from tests.documents import ROOT, text_of

PAGE = "docs/operations.md"
OPERATIONS = (ROOT / PAGE).read_text(encoding="utf-8")


def code(text: str) -> set[str]:
    return set(re.findall(r"`([^`]+)`", text))


def columns(title: str, place: int) -> str:
    """One column of the table under a heading."""
    rows = [
        line.strip("|").split("|") for line in text_of(PAGE, title).splitlines() if line.startswith("| `")
    ]
    return "\n".join(row[place] for row in rows)


def test_every_setting_that_is_named_exists() -> None:
    assert set(re.findall(r"SHOP_[A-Z_]+", OPERATIONS)) <= {each.variable for each in DECLARED.values()}


def test_every_field_of_a_line_is_explained() -> None:
    explained = code(columns("Logs", 0))
    assert explained == {*msgspec.structs.asdict(RequestLine("", "", "", 0, 0, "", None)), "exception"}  # type: ignore[arg-type]
    assert {"info", "warning", "error"} <= code(columns("Logs", 1))
    assert {level.value for level in LogLevel} >= {"info", "warning", "error"}


def test_the_limits_of_tracing_are_as_documented() -> None:
    said = text_of(PAGE, "Traces")
    assert f"takes at most {sdk.CLOSE_SECONDS:.0f} s" in said
    assert f"dropped beyond {BatchSpanProcessor._default_max_queue_size()}" in said
    assert sdk._LOG_INTERVAL_SECONDS == 60
    assert STOP_SECONDS + sdk.CLOSE_SECONDS < 10, "a worker is gone within 10 s"


@pytest.mark.parametrize(
    "variable", sorted(name for name in code(columns("Traces", 0)) if name.startswith("OTEL_"))
)
def test_every_documented_opentelemetry_variable_exists(variable: str) -> None:
    assert hasattr(environment_variables, variable)
