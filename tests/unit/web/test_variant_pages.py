"""Product pages with a variant in the address: one page is rendered and cached per existing variant."""

import pytest

from shop.entrypoints.web.rendering import Storefront
from shop.testing import ShopHarness

pytestmark = pytest.mark.anyio


async def test_unknown_variants_share_the_page_of_the_product(
    shop: ShopHarness, monkeypatch: pytest.MonkeyPatch
) -> None:
    admin = await shop.admin("variants")
    variants = [{"options": {"Size": size}, "price": 20, "stock": 1} for size in ("M", "L")]
    made = await admin.post(
        "/api/products", json={"name": "Varied Shirt", "options": ["Size"], "variants": variants}
    )
    large = made.json()["variants"][1]["id"]
    rendered: list[str | None] = []
    render = Storefront.product

    def counted(self: Storefront, page: object, variant: str | None) -> bytes:
        rendered.append(variant)
        return render(self, page, variant)  # type: ignore[arg-type]

    monkeypatch.setattr(Storefront, "product", counted)
    plain = await shop.client.get("/p/varied-shirt")
    for unknown in ("", "x", large + "x", f"{large}\n{large}", "é"):
        answer = await shop.client.get("/p/varied-shirt", params={"variant": unknown})
        assert (answer.status_code, answer.content) == (200, plain.content)
    assert set(rendered) == {None}, "no page is rendered for an unknown variant"
    chosen = await shop.client.get(f"/p/varied-shirt?variant={large}")
    assert rendered[-1] == large
    assert chosen.content != plain.content
    assert (await shop.client.get("/p/unknown?variant=x")).status_code == 404
