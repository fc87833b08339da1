"""Requests made from the API's document: each operation with a valid example and an authorized caller."""

import json
from collections.abc import Awaitable, Iterator
from dataclasses import dataclass, field
from typing import Any

import httpx

from shop.testing import PASSWORD, ShopHarness
from tests.unit.documented_resources import created
from tests.unit.hostile import (
    HOSTILE_BODIES,
    HOSTILE_HEADERS,
    HOSTILE_JSON,
    HOSTILE_PATH_SEGMENTS,
    HOSTILE_QUERY_VALUES,
)
from tests.unit.pictures import upload
from tests.unit.rule_writes import apart_from_others, new_rules
from tests.unit.shopping import (
    Json,
    a_name,
    buy,
    new_category,
    new_message,
    new_product,
    new_promo_code,
    new_role,
    put_into_cart,
)
from tests.unit.webhook_writes import new_webhook

UNKNOWN_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
UNKNOWN_CATEGORY_ID = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b12"


@dataclass
class Sent:
    """A request: the operation's own example, with one thing in it turned bad."""

    method: str
    path: str
    what: str
    query: str = ""
    body: bytes = b""
    headers: list[tuple[str, str | bytes]] = field(default_factory=list)

    def __str__(self) -> str:
        return f"{self.method.upper()} {self.path[:80]} with {self.what[:120]}"


@dataclass
class Operation:
    """One operation of the document, with valid values of its path and a valid body."""

    method: str
    template: str
    document: Json
    components: Json
    path_values: dict[str, str] = field(init=False)
    example: Json | None = None
    is_form: bool = False

    def __post_init__(self) -> None:
        self.path_values = dict.fromkeys(self.parameters("path"), "")
        content = self.document.get("requestBody", {}).get("content", {})
        self.is_form = "multipart/form-data" in content
        if "application/json" in content:
            [example] = content["application/json"]["examples"].values()
            # These are compared with the current state: a mismatch would hide how other fields are checked.
            self.example = {
                name: value
                for name, value in example["value"].items()
                if name not in {"expectedTotal", "version"}
            }

    @property
    def responses(self) -> Json:
        """The responses by status, each reference replaced by the shared response."""
        shared = self.components["responses"]
        return {
            status: shared[response["$ref"].rpartition("/")[2]] if "$ref" in response else response
            for status, response in self.document["responses"].items()
        }

    @property
    def policy(self) -> str:
        security = self.document.get("security") or [{}]
        if {} in security:
            return "anonymous"
        return "admin" if "x-permission" in self.document else "customer"

    def parameters(self, place: str) -> list[str]:
        return [each["name"] for each in self.document.get("parameters", []) if each["in"] == place]

    def path(self, **values: str) -> str:
        return self.template.format(**{**self.path_values, **values})

    def right(self, what: str = "nothing wrong") -> Sent:
        required = {"page": "1", "q": "mug"}
        query = "&".join(f"{name}={required[name]}" for name in self.parameters("query") if name in required)
        body = b"" if self.example is None else json.dumps(self.example).encode()
        return Sent(self.method, self.path(), what, query, body)

    def wrong(self) -> Iterator[Sent]:
        """Yield the request in every variant with one thing wrong."""
        for name in self.parameters("path"):
            for value in HOSTILE_PATH_SEGMENTS:
                sent = self.right(f"{name}={value}")
                sent.path = self.path(**{name: value})
                yield sent
        for name in self.parameters("query"):
            for value in HOSTILE_QUERY_VALUES:
                sent = self.right(f"?{name}={value}")
                others = [part for part in sent.query.split("&") if part and not part.startswith(f"{name}=")]
                sent.query = "&".join([*others, f"{name}={value}"])
                yield sent
        for header in HOSTILE_HEADERS:
            sent = self.right(f"{header}")
            sent.headers = [header]
            yield sent
        if self.example is not None:
            yield from self._wrong_bodies(self.example)

    def _wrong_bodies(self, example: Json) -> Iterator[Sent]:
        for body in HOSTILE_BODIES:
            sent = self.right(f"body {body!r}")
            sent.body = body
            yield sent
        for path in _places(example):
            before, after = _around(example, path)
            for value in HOSTILE_JSON:
                sent = self.right(f"{path} {value}")
                sent.body = f"{before}{value}{after}".encode(errors="surrogatepass")
                yield sent


def _places(value: Any) -> Iterator[tuple[str | int, ...]]:
    """Yield the path of every value in the example, and of one unknown field per object."""
    pairs = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, inner in pairs:
        yield (key,)
        for path in _places(inner):
            yield (key, *path)
    if isinstance(value, dict):
        yield ("unknown",)


def _around(example: Any, path: tuple[str | int, ...]) -> tuple[str, str]:
    """Return the JSON of the example before and after the value at this path."""
    changed = json.loads(json.dumps(example))
    inner = changed
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = "@here@"
    before, _, after = json.dumps(changed).partition('"@here@"')
    return before, after


