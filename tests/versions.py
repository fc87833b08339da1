"""Versions of the shop as separate code: the current, the next, and the previous one."""

import shutil
import subprocess
import tarfile
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path

from alembic.config import Config
from alembic.script import ScriptDirectory

from shop.adapters.sql.framework.compatibility import compatible_with
from shop.adapters.sql.framework.migrations import head, migrations_folder

ROOT = Path(__file__).parents[1]
_VERSIONS = "migrations/versions"
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
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return Version(folder, migrations_to_come(folder / "migrations"))


def migrations_to_come(folder: Path) -> str:
    """Write the migrations of the next version into the folder. Return its revision."""
    below = _present_head()
    shutil.copytree(migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    revision = f"{int(below) + 1:04}"
    migration = folder / "versions" / f"{revision}_to_come.py"
    migration.write_text(_TO_COME.format(revision=revision, below=below))
    return revision


def before_the_newest_migration(folder: Path) -> Version | None:
    """The code as it was before the newest migration came in, if it can go on after that migration.

    None where it cannot, and where the history is not at hand.
    """
    present = sorted(each.name for each in (ROOT / _VERSIONS).glob("[0-9]*.py"))
    # Several migrations may have come in by one merge: the version before is the parent that had the most of them.
    looked_at = ("log", "--full-history", "-m", "--no-renames", "--diff-filter=A", "--format=%P")
    parents = dict.fromkeys(_git(*looked_at, "--", f"{_VERSIONS}/{present[-1]}").decode().split())
    before = {commit: known for commit in parents if set() < (known := _migrations_of(commit)) < {*present}}
    if not before:
        return None
    newest_before = max(before, key=lambda commit: len(before[commit]))
    needed = max(before[newest_before])[: len("0000")]
    archive = _git("archive", newest_before, "src", "migrations")
    if not archive or needed not in _fit_for_the_present_schema():
        return None
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return Version(folder, needed)


def _migrations_of(commit: str) -> set[str]:
    listed = _git("ls-tree", "--name-only", commit, f"{_VERSIONS}/").decode().split()
    return {Path(name).name for name in listed if Path(name).name[0].isdigit()}


def _fit_for_the_present_schema() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return compatible_with(ScriptDirectory.from_config(config), _present_head())


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
