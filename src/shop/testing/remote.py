"""A shop for tests in any language: the whole API, and `/testing` to control the shop.

`POST` to each with a JSON body, which may be omitted if it has no required fields:

- `/testing/reset`: discard all data and start a new shop.
- `/testing/admins` `{"username": "owner"}`: a new admin, logged in: `{username, password, accessToken}`.
- `/testing/customers` `{"username": "ada"}`: a new customer, with the same response.
- `/testing/clock` `{"minutes": 31}`: advance the clock by days, hours, minutes and seconds; `{now}`.
- `/testing/work`: do the worker's due work on orders, events, webhooks and mail, once.
- `/testing/payments` `{"declineNext": true, "reachable": false}`: decline the next card; whether the payment provider
  can be reached from now on.

Errors have the shop's format.
"""

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from datetime import datetime
from typing import Any, Final

import httpx
import msgspec
from litestar import Litestar, Response, post
from litestar.exceptions import HTTPException
from litestar.params import JSONBody
from litestar.types import ASGIApp, Receive, Scope, Send

from shop.domain.errors import ShopError
from shop.entrypoints.http.framework.problems import FRAMEWORK_ERRORS, STATUS_OF_KIND, problem_response
from shop.entrypoints.http.framework.responses import BytesResponse
from shop.testing import PASSWORD, ShopHarness, shop_harness

_PREFIX: Final = "/testing/"


class _Request(msgspec.Struct, forbid_unknown_fields=True, rename="camel"):
    pass


class AccountInput(_Request):
    username: str | None = None


class ClockInput(_Request):
    days: float = 0
    hours: float = 0
    minutes: float = 0
    seconds: float = 0


class PaymentsInput(_Request):
    decline_next: bool = False
    reachable: bool | None = None


class AccountView(msgspec.Struct, rename="camel"):
    """A logged-in user."""

    username: str
    password: str
    access_token: str


class ClockView(msgspec.Struct):
    now: datetime


class RemoteShop:
    """The application: the current shop, and `/testing`."""

    def __init__(self, cors_origins: Sequence[str]) -> None:
        self._cors_origins = tuple(cors_origins)
        self._open: AbstractAsyncContextManager[ShopHarness]
        self._shop: ShopHarness
        self._control = Litestar(
            [
                post(f"{_PREFIX}reset", status_code=204)(self._reset),
                post(f"{_PREFIX}admins")(self._admin),
                post(f"{_PREFIX}customers")(self._customer),
                post(f"{_PREFIX}clock", status_code=200)(self._advance),
                post(f"{_PREFIX}work", status_code=204)(self._work),
                post(f"{_PREFIX}payments", status_code=204)(self._set_payments),
            ],
            exception_handlers={
                httpx.HTTPStatusError: _passed_on,
                ShopError: _refused,
                HTTPException: _not_understood,
            },
            openapi_config=None,
            logging_config=None,
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        is_control = scope["path"].startswith(_PREFIX)
        application: ASGIApp = self._control if is_control else self._shop.app
        await application(scope, receive, send)

    async def open(self) -> None:
        self._open = shop_harness(cors_origins=self._cors_origins)
        self._shop = await self._open.__aenter__()

    async def close(self) -> None:
        await self._open.__aexit__(None, None, None)

    async def _reset(self) -> None:
        await self.close()
        await self.open()

    async def _admin(self, data: JSONBody[AccountInput | None] = None) -> AccountView:
        username = (data and data.username) or "owner"
        return _logged_in(username, await self._shop.admin(username))

    async def _customer(self, data: JSONBody[AccountInput | None] = None) -> AccountView:
        username = (data and data.username) or "ada"
        return _logged_in(username, await self._shop.customer(username))

    async def _advance(self, data: JSONBody[ClockInput]) -> ClockView:
        self._shop.clock.advance(**msgspec.structs.asdict(data))
        return ClockView(self._shop.clock.now())

    async def _work(self) -> None:
        await self._shop.work()

    async def _set_payments(self, data: JSONBody[PaymentsInput]) -> None:
        if data.decline_next:
            self._shop.payments.decline_next()
        if data.reachable is not None:
            self._shop.payments.reachable = data.reachable


def _logged_in(username: str, client: Any) -> AccountView:
    return AccountView(username, PASSWORD, client.headers["Authorization"].removeprefix("Bearer "))


def _passed_on(_request: object, error: httpx.HTTPStatusError) -> Response[Any]:
    return BytesResponse(error.response.content, status=error.response.status_code)


def _refused(_request: object, error: ShopError) -> Response[Any]:
    return problem_response(STATUS_OF_KIND[error.kind], error.code, error.message, error.details)


def _not_understood(_request: object, error: HTTPException) -> Response[Any]:
    code, message = FRAMEWORK_ERRORS[error.status_code]
    extra = error.extra if isinstance(error.extra, list) else []
    reasons = {str(each.get("key", "body")): each.get("message") for each in extra}
    return problem_response(error.status_code, code, message, reasons)


@asynccontextmanager
async def remote_shop(cors_origins: Sequence[str] = ()) -> AsyncIterator[RemoteShop]:
    """Return the application with a new shop; `cors_origins` are the origins of pages that call it from a browser."""
    shop = RemoteShop(cors_origins)
    await shop.open()
    try:
        yield shop
    finally:
        await shop.close()
