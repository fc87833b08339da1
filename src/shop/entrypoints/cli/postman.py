"""`shop postman`"""

import asyncio
from pathlib import Path

import click

from shop.entrypoints.postman import COLLECTION_FILE, postman_files


@click.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write the collection and its environment into.",
)
def command(output: Path | None) -> None:
    """Print a Postman collection (v2.1) of the whole API, or write it, its environment and files into a folder.

    Its examples are answers of an in-memory shop: no database is touched, settings have no effect, and the output
    of one version of the shop is always the same.
    """
    files = asyncio.run(postman_files())
    if output is None:
        click.echo(files[COLLECTION_FILE].decode(), nl=False)
        return
    output.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (output / name).write_bytes(content)
        click.echo(f"Wrote {output / name}")
