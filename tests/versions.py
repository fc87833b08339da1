"""Other versions of the shop, as folders with code: the current, a next and the previous one."""

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
_NEXT_MIGRATION = '''"""What a next version might add.

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
    """A folder with `src` and `migrations`; `head` is the schema revision that its code needs."""

    root: Path
    head: str

    @property
    def source(self) -> Path:
        """Return the folder to set as PYTHONPATH."""
        return self.root / "src"


def present() -> Version:
    """Return the current code."""
    return Version(ROOT, _current_head())


def to_come(folder: Path) -> Version:
    """Return a copy of the current code with one more migration, an expansion that changes the busiest tables."""
    shutil.copytree(ROOT / "src", folder / "src", ignore=shutil.ignore_patterns("__pycache__"))
    return Version(folder, migrations_to_come(folder / "migrations"))


def migrations_to_come(folder: Path) -> str:
    """Write the current migrations and one more into the folder. Return the revision of that one."""
    below = _current_head()
    shutil.copytree(migrations_folder(), folder, ignore=shutil.ignore_patterns("__pycache__"))
    revision = f"{int(below) + 1:04}"
    migration = folder / "versions" / f"{revision}_to_come.py"
    migration.write_text(_NEXT_MIGRATION.format(revision=revision, below=below))
    return revision


def before_the_newest_migration(folder: Path) -> Version | None:
    """Return the code from before the newest migration was added, if it can run on the current schema.

    None if it cannot, or if there is no git history.
    """
    present = sorted(each.name for each in (ROOT / _VERSIONS).glob("[0-9]*.py"))
    # One merge may have added several migrations: the previous version is the parent that already had most of them.
    log_command = ("log", "--full-history", "-m", "--no-renames", "--diff-filter=A", "--format=%P")
    parents = dict.fromkeys(_git(*log_command, "--", f"{_VERSIONS}/{present[-1]}").decode().split())
    before = {commit: known for commit in parents if set() < (known := _migrations_of(commit)) < {*present}}
    if not before:
        return None
    newest_before = max(before, key=lambda commit: len(before[commit]))
    needed = max(before[newest_before])[: len("0000")]
    archive = _git("archive", newest_before, "src", "migrations")
    if not archive or needed not in _revisions_compatible_with_head():
        return None
    with tarfile.open(fileobj=BytesIO(archive)) as files:
        files.extractall(folder, filter="data")
    return Version(folder, needed)


def _migrations_of(commit: str) -> set[str]:
    listed = _git("ls-tree", "--name-only", commit, f"{_VERSIONS}/").decode().split()
    return {Path(name).name for name in listed if Path(name).name[0].isdigit()}


def _revisions_compatible_with_head() -> list[str]:
    config = Config()
    config.set_main_option("script_location", str(migrations_folder()).replace("%", "%%"))
    return compatible_with(ScriptDirectory.from_config(config), _current_head())


def _current_head() -> str:
    newest = head()
    assert newest is not None
    return newest


def _git(*arguments: str) -> bytes:
    """Return the output of git; empty if git fails or is not installed."""
    try:
        done = subprocess.run(["git", *arguments], cwd=ROOT, capture_output=True, check=False)
    except FileNotFoundError:
        return b""
    return b"" if done.returncode else done.stdout
