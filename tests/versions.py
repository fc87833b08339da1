"""Versions of the shop as code of their own: the present one, one to come, and the one before."""

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from shop.adapters.sql.framework.migrations import head

ROOT = Path(__file__).parents[1]
_TO_COME = '''"""What a next version might add.

Revision ID: {revision}
Revises: {below}
"""

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{below}"
branch_labels = None
depends_on = None
compatible_since = "{below}"


def upgrade() -> None:
    op.add_column("products", sa.Column("origin", sa.String(length=80), nullable=True))
    op.add_column("order_states", sa.Column("gift", sa.Boolean(), nullable=False, server_default=sa.false()))
    op.create_index("ix_orders_currency", "orders", ["currency", "created_at"])
    op.create_table(
        "gift_cards",
        sa.Column("code", sa.String(length=20), primary_key=True),
        sa.Column("cart_id", sa.LargeBinary(length=16), nullable=True),
    )


def downgrade() -> None:
    op.drop_table("gift_cards")
    op.drop_index("ix_orders_currency", table_name="orders")
    op.drop_column("order_states", "gift")
    op.drop_column("products", "origin")
'''


@dataclass(frozen=True, slots=True)
class Version:
    """A tree with `src` and `migrations`; `head` is the revision that it needs."""

    root: Path
    head: str

    @property
    def source(self) -> Path:
        """What PYTHONPATH has to be."""
        return self.root / "src"


def present() -> Version:
    """This very code."""
    return Version(ROOT, _present_head())


def to_come(folder: Path) -> Version:
    """This code with one migration more, which touches the busiest tables by the rules of an expansion."""
    below = _present_head()
    for name in ("src", "migrations"):
        shutil.copytree(ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__"))
    revision = f"{int(below) + 1:04}"
    migration = folder / "migrations" / "versions" / f"{revision}_to_come.py"
    migration.write_text(_TO_COME.format(revision=revision, below=below))
    return Version(folder, revision)


def before_the_newest_migration(folder: Path) -> Version | None:
    """The code as it was before the newest migration came in; None where the history isn't at hand."""
    newest = _present_head()
    [migration] = (ROOT / "migrations" / "versions").glob(f"{newest}_*.py")
    path = str(migration.relative_to(ROOT))
    # It may have got its number in a merge, of which only the first parent's side is the version before.
    added = _git("log", "-1", "--first-parent", "-m", "--diff-filter=A", "--format=%H", "--", path)
    if not added:
        return None
    archive = _git("archive", f"{added.decode().strip()}^", "src", "migrations")
    if not archive:
        return None
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return Version(folder, f"{int(newest) - 1:04}")


def _present_head() -> str:
    newest = head()
    assert newest is not None
    return newest


def _git(*arguments: str) -> bytes:
    """What it printed; nothing if it fails, or isn't there."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    except FileNotFoundError:
        return b""
    return b"" if done.returncode else done.stdout
