"""Pictures over HTTP: which files are accepted, how they are stored, and where they are shown."""

import asyncio
from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pytest
from PIL import Image

from shop.testing import ShopHarness, shop_harness
from tests.unit.pictures import a_picture, upload
from tests.unit.shopping import a_name, buy, new_product, refused

pytestmark = pytest.mark.anyio


async def opened(shop: ShopHarness, url: str) -> Image.Image:
    """Return the picture at this address."""
    answer = await shop.client.get(url)
    assert answer.status_code == 200
    assert answer.headers["content-type"] == "image/webp"
    picture = Image.open(BytesIO(answer.content))
    assert picture.format == "WEBP"
    return picture


@pytest.mark.parametrize("form", ["PNG", "JPEG", "WEBP", "GIF"])
async def test_the_format_is_recognized_by_the_content(
    shop: ShopHarness, admin: httpx.AsyncClient, form: str
) -> None:
    answer = await admin.post(
        "/api/admin/media", files={"file": ("notes.txt", a_picture(form=form), "text/plain")}
    )
    assert answer.status_code == 201, answer.text
    made = answer.json()
    assert answer.headers["location"] == f"/api/admin/media/{made['id']}"
    assert (made["width"], made["height"], made["alt"]) == (40, 30, "")
    assert (await opened(shop, made["url"])).size == (40, 30)
    shown = await admin.get(answer.headers["location"])
    assert shown.json() == made
    assert (await admin.get("/api/admin/media?page=1")).json()["items"][0] == made


