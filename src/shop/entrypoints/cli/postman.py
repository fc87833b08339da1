"""`shop postman`"""

from pathlib import Path
from shutil import copyfile
from typing import Final

import click

from shop.shipped import shipped_folder

COLLECTION_FILE: Final = "shop.postman_collection.json"


@click.command()
@click.option(
    "--output",
    type=click.Path(file_okay=False, path_type=Path),
    help="The folder to write the collection and its environment into.",
)
def command(output: Path | None) -> None:
    """Print a Postman collection (v2.1) of the whole API, or write it, its environment and files into a folder.

    Its examples were recorded with this version of the shop: no database is touched, and settings have no effect.
    """
    folder = shipped_folder("postman", "docs/postman")
    if output is None:
        click.echo((folder / COLLECTION_FILE).read_text(encoding="utf-8"), nl=False)
        return
    output.mkdir(parents=True, exist_ok=True)
    for file in sorted(folder.iterdir()):
        copyfile(file, output / file.name)
        click.echo(f"Wrote {output / file.name}")
