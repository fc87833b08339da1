"""Storage of the audit trail."""

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from shop.application.audit.views import AuditEntryView
from shop.application.framework.views import Page
from shop.domain.audit import AuditAction, AuditEntry, SubjectKind
from shop.domain.periods import ALWAYS, Span


@runtime_checkable
class AuditTrail(Protocol):
    """An append-only record of what administrators did."""

    async def record(self, entry: AuditEntry) -> None:
        """Append an entry. It neither waits for other transactions' locks nor makes them wait."""


@dataclass(frozen=True, slots=True)
class AuditQuery:
    """A filter: entries must match every given field. Names and `subject_id` are compared without case.

    `actor` is a username (matching what the user did without an API key) or the name of an API key.
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
        """Return one page of the entries, newest first (ties by id, descending), and their total number.

        Users appear under their current usernames; a closed account under the name it got when it was closed. Subjects
        appear with their current names: one more statement per kind of subject on the page.
        """
