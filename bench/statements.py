"""Counts the statements that the server received, by their normalised text."""

from collections import Counter
from collections.abc import Awaitable, Callable

from asyncmy import Connection

# The server counts a statement shortly after answering it.
_SETTLE = "SELECT SLEEP(0.3)"
_CLEAR = "TRUNCATE performance_schema.events_statements_summary_by_digest"
_COUNT = """SELECT DIGEST_TEXT, COUNT_STAR FROM performance_schema.events_statements_summary_by_digest
WHERE SCHEMA_NAME = DATABASE()"""


async def statements_of(connection: Connection, work: Callable[[], Awaitable[object]]) -> Counter[str]:
    """Return the number of statements that `work` sends to the connection's database, by text without values.

    No other client may use the database meanwhile.
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
    """Return the statements that only one side sent, one per line."""
    lines = [f"  only the shop, {count}×: {text}" for text, count in (ours - bare).items()]
    return "\n".join(lines + [f"  only bare, {count}×: {text}" for text, count in (bare - ours).items()])
