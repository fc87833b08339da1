"""The embedded database of a new shop, migrated once for each process of pytest."""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from shop.adapters.sql.framework.migrations import upgrade


@cache
def _migrated() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, "shop.db")
        upgrade(f"sqlite:///{file}")
        return file.read_bytes()


def put_new_shop(file: Path) -> None:
    """Write a database with the whole schema and the sample products, as the first start of a shop does."""
    file.write_bytes(_migrated())
