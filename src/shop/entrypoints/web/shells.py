"""Renders the HTML of the pages once, with the shop's name, logo, colour and footer pages."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape
from string import Template
from typing import Final

from shop.domain.accounts.permissions import Permission
from shop.domain.money import Currency
from shop.domain.outbox.event import TYPE_PATTERNS
from shop.entrypoints.web.accent import accent_style
from shop.entrypoints.web.assets import Asset, Assets, asset_of, load_assets
from shop.entrypoints.web.configuration import PageConfiguration
from shop.entrypoints.web.footer_pages import TERMS, FooterPage, load_footer_pages
from shop.entrypoints.web.rendering import Head, Shell, render_head
from shop.entrypoints.web.scripts import ADMIN, STOREFRONT, script_tags
from shop.entrypoints.web.templating import templates
from shop.entrypoints.web.views import LIST, ORDER, SCRIPTED_VIEWS, ScriptedView

_LOADING: Final = '<p class="progress" role="status">Loading …</p>'
_THEME: Final = "theme.css"
_STOREFRONT: Final = "storefront.html"
_ADMIN: Final = "admin.html"
_RENDERED: Final = {
    "home.html": "home.js",
    "not_found.html": "catalogue.js",
    "product.html": "product.js",
    "products.html": "catalogue.js",
}
"""The scripts of the rendered views, by template."""


@dataclass(frozen=True, slots=True)
class Site:
    """The rendered pages and the files that they load; the footer pages by slug.

    `shell` is the storefront's page without content, `scripts` the tags of its rendered views by template. `views` are
    the pages whose content is made by scripts, by the first segment of their addresses; `order` and `products` are
    the views of one order and of a list of products.
    """

    shell: Shell
    scripts: Mapping[str, str]
    views: Mapping[str, Asset]
    order: Asset
    products: Asset
    admin: Asset
    footer_pages: Mapping[str, Asset]
    assets: Assets


def render_site(configuration: PageConfiguration) -> Site:
    """Render the pages. Raises SettingsError for a footer page that cannot be shown."""
    pages = load_footer_pages(configuration.footer_pages)
    assets = load_assets(_own_files(configuration))
    markup = _markup(configuration, pages, assets.base)

    shell = _storefront_shell(assets, markup)
    environment = templates()

    def storefront(title: str, scripts: str, content: str) -> Asset:
        description = f"{configuration.name}: browse, buy, and follow your orders."
        head = render_head(environment, Head(title=title, description=description), configuration.name)
        return asset_of(_STOREFRONT, shell.page(head, scripts, content))

    def scripted(view: ScriptedView) -> Asset:
        title = configuration.name if view.heading is None else f"{view.heading} – {configuration.name}"
        content = environment.get_template("loading.html").render(view=view)
        return storefront(title, script_tags(assets, STOREFRONT, view.script, urgent=True), content)

    admin = {
        "title": escape(f"{configuration.name} – Administration"),
        "scripts": script_tags(assets, ADMIN, "dashboard.js", urgent=True),
        "content": _LOADING,
    }
    return Site(
        shell=shell,
        scripts={
            template: script_tags(assets, STOREFRONT, script, urgent=False)
            for template, script in _RENDERED.items()
        },
        views={name: scripted(view) for name, view in SCRIPTED_VIEWS.items()},
        order=scripted(ORDER),
        products=scripted(LIST),
        admin=asset_of(_ADMIN, _text_of(assets, _ADMIN).substitute(markup | admin).encode()),
        footer_pages={
            page.slug: storefront(
                f"{page.title} – {configuration.name}",
                script_tags(assets, STOREFRONT, _RENDERED["products.html"], urgent=False),
                f'<article class="prose" data-static>{page.markup}</article>',
            )
            for page in pages
        },
        assets=assets,
    )


def _storefront_shell(assets: Assets, markup: dict[str, str]) -> Shell:
    places = {"head": "\0", "scripts": "\0", "content": "\0"}  # the page is split where they were
    return Shell(*_text_of(assets, _STOREFRONT).substitute(markup | places).split("\0"))


def _text_of(assets: Assets, name: str) -> Template:
    return Template(assets.files[name].body.decode())


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
    """Return the values of the placeholders that all pages share, as HTML."""
    currency = Currency(configuration.currency)
    terms = [term.total_seconds() for term in configuration.payment_terms]
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
        "price_step": str(currency.to_major(currency.payable_step)),
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
