"""Plays the story against an in-memory shop and records the answers."""

import hashlib
import hmac
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from http import HTTPStatus
from importlib import resources
from typing import Any, Final

import httpx
import msgspec
import pyotp

from shop.entrypoints.http.framework.openapi import openapi_document
from shop.settings import Payments
from shop.settings.values import DialectName
from shop.testing import PASSWORD, ManualClock, ShopHarness, shop_harness
from tools.postman.operations import Operation, operations_of
from tools.postman.repeatable_ids import RepeatableIds
from tools.postman.steps import Call, Caller, Folder, Step, Variant
from tools.postman.usual_variants import usual_variants

ADMIN_USERNAME: Final = "owner"
_WEBHOOK_KEY: Final = "-" * 32
_SHOWN_HEADERS: Final = (
    "Content-Type",
    "ETag",
    "Location",
    "Retry-After",
    "Idempotent-Replayed",
    "WWW-Authenticate",
)
_SECRETS: Final = {
    "accessToken": "<access token>",
    "access_token": "<access token>",
    "token": "<access token>",
    "refreshToken": "<refresh token>",
    "secret": "<secret>",
    "clientSecret": "<client secret>",
}
_LINK: Final = re.compile(r"/([a-z-]+)#token=(\S+)")
_VARIABLE: Final = re.compile(r"{{(\w+)}}")


