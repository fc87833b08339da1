"""A small transactional store on dictionaries.

A transaction reads the snapshot that was committed when it began, plus its own writes, and can lock rows until it
ends. If another transaction changed a written row in between, the commit fails with a conflict and changes nothing.
Every operation yields to other tasks, because a store that is atomic by accident would hide lost updates.
"""

import asyncio
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable, Mapping
from typing import Any, Final

from shop.adapters.constraints import business_error
from shop.application.framework.transactions import seconds_left
from shop.application.ports.unit_of_work import LockTimeout, TransactionConflict

LOCK_TIMEOUT_SECONDS: Final = 2.0
_GONE: Final = object()

UniqueKeys = Mapping[str, Mapping[str, Callable[[Any], Hashable | None]]]
"""table -> constraint name -> the value that must be unique among the rows (None: the row is exempt)."""


class UniqueViolation(Exception):
    """Two rows of a table have the same value for a unique constraint."""

    def __init__(self, constraint: str) -> None:
        super().__init__(constraint)
        self.constraint = constraint


class Store:
    """The committed state: for each table a dictionary of immutable rows that is replaced, never changed."""

    def __init__(self, unique_keys: UniqueKeys) -> None:
        self.tables: dict[str, dict[Hashable, Any]] = defaultdict(dict)
        self.unique_keys = unique_keys
        self.locks: dict[tuple[str, Hashable], asyncio.Lock] = defaultdict(asyncio.Lock)
        self.appended: dict[str, int] = defaultdict(int)
        """The key of the last appended row, by table."""


class Transaction:
    """One transaction on a Store. Rows must be immutable values."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._snapshot = dict(store.tables)
        self._bases: dict[tuple[str, Hashable], Any] = {}
        """The locked and written rows, as they were when first locked or written."""
        self._writes: dict[tuple[str, Hashable], Any] = {}
        self._appended: list[tuple[str, Callable[[int], Any]]] = []
        self._held: list[asyncio.Lock] = []
        self._locked: set[tuple[str, Hashable]] = set()

    async def lock(self, table: str, key: Hashable) -> None:
        """Wait for a lock on the row and hold it until the transaction ends; reread the row. The row need not exist.

        Raises LockTimeout after LOCK_TIMEOUT_SECONDS, because the two transactions may be in a deadlock.
        """
        if (table, key) in self._locked:
            return
        lock = self._store.locks[table, key]
        try:
            await asyncio.wait_for(lock.acquire(), min(LOCK_TIMEOUT_SECONDS, seconds_left()))
        except TimeoutError as error:
            raise LockTimeout(f"lock timeout on {table}") from error
        self._held.append(lock)
        self._locked.add((table, key))
        if (table, key) not in self._writes:
            self._bases[table, key] = self._store.tables[table].get(key, _GONE)

    async def try_lock(self, table: str, key: Hashable) -> bool:
        """Like `lock`, but without waiting: return False when another transaction holds the row."""
        if (table, key) not in self._locked and self._store.locks[table, key].locked():
            return False
        await self.lock(table, key)
        return True

    async def get(self, table: str, key: Hashable) -> Any | None:
        """Return the row, or None."""
        await asyncio.sleep(0)
        row = self._read(table, key)
        return None if row is _GONE else row

    async def committed(self, table: str, key: Hashable) -> Any | None:
        """Return the row as committed by now, like a read at the isolation level READ COMMITTED, or as written here."""
        await asyncio.sleep(0)
        row = self._writes.get((table, key), self._store.tables[table].get(key, _GONE))
        return None if row is _GONE else row

    async def scan(self, table: str) -> list[Any]:
        """Return all rows, including this transaction's writes, unordered."""
        await asyncio.sleep(0)
        keys = set(self._snapshot.get(table, ()))
        keys.update(key for name, key in (*self._writes, *self._bases) if name == table)
        return [row for key in keys if (row := self._read(table, key)) is not _GONE]

    async def put(self, table: str, key: Hashable, row: Any) -> None:
        """Insert or replace the row."""
        await asyncio.sleep(0)
        self._write(table, key, row)

    async def insert(self, table: str, key: Hashable, row: Any) -> bool:
        """Insert the row unless the key exists. Like a database, wait for a concurrent insert of the same key."""
        await self.lock(table, key)
        if self._read(table, key) is not _GONE:
            return False
        await self.put(table, key, row)
        return True

    async def append(self, table: str, row_of: Callable[[int], Any]) -> None:
        """Add a row whose key is a number, assigned at commit: the keys grow in the order of the commits.

        `row_of` returns the row for a number. This transaction does not see the row.
        """
        await asyncio.sleep(0)
        self._appended.append((table, row_of))

    async def delete(self, table: str, key: Hashable) -> None:
        """Delete the row, if it exists."""
        await asyncio.sleep(0)
        if self._read(table, key) is not _GONE:
            self._write(table, key, _GONE)

    def commit(self) -> None:
        """Make all writes visible at once, or raise and change nothing.

        Raises TransactionConflict when another transaction changed a written row since it was read here, and
        the domain error of a violated unique constraint.
        """
        for (table, key), base in self._bases.items():
            if (table, key) in self._writes and self._store.tables[table].get(key, _GONE) is not base:
                raise TransactionConflict(f"{table} {key!r} was changed by another transaction")
        changed: dict[str, dict[Hashable, Any]] = {}
        for (table, key), row in self._writes.items():
            rows = changed.setdefault(table, dict(self._store.tables[table]))
            if row is _GONE:
                rows.pop(key, None)
            else:
                rows[key] = row
        last = dict(self._store.appended)
        for table, row_of in self._appended:
            last[table] = number = last.get(table, 0) + 1
            changed.setdefault(table, dict(self._store.tables[table]))[number] = row_of(number)
        for table, rows in changed.items():
            self._check_unique(table, rows.values())
        self._store.tables.update(changed)
        self._store.appended.update(last)

    def close(self) -> None:
        """Release all locks. Call it exactly once, after success or failure."""
        for lock in self._held:
            lock.release()
        self._held.clear()

    def _read(self, table: str, key: Hashable) -> Any:
        if (table, key) in self._writes:
            return self._writes[table, key]
        if (table, key) in self._bases:
            return self._bases[table, key]
        return self._snapshot.get(table, {}).get(key, _GONE)

    def _write(self, table: str, key: Hashable, row: Any) -> None:
        if (table, key) not in self._writes:
            self._bases.setdefault((table, key), self._read(table, key))
        self._writes[table, key] = row

    def _check_unique(self, table: str, rows: Iterable[Any]) -> None:
        for constraint, value_of in self._store.unique_keys.get(table, {}).items():
            values = [value for row in rows if (value := value_of(row)) is not None]
            if len(values) != len(set(values)):
                raise business_error(constraint) or UniqueViolation(constraint)
