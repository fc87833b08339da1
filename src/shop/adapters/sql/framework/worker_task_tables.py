"""What workers do in turns, beside the orders."""

from typing import Final

from sqlalchemy import Column, String, Table

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.types import UtcDateTime

worker_tasks: Final = Table(
    "worker_tasks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("leased_until", UtcDateTime, nullable=False),
    Column("reached", UtcDateTime),
    **TABLE_OPTIONS,
)
"""Until `leased_until` the task is one worker's; it is done up to the moment `reached`."""
