"""The audit trail in SQL.

The statements of the list depend on which filters are set (their shape), never on the values.
"""

from collections.abc import Sequence
from decimal import Decimal
from functools import lru_cache
from typing import Any, Final, NamedTuple

import msgspec
from msgspec import structs
from sqlalchemy import BindParameter, Column, Row, Select, Table, and_, bindparam, func, insert, or_, select

from shop.adapters.sql.accounts.tables import api_keys, roles, users
from shop.adapters.sql.accounts.user_queries import ID_BY_USERNAME
from shop.adapters.sql.audit.tables import audit_entries as entries
from shop.adapters.sql.catalogue.category_tables import categories
from shop.adapters.sql.catalogue.tables import products
from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.pages import counted_page, only_page
from shop.adapters.sql.framework.statements import UtcDateTime
from shop.application.audit.views import AuditEntryView, audit_entry_view, named
from shop.application.framework.views import Page, encode
from shop.application.ports.audit import AuditQuery
from shop.domain.accounts.api_key import api_key_name_key
from shop.domain.accounts.credentials import username_key
from shop.domain.audit import AuditAction, AuditEntry, SubjectKind

_ADD: Final = insert(entries)
_ID_OF_ACTOR: Final = select(users.c.id).where(users.c.username_key == bindparam("actor")).scalar_subquery()
_KEYS_OF_NAME: Final = select(api_keys.c.id).where(api_keys.c.name_key == bindparam("key_name"))
_decode: Final = msgspec.json.Decoder(dict[str, Any], float_hook=Decimal).decode


def _names_of(subjects: Table, name: Column[Any]) -> Select[Any]:
    ids: BindParameter[Any] = bindparam("ids", expanding=True)
    return select(subjects.c.id, name.label("name")).where(subjects.c.id.in_(ids))


_NAMES: Final = {
    SubjectKind.PRODUCT: _names_of(products, products.c.name),
    SubjectKind.CATEGORY: _names_of(categories, categories.c.name),
    SubjectKind.USER: _names_of(users, users.c.username),
    SubjectKind.ROLE: _names_of(roles, roles.c.name),
    SubjectKind.API_KEY: _names_of(api_keys, api_keys.c.name),
}


class _Shape(NamedTuple):
    """The set of filters in use."""

    actor: bool
    username: bool
    subject: bool
    subject_id: bool
    action: bool
    since: bool
    until: bool


class SqlAuditTrail:
    """See the port."""

    def __init__(self, connection: DirectConnection) -> None:
        self._connection = connection

    async def record(self, entry: AuditEntry) -> None:
        await self._connection.defer(_ADD, _row_of(entry))


class SqlAuditQueries:
    """See the port."""

    def __init__(self, database: Database) -> None:
        self._database = database

    async def page(self, query: AuditQuery) -> Page[AuditEntryView]:
        values = _parameters(query)
        shape = _Shape(*(name in values for name in _Shape._fields))
        page = await counted_page(
            self._database, _total(shape), _page(shape), values, _view_of, page=query.page, limit=query.limit
        )
        return structs.replace(page, items=named(page.items, await self._names(page.items)))

    async def _names(self, shown: Sequence[AuditEntryView]) -> dict[tuple[SubjectKind, str], str]:
        """Return the current names of the subjects. One statement per kind."""
        names: dict[tuple[SubjectKind, str], str] = {}
        async with self._database.reading() as connection:
            for kind, statement in _NAMES.items():
                if ids := sorted({entry.subject.id for entry in shown if entry.subject.kind is kind}):
                    rows = await connection.execute(statement, {"ids": ids})
                    names |= {(kind, row.id): row.name for row in rows}
        return names


def _parameters(query: AuditQuery) -> dict[str, Any]:
    """Return the values of the filters in use, by their names in the shape."""
    values = {
        "actor": None if query.actor is None else username_key(query.actor) or "",
        "key_name": None if query.actor is None else api_key_name_key(query.actor),
        # An invalid username matches no user.
        "username": None if query.username is None else username_key(query.username) or "",
        "subject": None if query.subject is None else query.subject.value,
        "subject_id": None if query.subject_id is None else query.subject_id.casefold(),
        "action": None if query.action is None else query.action.value,
        "since": query.made.since,
        "until": query.made.until,
    }
    return {name: value for name, value in values.items() if value is not None}


@lru_cache(maxsize=32)
def _ids(shape: _Shape) -> Select[Any]:
    """Return the ids of the entries, newest first."""
    ids = select(entries.c.id).order_by(entries.c.at.desc(), entries.c.id.desc())
    if shape.actor:
        ids = ids.where(
            or_(
                and_(entries.c.user_id == _ID_OF_ACTOR, entries.c.api_key_id.is_(None)),
                entries.c.api_key_id.in_(_KEYS_OF_NAME),
            )
        )
    if shape.username:
        ids = ids.where(entries.c.user_id == ID_BY_USERNAME)
    if shape.subject:
        ids = ids.where(entries.c.subject_kind == bindparam("subject"))
    if shape.subject_id:
        ids = ids.where(entries.c.subject_id == bindparam("subject_id"))
    if shape.action:
        ids = ids.where(entries.c.action == bindparam("action"))
    if shape.since:
        ids = ids.where(entries.c.at >= bindparam("since", type_=UtcDateTime))
    if shape.until:
        ids = ids.where(entries.c.at < bindparam("until", type_=UtcDateTime))
    return ids


@lru_cache(maxsize=32)
def _total(shape: _Shape) -> Select[Any]:
    return select(func.count()).select_from(_ids(shape).order_by(None).subquery())


@lru_cache(maxsize=32)
def _page(shape: _Shape) -> Select[Any]:
    ids = only_page(_ids(shape)).subquery()
    return (
        select(entries, users.c.username, api_keys.c.name.label("api_key_name"))
        .select_from(ids.join(entries, entries.c.id == ids.c.id))
        .outerjoin(users, users.c.id == entries.c.user_id)
        .outerjoin(api_keys, api_keys.c.id == entries.c.api_key_id)
        .order_by(entries.c.at.desc(), entries.c.id.desc())
    )


def _row_of(entry: AuditEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "at": entry.at,
        "user_id": entry.user_id,
        "api_key_id": entry.api_key_id,
        "action": entry.action.value,
        "subject_kind": entry.action.subject_kind.value,
        "subject_id": entry.subject_id,
        "fields_before": encode(entry.before).decode(),
        "fields_after": encode(entry.after).decode(),
    }


def _view_of(row: Row[Any]) -> AuditEntryView:
    entry = AuditEntry(
        id=row.id,
        at=row.at,
        user_id=row.user_id,
        api_key_id=row.api_key_id,
        action=AuditAction(row.action),
        subject_id=row.subject_id,
        before=_decode(row.fields_before),
        after=_decode(row.fields_after),
    )
    return audit_entry_view(entry, row.username, row.api_key_name)
