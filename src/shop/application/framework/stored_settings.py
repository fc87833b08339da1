"""Settings that must not change once data is stored: 10.50 USD, read as yen, would be 1050 JPY."""

from collections.abc import Mapping
from typing import ClassVar, Final

from shop.application.framework.transactions import retry_on_conflict
from shop.application.ports.unit_of_work import UnitOfWork, UnitOfWorkFactory
from shop.domain.errors import ShopError

CURRENCY: Final = "SHOP_CURRENCY"
PRICES_INCLUDE_TAX: Final = "SHOP_PRICES_INCLUDE_TAX"
CONFIRMABLE: Final = (PRICES_INCLUDE_TAX,)
"""Settings that an owner may change knowingly: the stored amounts stay, and mean something else from then on."""


class SettingChanged(ShopError):
    """A setting differs from the one under which the stored numbers were written."""

    code: ClassVar[str] = "SETTING_CHANGED"

    def __init__(self, variable: str, value: str, stored: str) -> None:
        remedy = (
            f"run `shop settings confirm {variable}`" if variable in CONFIRMABLE else "use another database"
        )
        super().__init__(
            f"{variable} is {value}, but the amounts in this database were stored with {variable}={stored} and would "
            f"change their meaning: set {variable}={stored}, or {remedy}."
        )


async def keep_settings(work: UnitOfWork, settings: Mapping[str, str]) -> None:
    """Store the settings that have no stored value yet. Raise SettingChanged if another value is stored."""
    for variable, value in sorted(settings.items()):
        stored = await work.stored_settings.add_if_missing(variable, value)
        if stored != value:
            raise SettingChanged(variable, value, stored)


class RequireStoredSettings:
    """Checks that the settings match the stored data. Every process must run it before reading or writing amounts.

    Settings are values by variable. The first process on a database stores `settings`; `stored_later` are stored with
    the first data that they concern. Raises SettingChanged for a value other than the stored one.
    """

    def __init__(
        self, unit_of_work: UnitOfWorkFactory, settings: Mapping[str, str], stored_later: Mapping[str, str]
    ) -> None:
        self._unit_of_work = unit_of_work
        self._settings = settings
        self._stored_later = stored_later

    @retry_on_conflict
    async def __call__(self) -> None:
        async with self._unit_of_work() as work:
            await keep_settings(work, self._settings)
            for variable, value in sorted(self._stored_later.items()):
                stored = await work.stored_settings.find(variable)
                if stored not in (None, value):
                    raise SettingChanged(variable, value, str(stored))


class ConfirmSetting:
    """Owners, on the command line: accept that stored amounts mean something else from now on."""

    def __init__(self, unit_of_work: UnitOfWorkFactory) -> None:
        self._unit_of_work = unit_of_work

    @retry_on_conflict
    async def __call__(self, variable: str, value: str) -> str | None:
        """Store the value if another one is stored. Return the formerly stored value; None if there is none."""
        async with self._unit_of_work() as work:
            stored = await work.stored_settings.find(variable)
            if stored is not None:
                await work.stored_settings.replace(variable, value)
            return stored
