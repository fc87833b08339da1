"""The one place that reads database errors: which mean "run again", which "unreachable", which a broken rule."""

import re
from typing import Final

from sqlalchemy.exc import DBAPIError, IntegrityError, OperationalError

from shop.adapters.constraints import business_error
from shop.application.ports.unit_of_work import TransactionConflict
from shop.domain.errors import Unavailable

_MYSQL_CONFLICTS: Final = {1205, 1213, 3572}
"""Lock wait timeout, deadlock, NOWAIT refused."""
_MYSQL_UNREACHABLE: Final = {1040, 1053, 1129, 1130, 1203, 2002, 2003, 2006, 2013, 2055, 4031}
_MYSQL_DUPLICATE: Final = re.compile(r"for key '(?:[^'.]*\.)?([^']+)'")
_SQLITE_DUPLICATE: Final = re.compile(r"UNIQUE constraint failed: (?:index '([^']+)'|(\w+)\.(\w+))")


def error_code(error: DBAPIError) -> int | None:
    """The server's own number for the error, where the driver tells it."""
    arguments = getattr(error.orig, "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else None


def is_duplicate(error: IntegrityError) -> bool:
    """Whether a unique or primary key refused the row (and not a foreign key or a check)."""
    return error_code(error) == 1062 or "UNIQUE constraint failed" in str(error.orig)


def violated_constraint(error: IntegrityError) -> str | None:
    """The name of the unique key that refused the row. SQLite names the column; the name follows from it."""
    text = str(error.orig)
    if found := _MYSQL_DUPLICATE.search(text):
        return found[1]
    if found := _SQLITE_DUPLICATE.search(text):
        return found[1] or f"uq_{found[2]}_{found[3].removesuffix('_key')}"
    return None


def translated(error: DBAPIError) -> Exception:
    """What a database error means to the application; the error itself when it is a fault of ours."""
    if isinstance(error, IntegrityError):
        name = violated_constraint(error)
        return (business_error(name) if name else None) or error
    code = error_code(error)
    text = str(error.orig)
    if code in _MYSQL_CONFLICTS or "database is locked" in text or "database table is locked" in text:
        return TransactionConflict(text)
    cannot_open = isinstance(error, OperationalError) and "unable to open" in text
    if error.connection_invalidated or code in _MYSQL_UNREACHABLE or cannot_open:
        return Unavailable("The database can't be reached; try again.", retry_after=1)
    return error
