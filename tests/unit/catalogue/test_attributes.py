"""The rules of attributes."""

from datetime import UTC, datetime
from math import inf, nan

import pytest

from shop.domain.catalogue.attributes import AttributeValue, spelled
from shop.domain.catalogue.product import Product, simple_product
from shop.domain.errors import ValidationFailed

NOW = datetime(2026, 3, 14, tzinfo=UTC)


def a_product(*attributes: tuple[str, AttributeValue]) -> Product:
    return simple_product(
        id="lamp", name="Lamp", price=1, created_at=NOW, updated_at=NOW, attributes=attributes
    )


def test_texts_are_tidied_and_whole_numbers_are_integers() -> None:
    product = a_product((" Mate\x00rial ", " Wo\nol "), ("Height", 12.0), ("Width", 1.5), ("Care", True))
    assert product.attributes == (("Material", "Wool"), ("Height", 12), ("Width", 1.5), ("Care", True))
    assert [type(value) for _, value in product.attributes] == [str, int, float, bool]


def test_texts_and_numbers_are_search_terms() -> None:
    assert a_product(("Material", "Wool"), ("Height", 12), ("Care", True)).labels == "Wool 12"


@pytest.mark.parametrize(
    ("attributes", "reason"),
    [
        ([(f"n{number}", 1) for number in range(21)], "must be at most 20, and are 21"),
        ([("Material", "Wool"), ("matériäl", "Silk")], "must have different names: `matériäl` comes twice"),
        ([("A:B", "Wool")], "must not have `:` in a name"),
        ([("\u200b", "Wool")], "must have usable names: `\u200b` must not be blank"),
        (
            [("n" * 41, "Wool")],
            f"must have usable names: `{'n' * 41}` must be at most 40 characters",
        ),
        ([("Material", " ")], "must have usable values: the value of `Material` must not be blank"),
        ([("M", "v" * 101)], "must have usable values: the value of `M` must be at most 100 characters"),
        *(
            (
                [("M", number)],
                "must have usable values: the value of `M` must be between "
                "-9007199254740991 and 9007199254740991",
            )
            for number in (2**53, -(2**53), 10**400, inf, nan)
        ),
    ],
)
def test_broken_rules_are_named(attributes: list[tuple[str, AttributeValue]], reason: str) -> None:
    with pytest.raises(ValidationFailed) as refused:
        a_product(*attributes)
    assert refused.value.details == {"attributes": reason}


def test_limits_are_inclusive() -> None:
    attributes = [(f"n{number}".ljust(40, "x"), "v" * 100) for number in range(20)]
    assert len(a_product(*attributes).attributes) == 20
    assert a_product(("M", 2**53 - 1), ("N", -(2**53) + 1)).attributes


@pytest.mark.parametrize(
    ("value", "text"), [("Wool", "Wool"), (12, "12"), (1.5, "1.5"), (True, "true"), (False, "false")]
)
def test_values_are_spelled_as_in_json(value: AttributeValue, text: str) -> None:
    assert spelled(value) == text
