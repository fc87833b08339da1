"""`python -m bench.one_by_one …`: the command `shop`, but it sends every statement separately."""

from collections.abc import Sequence

from sqlalchemy import ClauseElement

from shop.adapters.sql.framework.execution import DirectConnection
from shop.adapters.sql.framework.statements import Values
from shop.entrypoints.cli import main


async def execute(
    connection: DirectConnection,
    statement: ClauseElement,
    parameters: Values | Sequence[Values] | None = None,
) -> None:
    """Execute the statement immediately; replaces `DirectConnection.defer`."""
    await connection.execute(statement, parameters)


DirectConnection.defer = execute  # type: ignore[method-assign,assignment]
main(prog_name="shop")
