"""Give every product a slug, made from its name.

Each batch of products is committed separately, and finished products stay as they are, so an interrupted migration can
run again.

Revision ID: 0047
Revises: 0046
"""

import re
import runpy
import uuid
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None
compatible_since = "0047"

BATCH: Final = 1_000
MAX_BASE: Final = 100
TRIED_NUMBERS: Final = 50
ID: Final = sa.LargeBinary(16).with_variant(mysql.BINARY(16), "mysql")
fold: Final[Callable[[str], str]] = runpy.run_path(str(Path(__file__).with_name("0009_folded_texts.py")))[
    "fold"
]

products: Final = sa.table(
    "products",
    sa.column("id", ID),
    sa.column("name", sa.String),
    sa.column("slug", sa.String),
    sa.column("deleted", sa.Boolean),
)


def upgrade() -> None:
    connection = op.get_bind()
    following = (
        sa.select(products.c.id, products.c.name)
        .where(
            products.c.id > sa.bindparam("after", type_=ID), products.c.slug.is_(None), ~products.c.deleted
        )
        .order_by(products.c.id)
        .limit(BATCH)
    )
    after = b""
    while batch := connection.execute(following, {"after": after}).all():
        slugs = _slugs_for(batch)
        chosen = sa.case(slugs, value=products.c.id, else_=products.c.slug)
        connection.execute(sa.update(products).where(products.c.id.in_(slugs)).values(slug=chosen))
        _commit()
        after = batch[-1].id


def downgrade() -> None:
    """The slugs go with their column."""


def slug_of(name: str) -> str:
    """Return the slug that a name makes, as the shop does."""
    slug = "-".join(re.findall(r"[^\W_]+", fold(name)))
    if len(slug) > MAX_BASE:
        slug = slug[: MAX_BASE + 1].rpartition("-")[0] or slug[:MAX_BASE]
    return slug or "product"


def _slugs_for(batch: Any) -> dict[bytes, str]:
    bases = {row.id: slug_of(row.name) for row in batch}
    taken = _taken(set(bases.values()))
    counts = Counter(bases.values())
    repeated = {base for base, count in counts.items() if count > 1 or base in taken}
    taken |= _taken({f"{base}-{number}" for base in repeated for number in range(2, TRIED_NUMBERS + 1)})
    slugs: dict[bytes, str] = {}
    for product_id, base in bases.items():
        slugs[product_id] = next(slug for slug in _candidates(base, product_id) if slug not in taken)
        taken.add(slugs[product_id])
    return slugs


def _candidates(base: str, product_id: bytes) -> Iterator[str]:
    yield base
    for number in range(2, TRIED_NUMBERS + 1):
        yield f"{base}-{number}"
    text = str(uuid.UUID(bytes=product_id))
    yield f"{base}-{text[-12:]}"
    yield f"{base[:80]}-{text}"


def _taken(slugs: set[str]) -> set[str]:
    found: set[str] = set()
    wanted = sorted(slugs)
    for start in range(0, len(wanted), BATCH):
        some = sa.select(products.c.slug).where(products.c.slug.in_(wanted[start : start + BATCH]))
        found.update(op.get_bind().scalars(some))
    return found


def _commit() -> None:
    """End a batch. SQLite has one transaction for all migrations, so nothing is left there after an interruption."""
    if op.get_bind().dialect.name == "mysql":
        with op.get_context().autocommit_block():  # entering it commits
            pass
