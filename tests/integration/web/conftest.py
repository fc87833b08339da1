"""One shop with a history and one browser for all page tests of a process."""

import os
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, sync_playwright

from tests.chromium import chromium
from tests.integration.web.browsing import PASSWORD, Api
from tests.served_shop import run, serving


@pytest.fixture(scope="session")
def shop_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder with the shop's database and its mails."""
    return tmp_path_factory.mktemp("shop")


@pytest.fixture(scope="session")
def base(shop_folder: Path) -> Iterator[str]:
    """The address of a shop with products, a year of orders, and the admin `owner`."""
    folder = shop_folder
    seed = ("seed", "--products", "60", "--customers", "40", "--orders", "900")
    for arguments, given in ((seed, ""), (("create-admin", "owner", "--password-stdin"), PASSWORD)):
        done = run(folder, *arguments, given=given)
        assert done.returncode == 0, done.stderr
    (folder / "pages").mkdir()
    (folder / "pages" / "terms.md").write_text("# Our terms\n\nBe *kind*.\n" + "\n\nAnd so on." * 60)
    with serving(folder, variables={"SHOP_PAGES": "pages"}) as (url, _):
        yield url


@pytest.fixture(scope="session")
def admin(base: str) -> Api:
    return Api(base, "owner")


# Playwright's event loop counts as running in this thread while the browser is open, so no other loop can run here.
# Hence the scope: other packages run loops. Hence `base`: a process migrates its first shop in a loop of this thread.
@pytest.fixture(scope="package")
def browser(base: str) -> Iterator[Browser]:
    found = chromium()
    with (
        sync_playwright() as playwright,
        closing(
            playwright.chromium.launch(
                executable_path=Path(found.program),
                env={**os.environ, **found.environment},
                args=["--no-sandbox", "--disable-dev-shm-usage"],
            )
        ) as launched,
    ):
        yield launched


@pytest.fixture
def shirt(admin: Api) -> dict[str, Any]:
    """A product with two variants, for the tests of its page."""
    body = {
        "name": "Page Shirt",
        "description": "Washed linen.\n\nTwo buttons.",
        "vendor": "Weaver",
        "attributes": {"Material": "Linen", "Machine wash": True},
        "options": ["Size"],
        "variants": [{"options": {"Size": size}, "price": 30, "stock": 4} for size in "SM"],
    }
    return dict(admin.send("POST", "/api/products", body))
