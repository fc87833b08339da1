"""Liveness, readiness and metrics endpoints."""

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Annotated, Final

import msgspec
import structlog
from litestar import Response, get
from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET, UnsetType
from prometheus_client.exposition import CONTENT_TYPE_PLAIN_0_0_4

from shop.application.framework.views import encode
from shop.domain.errors import ShopError, Unavailable
from shop.entrypoints.http.framework.middleware import ShowMetrics
from shop.entrypoints.http.framework.policies import Policy
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.entrypoints.logs import ABOUT

ReadinessCheck = Callable[[], Awaitable[object]]
"""Checks a resource. If it is unusable, raises any exception, or returns DEGRADED if it is optional.

Any other return value means that the resource is usable.
"""

DEGRADED: Final = object()

SECONDS_PER_CHECK: Final = 2.0

_log = structlog.get_logger("shop.http")


class Health(msgspec.Struct, rename="camel"):
    """`ok`, or an error instead. `degraded` lists unresponsive services without which the shop is only slower.

    `clock_offset_seconds` is present only where the shop's clock is moved for tests.
    """

    status: Annotated[str, msgspec.Meta(examples=["ok"])] = "ok"
    degraded: list[str] | UnsetType = UNSET
    clock_offset_seconds: int | UnsetType = UNSET


class NotReady(Unavailable):
    """A required service doesn't respond; `down` in the details names it."""

    code = "NOT_READY"


def health_routes(
    checks: Mapping[str, ReadinessCheck],
    show_metrics: ShowMetrics | None,
    clock_offset: Callable[[], int] | None = None,
) -> list[HTTPRouteHandler]:
    """Return `/health/live`, `/health/ready` (each check has two seconds), and `/metrics` unless served elsewhere."""

    @get("/health/live", policy=Policy.PUBLIC, tags=["Health"], summary="Is the process alive?")
    async def check_liveness() -> Response[Health]:
        return BytesResponse(encode(Health()), headers=_UNCACHED)

    @get(
        "/health/ready",
        policy=Policy.PUBLIC,
        tags=["Health"],
        summary="Can it serve requests?",
        errors=(NotReady,),
    )
    async def check_readiness() -> Response[Health]:
        outcomes = await asyncio.gather(*(_state_of(name, check) for name, check in checks.items()))
        failures = {
            name: state for name, state in zip(checks, outcomes, strict=True) if isinstance(state, Exception)
        }
        if failures:
            details = {"down": sorted(failures)}
            cause = next(iter(failures.values()))
            raise NotReady("A system that the shop needs does not respond.", details) from cause
        degraded = sorted(name for name, state in zip(checks, outcomes, strict=True) if state is DEGRADED)
        offset = UNSET if clock_offset is None else clock_offset()
        return BytesResponse(
            encode(Health(degraded=degraded or UNSET, clock_offset_seconds=offset)), headers=_UNCACHED
        )

    if show_metrics is None:
        return [check_liveness, check_readiness]

    @get(
        "/metrics",
        policy=Policy.PUBLIC,
        tags=["Health"],
        summary="Metrics for Prometheus",
        media_type="text/plain",
    )
    async def get_metrics() -> Response[str]:
        return BytesResponse(
            await show_metrics(), media_type=CONTENT_TYPE_PLAIN_0_0_4.encode(), headers=_UNCACHED
        )

    return [check_liveness, check_readiness, get_metrics]


_UNCACHED: Final = {"Cache-Control": "no-store"}


async def _state_of(name: str, check: ReadinessCheck) -> object:
    try:
        async with asyncio.timeout(SECONDS_PER_CHECK):
            return await check()
    except Exception as error:  # noqa: BLE001 — any failure means that the resource is unusable
        about = error.message if isinstance(error, ShopError) else repr(error)
        _log.warning("not ready", what=name, error=repr(error), **{ABOUT: about})
        return error
