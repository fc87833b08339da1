"""`shop webhooks`"""

import asyncio
import base64
import binascii
import signal
from collections.abc import Collection
from contextlib import suppress
from typing import Final

import click

from shop.application.outbox.listening import ListenToEvents
from shop.application.ports.outbox import SendResult
from shop.container.building import build_shop
from shop.container.shop import Shop
from shop.domain.errors import ValidationFailed
from shop.domain.outbox.event import EVERY_TYPE, Event, EventType, matching_types
from shop.domain.outbox.webhook import SECRET_PREFIX, checked_webhook
from shop.entrypoints.cli.start import prepare_schema, start

_PAUSE_BETWEEN_READS: Final = 0.25
_MIN_SECRET_BYTES: Final = 24


@click.group()
def command() -> None:
    """Help with developing a receiver of webhooks."""


def _checked_types(_: click.Context, __: click.Parameter, patterns: tuple[str, ...]) -> frozenset[EventType]:
    try:
        return matching_types((each for text in patterns for each in text.split(",")), "events")
    except ValidationFailed:
        known = ", ".join(EventType)
        raise click.BadParameter(f"must be a group such as order.*, or one of {known}") from None


def _checked_url(_: click.Context, __: click.Parameter, url: str | None) -> str | None:
    try:
        return url and checked_webhook(url, [EVERY_TYPE], None, allow_private=True)[0]
    except ValidationFailed:
        raise click.BadParameter("must be an address such as http://localhost:3000/hooks") from None


def _checked_secret(_: click.Context, __: click.Parameter, secret: str | None) -> str | None:
    if secret is not None:
        with suppress(binascii.Error):
            key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
            if secret.startswith(SECRET_PREFIX) and len(key) >= _MIN_SECRET_BYTES:
                return secret
        raise click.BadParameter(f"must be {SECRET_PREFIX} and at least {_MIN_SECRET_BYTES} bytes in Base64")
    return None


@command.command()
@click.option(
    "--events",
    "types",
    multiple=True,
    default=[EVERY_TYPE],
    callback=_checked_types,
    help="Only these types, such as order.paid or order.*; may be repeated, or a list with commas.",
)
@click.option(
    "--forward", "url", metavar="URL", callback=_checked_url, help="Send each event to this address."
)
@click.option(
    "--secret",
    metavar="whsec_…",
    callback=_checked_secret,
    help="The secret that signs forwarded events.  [default: a new one each time]",
)
def listen(types: frozenset[EventType], url: str | None, secret: str | None) -> None:
    """Print events as they happen, and forward them to a receiver on your machine, until stopped.

    For development: it reads the shop's database, needs no registered webhook, and stores nothing. The shop must be
    open. Forwarded events are signed as webhooks are, but sent one at a time and never repeated. SIGINT and SIGTERM
    stop it.
    """
    settings = start(to_serve=False)
    shop = build_shop(settings)
    prepare_schema(settings)
    asyncio.run(_listen(shop, types, url, secret))


async def _listen(shop: Shop, types: Collection[EventType], url: str | None, secret: str | None) -> None:
    stop = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stop.set)
    events = shop.outbox.listen_to_events()
    try:
        position = await events.last_position()
        if url is not None:
            secret = secret or events.new_secret()
            click.echo(f"Forwarding to {url}, signed with {secret}")
        click.echo("Waiting for events. Ctrl-C stops.")
        while not stop.is_set():
            found, position = await events.after(position, types)
            for event in found:
                if not stop.is_set():
                    await _show(events, event, url, secret)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), _PAUSE_BETWEEN_READS)
    finally:
        await shop.close()


async def _show(events: ListenToEvents, event: Event, url: str | None, secret: str | None) -> None:
    line = f"{event.created_at:%H:%M:%S} {event.id} {event.type} {event.type.subject_type} {event.subject_id}"
    if url is not None and secret is not None:
        line += f" → {_text_of(await events.forward(event, url, secret))}"
    click.echo(line)


def _text_of(result: SendResult) -> str:
    return str(result.response_status) if result.error is None else result.error
