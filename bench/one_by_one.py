"""`python -m bench.one_by_one …`: the command `shop`, which sends every statement by itself."""

from collections.abc import Sequence

from sqlalchemy import ClauseElement

from shop.adapters.sql.framework.compilation import Values
from shop.adapters.sql.framework.execution import DirectConnection
from shop.entrypoints.cli import main


async def execute(
    connection: DirectConnection,
    statement: ClauseElement,
    parameters: Values | Sequence[Values] | None = None,
) -> None:
    """In place of `DirectConnection.defer`."""
    await connection.execute(statement, parameters)


DirectConnection.defer = execute  # type: ignore[method-assign]
main(prog_name="shop")
