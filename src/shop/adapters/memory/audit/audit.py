"""The audit trail in memory."""

import asyncio
from typing import Any, Final

from shop.adapters.memory.accounts.api_keys import API_KEYS
from shop.adapters.memory.accounts.roles import ROLES
from shop.adapters.memory.accounts.users import USERS
from shop.adapters.memory.catalogue.categories import CATEGORIES, StoredCategory
from shop.adapters.memory.catalogue.products import PRODUCTS
from shop.adapters.memory.framework.store import Store, Transaction
from shop.application.audit.views import AuditEntryView, audit_entry_view, named
from shop.application.framework.views import Page
from shop.application.ports.audit import AuditQuery
from shop.domain.accounts.api_key import ApiKey, api_key_name_key
from shop.domain.accounts.credentials import username_key
from shop.domain.accounts.user import User
from shop.domain.audit import AuditEntry, SubjectKind

_ENTRIES: Final = "audit_entries"


class MemoryAuditTrail:
    """See the port."""

    def __init__(self, transaction: Transaction) -> None:
        self._transaction = transaction

    async def record(self, entry: AuditEntry) -> None:
        await self._transaction.put(_ENTRIES, entry.id, entry)


class MemoryAuditQueries:
    """See the port."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def page(self, query: AuditQuery) -> Page[AuditEntryView]:
        await asyncio.sleep(0)
        entries: list[AuditEntry] = list(self._store.tables[_ENTRIES].values())
        found = [
            entry
            for entry in entries
            if query.subject in {None, entry.action.subject_kind}
            and (query.subject_id is None or entry.subject_id == query.subject_id.casefold())
            and query.action in {None, entry.action}
            and entry.at in query.made
            and (query.username is None or self._was_made_by(query.username, entry))
            and (query.actor is None or self._was_done_by(query.actor, entry))
        ]
        found.sort(key=lambda entry: (entry.at, entry.id), reverse=True)
        shown = found[(query.page - 1) * query.limit : query.page * query.limit]
        views = [self._view_of(entry) for entry in shown]
        return Page(query.page, query.limit, len(found), named(views, self._names()))

    def _names(self) -> dict[tuple[SubjectKind, str], str]:
        """Return the current names of all subjects."""
        tables = self._store.tables
        names = {(SubjectKind.PRODUCT, each.id): each.name for each in tables[PRODUCTS].values()}
        categories: list[StoredCategory] = list(tables[CATEGORIES].values())
        names |= {(SubjectKind.CATEGORY, each.category.id): each.category.name for each in categories}
        names |= {(SubjectKind.USER, each.id): each.username for each in tables[USERS].values()}
        names |= {(SubjectKind.ROLE, each.id): each.name for each in tables[ROLES].values()}
        return names | {(SubjectKind.API_KEY, each.id): each.name for each in tables[API_KEYS].values()}

    def _was_made_by(self, username: str, entry: AuditEntry) -> bool:
        user = self._user_of(entry)
        return user is not None and user.username_key == username_key(username)

    def _was_done_by(self, actor: str, entry: AuditEntry) -> bool:
        key = self._key_of(entry)
        if key is not None:
            return key.name_key == api_key_name_key(actor)
        return self._was_made_by(actor, entry)

    def _key_of(self, entry: AuditEntry) -> ApiKey | None:
        keys: dict[Any, ApiKey] = self._store.tables[API_KEYS]
        return None if entry.api_key_id is None else keys[entry.api_key_id]

    def _view_of(self, entry: AuditEntry) -> AuditEntryView:
        user = self._user_of(entry)
        key = self._key_of(entry)
        return audit_entry_view(
            entry, None if user is None else user.username, None if key is None else key.name
        )

    def _user_of(self, entry: AuditEntry) -> User | None:
        users: dict[Any, User] = self._store.tables[USERS]
        return None if entry.user_id is None else users[entry.user_id]
