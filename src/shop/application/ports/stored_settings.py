"""Where settings are kept that give the shop's stored numbers their meaning."""

from typing import Protocol


class StoredSettings(Protocol):
    """Settings by their variable's name, with the value under which the stored numbers were written."""

    async def keep(self, variable: str, value: str) -> str:
        """Store the value unless the variable has one already. Return the stored value.

        Of several units of work that store a first value at once, one wins, and all get its value.
        """
