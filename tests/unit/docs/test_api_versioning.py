"""The API is compatible with its last release, as docs/api-versioning.md defines it."""

from pathlib import Path

import pytest

from shop.settings import Payments
from tests.documents import ROOT
from tools.api_shape import broken_promises, document_of, present_shape

RELEASED = (ROOT / "docs" / "api-shape.txt").read_text(encoding="utf-8").splitlines()


def test_the_api_is_compatible_with_the_last_release() -> None:
    """docs/api-versioning.md says what to do about a change that is not compatible."""
    assert broken_promises(RELEASED, present_shape()) == []


@pytest.mark.parametrize(
    "line",
    [
        "GET /api/orders/{order_id}",
        "GET /api/orders/{order_id} gives 200: Order",
        "POST /api/cart/checkout takes header Idempotency-Key: string",
        "Order.total: number",
        'OrderStatus: "paid"',
        "OUT_OF_STOCK comes with 409",
    ],
)
def test_removed_or_changed_fields_are_incompatible(line: str) -> None:
    without = [each for each in present_shape() if each != line]
    assert broken_promises(RELEASED, without) == [f"gone: {line}"]
    assert broken_promises(RELEASED, [*without, f"{line} | null"]) == [f"gone: {line}"]


@pytest.mark.parametrize("line", ["ItemInput needs colour", "GET /api/orders needs query colour"])
def test_new_required_input_is_incompatible(line: str) -> None:
    assert broken_promises(RELEASED, [*present_shape(), line]) == [f"new: {line}"]


@pytest.mark.parametrize(
    "line",
    [
        "ItemInput.colour: string",
        "Order.colour: string",
        'OrderStatus: "lost"',
        "GET /api/colours needs query page",
        "ColourInput needs name",
    ],
)
def test_additions_are_compatible(line: str) -> None:
    assert broken_promises(RELEASED, [*present_shape(), line]) == []


def test_only_what_clients_send_has_requirements() -> None:
    needing = {line.split(" ")[0] for line in present_shape() if " needs " in line}
    assert {"ItemInput", "LoginInput", "SavedAddressInput"} <= needing
    assert not {"Order", "Cart", "ListedProductPage", "Login"} & needing


def test_removed_requirements_are_compatible() -> None:
    assert broken_promises([*RELEASED, "ItemInput needs colour"], present_shape()) == []


def test_nothing_is_deprecated_and_the_document_says_so() -> None:
    """With the first deprecation, change the document and send the headers that it promises."""
    operations = [each for item in document_of()["paths"].values() for each in item.values()]
    assert not [each["operationId"] for each in operations if each.get("deprecated")]
    assert "Nothing is deprecated at the moment." in (ROOT / "docs" / "api-versioning.md").read_text()


def test_every_route_in_the_migration_table_exists() -> None:
    text = Path(ROOT / "docs" / "coming-from-another-api.md").read_text()
    rows = [line.strip("| ").split(" | ") for line in text.splitlines() if line.startswith("| `")]
    ours = {
        route
        for row in rows
        for cell in row[1:]
        for route in cell.split("`")
        if route.split(" ")[0] in ("GET", "POST", "PUT", "PATCH", "DELETE")
    }
    assert len(ours) > 25
    shown = {
        f"{method.upper()} {_without_names(path)}"
        for provider in (Payments.SANDBOX, Payments.STRIPE)
        for path, item in document_of(provider)["paths"].items()
        for method in item
    }
    assert [route for route in sorted(ours) if _without_names(route) not in shown] == []


def _without_names(path: str) -> str:
    """The path with every parameter's name left out."""
    return "/".join("{}" if part.startswith("{") else part for part in path.split("/"))
