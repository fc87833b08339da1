"""A page names every script that its view imports, so that the browser loads them all in parallel."""

import posixpath
import re

import pytest

from shop.entrypoints.web.assets import load_assets
from shop.entrypoints.web.views import SCRIPTED_VIEWS
from shop.testing import ShopHarness
from tests.unit.shopping import a_name, new_product

pytestmark = pytest.mark.anyio

RENDERED = {
    "/": "home.js",
    "/products": "catalogue.js",
    "/p/scripted-mug": "product.js",
    "/p/unknown": "catalogue.js",
}
SCRIPTED = {f"/{path}": view.script for path, view in SCRIPTED_VIEWS.items()}
OTHERS = {"/orders/7": "order.js", "/products?q=mug": "catalogue.js", "/admin/orders": "dashboard.js"}


async def test_a_page_names_every_script_that_its_view_imports(shop: ShopHarness) -> None:
    await new_product(await shop.admin("scripts"), name="Scripted Mug")
    assets = load_assets().files
    for path, script in (RENDERED | SCRIPTED | OTHERS).items():
        named = re.findall(r'(?:src|href)="/assets/\w+/([^"]+\.js)"', (await shop.client.get(path)).text)
        assert len(named) == len(set(named)), "each script is named once"
        assert {"main.js", script} < {posixpath.basename(each) for each in named}, path
        for each in named:
            imported = re.findall(r'from "(\.[^"]+)"', assets[each].body.decode())
            folder = posixpath.dirname(each)
            assert {posixpath.normpath(f"{folder}/{other}") for other in imported} <= set(named), each


async def test_scripts_of_rendered_pages_have_low_fetch_priority(shop: ShopHarness) -> None:
    await new_product(await shop.admin(a_name("scripts")), name="Scripted Mug", slug="low-priority-mug")
    for path in (*RENDERED, "/p/low-priority-mug"):
        text = (await shop.client.get(path)).text
        tags = re.findall(r'<(?:link rel="modulepreload"|script type="module")[^>]*>', text)
        assert tags, path
        assert all('fetchpriority="low"' in tag for tag in tags), path
    assert 'fetchpriority="low"' not in (await shop.client.get("/cart")).text


@pytest.mark.parametrize("path", SCRIPTED_VIEWS)
async def test_a_page_arrives_with_the_heading_of_its_view(shop: ShopHarness, path: str) -> None:
    text = (await shop.client.get(f"/{path}")).text
    heading, lead = SCRIPTED_VIEWS[path].heading, SCRIPTED_VIEWS[path].lead
    assert ("<h1>" in text) is (heading is not None)
    if heading is not None:
        assert f"<title>{heading} – Shop</title>" in text
        assert f"<h1>{heading}</h1>" in text
    scripts = "".join(
        asset.body.decode() for name, asset in load_assets().files.items() if name.endswith(".js")
    )
    for words in (heading, lead):
        if words is not None:
            assert f'"{words}"' in scripts, "the script renders the same words"
