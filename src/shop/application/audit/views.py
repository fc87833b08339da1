"""How the audit trail is shown."""

from datetime import datetime
from typing import Any, Final

import msgspec

from shop.domain.audit import AuditAction, AuditEntry, SubjectKind

COMMAND_LINE: Final = "command line"
"""Stands for whoever has it: no username has a space."""


class SubjectView(msgspec.Struct, frozen=True):
    """What something was done to; `id` is what the API calls it by, a user's or an order's id."""

    kind: SubjectKind
    id: str


class AuditEntryView(msgspec.Struct, frozen=True):
    """One thing that somebody did; `before` and `after` have the fields that it changed, amounts in major units."""

    id: str
    at: datetime
    actor: str
    username: str
    action: AuditAction
    subject: SubjectView
    before: dict[str, Any]
    after: dict[str, Any]


def audit_entry_view(entry: AuditEntry, username: str | None, api_key: str | None) -> AuditEntryView:
    """`username` is the current one of who did it (None: the command line), `api_key` the name of the key they used."""
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
