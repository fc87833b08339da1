"""Branding: name, logo, colour, and footer pages."""

import re
from pathlib import Path

import pytest

from shop.entrypoints.web.accent import MIN_CONTRAST, accent_style, contrast
from shop.settings import SettingsError
from shop.settings.page_settings import color, logo
from shop.testing import shop_harness

pytestmark = pytest.mark.anyio

LIGHT, DARK = (255, 255, 255), (18, 20, 19)


def parsed(text: str) -> tuple[int, int, int]:
    red, green, blue = bytes.fromhex(text)
    return red, green, blue


@pytest.mark.parametrize(
    "given", ["#0b5c55", "#ffee00", "#ffffff", "#000000", "#ff0000", "#808080", "#7fd1c5"]
)
def test_text_in_and_on_the_accent_colour_is_readable(given: str) -> None:
    backgrounds = [LIGHT, DARK]
    found = re.findall(r"--([a-z-]+): #([0-9a-f]{6});", accent_style(given))
    themes = [dict(found[:4]), dict(found[4:])]
    for tokens, background in zip(themes, backgrounds, strict=True):
        colors = {name: parsed(value) for name, value in tokens.items()}
        for accent in (colors["accent"], colors["accent-strong"]):
            assert contrast(accent, background) >= MIN_CONTRAST
            assert contrast(accent, colors["accent-soft"]) >= MIN_CONTRAST
            assert contrast(accent, colors["on-accent"]) >= MIN_CONTRAST


def test_a_readable_accent_colour_is_kept() -> None:
    assert "--accent: #0b5c55;" in accent_style("#0b5c55")


@pytest.mark.parametrize("text", ["0b5c55", "#0b5", "teal", "#0b5c5g", "#0b5c55;}"])
def test_invalid_colours_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match="must be a colour"):
        color(text)


def test_a_logo_must_be_a_picture_of_at_most_512_kb(tmp_path: Path) -> None:
    picture, text, large = tmp_path / "logo.svg", tmp_path / "logo.txt", tmp_path / "large.png"
    picture.write_text("<svg/>")
    text.write_text("logo")
    large.write_bytes(b"0" * (512 * 1024 + 1))
    assert logo(str(picture)) == picture
    for unusable in (text, large, tmp_path / "missing.svg"):
        with pytest.raises(ValueError, match="must name a file"):
            logo(str(unusable))


async def test_name_logo_and_colour_are_on_the_pages(tmp_path: Path) -> None:
    picture = tmp_path / "logo.svg"
    picture.write_text('<svg xmlns="http://www.w3.org/2000/svg"/>')
    async with shop_harness(shop_name='Tea & "Co"', logo=picture, accent_color="#aa0000") as shop:
        text = (await shop.client.get("/")).text
        assert "<title>Welcome – Tea &amp; &#34;Co&#34;</title>" in text
        source = re.search(r'<img src="([^"]+)" alt="Tea &amp; &quot;Co&quot;">', text)
        assert source
        answer = await shop.client.get(source[1])
        assert answer.headers["content-type"] == "image/svg+xml"
        assert answer.content == picture.read_bytes()
        theme = re.search(r'href="([^"]+theme.css)"', text)
        assert theme
        assert "--accent: #aa0000;" in (await shop.client.get(theme[1])).text
        assert "Administration" not in text
        assert "/schema" not in text


async def test_the_footer_links_to_markdown_pages(tmp_path: Path) -> None:
    (tmp_path / "2-terms.md").write_text("# Our *terms*\n\n- Be kind\n\n| a | b |\n|---|---|\n| 1 | 2 |\n")
    (tmp_path / "1-imprint.md").write_text("Tea Ltd, 1 Leaf Lane")
    async with shop_harness(footer_pages=tmp_path, terms_version="7") as shop:
        start = (await shop.client.get("/")).text
        assert re.findall(r'href="(/pages/[^"]+)">([^<]+)<', start) == [
            ("/pages/imprint", "Imprint"),
            ("/pages/terms", "Our *terms*"),
        ]
        assert '<meta name="shop-terms-page" content="/pages/terms">' in start
        terms = await shop.client.get("/pages/terms")
        assert "<h1>Our <em>terms</em></h1>" in terms.text
        assert "<td>1</td>" in terms.text
        assert terms.headers["content-security-policy"]
        assert "<h1>Imprint</h1>" in (await shop.client.get("/pages/imprint")).text
        for unknown in ("/pages/nothing", "/pages/2-terms"):
            answer = await shop.client.get(unknown)
            assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")


async def test_markdown_cannot_contain_html(tmp_path: Path) -> None:
    (tmp_path / "hostile.md").write_text(
        "# <b>Bold</b>\n\n<script>alert(1)</script>\n\n"
        '[x](javascript:alert(1)) ![y](data:text/html,z) <a href="/" onclick="x()">z</a> [w](//"onclick=x)'
    )
    async with shop_harness(footer_pages=tmp_path) as shop:
        text = (await shop.client.get("/pages/hostile")).text
        main = text[text.index("<main") : text.index("</main>")]
        assert "<script" not in main
        assert "<b>" not in main
        assert 'href="javascript' not in main
        assert not re.search(r"<[^>]*\sonclick", main)
        assert "<title>&lt;b&gt;Bold&lt;/b&gt;" in text


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"Our Terms.md": b"x"}, "small letters"),
        ({"1-terms.md": b"x", "2-terms.md": b"x"}, "two files"),
        ({"terms.md": b"\xff"}, "UTF-8"),
    ],
)
async def test_an_invalid_footer_page_prevents_startup(
    tmp_path: Path, files: dict[str, bytes], reason: str
) -> None:
    for name, content in files.items():
        (tmp_path / name).write_bytes(content)
    with pytest.raises(SettingsError, match=reason):
        async with shop_harness(footer_pages=tmp_path):
            pass
