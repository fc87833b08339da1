"""Rendering gives the same pictures whether libwebp is called directly or by Pillow."""

import random
from collections.abc import Callable
from io import BytesIO

import pytest
from PIL import Image, ImageChops, ImageStat

from shop.adapters.media import libwebp, pillow_renderer
from shop.domain.catalogue.picture import UnusablePicture

WIDTH, HEIGHT = 331, 301


def noise(spread: int = 80) -> Image.Image:
    return Image.effect_noise((WIDTH, HEIGHT), spread)


def soft_edge() -> Image.Image:
    """An oval with a shadow: opaque inside, transparent outside."""
    oval = Image.radial_gradient("L").resize((WIDTH, HEIGHT))
    return oval.point(lambda value: max(0, min(255, 600 - 4 * value)))


def specks() -> Image.Image:
    return Image.frombytes(
        "L", (WIDTH, HEIGHT), bytes(random.Random(1).choices(b"\0\xff\1", (50, 1, 1), k=WIDTH * HEIGHT))
    )


def rare_values() -> Image.Image:
    """Values whose counts grow like the Fibonacci numbers: their Huffman codes are the longest possible."""
    counts, content = (1, 1), bytearray()
    for value in range(20):
        content += bytes([value * 9]) * counts[0]
        counts = (counts[1], sum(counts))
    shuffled = random.Random(1).sample(content, len(content)) + [0] * (WIDTH * HEIGHT - len(content))
    return Image.frombytes("L", (WIDTH, HEIGHT), bytes(shuffled))


ALPHAS: dict[str, Callable[[], Image.Image]] = {
    "noise": noise,
    "gradient": lambda: Image.linear_gradient("L").resize((WIDTH, HEIGHT)),
    "soft edge": soft_edge,
    "specks": specks,
    "rare values": rare_values,
    "transparent": lambda: Image.new("L", (WIDTH, HEIGHT)),
    "nearly opaque": lambda: Image.new("L", (WIDTH, HEIGHT), 254),
    "opaque strips": lambda: ImageChops.add(noise(), Image.linear_gradient("L").resize((WIDTH, HEIGHT)), 0.2),
}


def a_file(picture: Image.Image, form: str = "PNG", **options: object) -> BytesIO:
    file = BytesIO()
    picture.save(file, form, **options)
    file.seek(0)
    return file


def full_size(file: BytesIO, max_alpha: int = pillow_renderer.MAX_ALPHA) -> Image.Image:
    rendering = pillow_renderer.rendered(file, max_alpha=max_alpha)
    picture = Image.open(BytesIO(rendering.files[rendering.width]))
    assert picture.size == (rendering.width, rendering.height)
    picture.load()
    return picture


def difference(one: Image.Image, other: Image.Image) -> float:
    """Return the mean difference of the colors."""
    return max(ImageStat.Stat(ImageChops.difference(one.convert("RGB"), other.convert("RGB"))).mean)


