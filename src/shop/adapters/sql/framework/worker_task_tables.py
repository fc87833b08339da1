"""Recurring tasks, apart from work on orders, each of which one worker does at a time."""

from typing import Final

from sqlalchemy import Column, String, Table

from shop.adapters.sql.framework.metadata import TABLE_OPTIONS, metadata
from shop.adapters.sql.framework.statements import UtcDateTime

worker_tasks: Final = Table(
    "worker_tasks",
    metadata,
    Column("name", String(40), primary_key=True),
    Column("leased_until", UtcDateTime, nullable=False),
    Column("reached", UtcDateTime),
    **TABLE_OPTIONS,
)
"""One worker holds the task until `leased_until`; the task is done up to the time `reached`."""
