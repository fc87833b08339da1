"""Whatever is sent to any documented route, the response is a documented one."""

import re

import httpx
import pytest

from shop.testing import ShopHarness
from tests.unit.framework.toy import error_of
from tests.unit.operations import Caller, Operation, Sent, documented_operations

pytestmark = pytest.mark.anyio

CALLERS = ("anonymous", "customer", "admin")


@pytest.fixture
async def operations(shop: ShopHarness) -> list[Operation]:
    return await documented_operations(shop)


async def fault_of(
    shop: ShopHarness, client: httpx.AsyncClient, operation: Operation, sent: Sent
) -> str | None:
    """Send the request, and return what is wrong with the response, or None. Skips the client's slow layers."""
    query = f"?{sent.query}" if sent.query else ""
    request = client.build_request(
        sent.method,
        httpx.URL(f"{client.base_url}{sent.path}{query}"),
        content=sent.body or None,
        headers=sent.headers,
    )
    response = await httpx.ASGITransport(shop.app, raise_app_exceptions=False).handle_async_request(request)  # type: ignore[arg-type]
    await response.aread()
    if response.status_code >= 500:
        return f"{sent}: {response.status_code} {response.text[:200]}"
    if not response.headers.get("x-request-id"):
        return f"{sent}: no request id"
    moved = sent.path != operation.path()
    if not moved and str(response.status_code) not in operation.document["responses"]:
        return f"{sent}: {response.status_code} is not documented"
    if response.status_code >= 400:
        try:
            error = error_of(response)
        except AssertionError as wrong:
            return f"{sent}: {response.status_code} in another shape ({wrong})"
        if not moved and error["code"] not in codes_of(operation, response.status_code):
            return f"{sent}: {error['code']} is not documented for {response.status_code}"
        if error["code"] == "VALIDATION_FAILED" and not all(map(is_plain, error["details"].values())):
            return f"{sent}: {error['details']} is not plain English"
    return None


def codes_of(operation: Operation, status: int) -> list[str]:
    """Return the error codes that the document lists for this status."""
    [content] = operation.responses[str(status)]["content"].values()
    codes: list[str] = content["schema"]["allOf"][1]["properties"]["error"]["properties"]["code"]["enum"]
    return codes


def is_plain(reason: str) -> bool:
    """Whether a reason speaks of fields and JSON, not of Python's types or msgspec's messages."""
    return reason.startswith(("must ", "is ", "was ", "has ")) and not re.search(
        r"[Ee]xpected `|\bgot\b|\b(int|str|float|bool|dict|None|datetime|UNSET)\b|msgspec|RFC3339", reason
    )


@pytest.mark.parametrize("kind", CALLERS)
async def test_no_input_causes_an_internal_error(
    shop: ShopHarness, operations: list[Operation], kind: str
) -> None:
    caller = Caller(shop, kind)
    faults: list[str | None] = []
    for operation in operations:
        client = await caller.prepare(operation)
        for number, sent in enumerate(operation.wrong()):
            # The callers whom the route is for send every request; the other callers only every 20th.
            if operation.policy == kind or number % 20 == 0:
                faults.append(await fault_of(shop, client, operation, sent))
        faults.append(await fault_of(shop, client, operation, operation.right()))
    assert len(faults) > 500, "the document has fewer operations than it should"
    found = [fault for fault in faults if fault]
    assert not found, "\n".join(found)
