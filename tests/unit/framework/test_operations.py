"""Health, metrics and the API docs."""

import asyncio
import re
from typing import Any

import httpx
import msgspec
import pytest

import shop.entrypoints.http.framework.health as health_module
from shop.entrypoints.http.framework.openapi import openapi_document
from tests.unit.framework.toy import client_of, error_of, toy_app

pytestmark = pytest.mark.anyio


async def up() -> None:
    return None


async def down() -> None:
    raise ConnectionError("password of the database")


async def hanging() -> None:
    await asyncio.Event().wait()


async def test_liveness_does_not_depend_on_other_systems() -> None:
    async with client_of(toy_app(readiness_checks={"database": down})) as client:
        assert (await client.get("/health/live")).json() == {"status": "ok"}


async def test_the_shop_is_ready_when_every_check_passes() -> None:
    async with client_of(toy_app(readiness_checks={"database": up, "cache": up})) as client:
        response = await client.get("/health/ready")
    assert response.status_code == 200
    assert response.json() == {"status": "ok"}


async def test_readiness_names_degraded_parts() -> None:
    async def gone() -> object:
        return health_module.DEGRADED

    async with client_of(toy_app(readiness_checks={"database": up, "cache": gone})) as client:
        response = await client.get("/health/ready")
        assert (response.status_code, response.json()) == (200, {"status": "ok", "degraded": ["cache"]})
    async with client_of(toy_app(readiness_checks={"database": down, "cache": gone})) as client:
        response = await client.get("/health/ready")
        assert error_of(response)["details"]["down"] == ["database"]


async def test_readiness_names_failing_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health_module, "SECONDS_PER_CHECK", 0.01)
    checks = {"database": down, "cache": hanging, "queue": up}
    async with client_of(toy_app(readiness_checks=checks)) as client:
        response = await client.get("/health/ready")
    assert response.status_code == 503
    assert response.headers["retry-after"] == "1"
    error = error_of(response)
    assert error["code"] == "NOT_READY"
    assert error["details"]["down"] == ["cache", "database"]
    assert "password" not in response.text


async def test_metrics_are_in_the_text_format(toy: httpx.AsyncClient) -> None:
    response = await toy.get("/metrics")
    assert response.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert "# TYPE shop_http_request_duration_seconds histogram" in response.text


async def test_the_docs_load_no_external_files(toy: httpx.AsyncClient) -> None:
    page = await toy.get("/schema")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'none'" in page.headers["content-security-policy"]
    assert not re.search(r"https?://", page.text)
    assert "unsafe" not in page.headers["content-security-policy"]
    assert not re.search(r"<style|\bstyle=|<script(?! type=\"module\" src=)|\bon\w+=", page.text)
    addresses = set(re.findall(r'(?:src|href)="(/[^"]+)"', page.text))
    (main,) = (address for address in addresses if address.endswith("/main.js"))
    found = [main]
    for script in found:  # grows by the modules that each script imports
        text = (await toy.get(script)).text
        modules = {f"{script.rpartition('/')[0]}/{name}" for name in re.findall(r'from "\./([^"]+)"', text)}
        found += sorted(modules - set(found))
    for address in {*addresses, *found}:
        asset = await toy.get(address)
        assert asset.status_code == 200, address
        kind = asset.headers["content-type"].split(";")[0]
        assert kind in {"text/css", "text/javascript", "image/svg+xml", "application/json"}
    assert len(found) > 5
    assert sum([len((await toy.get(address)).content) for address in found]) < 60_000


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    found: dict[str, Any] = msgspec.json.decode(msgspec.json.encode(openapi_document(toy_app())))
    return found


async def test_the_document_is_served(toy: httpx.AsyncClient, document: dict[str, Any]) -> None:
    response = await toy.get("/schema/openapi.json")
    assert response.status_code == 200
    assert response.headers["content-type"] == "application/json"
    assert response.json() == document


def references(part: Any) -> set[str]:
    if isinstance(part, dict):
        own = {part["$ref"]} if isinstance(part.get("$ref"), str) else set()
        return own.union(*map(references, part.values()))
    return set().union(*map(references, part)) if isinstance(part, list) else set()


def operation(document: dict[str, Any], method: str, path: str) -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][path][method]
    return found


