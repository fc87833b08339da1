"""The export of all accounts as CSV."""

from collections.abc import AsyncIterator, Iterable
from typing import Final

from shop.application.accounts.views import UserView
from shop.application.framework.csv_text import Cell, csv_stream
from shop.application.ports.accounts import UserQueries

BATCH_SIZE: Final = 500
"""The number of accounts read at a time: memory does not grow with the accounts."""
HEADER: Final = ("ID", "Username", "Name", "Email", "Email verified", "Role", "Active", "Signed up at")


class ExportCustomers:
    """Staff with `customers:read`: all open accounts as CSV, in the order in which they signed up."""

    def __init__(self, queries: UserQueries, *, batch_size: int = BATCH_SIZE) -> None:
        self._queries = queries
        self._batch_size = batch_size

    def __call__(self) -> AsyncIterator[str]:
        """Return the file in parts."""
        return csv_stream(HEADER, self._batches())

    async def _batches(self) -> AsyncIterator[Iterable[list[Cell]]]:
        after = ""
        while users := await self._queries.walk(after, self._batch_size):
            after = users[-1].id
            yield map(_row, users)


def _row(user: UserView) -> list[Cell]:
    return [
        user.id,
        user.username,
        user.profile.display_name,
        user.profile.email,
        user.profile.email_verified,
        user.role,
        user.active,
        user.created_at,
    ]
