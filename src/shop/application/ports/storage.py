"""The storage port: the unit of work and all queries."""

from typing import Protocol, runtime_checkable

from shop.application.ports.accounts import AddressBookQueries, ApiKeyQueries, RoleQueries, UserQueries
from shop.application.ports.audit import AuditQueries
from shop.application.ports.carts import CartQueries
from shop.application.ports.catalogue import AdminProductQueries, CatalogueQueries
from shop.application.ports.categories import CategoryQueries
from shop.application.ports.imports import ImportQueries
from shop.application.ports.media import PictureQueries
from shop.application.ports.messages import MessageQueries
from shop.application.ports.orders import AdminOrderQueries, OrderQueries, OrderTokenQueries
from shop.application.ports.outbox import EventQueries, WebhookQueries
from shop.application.ports.payments import RefundQueries
from shop.application.ports.pricing import SellingRulesQueries
from shop.application.ports.promotions import PromoCodeQueries
from shop.application.ports.statistics import FigureMaintenance, StatisticsQueries
from shop.application.ports.unit_of_work import UnitOfWork


@runtime_checkable
class Storage(Protocol):
    """The unit of work and the queries over one database: the interface that a database adapter implements.

    Queries see only committed state. An adapter must pass the suite `shop.contract.storage`.
    """

    @property
    def users(self) -> UserQueries: ...

    @property
    def address_books(self) -> AddressBookQueries: ...

    @property
    def roles(self) -> RoleQueries: ...

    @property
    def api_keys(self) -> ApiKeyQueries: ...

    @property
    def catalogue(self) -> CatalogueQueries: ...

    @property
    def pictures(self) -> PictureQueries: ...

    @property
    def imports(self) -> ImportQueries: ...

    @property
    def categories(self) -> CategoryQueries: ...

    @property
    def carts(self) -> CartQueries: ...

    @property
    def promo_codes(self) -> PromoCodeQueries: ...

    @property
    def selling_rules(self) -> SellingRulesQueries: ...

    @property
    def orders(self) -> OrderQueries: ...

    @property
    def order_tokens(self) -> OrderTokenQueries: ...

    @property
    def statistics(self) -> StatisticsQueries: ...

    @property
    def figures(self) -> FigureMaintenance: ...

    @property
    def admin_orders(self) -> AdminOrderQueries: ...

    @property
    def admin_products(self) -> AdminProductQueries: ...

    @property
    def refunds(self) -> RefundQueries: ...

    @property
    def messages(self) -> MessageQueries: ...

    @property
    def audit(self) -> AuditQueries: ...

    @property
    def events(self) -> EventQueries: ...

    @property
    def webhooks(self) -> WebhookQueries: ...

    def unit_of_work(self) -> UnitOfWork:
        """Return a unit of work with its own transaction."""

    async def ping(self) -> None:
        """Check that the database responds. Raises Unavailable if it does not."""

    async def close(self) -> None:
        """Close every connection."""
