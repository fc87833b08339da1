"""`shop openapi`"""

import click
import msgspec

from shop.container.building import build_shop
from shop.entrypoints.cli.start import start
from shop.entrypoints.http.framework.openapi import openapi_document
from shop.entrypoints.http.wiring import http_app


@click.command()
def command() -> None:
    """Print the description of the whole API (OpenAPI 3.1, JSON), as `/schema/openapi.json` serves it."""
    app = http_app(build_shop(start(to_serve=False, opens_database=False)))
    click.echo(msgspec.json.format(msgspec.json.encode(openapi_document(app)), indent=2))
