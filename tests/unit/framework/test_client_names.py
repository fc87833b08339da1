"""The document's names read well in a generated client."""

import re
from typing import Any

import pytest

from shop.entrypoints.http.framework.client_names import with_client_names
from shop.entrypoints.http.framework.openapi import openapi_document
from shop.testing import shop_harness

pytestmark = pytest.mark.anyio

WHOLE_NAMES = {"checkout", "logIn", "logOut", "signUp"}
"""Operations whose name needs no noun."""
VERB = re.compile(
    "add|adjust|apply|buy|cancel|change|check|choose|claim|clear|close|confirm|create|delete|describe|disable|"
    "download|export|get|import|issue|list|mark|move|open|preview|receive|redeliver|refresh|refund|remove|replace|"
    "request|resend|reset|reverse|revoke|rotate|search|send|set|ship|start|test|update|upload|verify"
)


@pytest.fixture(scope="module")
async def document(anyio_backend: str) -> dict[str, Any]:
    async with shop_harness() as shop:
        return openapi_document(shop.app)


async def test_every_operation_is_a_verb_and_a_noun(document: dict[str, Any]) -> None:
    ids = [operation["operationId"] for path in document["paths"].values() for operation in path.values()]
    assert len(ids) == len(set(ids))
    assert {"signUp", "logIn", "addCartItem", "checkout", "openPayment", "getOrder", "createProduct"} <= set(
        ids
    )
    for each in set(ids) - WHOLE_NAMES:
        assert re.fullmatch(r"[a-z]+(?:[A-Z][a-z]*)+", each), each
        verb = re.split(r"(?=[A-Z])", each)[0]
        assert VERB.fullmatch(verb) or each == "setUpSecondFactor", (
            f"{each}: name the handler after what it does"
        )


async def test_components_are_named_after_things(document: dict[str, Any]) -> None:
    names = set(document["components"]["schemas"])
    assert {"Product", "Order", "Cart", "CartItem", "User", "Login", "ListedProductPage"} <= names
    for name in names:
        assert re.fullmatch(r"[A-Z][A-Za-z]+", name), name
        assert not name.endswith(("View", "Dto", "Struct")), name
        assert not name.startswith("PageOf"), name


def test_references_are_renamed_too_and_a_name_in_use_is_not_given_again() -> None:
    schema = {"$ref": "#/components/schemas/ThingView"}
    renamed = with_client_names(
        {
            "paths": {
                "/": {"get": {"responses": {"200": {"schema": schema, "example": {"name": "ThingView"}}}}}
            },
            "components": {"schemas": {"ThingView": {"type": "string"}, "OtherView": {}, "Other": {}}},
        }
    )
    assert renamed["components"]["schemas"] == {"Thing": {"type": "string"}, "OtherView": {}, "Other": {}}
    response = renamed["paths"]["/"]["get"]["responses"]["200"]
    assert response == {"schema": {"$ref": "#/components/schemas/Thing"}, "example": {"name": "ThingView"}}
