"""The collection and its environment in Postman's format, version 2.1."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any, Final
from urllib.parse import quote
from uuid import NAMESPACE_URL, uuid5

from shop.testing import PASSWORD
from tools.postman import scripts
from tools.postman.operations import Parameter
from tools.postman.recording import (
    ADMIN_USERNAME,
    Exchange,
    RecordedFolder,
    RecordedStep,
    body_of,
)
from tools.postman.steps import Call, Caller

Json = dict[str, Any]

_SCHEMA: Final = "https://schema.getpostman.com/json/collection/v2.1.0/collection.json"
_BASE_URL: Final = "http://127.0.0.1:8000"
_DESCRIPTION: Final = """\
The whole API of a shop, told as a story: a customer signs up, an admin fills the shelves, the customer finds
something, checks out and pays, the admin ships, refunds and looks at the figures, and everybody tidies up.

1. Start a shop (`make run`) and make an admin: `shop create-admin owner`.
2. Import the collection and its environment; set `ADMIN_PASSWORD`, and `BASE_URL` if the shop is elsewhere.
3. Run the collection from top to bottom, as often as you like: it makes new names every time.

Requests with files take them from the collection's folder: make it Postman's working directory, or newman's
(`--working-dir`).

Test scripts fill `TOKEN_USER` and `TOKEN_ADMIN` at the logins, and the ids on the way; after that, any request
can be sent on its own. The saved examples are recorded answers of a shop with a clock of its own.
"""
_SECRET: Final = "secret"


def collection_of(folders: Sequence[RecordedFolder]) -> Json:
    return {
        "info": {
            "_postman_id": _id("collection"),
            "name": "Shop",
            "description": _DESCRIPTION,
            "schema": _SCHEMA,
        },
        "item": [_folder(folder) for folder in folders],
        "variable": [{"key": "BASE_URL", "value": _BASE_URL}],
    }


def environment_of(folders: Sequence[RecordedFolder]) -> Json:
    """Return every variable that requests use: those to set, and those that scripts fill."""
    given = {
        "BASE_URL": (_BASE_URL, "default"),
        "ADMIN_USERNAME": (ADMIN_USERNAME, "default"),
        "ADMIN_PASSWORD": ("", _SECRET),
        "USER_PASSWORD": (PASSWORD, _SECRET),
        "STRIPE_WEBHOOK_SECRET": ("", _SECRET),
        "TRANSFER_ORDER_ID": ("", "default"),
        "SHOP_COMPAT": ("", "default"),
    }
    steps = [recorded.step for folder in folders for recorded in folder.steps]
    filled = [name for step in steps for name in (*step.fresh, *step.keeps)]
    filled += [name for folder in folders for name in folder.folder.mail_tokens]
    secret = {
        "TOKEN_USER",
        "TOKEN_ADMIN",
        "REFRESH_TOKEN",
        "CLIENT_SECRET",
        "RECOVERY_CODE",
        "RESET_TOKEN",
        "TOTP_SECRET",
        "VERIFY_TOKEN",
        "EXPRESS_AUTHORIZATION",
        "FLASK_TOKEN",
        "MICROSERVICES_TOKEN",
    }
    variables = given | {name: ("", _SECRET if name in secret else "default") for name in filled}
    return {
        "id": _id("environment"),
        "name": "Shop",
        "values": [
            {"key": key, "value": value, "type": kind, "enabled": True}
            for key, (value, kind) in variables.items()
        ],
        "_postman_variable_scope": "environment",
    }


def _folder(recorded: RecordedFolder) -> Json:
    folder = recorded.folder
    return {
        "id": _id(folder.name),
        "name": folder.name,
        "description": folder.description,
        "item": [_item(step, folder.name) for step in recorded.steps],
        **_events(folder.before, ()),
    }


def _item(recorded: RecordedStep, folder: str) -> Json:
    step, operation = recorded.step, recorded.operation
    identity = _id(folder, step.name)
    description = "\n\n".join(text for text in (operation.description, step.note) if text)
    return {
        "id": identity,
        "name": step.name,
        "request": {**_request(step.call(), operation.parameters), "description": description},
        "response": [_example(exchange, identity) for exchange in (recorded.answer, *recorded.others)],
        **_events(scripts.before(recorded), scripts.after(recorded)),
    }


def _example(exchange: Exchange, item: str) -> Json:
    name = f"{exchange.status} {exchange.name}"
    return {
        "id": _id(item, name),
        "name": name,
        "originalRequest": _request(exchange.call),
        "status": exchange.phrase,
        "code": exchange.status,
        "_postman_previewlanguage": "json" if exchange.body.startswith("{") else "text",
        "header": [{"key": key, "value": value} for key, value in exchange.headers.items()],
        "cookie": [],
        "body": exchange.body,
    }


def _request(call: Call, documented: Iterable[Parameter] = ()) -> Json:
    documented = list(documented)
    request: Json = {
        "method": call.method,
        "auth": _auth(call.caller),
        "header": list(_headers(call, documented)),
        "url": _url(call, documented),
    }
    if call.file:
        texts = [{"key": key, "value": value, "type": "text"} for key, value in call.body.items()]
        request["body"] = {
            "mode": "formdata",
            "formdata": [{"key": "file", "type": "file", "src": call.file}, *texts],
        }
    elif call.body is not None:
        request["body"] = {
            "mode": "raw",
            "raw": body_of(call),
            "options": {"raw": {"language": "json"}},
        }
    return request


def _auth(caller: Caller) -> Json:
    if caller is Caller.NOBODY:
        return {"type": "noauth"}
    token = {"key": "token", "value": f"{{{{{caller.value}}}}}", "type": "string"}
    return {"type": "bearer", "bearer": [token]}


def _headers(call: Call, documented: Sequence[Parameter]) -> Iterator[Json]:
    if call.body is not None and not call.file and "Content-Type" not in call.headers:
        yield {"key": "Content-Type", "value": "application/json"}
    yield from _parameters(call.headers, documented, "header")


def _url(call: Call, documented: Sequence[Parameter]) -> Json:
    query = list(_parameters(call.query, documented, "query"))
    sent = "&".join(f"{each['key']}={each['value']}" for each in query if not each.get("disabled"))
    return {
        "raw": f"{{{{BASE_URL}}}}{call.path}{'?' if sent else ''}{sent}",
        "host": ["{{BASE_URL}}"],
        "path": call.path.removeprefix("/").split("/"),
        **({"query": query} if query else {}),
    }


def _parameters(given: Mapping[str, str], documented: Sequence[Parameter], kind: str) -> Iterator[Json]:
    """Return the parameters sent, then the other documented ones, disabled; each with its description."""
    descriptions = {each.name: each.description for each in documented if each.kind == kind}
    for key, value in given.items():
        text = {"description": descriptions[key]} if descriptions.get(key) else {}
        shown = quote(value, safe="{}") if kind == "query" else value
        yield {"key": key, "value": shown, **text}
    for key, description in descriptions.items():
        if key not in given:
            yield {"key": key, "value": "", "description": description, "disabled": True}


def _events(before: Sequence[str], after: Sequence[str]) -> Json:
    events = [
        {"listen": listen, "script": {"type": "text/javascript", "exec": list(lines)}}
        for listen, lines in (("prerequest", before), ("test", after))
        if lines
    ]
    return {"event": events} if events else {}


def _id(*names: str) -> str:
    """Return a deterministic id, so that importing the collection again replaces it."""
    return str(uuid5(NAMESPACE_URL, "/".join(("shop", *names))))