async def documented_operations(shop: ShopHarness) -> list[Operation]:
    """Every operation of the shop's OpenAPI document."""
    document = (await shop.client.get("/schema/openapi.json")).json()
    return [
        Operation(method, path, operation, document["components"])
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


class Caller:
    """A caller of one kind, with a new account for each operation, and the resources that it refers to."""

    def __init__(self, shop: ShopHarness, kind: str) -> None:
        self.shop = shop
        self.kind = kind

    async def prepare(self, operation: Operation) -> httpx.AsyncClient:
        self.shop.clock.advance(minutes=16)  # failed logins are forgotten
        username = a_name(self.kind)
        client = await (self.shop.admin if self.kind == "admin" else self.shop.customer)(username)
        text = json.dumps(operation.example)
        needed = {*operation.path_values}
        needed |= {name for word, name in _IN_EXAMPLES.items() if word in text}
        known = await self._things(client, needed, operation)
        operation.path_values = {name: known[name] for name in operation.path_values}
        if operation.example is not None:
            for word, name in _IN_EXAMPLES.items():
                if name != "shipping_zone_id":
                    text = text.replace(word, known.get(name, ""))
            example = json.loads(text)
            if "zoneId" in example:
                example["zoneId"] = known["shipping_zone_id"]
            owner = await self.shop.log_in("owner")
            operation.example = await apart_from_others(owner, operation.template, example)
        return self.shop.client if self.kind == "anonymous" else client

    async def _things(
        self, client: httpx.AsyncClient, needed: set[str], operation: Operation
    ) -> dict[str, str]:
        """Create the `needed` resources that paths and examples refer to; return their ids by parameter name."""
        owner = await self.shop.log_in("owner")
        # Once a shop has an active shipping method, as in the examples, goods that ship need a choice of one.
        product = await new_product(owner, stock=900_000, requiresShipping=False)
        known = dict.fromkeys(("product_id", "item_id", "variant_id"), product["id"]) | {
            "slug": product["slug"]
        }
        if "/api/cart" in operation.template or "item_id" in needed:
            await put_into_cart(client, product)
        if needed & {"order_id", "client_secret"}:
            order = await buy(client, product)
            known |= {"order_id": order["id"], "client_secret": order["payment"]["clientSecret"]}
        if needed & {"shipping_zone_id", "shipping_method_id", "tax_rate_id"}:
            known |= await new_rules(owner)
        if needed & {"webhook_id", "delivery_id"}:
            known |= await _a_webhook(owner)
        for name, make in (
            ("address_id", lambda: _a_saved_address(client)),
            ("code", lambda: new_promo_code(owner)),
            ("key_id", lambda: _an_api_key(owner)),
            ("role_id", lambda: _id_of(new_role(owner, "orders:read"))),
            ("category_id", lambda: _id_of(new_category(owner))),
            ("message_id", lambda: new_message(self.shop, owner)),
            ("username", self._somebody),
            ("media_id", lambda: _an_uploaded_picture(owner)),
            ("import_id", lambda: _an_import(owner)),
        ):
            if name in needed:
                known[name] = await make()
        for name in {*operation.path_values} - known.keys():
            known[name] = (await created(owner, operation.template, name))["id"]
        return known

    async def _somebody(self) -> str:
        username = a_name("somebody")
        await self.shop.client.post("/api/auth/signup", json={"username": username, "password": PASSWORD})
        return username


_IN_EXAMPLES = {
    "SPRING10": "code",
    UNKNOWN_CATEGORY_ID: "category_id",
    UNKNOWN_ID: "product_id",
    '"zoneId"': "shipping_zone_id",
}
"""Placeholders in examples, and the parameter whose value replaces each."""


async def _id_of(making: Awaitable[Json]) -> str:
    return str((await making)["id"])


async def _a_saved_address(client: httpx.AsyncClient) -> str:
    address = {"name": "Ada", "line1": "1 Main St", "city": "London", "country": "GB"}
    return str((await client.post("/api/users/me/addresses", json=address)).json()["id"])


async def _an_api_key(owner: httpx.AsyncClient) -> str:
    return str((await owner.post("/api/admin/api-keys", json={"name": "k", "permissions": []})).json()["id"])


async def _an_uploaded_picture(owner: httpx.AsyncClient) -> str:
    return str((await upload(owner)).json()["id"])


async def _an_import(owner: httpx.AsyncClient) -> str:
    file = {"file": ("products.csv", b"Handle,Title\n", "text/csv")}
    return str((await owner.post("/api/admin/imports?dryRun=true", files=file)).json()["id"])


async def _a_webhook(owner: httpx.AsyncClient) -> dict[str, str]:
    """Return the ids of a webhook and a delivery. Reuses a webhook, because a shop may have only a few."""
    present = (await owner.get("/api/admin/webhooks?page=1")).json()["items"]
    webhook = present[0] if present else await new_webhook(owner)
    tested = await owner.post(f"/api/admin/webhooks/{webhook['id']}/test")
    return {"webhook_id": webhook["id"], "delivery_id": tested.json()["id"]}
