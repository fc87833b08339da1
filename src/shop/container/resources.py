"""Resources that are opened once per shop and closed with it."""

from contextlib import AsyncExitStack
from importlib.metadata import version
from typing import TYPE_CHECKING, Protocol, TypeVar

from prometheus_client import CollectorRegistry, disable_created_metrics

from shop.adapters.security.passwords import Argon2Passwords
from shop.settings import Settings

if TYPE_CHECKING:
    from shop.adapters.cache.redis.shared_reads import RedisReads


class Closable(Protocol):
    """Holds connections until it is closed."""

    async def close(self) -> None:
        """Close every connection."""


_Resource = TypeVar("_Resource", bound=Closable)


def closed_with(resources: AsyncExitStack, resource: _Resource) -> _Resource:
    """Register the resource to be closed with `resources`, and return it."""
    resources.push_async_callback(resource.close)
    return resource


def new_registry() -> CollectorRegistry:
    """Return a registry whose counters have no additional `_created` series."""
    disable_created_metrics()  # type: ignore[no-untyped-call]
    return CollectorRegistry()


def open_passwords(settings: Settings, resources: AsyncExitStack) -> Argon2Passwords:
    """Return the password hasher; its threads end with `resources`."""
    passwords = Argon2Passwords(threads=settings.hash_concurrency)
    resources.callback(passwords.close)
    return passwords


def open_shared_reads(settings: Settings, resources: AsyncExitStack) -> "RedisReads | None":
    """Return the shared reads; None if Redis is not configured."""
    if settings.redis_url is None:
        return None
    # Redis's client is heavy: a shop without Redis does not import it.
    from shop.adapters.cache.redis.connection import RedisConnection  # noqa: PLC0415
    from shop.adapters.cache.redis.shared_reads import RedisReads  # noqa: PLC0415

    connection = closed_with(resources, RedisConnection(settings.redis_url))
    return RedisReads(connection, settings.jwt_secret, release=version("shop"))
