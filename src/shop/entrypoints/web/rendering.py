"""Renders the storefront's views on the server: what a browser shows before, and without, its scripts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from jinja2 import Environment
from markupsafe import Markup

from shop.application.catalogue.feeds import CatalogueLinks
from shop.application.catalogue.pages import ProductListPage, ProductPage
from shop.application.catalogue.views import ProductView, VariantView
from shop.application.statistics.storefront import HomePage
from shop.domain.catalogue.attributes import AttributeValue, spelled
from shop.entrypoints.http.statistics.storefront import OFFERS
from shop.entrypoints.web.structured_data import (
    absolute,
    amount,
    as_script,
    breadcrumb_data,
    product_address,
    product_data,
)
from shop.entrypoints.web.templating import (
    alternative_text,
    category_path,
    is_picture,
    product_path,
    templates,
)

_MAX_DESCRIPTION: Final = 160
"""Characters of a description that search engines show."""
_ALL_PRODUCTS: Final = "All products"


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """A view's part of a page's head.

    `subject` is the title for link previews, without the shop's name; `address` the canonical URL; `kind` the
    Open Graph type; `price` an amount and its currency; `data` structured data as JSON-LD.
    """

    title: str
    description: str
    subject: str = ""
    address: str | None = None
    indexed: bool = True
    kind: str | None = None
    picture: str | None = None
    price: tuple[str, str] | None = None
    data: Sequence[Markup] = ()


@dataclass(frozen=True, slots=True)
class Shell:
    """What all of the storefront's views share: a page with places for a view's head, its scripts, and its content."""

    before_head: str
    before_scripts: str
    before_content: str
    end: str

    def page(self, head: str, scripts: str, content: str) -> bytes:
        parts = (self.before_head, head, self.before_scripts, scripts, self.before_content, content, self.end)
        return "".join(parts).encode()


class Storefront:
    """Renders the views of products and lists, with the canonical addresses of `links`.

    `scripts` are the tags that load the scripts of a view, by its template.
    """

    def __init__(
        self, shell: Shell, scripts: Mapping[str, str], shop_name: str, links: CatalogueLinks
    ) -> None:
        self._shell = shell
        self._scripts = scripts
        self._links = links
        self._shop_name = shop_name
        self._templates = templates()

    def product(self, page: ProductPage, wanted_variant: str | None) -> bytes:
        """Return the page of a product, with the wanted variant chosen if there is one."""
        product = page.product
        variant = _first_variant(product, wanted_variant)
        pictures = _pictures(product)
        first = variant.image_url if variant and variant.image_url in pictures else None
        shown = first or (pictures[0] if pictures else None)
        steps = [(_ALL_PRODUCTS, "/products"), *((each.name, category_path(each)) for each in page.path)]
        steps.append((product.name, product_path(product)))
        head = Head(
            title=f"{product.name} – {self._shop_name}",
            subject=product.name,
            description=_summary(product.description) or f"{product.name} at {self._shop_name}.",
            address=product_address(self._links, product.slug),
            kind="product",
            picture=absolute(self._links, shown) if shown else None,
            price=(amount(product.price, product.currency), product.currency),
            data=[
                as_script(product_data(page, self._links, pictures)),
                as_script(breadcrumb_data(steps, self._links)),
            ],
        )
        return self._page(
            head,
            "product.html",
            page=page,
            product=product,
            variant=variant,
            pictures=pictures,
            shown_picture=shown,
            alt=alternative_text(product.images, shown, product.name),
            facts=_facts(product, variant),
        )

    def product_list(self, page: ProductListPage) -> bytes:
        """Return a page of all products, or of a category's."""
        category, products = page.category, page.products
        path = "/products" if category is None else category_path(category)
        title = _ALL_PRODUCTS if category is None else category.name
        last = -(-products.total // products.limit)
        steps = [(each.name, category_path(each)) for each in page.path]
        steps += [(title, path)] if category is not None else []
        first = products.items[0].image_url if products.items else None

        def address(number: int) -> str:
            return f"{path}?page={number}"

        here = path if products.page == 1 else address(products.page)
        head = Head(
            title=f"{title} – {self._shop_name}",
            subject=title,
            description=f"{title} at {self._shop_name}: {products.total:,} to choose from.",
            address=absolute(self._links, here) if self._links.shop_url else None,
            indexed=products.page <= max(last, 1),
            kind="website",
            picture=absolute(self._links, first) if first and is_picture(first) else None,
            data=[as_script(breadcrumb_data([(_ALL_PRODUCTS, "/products"), *steps], self._links))],
        )
        return self._page(
            head, "products.html", page=page, products=products, title=title, last=last, address=address
        )

    def home(self, page: HomePage) -> bytes:
        """Return the home page."""
        glance = page.dashboard.glance
        first = next((each.image_url for each in glance.newest if is_picture(each.image_url)), None)
        head = Head(
            title=f"Welcome – {self._shop_name}",
            subject=self._shop_name,
            description=f"{self._shop_name}: browse, buy, and follow your orders.",
            address=absolute(self._links, "/") if self._links.shop_url else None,
            kind="website",
            picture=absolute(self._links, first) if first else None,
        )
        return self._page(
            head,
            "home.html",
            glance=glance,
            categories=page.categories,
            promo_codes=page.dashboard.promo_codes,
            offers=OFFERS,
        )

    def not_found(self) -> bytes:
        """Return the page for an unknown address."""
        head = Head(
            title=f"Not found – {self._shop_name}", description="There is nothing here.", indexed=False
        )
        return self._page(head, "not_found.html")

    def _page(self, head: Head, template: str, **values: Any) -> bytes:
        content = self._templates.get_template(template).render(values, shop_name=self._shop_name)
        head_markup = render_head(self._templates, head, self._shop_name)
        return self._shell.page(head_markup, self._scripts[template], content)


def render_head(environment: Environment, head: Head, shop_name: str) -> str:
    return environment.get_template("head.html").render(head=head, shop_name=shop_name)


def _first_variant(product: ProductView, wanted: str | None) -> VariantView | None:
    """Return the wanted variant, else the first in stock, else the first. The scripts choose likewise."""
    variants = product.variants
    chosen = [each for each in variants if each.id == wanted] or [each for each in variants if each.stock > 0]
    return next(iter(chosen or variants), None)


def _pictures(product: ProductView) -> list[str]:
    """Return the addresses of the product's and its variants' pictures, each once."""
    every = [image.url for image in product.images]
    every += [url for url in (product.image_url, *(each.image_url for each in product.variants)) if url]
    return [url for url in dict.fromkeys(every) if is_picture(url)]


def _facts(product: ProductView, variant: VariantView | None) -> list[tuple[str, str]]:
    sku = variant.sku if variant is not None and variant.sku else product.sku
    weight = variant.weight if variant is not None and variant.weight is not None else product.weight
    facts = [("Item number", sku), ("Brand", product.vendor), ("Weight", _weight(weight))]
    facts += [(name, _spelled(value)) for name, value in product.attributes.items()]
    return [(name, value) for name, value in facts if value]


def _spelled(value: AttributeValue) -> str:
    if isinstance(value, bool):
        return "Yes" if value else "No"
    return spelled(value)


def _weight(grams: int | None) -> str | None:
    if not grams:
        return None
    return f"{grams} g" if grams < 1000 else f"{grams / 1000:,.3f}".rstrip("0").rstrip(".") + " kg"


def _summary(description: str) -> str:
    """Return the beginning of a description, in one line, cut between words."""
    text = " ".join(description.split())
    if len(text) <= _MAX_DESCRIPTION:
        return text
    return f"{text[: _MAX_DESCRIPTION - 1].rpartition(' ')[0] or text[: _MAX_DESCRIPTION - 1]}…"
