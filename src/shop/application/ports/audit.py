"""Where the audit trail is kept."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shop.application.audit.views import AuditEntryView
from shop.application.framework.views import Page
from shop.domain.audit import AuditAction, AuditEntry, SubjectKind
from shop.domain.statistics.periods import ALWAYS, Span


@runtime_checkable
class AuditTrail(Protocol):
    """What administrators did. Entries are added, never changed, never deleted."""

    async def record(self, entry: AuditEntry) -> None:
        """Add an entry. It waits for nobody, and nobody for it."""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """Which entries: those that fulfil all that is given. Names and `subject_id` compare without case.

    `actor` is a username, for what the user did themselves, or the name of an API key.
    """

    page: int
    limit: int
    username: str | None = None
    subject: SubjectKind | None = None
    subject_id: str | None = None
    action: AuditAction | None = None
    made: Span = ALWAYS
    actor: str | None = None


@runtime_checkable
class AuditQueries(Protocol):
    """Reads of the audit trail."""

    async def page(self, query: AuditQuery) -> Page[AuditEntryView]:
        """One page of the entries, newest first (ties by id, descending), and their number.

        Names are those that users have now: a closed account's is the one it was given when it closed.
        """
