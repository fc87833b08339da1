"""Writes of shipping zones, shipping methods and tax rates, and their audit entries."""

from collections.abc import Awaitable, Callable
from typing import Any

import httpx

from tests.unit.shopping import Json, a_name, exact

Maker = Callable[[httpx.AsyncClient], Awaitable[Json]]
"""Returns the body of a new rule that conflicts with no existing one."""


async def _zone(_: httpx.AsyncClient) -> Json:
    return {"name": "Somewhere", "countries": ["DE"], "postalCodes": [a_name("X")[-10:].replace("-", "")]}


async def _method(admin: httpx.AsyncClient) -> Json:
    zone = (await admin.post("/api/admin/shipping-zones", json=await _zone(admin))).json()
    # Switched off: while any method is active, every order must choose one.
    return {"zoneId": zone["id"], "name": "Post", "rates": [{"price": 4.9}], "active": False}


async def _tax_rate(_: httpx.AsyncClient) -> Json:
    return {"name": "VAT", "country": "DE", "rate": 19, "taxClass": a_name("class")}


RULES: dict[str, tuple[str, Maker, Json]] = {
    "shipping-zone": ("/api/admin/shipping-zones", _zone, {"name": "Elsewhere"}),
    "shipping-method": ("/api/admin/shipping-methods", _method, {"name": "Courier"}),
    "tax-rate": ("/api/admin/tax-rates", _tax_rate, {"rate": 7}),
}
"""The path, the maker of a new rule, and a change, by the kind of the audit entry's subject."""


async def new_rules(admin: httpx.AsyncClient) -> dict[str, str]:
    """Create a rule of each kind. Return their ids by the names of their path parameters."""
    made = {}
    for kind, (path, make, _) in RULES.items():
        answer = await admin.post(path, json=await make(admin))
        made[f"{kind.replace('-', '_')}_id"] = str(answer.json()["id"])
    return made


async def apart_from_others(admin: httpx.AsyncClient, path: str, example: Json) -> Json:
    """Return the example; if it is of a rule, change it so that it conflicts with no existing one."""
    for rules_path, make, _ in RULES.values():
        if path.startswith(rules_path):
            own = await make(admin)
            apart = {name: own[name] for name in ("postalCodes", "zoneId", "taxClass") if name in own}
            return {
                **example,
                **apart,
                **({"countries": ["DE"], "regions": ["DE-BY"]} if "countries" in example else {}),
                **({"active": False} if "active" in example else {}),
            }
    return example


def rule_writes() -> dict[tuple[str, str], Any]:
    """Return by method and path the functions that prepare a write and return it with its audit entry."""
    writes: dict[tuple[str, str], Any] = {}
    for kind, (path, make, change) in RULES.items():
        one = f"{path}/{{{kind.replace('-', '_')}_id}}"
        writes["POST", path] = _creating(kind, path, make)
        writes["PATCH", one] = _changing(kind, path, make, change)
        writes["DELETE", one] = _deleting(kind, path, make)
    return writes


def _creating(kind: str, path: str, make: Maker) -> Any:
    async def prepare(_: object, admin: httpx.AsyncClient) -> Any:
        twin = exact(await admin.post(path, json=await make(admin)))
        body = await make(admin)
        after = {name: value for name, value in twin.items() if name != "id"}
        after |= {name: value for name, value in body.items() if name in {"taxClass", "zoneId"}}
        if "postalCodes" in body:
            after["postalCodes"] = [entry.upper() for entry in body["postalCodes"]]
        return path, "", body, {"action": f"{kind}.created", "before": {}, "after": after}

    return prepare


def _changing(kind: str, path: str, make: Maker, change: Json) -> Any:
    async def prepare(_: object, admin: httpx.AsyncClient) -> Any:
        made = exact(await admin.post(path, json=await make(admin)))
        before = {name: made[name] for name in change} | {"version": 1}
        said = {"action": f"{kind}.changed", "before": before, "after": {**change, "version": 2}}
        return f"{path}/{made['id']}", made["id"], change, said

    return prepare


def _deleting(kind: str, path: str, make: Maker) -> Any:
    async def prepare(_: object, admin: httpx.AsyncClient) -> Any:
        made = exact(await admin.post(path, json=await make(admin)))
        before = {name: value for name, value in made.items() if name != "id"}
        return (
            f"{path}/{made['id']}",
            made["id"],
            None,
            {"action": f"{kind}.deleted", "before": before, "after": {}},
        )

    return prepare
