"""Settings of the shop's own pages: how they look, and the pages that the footer links to."""

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from shop.settings import values
from shop.settings.mail import folder
from shop.settings.setting import setting

MAX_NAME: Final = 60
MAX_LOGO_BYTES: Final = 512 * 1024
PAGE_FILE: Final = re.compile(r"(?:\d+[-_ ])?([a-z0-9][a-z0-9-]*)\.md")
"""The name of a file with a page for the footer; the group is the page's slug."""
LOGO_TYPES: Final = (".svg", ".png", ".webp", ".jpg", ".jpeg")


def color(text: str) -> str | None:
    """Parse `#rrggbb`; empty: None."""
    if text and not re.fullmatch(r"#[0-9a-fA-F]{6}", text):
        raise ValueError(f"must be a colour such as #0b5c55, not {text!r}")
    return text.lower() or None


def logo(text: str) -> Path | None:
    """Parse the path of a picture file of bounded size; empty: None."""
    if not text:
        return None
    file = Path(text)
    if file.suffix.lower() not in LOGO_TYPES or not file.is_file():
        raise ValueError(f"must name a file that ends with one of {', '.join(LOGO_TYPES)}; {text} is none")
    if file.stat().st_size > MAX_LOGO_BYTES:
        raise ValueError(f"must name a file of at most {MAX_LOGO_BYTES} bytes; {text} is larger")
    return file


@dataclass(frozen=True, kw_only=True)  # Python allows no second base with slots
class PageSettings:
    """The settings of the shop's own pages."""

    shop_name: str | None = setting(
        "SHOP_NAME",
        f"The shop's name in the storefront: at most {MAX_NAME} characters.",
        values.plain_text(MAX_NAME),
        "Shop",
    )
    logo: Path | None = setting(
        "SHOP_LOGO",
        "A picture file (SVG, PNG, WebP or JPEG) that the storefront shows in place of the name.",
        logo,
        "",
    )
    accent_color: str | None = setting(
        "SHOP_ACCENT_COLOR",
        "The colour of the pages' buttons and links, such as #0b5c55. The pages make it darker or lighter where text "
        "would be hard to read.",
        color,
        "",
    )
    footer_pages: Path | None = setting(
        "SHOP_PAGES",
        "A folder of Markdown files (UTF-8) for the links in the storefront's footer, such as 1-imprint.md and "
        "2-terms.md. They are sorted by file name, and served below /pages/ under the name without number and "
        "extension. The first heading is the title. HTML in the files is shown as text.",
        folder,
        "",
    )

    @property
    def footer_page_slugs(self) -> list[str]:
        """Return the names below /pages/ of the footer's pages, in order. Files with other names are left out."""
        files = [] if self.footer_pages is None else sorted(self.footer_pages.glob("*.md"))
        return [found[1] for file in files if (found := PAGE_FILE.fullmatch(file.name)) is not None]
