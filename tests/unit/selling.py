"""Shipping zones, shipping methods and tax rates for tests."""

from typing import Any

import httpx

from tests.unit.shopping import Json


async def _made(admin: httpx.AsyncClient, kind: str, body: Json) -> Json:
    answer = await admin.post(f"/api/admin/{kind}", json=body)
    assert answer.status_code == 201, answer.text
    return dict(answer.json())


async def new_zone(admin: httpx.AsyncClient, *countries: str, **fields: Any) -> Json:
    """A shipping zone of these countries; Germany if none is named."""
    body = {"name": "Zone", "countries": list(countries or ("DE",)), **fields}
    return await _made(admin, "shipping-zones", body)


async def new_method(
    admin: httpx.AsyncClient, zone: Json, *rates: Json, name: str = "Post", **fields: Any
) -> Json:
    """A shipping method of the zone; for 4.90 if no rate is named."""
    body = {"zoneId": zone["id"], "name": name, "rates": list(rates or ({"price": 4.9},)), **fields}
    return await _made(admin, "shipping-methods", body)


async def new_tax_rate(
    admin: httpx.AsyncClient, rate: float = 19, country: str = "DE", **fields: Any
) -> Json:
    """A tax rate of Germany's, unless another country is named."""
    body = {"name": f"VAT {rate}", "country": country, "rate": rate, **fields}
    return await _made(admin, "tax-rates", body)


async def choose(client: httpx.AsyncClient, method: Json, country: str = "DE", **place: Any) -> Json:
    """The cart after this shipping method was chosen for it."""
    answer = await client.put(
        "/api/cart/shipping", json={"methodId": method["id"], "country": country, **place}
    )
    assert answer.status_code == 200, answer.text
    return dict(answer.json())
