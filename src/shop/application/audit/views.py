"""Views of the audit trail."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any, Final

import msgspec
from msgspec import structs

from shop.domain.audit import AuditAction, AuditEntry, SubjectKind
from shop.domain.orders.snapshot import order_number

COMMAND_LINE: Final = "command line"
"""The actor name shown for the command line. It has a space, so it can't be a username."""


class SubjectView(msgspec.Struct, frozen=True):
    """The subject of an action; `id` is its id in the API, such as a user's or an order's id.

    `name` is what people call it now: an order's number, a username, a name. Null if it has none or is gone.
    """

    kind: SubjectKind
    id: str
    name: str | None = None


class AuditEntryView(msgspec.Struct, frozen=True):
    """One action; `before` and `after` have the changed fields, with amounts in major units."""

    id: str
    at: datetime
    actor: str
    username: str
    action: AuditAction
    subject: SubjectView
    before: dict[str, Any]
    after: dict[str, Any]


def named(
    entries: Sequence[AuditEntryView], names: Mapping[tuple[SubjectKind, str], str]
) -> list[AuditEntryView]:
    """Return the entries with the names of their subjects; an order is called by its number."""

    def name_of(subject: SubjectView) -> str | None:
        if subject.kind is SubjectKind.ORDER:
            return order_number(subject.id)
        return names.get((subject.kind, subject.id))

    return [
        structs.replace(entry, subject=structs.replace(entry.subject, name=name_of(entry.subject)))
        for entry in entries
    ]


def audit_entry_view(entry: AuditEntry, username: str | None, api_key: str | None) -> AuditEntryView:
    """Return the view. `username` is the actor's current name (None: the command line), `api_key` the key's name."""
    return AuditEntryView(
        id=entry.id,
        at=entry.at,
        actor=api_key or username or COMMAND_LINE,
        username=COMMAND_LINE if username is None else username,
        action=entry.action,
        subject=SubjectView(entry.action.subject_kind, entry.subject_id),
        before=dict(entry.before),
        after=dict(entry.after),
    )
