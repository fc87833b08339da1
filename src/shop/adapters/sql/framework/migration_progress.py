"""Progress of a migration: which step runs, and how many batches it has committed."""

from collections.abc import Callable
from dataclasses import dataclass

from alembic.script import ScriptDirectory
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncEngine


@dataclass(frozen=True, slots=True)
class MigrationStep:
    """A migration that is running or done; `batches` is the number of transactions that it has committed."""

    revision: str
    title: str
    batches: int
    is_done: bool


ShowStep = Callable[[MigrationStep], None]
"""Called after each batch that a migration commits, and once all its changes are committed."""


class MigrationWatch:
    """Reports each step of an upgrade: on MySQL each commits by itself, on SQLite all commit together."""

    def __init__(self, scripts: ScriptDirectory, show: ShowStep) -> None:
        self._scripts = scripts
        self._show = show
        self._revision: str | None = None
        self._batches = 0
        self._uncommitted: list[str] = []

    def begin(self, revision: str | None) -> None:
        """Set the database's revision, after which the upgrade begins; None if it has none."""
        self._revision = revision

    def listen(self, engine: AsyncEngine) -> None:
        """Count the commits of the engine's connections."""
        event.listen(engine.sync_engine, "commit", lambda _: self._committed())

    def passed(self, revision: str, *, is_committed: bool) -> None:
        """Report a finished migration: now if its changes are committed, otherwise in `finish`."""
        self._uncommitted.append(revision)
        if is_committed:
            self.finish()
        self._revision, self._batches = revision, 0

    def finish(self) -> None:
        """Report the migrations that were committed together."""
        done, self._uncommitted = self._uncommitted, []
        for revision in done:
            self._report(revision, is_done=True)

    def _committed(self) -> None:
        self._batches += 1
        if (running := self._running()) is not None:
            self._report(running, is_done=False)

    def _running(self) -> str | None:
        if self._revision is None:
            return self._scripts.get_base()
        return next(iter(self._scripts.get_revision(self._revision).nextrev), None)

    def _report(self, revision: str, *, is_done: bool) -> None:
        title = self._scripts.get_revision(revision).doc or ""
        self._show(MigrationStep(revision, title, self._batches, is_done))
