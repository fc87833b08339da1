"""Renders the HTML of the pages once, with the shop's name, logo, colour and footer pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final

from shop.domain.accounts.permissions import Permission
from shop.domain.outbox.event import TYPE_PATTERNS
from shop.entrypoints.web.accent import accent_style
from shop.entrypoints.web.assets import Asset, Assets, asset_of, load_assets
from shop.entrypoints.web.configuration import PageConfiguration
from shop.entrypoints.web.footer_pages import TERMS, FooterPage, load_footer_pages

_LOADING: Final = '<p class="progress" role="status">Loading …</p>'
_THEME: Final = "theme.css"


@dataclass(frozen=True, slots=True)
class Site:
    """The rendered pages and the files that they load; the footer pages by slug."""

    storefront: Asset
    admin: Asset
    footer_pages: Mapping[str, Asset]
    assets: Assets


def render_site(configuration: PageConfiguration) -> Site:
    """Render the pages. Raises SettingsError for a footer page that cannot be shown."""
    pages = load_footer_pages(configuration.footer_pages)
    assets = load_assets(_own_files(configuration))
    markup = _markup(configuration, pages, assets.base)

    def render(shell: str, title: str, content: str = _LOADING) -> Asset:
        page = {"title": escape(title), "content": content}
        text = Template(assets.files[shell].body.decode()).substitute(markup | page)
        return asset_of(shell, text.encode())

    return Site(
        storefront=render("storefront.html", configuration.name),
        admin=render("admin.html", f"{configuration.name} – Administration"),
        footer_pages={
            page.slug: render(
                "storefront.html",
                f"{page.title} – {configuration.name}",
                f'<article class="prose" data-static>{page.markup}</article>',
            )
            for page in pages
        },
        assets=assets,
    )


def _own_files(configuration: PageConfiguration) -> dict[str, bytes]:
    files = {}
    if configuration.accent_color is not None:
        files[_THEME] = accent_style(configuration.accent_color).encode()
    if configuration.logo is not None:
        files[_logo_name(configuration)] = configuration.logo.read_bytes()
    return files


def _logo_name(configuration: PageConfiguration) -> str:
    assert configuration.logo is not None
    return f"logo{configuration.logo.suffix.lower()}"


def _markup(configuration: PageConfiguration, pages: Sequence[FooterPage], base: str) -> dict[str, str]:
    """Return the placeholders that all pages share, as HTML."""
    terms = [seconds.total_seconds() for seconds in configuration.payment_terms]
    texts = {
        "base": base,
        "name": configuration.name,
        "payments": ",".join(configuration.payments),
        "payment_methods": ",".join(configuration.payment_methods),
        "payment_terms": ",".join(str(int(seconds)) for seconds in terms),
        "terms_version": configuration.terms_version or "",
        "terms_page": next((_path(page) for page in pages if page.slug == TERMS), ""),
        "stripe_key": configuration.publishable_key or "",
        "currency": configuration.currency,
        "mail": "on" if configuration.mail else "off",
        "countries": ",".join(configuration.countries),
        "permissions": ",".join(Permission),
        "event_types": ",".join(TYPE_PATTERNS),
        "icon": f"{base}/icon.svg",
    }
    markup = {name: escape(text) for name, text in texts.items()}
    name = markup["name"]
    themed = configuration.accent_color is not None
    return markup | {
        "brand": name
        if configuration.logo is None
        else f'<img src="{base}/{_logo_name(configuration)}" alt="{name}">',
        "theme": f'<link rel="stylesheet" href="{base}/{_THEME}">' if themed else "",
        "footer_links": "".join(
            f'<li><a href="{_path(page)}">{escape(page.title)}</a></li>' for page in pages
        ),
    }


def _path(page: FooterPage) -> str:
    return f"/pages/{page.slug}"
