"""Settings that must not change once data is stored: 10.50 USD, read as yen, would be 1050 JPY."""

from collections.abc import Mapping
from typing import ClassVar

from shop.application.framework.transactions import run_again
from shop.application.ports.unit_of_work import UnitOfWorkFactory
from shop.domain.errors import ShopError


class SettingChanged(ShopError):
    """A setting differs from the one under which the stored numbers were written."""

    code: ClassVar[str] = "SETTING_CHANGED"

    def __init__(self, variable: str, value: str, stored: str) -> None:
        super().__init__(
            f"{variable} is {value}, but the amounts in this database were stored with {variable}={stored} and would "
            f"change their meaning: set {variable}={stored}, or use another database."
        )


class RequireStoredSettings:
    """Checks that the settings match the stored data. Every process must run it before reading or writing amounts.

    `settings` are values by variable. The first process on a database stores them; later, any other value raises
    SettingChanged.
    """

    def __init__(self, unit_of_work: UnitOfWorkFactory, settings: Mapping[str, str]) -> None:
        self._unit_of_work = unit_of_work
        self._settings = settings

    @run_again
    async def __call__(self) -> None:
        async with self._unit_of_work() as work:
            for variable, value in sorted(self._settings.items()):
                stored = await work.stored_settings.keep(variable, value)
                if stored != value:
                    raise SettingChanged(variable, value, stored)
