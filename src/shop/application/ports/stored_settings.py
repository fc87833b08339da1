"""Storage of the settings that determine how stored numbers are interpreted."""

from typing import Protocol


class StoredSettings(Protocol):
    """Settings by variable name, each with the value in force when the stored numbers were written."""

    async def add_if_missing(self, variable: str, value: str) -> str:
        """Store the value unless the variable has one already. Return the stored value.

        If several units of work store a first value concurrently, one wins and all return its value.
        """

    async def find(self, variable: str) -> str | None:
        """Return the stored value; None if the variable has none."""

    async def replace(self, variable: str, value: str) -> None:
        """Replace the stored value of a variable that has one."""
