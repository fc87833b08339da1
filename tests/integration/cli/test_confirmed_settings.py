"""Whether prices include tax: stored with the first tax rate, and changed only by confirming it."""

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from shop.adapters.sql.framework.database import Database
from shop.adapters.sql.storage import SqlStorage
from shop.application.framework.inputs import MajorUnits
from shop.application.pricing.tax_rates import TaxRateInput
from shop.domain.accounts.role import Role
from shop.domain.accounts.user import Principal
from shop.testing import shop_harness
from tests.new_shops import put_new_shop
from tests.served_shop import run

GROSS, NET = {"SHOP_PRICES_INCLUDE_TAX": "true"}, {"SHOP_PRICES_INCLUDE_TAX": "off"}
REFUSAL = (
    "Error: SHOP_PRICES_INCLUDE_TAX is true, but the amounts in this database were stored with "
    "SHOP_PRICES_INCLUDE_TAX=false and would change their meaning: set SHOP_PRICES_INCLUDE_TAX=false, or run "
    "`shop settings confirm SHOP_PRICES_INCLUDE_TAX`.\n"
)


async def create_tax_rate(file: Path) -> None:
    storage = SqlStorage(Database(f"sqlite:///{file}"))
    async with shop_harness(storage=storage) as shop:
        me = (await (await shop.admin()).get("/api/auth/me")).json()
        owner = Principal(user_id=me["id"], username=me["username"], role=Role.ADMIN, session_id="s")
        rate = TaxRateInput(name="VAT", country="DE", rate=MajorUnits(Decimal(19)))
        await shop.container.pricing.administer_tax_rates().create(owner, rate, None)
    await storage.close()


def test_a_changed_value_stops_the_start_until_confirmed(tmp_path: Path) -> None:
    file = tmp_path / "shop.db"
    put_new_shop(file)
    confirm = ("settings", "confirm", "SHOP_PRICES_INCLUDE_TAX")
    nothing_yet = run(tmp_path, *confirm, variables=GROSS)
    assert (nothing_yet.returncode, nothing_yet.stdout) == (
        0,
        "Nothing was stored with SHOP_PRICES_INCLUDE_TAX yet, so there is nothing to confirm.\n",
    )
    asyncio.run(create_tax_rate(file))
    refused = run(tmp_path, "serve", "--port", "0", variables=GROSS)
    assert (refused.returncode, refused.stdout, refused.stderr) == (1, "", REFUSAL)
    same = run(tmp_path, *confirm, variables=NET)
    assert (same.returncode, same.stdout) == (0, "SHOP_PRICES_INCLUDE_TAX=false is stored already.\n")
    confirmed = run(tmp_path, *confirm, variables=GROSS)
    assert (confirmed.returncode, confirmed.stdout) == (
        0,
        "SHOP_PRICES_INCLUDE_TAX=true is stored now, instead of false. Restart every process of the shop.\n",
    )
    assert run(tmp_path, "reconcile", variables=GROSS).returncode == 0
    assert run(tmp_path, "reconcile", variables=NET).returncode == 1


@pytest.mark.parametrize("variable", ["SHOP_CURRENCY", "SHOP_PORT"])
def test_only_settings_that_may_change_can_be_confirmed(tmp_path: Path, variable: str) -> None:
    refused = run(tmp_path, "settings", "confirm", variable)
    assert (refused.returncode, "SHOP_PRICES_INCLUDE_TAX" in refused.stderr) == (2, True)