def test_references_in_the_document_resolve_and_operation_ids_are_unique(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.1")
    assert document["info"]["version"] == "1.2.3"
    for reference in references(document):
        part = document
        for step in reference.removeprefix("#/").split("/"):
            part = part[step]
    operations = [operation for path in document["paths"].values() for operation in path.values()]
    ids = [operation["operationId"] for operation in operations]
    assert len(ids) == len(set(ids))
    assert "makeGadget" in ids
    assert all(re.fullmatch(r"[A-Za-z]+", component) for component in document["components"]["schemas"])


def test_every_answer_of_every_operation_has_an_example(document: dict[str, Any]) -> None:
    for path, methods in document["paths"].items():
        for method, found in methods.items():
            assert found["summary"]
            for status, response in found["responses"].items():
                name = response.get("$ref", "").rpartition("/")[2]
                whole = document["components"]["responses"][name] if name else response
                for content in whole.get("content", {}).values():
                    assert content["examples"], (method, path, status)


@pytest.mark.parametrize(
    ("method", "path", "statuses"),
    [
        ("get", "/api/gadgets", "200 400 500"),
        ("get", "/api/gadgets/{gadget_id}", "200 304 400 404 500 503"),
        ("post", "/api/gadgets", "201 400 401 403 404 409 413 415 429 500 503"),
        ("patch", "/api/gadgets/{gadget_id}", "200 400 401 403 404 412 413 415 500 503"),
        ("post", "/api/gadgets/{gadget_id}/sell", "201 400 401 403 404 409 413 415 422 500 503"),
        ("get", "/health/ready", "200 500 503"),
    ],
)
def test_every_error_is_documented(document: dict[str, Any], method: str, path: str, statuses: str) -> None:
    assert list(operation(document, method, path)["responses"]) == statuses.split()


def test_policies_are_documented(document: dict[str, Any]) -> None:
    assert operation(document, "get", "/api/gadgets")["security"] == []
    assert operation(document, "get", "/api/gadgets/{gadget_id}")["security"] == [{}, {"bearer": []}]
    assert operation(document, "patch", "/api/gadgets/{gadget_id}")["security"] == [{"bearer": []}]
    assert document["components"]["securitySchemes"]["bearer"]["scheme"] == "bearer"


def test_descriptions_come_from_the_handler_or_the_use_case(document: dict[str, Any]) -> None:
    make = operation(document, "post", "/api/gadgets")
    assert make["summary"] == "Makes a gadget out of thin air"
    assert make["description"].endswith("Admins only.")
    show = operation(document, "get", "/api/gadgets/{gadget_id}")
    assert show["summary"] == "Show one gadget"
    assert "description" not in operation(document, "get", "/api/gadgets")


def test_documented_errors_have_codes_and_examples(document: dict[str, Any]) -> None:
    responses = operation(document, "post", "/api/gadgets")["responses"]
    boom = responses["409"]["content"]["application/json"]
    shape, codes = boom["schema"]["allOf"]
    assert shape == {"$ref": "#/components/schemas/ProblemAnswer"}
    assert codes["properties"]["error"]["properties"]["code"]["enum"] == ["BOOM"]
    assert boom["examples"]["BOOM"]["value"] == {
        "error": {"code": "BOOM", "message": "The gadget went off.", "details": {"radius": 3}}
    }
    assert responses["409"]["description"] == "- `BOOM`: The gadget went off. Stand back."
    missing = responses["404"]["content"]["application/json"]["examples"]["NOT_FOUND"]["value"]
    assert missing["error"]["message"] == "There is no such part."


def test_bodies_and_headers_are_documented(document: dict[str, Any]) -> None:
    make = operation(document, "post", "/api/gadgets")
    assert make["requestBody"]["required"] is True
    example = make["requestBody"]["content"]["application/json"]["examples"]["Example"]["value"]
    assert example.keys() == {"name", "price", "lines", "compareAtPrice"}
    assert {"Location", "X-Request-Id"} <= make["responses"]["201"]["headers"].keys()
    change = operation(document, "patch", "/api/gadgets/{gadget_id}")
    assert change["requestBody"]["required"] is False
    assert [p["name"] for p in change["parameters"]] == ["gadget_id", "If-Match"]
    sell = operation(document, "post", "/api/gadgets/{gadget_id}/sell")
    assert [p["name"] for p in sell["parameters"]] == ["gadget_id", "Idempotency-Key"]
    assert "Idempotent-Replayed" in sell["responses"]["201"]["headers"]
    show = operation(document, "get", "/api/gadgets/{gadget_id}")
    assert [p["name"] for p in show["parameters"]] == ["gadget_id", "If-None-Match"]


def test_schemas_describe_the_types_and_limits_of_the_json(document: dict[str, Any]) -> None:
    schemas = document["components"]["schemas"]
    price = schemas["GadgetInput"]["properties"]["price"]
    assert (price["type"], price["minimum"], price["maximum"]) == ("number", 0, 100_000_000)
    assert schemas["GadgetInput"]["additionalProperties"] is False
    assert schemas["GadgetInput"]["properties"]["name"]["maxLength"] == 20
    assert schemas["GadgetInput"]["properties"]["createdAt"]["readOnly"] is True
    assert schemas["GadgetPatch"]["properties"]["name"]["type"] == "string"
    assert schemas["Line"]["properties"]["quantity"]["maximum"] == 999
    assert schemas["GadgetPage"]["required"] == ["items", "limit", "page", "total"]
    parameters = {p["name"]: p for p in operation(document, "get", "/api/gadgets")["parameters"]}
    assert parameters["page"]["required"] is True
    assert parameters["minPrice"]["schema"] == {"type": "number", "minimum": 0, "maximum": 100_000_000}
    assert parameters["limit"]["schema"]["default"] == 20
