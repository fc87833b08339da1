"""The system's clock."""

from datetime import UTC, datetime


class SystemClock:
    """See the port."""

    def now(self) -> datetime:
        return datetime.now(UTC)