class RecordingError(Exception):
    """An answer of the shop differs from the story; the message shows the answer."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """A request with unfilled variables, and its answer, with secrets replaced by placeholders."""

    name: str
    call: Call
    status: int
    headers: Mapping[str, str]
    body: str

    @property
    def phrase(self) -> str:
        return HTTPStatus(self.status).phrase


@dataclass(frozen=True, slots=True)
class RecordedStep:
    """A step with its answer, the answers of its variants, and its operation."""

    step: Step
    operation: Operation
    answer: Exchange
    others: Sequence[Exchange]


@dataclass(frozen=True, slots=True)
class RecordedFolder:
    folder: Folder
    steps: Sequence[RecordedStep]


async def record(story: Iterable[Folder]) -> list[RecordedFolder]:
    """Play the whole story; the result is deterministic. Raises RecordingError."""
    async with AsyncExitStack() as stack:
        players: dict[tuple[Payments, DialectName | None], _Player] = {}
        recorded = []
        for folder in story:
            needs = folder.payments, folder.dialect
            if needs not in players:
                players[needs] = await _Player.open(*needs, stack)
            recorded.append(await players[needs].play(folder))
        return recorded


class _Player:
    """A shop and the current variables."""

    def __init__(self, shop: ShopHarness) -> None:
        self._shop = shop
        self._operations = operations_of(openapi_document(shop.app))
        self._seen: set[str] = set()
        self._secrets: dict[str, str] = {}
        self._used_keys: dict[Caller, str] = {}
        self._variables = {
            "ADMIN_USERNAME": ADMIN_USERNAME,
            "ADMIN_PASSWORD": PASSWORD,
            "USER_PASSWORD": PASSWORD,
        }

    @classmethod
    async def open(cls, payments: Payments, dialect: DialectName | None, stack: AsyncExitStack) -> "_Player":
        clock = ManualClock()
        stripe: dict[str, Any] = {"stripe_secret_key": "-", "stripe_webhook_secrets": (_WEBHOOK_KEY,)}
        shop = await stack.enter_async_context(
            shop_harness(
                clock=clock,
                ids=RepeatableIds(clock),
                payments=payments,
                compat=frozenset([dialect] if dialect else ()),
                **(stripe if payments is Payments.STRIPE else {}),
            )
        )
        await shop.container.accounts.create_admin()(ADMIN_USERNAME, PASSWORD)
        player = cls(shop)
        if payments is Payments.MANUAL:
            await player._order_by_transfer()
        if dialect is not None:
            await player._log_in()
            document = await shop.client.get(f"/compat/{dialect}/openapi.json")
            player._operations |= operations_of(document.json())
        return player

    async def _log_in(self) -> tuple[httpx.AsyncClient, httpx.AsyncClient]:
        """Log in the admin and a customer."""
        admin, customer = await self._shop.log_in(ADMIN_USERNAME), await self._shop.customer("ada")
        for variable, client in (("TOKEN_ADMIN", admin), ("TOKEN_USER", customer)):
            self._variables[variable] = client.headers["Authorization"].removeprefix("Bearer ")
        return admin, customer

    async def _order_by_transfer(self) -> None:
        """Prepare the folder of a shop without cards: two logins and an unpaid order."""
        admin, customer = await self._log_in()
        product = await admin.post("/api/products", json={"name": "Mug", "price": 12.5, "stock": 9})
        items = [{"itemId": product.json()["id"], "quantity": 1}]
        placed = await customer.post("/api/orders", json={"items": items})
        self._variables["TRANSFER_ORDER_ID"] = placed.json()["order"]["id"]

    async def play(self, folder: Folder) -> RecordedFolder:
        if folder.mail_tokens:
            await self._read_mail(folder.mail_tokens)
        return RecordedFolder(folder, [await self._play(step) for step in folder.steps])

    async def _read_mail(self, variables: Mapping[str, str]) -> None:
        """Send the queued mails, and fill the variables with the tokens of the links to their pages."""
        await self._shop.container.accounts.send_requested_resets()()
        await self._shop.container.messages.deliver_messages()()
        for mail in self._shop.mail.sent:
            for page, token in _LINK.findall(mail.text.plain):
                self._variables.update({name: token for name, wanted in variables.items() if wanted == page})

    async def _play(self, step: Step) -> RecordedStep:
        operation = self._operations[step.operation]
        variants = list(step.variants)
        if step.operation not in self._seen:
            self._seen.add(step.operation)
            variants += usual_variants(step, operation, has_used_key=step.caller in self._used_keys)
        self._variables["USED_KEY"] = self._used_keys.get(step.caller, "")
        self._variables.update(step.fresh)
        before = [await self._vary(step, variant) for variant in variants if not variant.after]
        response = await self._send(step.name, step.call(), step.status)
        self._take(step, response)
        if (key := step.headers.get("Idempotency-Key")) is not None:
            self._used_keys[step.caller] = self._filled(key)
        answer = self._exchange(step.name, step.call(), response)
        after = [await self._vary(step, variant) for variant in variants if variant.after]
        others = sorted(before + after, key=lambda exchange: exchange.status)
        return RecordedStep(step, operation, answer, others)

    async def _vary(self, step: Step, variant: Variant) -> Exchange:
        call = step.call_of(variant)
        response = await self._send(f"{step.name}: {variant.name}", call, variant.status)
        return self._exchange(variant.name, call, response)

    async def _send(self, name: str, call: Call, status: int) -> httpx.Response:
        self._shop.clock.advance(seconds=1)
        if (secret := self._variables.get("TOTP_SECRET")) is not None:
            self._variables["TOTP_CODE"] = pyotp.TOTP(secret).at(self._shop.clock.now())
        content = self._filled(body_of(call)).encode()
        self._variables["STRIPE_SIGNATURE"] = self._signature(content)
        form: dict[str, Any] = {"content": content}
        if call.file:
            form = {"data": call.body, "files": {"file": (call.file, file_content(call.file))}}
        response = await self._shop.client.request(
            call.method,
            self._filled(call.path),
            params={key: self._filled(value) for key, value in call.query.items()},
            headers=self._headers(call),
            **form,
        )
        if response.status_code != status:
            raise RecordingError(f"{name}: {response.status_code}, not {status}: {response.text}")
        return response

    def _headers(self, call: Call) -> dict[str, str]:
        headers = {key: self._filled(value) for key, value in call.headers.items()}
        if call.body is not None and not call.file:
            headers["Content-Type"] = "application/json"
        if call.caller.value is not None:
            headers["Authorization"] = f"Bearer {self._variables[call.caller.value]}"
        return headers

    def _signature(self, payload: bytes) -> str:
        seconds = int(self._shop.clock.now().timestamp())
        digest = hmac.new(_WEBHOOK_KEY.encode(), b"%d." % seconds + payload, hashlib.sha256).hexdigest()
        return f"t={seconds},v1={digest}"

    def _filled(self, text: str) -> str:
        return _VARIABLE.sub(lambda found: self._variables[found[1]], text)

    def _take(self, step: Step, response: httpx.Response) -> None:
        """Fill the variables and check the step's expectations."""
        body = response.json() if step.expects or step.keeps else None
        self._variables["ETAG"] = response.headers.get("ETag", "")
        for variable, place in step.keeps.items():
            found = response.headers[place[1:]] if place.startswith("@") else value_at(body, place)
            self._variables[variable] = str(found)
        for place, expected in step.expects.items():
            wanted = self._filled(expected) if isinstance(expected, str) else expected
            if (found := value_at(body, place)) != wanted:
                raise RecordingError(f"{step.name}: {place} is {found!r}, not {wanted!r}")

    def _exchange(self, name: str, call: Call, response: httpx.Response) -> Exchange:
        headers = {key: response.headers[key] for key in _SHOWN_HEADERS if key in response.headers}
        return Exchange(name, call, response.status_code, headers, self._shown(response))

    def _shown(self, response: httpx.Response) -> str:
        if not response.content:
            return ""
        if "json" not in response.headers["Content-Type"]:
            # Metrics contain durations, which differ on every run.
            return "".join(line for line in response.text.splitlines(keepends=True) if line.startswith("#"))
        self._learn_secrets(response.json())
        text = msgspec.json.format(response.text, indent=2)
        for secret, placeholder in self._secrets.items():
            text = text.replace(secret, placeholder)
        return text

    def _learn_secrets(self, value: Any) -> None:
        if isinstance(value, dict):
            for key, inner in value.items():
                if key in _SECRETS and isinstance(inner, str):
                    self._secrets[inner] = _SECRETS[key]
                self._learn_secrets(inner)


def file_content(name: str) -> bytes:
    """Return a file that the collection uploads."""
    return (resources.files("tools.postman") / "files_to_upload" / name).read_bytes()


def body_of(call: Call) -> str:
    """Return the body as sent, with unfilled variables."""
    return "" if call.body is None else json.dumps(call.body, indent=2, ensure_ascii=False)


def value_at(body: Any, place: str) -> Any:
    """Return the value at a path such as `order.items.0.name`; None if there is none."""
    for part in place.split("."):
        if isinstance(body, list):
            body = body[int(part)] if int(part) < len(body) else None
        elif isinstance(body, dict):
            body = body.get(part)
        else:
            return None
    return body
