"""The rooms that need objects of other rooms, or several queries."""

from shop.adapters.cache.cached_value import CachedValue
from shop.application.ports.logins import PasswordHasher
from shop.application.ports.storage import Storage
from shop.application.pricing.quoting import Quotes
from shop.container.accounts import Accounts
from shop.container.carts import Carts
from shop.container.catalogue import Catalogue
from shop.container.messages import MailWriting, Messages
from shop.container.orders import Orders
from shop.container.outbox import Outbox
from shop.container.payments import Payments, sandbox_ledger_of
from shop.container.room import Dependencies
from shop.container.statistics import Statistics


def accounts_room(
    common: Dependencies, storage: Storage, carts: Carts, payments: Payments, passwords: PasswordHasher
) -> Accounts:
    return Accounts(
        **common,
        user_queries=storage.users,
        role_queries=storage.roles,
        api_key_queries=storage.api_keys,
        address_book_queries=storage.address_books,
        merge_carts=carts.merge_carts,
        get_cart=carts.get_cart,
        order_queries=storage.orders,
        message_queries=storage.messages,
        payment_providers=payments.payment_providers,
        passwords=passwords,
    )


def carts_room(common: Dependencies, storage: Storage, quotes: Quotes) -> Carts:
    return Carts(
        **common, cart_queries=storage.carts, selling_rules_queries=storage.selling_rules, quotes=quotes
    )


def catalogue_room(common: Dependencies, storage: Storage) -> Catalogue:
    return Catalogue(
        **common,
        catalogue_queries=storage.catalogue,
        admin_product_queries=storage.admin_products,
        picture_queries=storage.pictures,
        import_queries=storage.imports,
        category_queries=storage.categories,
        current_categories=CachedValue(storage.categories.tree),
    )


def payments_room(common: Dependencies, storage: Storage) -> Payments:
    return Payments(
        **common,
        order_queries=storage.orders,
        refund_queries=storage.refunds,
        sandbox_ledger=sandbox_ledger_of(storage),
    )


def orders_room(
    common: Dependencies, storage: Storage, carts: Carts, payments: Payments, quotes: Quotes
) -> Orders:
    return Orders(
        **common,
        payment_providers=payments.payment_providers,
        open_payment=payments.open_payment,
        cancel_order=payments.cancel_order,
        order_events=payments.order_events,
        order_queries=storage.orders,
        admin_order_queries=storage.admin_orders,
        order_token_queries=storage.order_tokens,
        guest_rules=carts.guest_rules,
        secret_answers=payments.secret_answers,
        quotes=quotes,
    )


def statistics_room(common: Dependencies, storage: Storage) -> Statistics:
    return Statistics(
        **common,
        figures=storage.figures,
        statistics_queries=storage.statistics,
        promo_code_queries=storage.promo_codes,
        catalogue_queries=storage.catalogue,
        category_queries=storage.categories,
        user_queries=storage.users,
    )


def outbox_room(common: Dependencies, storage: Storage) -> Outbox:
    return Outbox(
        **common,
        event_queries=storage.events,
        webhook_queries=storage.webhooks,
        message_queries=storage.messages,
    )


def messages_room(
    common: Dependencies, storage: Storage, payments: Payments, writing: MailWriting
) -> Messages:
    return Messages(
        **common,
        message_queries=storage.messages,
        order_token_queries=storage.order_tokens,
        event_queries=storage.events,
        payment_providers=payments.payment_providers,
        mail_texts=writing.mail_texts,
        message_tokens=writing.message_tokens,
    )
