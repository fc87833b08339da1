"""The wiring of the rooms: every object can be made, and everything from outside is typed."""

from dataclasses import fields
from typing import Any

import pytest
from dependency_injector import containers, providers

from shop.adapters.memory.storage import MemoryStorage
from shop.container.room import Room
from shop.container.root import assemble
from shop.container.shop import Shop
from shop.settings import Payments, Settings

SETTINGS = Settings(jwt_secret="k" * 32, payments=(Payments.SANDBOX,))


def rooms(shop: Shop) -> dict[str, Any]:
    return {
        field.name: room
        for field in fields(shop)
        if isinstance(room := getattr(shop, field.name), containers.DynamicContainer)
    }


@pytest.fixture
def shop() -> Shop:
    return assemble(SETTINGS, MemoryStorage())


def test_every_object_of_every_room_can_be_made(shop: Shop) -> None:
    stripe_only = {"stripe_payments"}
    made = 0
    for room in rooms(shop).values():
        for name, provider in room.providers.items():
            if name not in stripe_only:
                provider()
                made += 1
    assert made > 60


def test_every_dependency_is_typed(shop: Shop) -> None:
    dependencies = [
        provider
        for room in rooms(shop).values()
        for provider in room.providers.values()
        if isinstance(provider, providers.Dependency)
    ]
    assert len(dependencies) > 60
    assert all(dependency.instance_of is not object for dependency in dependencies)


def test_containers_share_common_dependencies(shop: Shop) -> None:
    for name in Room.providers:
        if name != "shared_reads":
            assert len({id(room.providers[name]()) for room in rooms(shop).values()}) == 1, name


@pytest.mark.anyio
async def test_closing_a_shop_closes_what_was_opened() -> None:
    shop = assemble(
        Settings(jwt_secret="k" * 32, payments=(Payments.STRIPE,), stripe_secret_key="sk_test_x"),
        MemoryStorage(),
    )
    closed: list[str] = []
    stripe = shop.payments.stripe_payments()
    shop.resources.callback(closed.append, "last opened, first closed")
    await shop.close()
    assert closed
    assert stripe is shop.payments.stripe_payments()
