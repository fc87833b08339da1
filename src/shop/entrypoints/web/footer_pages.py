"""The pages that the storefront's footer links to, rendered from Markdown files at startup."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from markdown_it import MarkdownIt

from shop.settings import SettingsError
from shop.settings.page_settings import PAGE_FILE

_TITLE: Final = re.compile(r"^#\s+(.+?)\s*#*$", re.MULTILINE)

TERMS: Final = "terms"
"""The name of the page with the terms that buyers accept at the checkout."""


@dataclass(frozen=True, slots=True)
class FooterPage:
    """One page. `markup` is HTML made from Markdown only: HTML in the author's file is shown as text."""

    slug: str
    title: str
    markup: str


def load_footer_pages(folder: Path | None) -> list[FooterPage]:
    """Render the folder's Markdown files, in the order of their names. Raises SettingsError."""
    if folder is None:
        return []
    pages = [_page(file) for file in sorted(folder.glob("*.md"))]
    slugs = [page.slug for page in pages]
    for slug in slugs:
        if slugs.count(slug) > 1:
            raise SettingsError([f"SHOP_PAGES has two files for /pages/{slug}."])
    return pages


def _page(file: Path) -> FooterPage:
    name = PAGE_FILE.fullmatch(file.name)
    if name is None:
        raise SettingsError(
            [f"SHOP_PAGES has a file {file.name}: its name must be of small letters, digits and hyphens."]
        )
    try:
        text = file.read_text("utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            [f"SHOP_PAGES has a file {file.name} that cannot be read as UTF-8: {error}."]
        ) from error
    slug = name[1]
    heading = _TITLE.search(text)
    title = heading[1] if heading else slug.replace("-", " ").capitalize()
    body = text if heading else f"# {title}\n\n{text}"
    return FooterPage(slug, title, _render(body))


def _render(text: str) -> str:
    # Without `html`, tags in the text are shown as text. The renderer makes no links to javascript:, vbscript:,
    # file: or data: addresses.
    return str(MarkdownIt("commonmark", {"html": False}).enable("table").render(text))
