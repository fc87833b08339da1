"""Resources made from the examples of the API's own document.

Tests that need one resource of each kind get it from here, so that a new kind needs no code in them.
"""

from typing import Any, Final

import httpx

from shop.testing import ShopHarness
from tests.unit.audit.write import Preparation, Write
from tests.unit.shopping import Json, exact
from tools.api_shape import document_of

_PATHS: Final = document_of()["paths"]


async def created(client: httpx.AsyncClient, path: str, parameter: str) -> Json:
    """Create the resource that this parameter of the path identifies, from the example of its collection's POST."""
    collection, _, _ = path.partition(f"/{{{parameter}}}")
    answer = await client.post(collection, json=_example("post", collection))
    assert answer.status_code == 201, answer.text
    return dict(exact(answer))


def writes_of_resources(known: set[tuple[str, str]]) -> dict[tuple[str, str], Preparation]:
    """Return the preparations of staff's writes that are not `known`, by method and path.

    Each write creates, changes or deletes a resource, and its audit entry follows from the examples.
    """
    return {
        (method.upper(), path): _prepared(method, path)
        for path, methods in _PATHS.items()
        for method in methods
        if method in {"post", "patch", "delete"} and "x-permission" in methods[method]
        if (method.upper(), path) not in known
    }


def _prepared(method: str, path: str) -> Preparation:
    async def prepare(_: ShopHarness, admin: httpx.AsyncClient) -> Write:
        collection = path.partition("/{")[0]
        kind = collection.rpartition("/")[2].removesuffix("s")
        made = await created(admin, f"{collection}/{{id}}", "id")
        fields = {name: value for name, value in made.items() if name != "id"}
        address = f"{collection}/{made['id']}"
        if method == "post":
            said = {"action": f"{kind}.created", "before": {}, "after": fields}
            return collection, "", _example(method, collection), said
        if method == "delete":
            return address, made["id"], None, {"action": f"{kind}.deleted", "before": fields, "after": {}}
        body = _example(method, path)
        changed = {name: value for name, value in body.items() if made[name] != value}
        before = {name: made[name] for name in changed} | {"version": 1}
        said = {"action": f"{kind}.changed", "before": before, "after": {**changed, "version": 2}}
        return address, made["id"], body, said

    return prepare


def _example(method: str, path: str) -> Any:
    [example] = _PATHS[path][method]["requestBody"]["content"]["application/json"]["examples"].values()
    return example["value"]