async def test_a_picture_is_kept_at_several_widths_and_never_enlarged(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    made = (await upload(admin, a_picture(1500, 1000))).json()
    assert [each["width"] for each in made["widths"]] == [320, 640, 1280, 1500]
    for each in made["widths"]:
        assert (await opened(shop, each["url"])).size == (each["width"], round(each["width"] * 2 / 3))
    assert made["widths"][-1]["url"] == made["url"]
    exact = (await upload(admin, a_picture(640, 10))).json()
    assert [each["width"] for each in exact["widths"]] == [320, 640]


@pytest.mark.parametrize(
    ("form", "details"),
    [
        ({"colour": "blue"}, {"colour": "is not a field of this request"}),
        ({"alt": ["one", "two"]}, {"alt": "must be a string"}),
    ],
)
async def test_a_refused_form_names_the_field(
    admin: httpx.AsyncClient, form: dict[str, Any], details: dict[str, str]
) -> None:
    answer = await admin.post("/api/admin/media", files={"file": ("a.png", a_picture())}, data=form)
    assert refused(answer, 400, "VALIDATION_FAILED") == details


async def test_picture_files_may_be_cached_forever(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    made = (await upload(admin)).json()
    answer = await shop.client.get(made["url"])
    assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert answer.headers.get_list("x-content-type-options") == ["nosniff"]


async def test_pictures_are_turned_upright_and_lose_their_metadata(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # turned a quarter to the right
    exif[0x010E] = "where it was taken"
    made = (await upload(admin, a_picture(40, 30, form="JPEG", exif=exif))).json()
    assert (made["width"], made["height"]) == (30, 40)
    picture = await opened(shop, made["url"])
    assert picture.size == (30, 40)
    assert not picture.getexif()
    assert "where" not in str(picture.info)


async def test_only_the_first_frame_of_an_animation_is_kept(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    file = BytesIO()
    frames = [Image.new("RGB", (20, 20), colour) for colour in ("red", "blue")]
    frames[0].save(file, "GIF", save_all=True, append_images=frames[1:])
    made = (await upload(admin, file.getvalue())).json()
    picture = await opened(shop, made["url"])
    assert getattr(picture, "n_frames", 1) == 1
    red, _, blue = picture.convert("RGB").getpixel((10, 10))  # type: ignore[misc]
    assert red > blue


async def test_transparency_is_kept(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    file = BytesIO()
    Image.new("RGBA", (20, 20), (255, 0, 0, 0)).save(file, "PNG")
    made = (await upload(admin, file.getvalue())).json()
    assert (await opened(shop, made["url"])).mode == "RGBA"


async def test_uploading_a_file_again_returns_the_first_picture(admin: httpx.AsyncClient) -> None:
    file = a_picture()
    first = await upload(admin, file, alt="A mug")
    again = await upload(admin, file, alt="Another text")
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json() == first.json()


async def test_an_overlong_alternative_text_is_refused_even_for_a_known_picture(
    admin: httpx.AsyncClient,
) -> None:
    file, text = a_picture(), "x" * 301
    expected = {"alt": "must be at most 300 characters"}
    assert refused(await upload(admin, file, alt=text), 400, "VALIDATION_FAILED") == expected
    assert (await upload(admin, file, alt=text[1:])).status_code == 201
    assert refused(await upload(admin, file, alt=text), 400, "VALIDATION_FAILED") == expected


async def test_an_idempotency_key_covers_every_part_of_the_form(admin: httpx.AsyncClient) -> None:
    key, file = {"Idempotency-Key": a_name("key")}, a_picture()
    first = await upload(admin, file, alt="A mug", **key)
    again = await upload(admin, file, alt="A mug", **key)
    assert again.headers["idempotent-replayed"] == "true"
    assert (again.status_code, again.content) == (201, first.content)
    refused(await upload(admin, a_picture(50, 50), alt="A mug", **key), 422, "IDEMPOTENCY_KEY_REUSED")
    refused(await upload(admin, file, alt="A cup", **key), 422, "IDEMPOTENCY_KEY_REUSED")


async def test_concurrent_uploads_under_one_key_make_one_picture(admin: httpx.AsyncClient) -> None:
    key, file = {"Idempotency-Key": a_name("key")}, a_picture()
    answers = await asyncio.gather(*(upload(admin, file, alt="A mug", **key) for _ in range(4)))
    assert {answer.status_code for answer in answers} == {201}
    assert len({answer.content for answer in answers}) == 1
    assert {answer.headers["location"] for answer in answers} == {
        f"/api/admin/media/{answers[0].json()['id']}"
    }


SVG = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


@pytest.mark.parametrize("content", [b"", b"hello", SVG, b"%PDF-1.4", b"BM" + b"\0" * 60])
async def test_other_formats_are_unsupported(admin: httpx.AsyncClient, content: bytes) -> None:
    refused(await upload(admin, content), 415, "UNSUPPORTED_PICTURE")


@pytest.mark.parametrize(
    "content",
    [a_picture()[:40], a_picture(form="JPEG")[:60], b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ", b"\xff\xd8\xff\xe0"],
    ids=["truncated PNG", "truncated JPEG", "GIF header", "WebP header", "JPEG header"],
)
async def test_broken_pictures_are_refused(admin: httpx.AsyncClient, content: bytes) -> None:
    refused(await upload(admin, content), 400, "UNUSABLE_PICTURE")


@pytest.mark.parametrize(("width", "height"), [(8_000, 5_001), (16_384, 1), (1, 16_384)])
async def test_oversized_pictures_are_refused(admin: httpx.AsyncClient, width: int, height: int) -> None:
    file = BytesIO()
    Image.new("1", (width, height)).save(file, "PNG")
    refused(await upload(admin, file.getvalue()), 400, "UNUSABLE_PICTURE")


async def test_an_upload_needs_exactly_one_file(admin: httpx.AsyncClient) -> None:
    refused(await admin.post("/api/admin/media", json={"file": "x"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    refused(await admin.post("/api/admin/media", data={"alt": "x"}), 415, "UNSUPPORTED_MEDIA_TYPE")
    two = [("file", ("a.png", a_picture())), ("file", ("b.png", a_picture()))]
    assert (await admin.post("/api/admin/media", files=two)).status_code == 400
    more = {"file": ("a.png", a_picture()), "colour": (None, "blue")}
    assert (await admin.post("/api/admin/media", files=more)).status_code == 400
    large = {"file": ("a.png", b"\0" * (10 * 1024 * 1024 + 1))}
    refused(await admin.post("/api/admin/media", files=large), 413, "PAYLOAD_TOO_LARGE")


async def test_products_show_pictures_in_order(admin: httpx.AsyncClient) -> None:
    front = (await upload(admin, a_picture(400, 300), alt="Front")).json()
    back = (await upload(admin, a_picture(50, 50), alt="Back")).json()
    images = [{"mediaId": back["id"]}, {"mediaId": front["id"], "alt": "From the front"}]
    answer = await admin.post("/api/products", json={"name": "Mug", "price": 9, "images": images})
    product = answer.json()
    assert product["imageUrl"] == back["url"]
    assert [(each["mediaId"], each["alt"]) for each in product["images"]] == [
        (back["id"], "Back"),
        (front["id"], "From the front"),
    ]
    assert product["images"][1]["widths"] == front["widths"]
    listed = (await admin.get("/api/products?page=1")).json()["items"]
    (shown,) = [each for each in listed if each["id"] == product["id"]]
    assert shown["images"] == product["images"]

    address = f"/api/products/{product['id']}"
    ignored = await admin.patch(address, json={"imageUrl": "https://example.com/a.jpg"})
    assert ignored.json()["imageUrl"] == back["url"]
    turned = await admin.put(address, json={**ignored.json(), "images": product["images"][::-1]})
    assert turned.json()["imageUrl"] == front["url"]
    none = await admin.patch(address, json={"images": []})
    assert (none.json()["images"], none.json()["imageUrl"]) == ([], None)


@pytest.mark.parametrize(
    ("images", "field"),
    [
        ([{"mediaId": "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"}], "images[0].mediaId"),
        ([{}], "images[0].mediaId"),
        ("twice", "images"),
        ("too many", "images"),
    ],
)
async def test_invalid_images_of_a_product_are_named_by_their_field(
    admin: httpx.AsyncClient, images: Any, field: str
) -> None:
    one = {"mediaId": (await upload(admin)).json()["id"]}
    sent = {"twice": [one, one], "too many": [one] * 21}.get(images) if isinstance(images, str) else images
    answer = await admin.post("/api/products", json={"name": "Mug", "price": 9, "images": sent})
    assert field in refused(answer, 400, "VALIDATION_FAILED")


async def test_a_picture_in_use_cannot_be_deleted(shop: ShopHarness, admin: httpx.AsyncClient) -> None:
    made = (await upload(admin)).json()
    address = f"/api/admin/media/{made['id']}"
    product = await new_product(admin, images=[{"mediaId": made["id"]}])
    refused(await admin.delete(address), 409, "PICTURE_IN_USE")
    customer = await shop.customer()
    await buy(customer, product)
    await admin.patch(f"/api/products/{product['id']}", json={"images": [], "imageUrl": None})
    refused(await admin.delete(address), 409, "PICTURE_IN_USE")

    other = (await upload(admin, a_picture(50, 50))).json()
    other_product = await new_product(admin)
    await admin.patch(
        f"/api/products/{other_product['id']}/variants/{other_product['id']}", json={"imageUrl": other["url"]}
    )
    refused(await admin.delete(f"/api/admin/media/{other['id']}"), 409, "PICTURE_IN_USE")
    await admin.delete(f"/api/products/{other_product['id']}")
    assert (await admin.delete(f"/api/admin/media/{other['id']}")).status_code == 200
    assert (await shop.client.get(other["url"])).status_code == 404
    assert (await shop.client.get(made["url"])).status_code == 200


async def test_only_the_alternative_text_can_be_changed(admin: httpx.AsyncClient) -> None:
    made = (await upload(admin)).json()
    address = f"/api/admin/media/{made['id']}"
    described = await admin.patch(address, json={"alt": "  A mug\n"})
    assert described.json() == {**made, "alt": "A mug", "version": 2}
    refused(await admin.patch(address, json={"alt": "x" * 301}), 400, "VALIDATION_FAILED")
    refused(await admin.patch(address, json={"alt": "x", "version": 1}), 409, "VERSION_CONFLICT")


@pytest.mark.parametrize(
    "name", ["40.webp", "41.webp", "..%2F..%2Fshop.db", "%2e%2e", "40.webp%00", "40.png", ".webp"]
)
async def test_unknown_files_are_not_found(shop: ShopHarness, name: str) -> None:
    unknown = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11"
    assert (await shop.client.get(httpx.URL(f"http://shop.test/media/{unknown}/{name}"))).status_code == 404


async def test_uploads_are_refused_by_a_shop_that_keeps_no_pictures() -> None:
    async with shop_harness(media=None) as shop:
        admin = await shop.admin("owner")
        refused(await upload(admin), 409, "MEDIA_OFF")
        assert (await admin.get("/api/admin/media?page=1")).json()["items"] == []


async def test_the_worker_deletes_files_that_no_picture_has(
    shop: ShopHarness, admin: httpx.AsyncClient
) -> None:
    made = (await upload(admin)).json()
    store = shop.container.catalogue.media_store()
    orphan = "0199d3a1-5f0c-7c7e-9d3b-6a1f0f6f2b11/40.webp"
    await store.write(orphan, b"x")
    purge = shop.container.catalogue.purge_orphaned_files()
    # The machine's clock says when a file was written, so the shop's clock is set to it first.
    shop.clock.advance(seconds=(datetime.now(UTC) - shop.clock.now()).total_seconds())
    assert await purge() == 0, "an upload may still be running"
    shop.clock.advance(hours=25)
    assert await purge() == 1
    assert await store.read(orphan) is None
    assert (await shop.client.get(made["url"])).status_code == 200
