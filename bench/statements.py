"""Counts what the server was sent, by the shape of the statements."""

from collections import Counter
from collections.abc import Awaitable, Callable

from asyncmy import Connection

# The server counts a statement a moment after it has answered it.
_SETTLE = "SELECT SLEEP(0.3)"
_CLEAR = "TRUNCATE performance_schema.events_statements_summary_by_digest"
_COUNT = """SELECT DIGEST_TEXT, COUNT_STAR FROM performance_schema.events_statements_summary_by_digest
WHERE SCHEMA_NAME = DATABASE()"""


async def statements_of(connection: Connection, work: Callable[[], Awaitable[object]]) -> Counter[str]:
    """The statements that `work` has sent to the connection's database, values left out, with their number.

    Nobody else may use the database meanwhile.
    """
    async with connection.cursor() as cursor:
        await cursor.execute(_SETTLE)
        await cursor.execute(_CLEAR)
        await work()
        await cursor.execute(_SETTLE)
        await cursor.execute(_COUNT)
        found = Counter(dict(await cursor.fetchall()))
    return Counter(
        {
            text: count
            for text, count in found.items()
            if "SLEEP" not in text and "performance_schema" not in text
        }
    )


def difference(ours: Counter[str], bare: Counter[str]) -> str:
    """What only one of both sent, a line each."""
    lines = [f"  only the shop, {count}×: {text}" for text, count in (ours - bare).items()]
    return "\n".join(lines + [f"  only bare, {count}×: {text}" for text, count in (bare - ours).items()])