@pytest.fixture(params=[True, False], ids=["libwebp", "Pillow"])
def directly(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> bool:
    """Whether libwebp is called directly; a Pillow that is linked statically does not export it."""
    if not request.param:
        monkeypatch.setattr(libwebp, "is_available", lambda: False)
    return bool(request.param)


def test_libwebp_is_available() -> None:
    assert libwebp.is_available()


@pytest.mark.parametrize("max_alpha", [0, 1_000_000], ids=["in strips", "by libwebp"])
@pytest.mark.parametrize("kind", ALPHAS)
def test_transparency_is_kept_exactly(kind: str, max_alpha: int) -> None:
    picture, alpha = noise(40).convert("RGB"), ALPHAS[kind]()
    picture.putalpha(alpha)
    shown = full_size(a_file(picture), max_alpha)
    assert shown.mode == "RGBA"
    assert shown.getchannel("A").tobytes() == alpha.tobytes()
    assert difference(Image.composite(shown, picture, Image.new("L", alpha.size)), picture) < 1


@pytest.mark.parametrize("size", [(320, 291), (100, 1), (37, 150), (331, 65)])
def test_resizing_in_strips_gives_the_same_picture(size: tuple[int, int]) -> None:
    picture = noise(40).convert("RGB")
    picture.putalpha(soft_edge())
    resized, whole = pillow_renderer._resized(picture, size), picture.resize(size, Image.Resampling.LANCZOS)
    assert ImageChops.difference(resized.getchannel("A"), whole.getchannel("A")).getextrema()[1] <= 1
    shown, expected = (
        Image.alpha_composite(Image.new("RGBA", size, "gray"), each).convert("RGB")
        for each in (resized, whole)
    )
    assert all(most <= 2 for _, most in ImageChops.difference(shown, expected).getextrema())


@pytest.mark.parametrize("size", [(1, 1), (1, 300), (300, 1), (2, 129), (321, 128)])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_pictures_of_any_size_are_rendered(size: tuple[int, int], mode: str, directly: bool) -> None:
    picture = Image.new(mode, size, (200, 30, 90, 77)[: len(mode)])
    shown = full_size(a_file(picture), max_alpha=0)
    assert (shown.mode, shown.size) == (mode, size)
    assert difference(shown, picture) < 4


@pytest.mark.parametrize("mode", ["RGB", "L", "P", "CMYK", "RGBA", "LA"])
def test_all_modes_become_the_same_colors(mode: str, directly: bool) -> None:
    picture = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB").convert(mode)
    shown = full_size(a_file(picture, "JPEG" if mode == "CMYK" else "PNG"))
    assert shown.mode == "RGB"  # an alpha channel that is opaque everywhere is dropped
    assert difference(shown, picture.convert("RGB")) < 4


@pytest.mark.parametrize("options", [{"quality": 90}, {"lossless": True}], ids=["lossy", "lossless"])
@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_webp_files_are_read(mode: str, options: dict[str, object], directly: bool) -> None:
    exif = Image.Exif()
    exif[0x0112] = 6  # rotated by 90 degrees clockwise
    picture = Image.linear_gradient("L").resize((WIDTH, HEIGHT)).convert("RGB")
    if mode == "RGBA":
        picture.putalpha(soft_edge())
    shown = full_size(a_file(picture, "WEBP", exif=exif, **options))
    upright = picture.transpose(Image.Transpose.ROTATE_270)
    assert (shown.mode, shown.size) == (mode, upright.size)
    if mode == "RGBA":
        assert shown.getchannel("A").tobytes() == upright.getchannel("A").tobytes()
    else:
        assert difference(shown, upright) < 4


def test_the_first_frame_of_an_animation_is_read() -> None:
    frames = [Image.new("RGBA", (60, 40)) for _ in range(2)]
    frames[0].paste((255, 0, 0, 255), (20, 10, 40, 30))
    frames[1].paste((0, 0, 255, 255), (0, 0, 60, 40))
    file = a_file(frames[0], "WEBP", save_all=True, append_images=frames[1:], lossless=True)
    shown = full_size(file)
    assert shown.getchannel("A").tobytes() == frames[0].getchannel("A").tobytes()
    red, _, blue, _ = shown.getpixel((30, 20))  # type: ignore[misc]
    assert red > blue + 100


@pytest.mark.parametrize("part", [0.3, 0.6, 0.95])
@pytest.mark.parametrize("form", ["WEBP", "PNG", "JPEG", "GIF"])
def test_truncated_files_are_refused(form: str, part: float, directly: bool) -> None:
    content = a_file(noise().convert("RGB"), form).getvalue()
    with pytest.raises(UnusablePicture):
        pillow_renderer.rendered(BytesIO(content[: int(len(content) * part)]))


def test_corrupted_webp_files_are_rendered_or_refused() -> None:
    picture = noise().convert("RGB")
    picture.putalpha(soft_edge())
    content = a_file(picture.crop((0, 0, 60, 60)), "WEBP", quality=50).getvalue()
    chance = random.Random(1)
    for _ in range(300):
        changed = bytearray(content)
        for _ in range(chance.randrange(1, 6)):
            changed[chance.randrange(12, len(changed))] = chance.randrange(256)
        try:
            pillow_renderer.rendered(BytesIO(changed))
        except UnusablePicture:
            continue
