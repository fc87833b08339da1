"""PaymentIntents: `/v1/payment_intents`.

Payments are captured at once, and there are no customers. Unknown parameters are refused. There is no search, because
Stripe's search lags behind, so the shop must not rely on it. A `return_url` is never required.
"""

from tests.stripe_server import payments
from tests.stripe_server.account import Account, random_letters
from tests.stripe_server.errors import StripeObject, invalid_parameter, invalid_request, unexpected_state
from tests.stripe_server.listing import Window
from tests.stripe_server.money import MAXIMUM_AMOUNT, MINIMUM_AMOUNTS, check_step, written
from tests.stripe_server.parameters import Parameters, merged
from tests.stripe_server.payment_methods import keep_method

_CANCELLATION_REASONS = ("duplicate", "fraudulent", "requested_by_customer", "abandoned")
_TYPES = {
    "bancontact", "card", "eps", "ideal", "klarna", "link", "p24", "paypal", "sepa_debit", "us_bank_account",
}  # fmt: skip


def create(account: Account, parameters: Parameters, _: str) -> StripeObject:
    amount = parameters.required("amount").integer("amount", least=1)
    currency = (parameters.required("currency").text("currency") or "").lower()
    types, automatic = _read_methods(parameters)
    method = parameters.text("payment_method")
    confirmed = parameters.boolean("confirm")
    parameters.one_of("capture_method", ("automatic", "automatic_async"))
    metadata = parameters.metadata()
    texts = {name: parameters.text(name) or None for name in ("description", "receipt_email")}
    suffix = parameters.text("statement_descriptor_suffix")
    parameters.done()

    assert amount is not None
    _check_amount(amount, currency)
    kept = None if method is None else keep_method(account, method)
    identifier = account.new_id("pi")
    intent: StripeObject = {
        "id": identifier,
        "object": "payment_intent",
        "amount": amount,
        "amount_capturable": 0,
        "amount_received": 0,
        "automatic_payment_methods": automatic,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identifier}_secret_{random_letters(25)}",
        "confirmation_method": "automatic",
        "created": account.now(),
        "currency": currency,
        "customer": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": account.livemode,
        "metadata": merged({}, metadata),
        "next_action": None,
        "payment_method": kept,
        "payment_method_types": types,
        "processing": None,
        "statement_descriptor_suffix": suffix,
        "status": "requires_payment_method" if kept is None else "requires_confirmation",
        **texts,
    }
    account.payment_intents[identifier] = intent
    account.happened("payment_intent.created", intent)
    if confirmed:
        payments.confirm(account, intent, None)
    return intent


def _read_methods(parameters: Parameters) -> tuple[list[str], StripeObject | None]:
    """Return the types of payment methods, and the settings of Stripe's automatic choice; None if that is off."""
    types = parameters.texts("payment_method_types")
    given = parameters.inner("automatic_payment_methods")
    automatic = {"allow_redirects": "always", "enabled": True} if given is None else _read_automatic(given)
    if types is None:
        return ["card", "link"] if automatic else ["card"], automatic
    if given is not None and automatic:
        raise invalid_parameter(
            "You may only specify one of these parameters: automatic_payment_methods, payment_method_types."
        )
    for kind in types:
        if kind not in _TYPES:
            raise invalid_parameter(
                f"The payment method type provided: {kind} is invalid.", param="payment_method_types"
            )
    return types, None


def _read_automatic(given: Parameters) -> StripeObject | None:
    enabled = given.required("enabled").boolean("enabled")
    redirects = given.one_of("allow_redirects", ("always", "never")) or "always"
    given.done()
    return {"allow_redirects": redirects, "enabled": True} if enabled else None


def _check_amount(amount: int, currency: str) -> None:
    if currency not in MINIMUM_AMOUNTS:
        supported = ", ".join(MINIMUM_AMOUNTS)
        raise invalid_request(
            f"Invalid currency: {currency}. Stripe currently supports these currencies: {supported}",
            param="currency",
        )
    check_step(amount, currency)
    if amount < MINIMUM_AMOUNTS[currency]:
        least = written(MINIMUM_AMOUNTS[currency], currency)
        raise invalid_request(f"Amount must be at least {least}", code="amount_too_small", param="amount")
    if amount > MAXIMUM_AMOUNT:
        most = written(MAXIMUM_AMOUNT, currency)
        raise invalid_request(f"Amount must be no more than {most}", code="amount_too_large", param="amount")


def retrieve(account: Account, parameters: Parameters, identifier: str) -> StripeObject:
    parameters.done()

    return account.intent(identifier)


def list_all(account: Account, parameters: Parameters, _: str) -> StripeObject:
    window = Window.read(parameters)
    parameters.done()

    return window.page(account.payment_intents, "/v1/payment_intents")


def update(account: Account, parameters: Parameters, identifier: str) -> StripeObject:
    """Change metadata and description at any time, and the amount while nothing is paid or processing."""
    amount = parameters.integer("amount", least=1)
    description = parameters.text("description")
    metadata = parameters.metadata()
    parameters.done()

    intent = account.intent(identifier)
    if amount is not None and amount != intent["amount"]:
        if intent["status"] not in payments.CONFIRMABLE:
            raise unexpected_state(
                "This PaymentIntent's amount could not be updated because it has a status of "
                f"{intent['status']}. You may only update the amount of a PaymentIntent with one of the following "
                f"statuses: {', '.join(payments.CONFIRMABLE)}.",
                dict(intent),
            )
        _check_amount(amount, intent["currency"])
        intent["amount"] = amount
    if description is not None:
        intent["description"] = description or None
    intent["metadata"] = merged(intent["metadata"], metadata)
    return intent


def confirm(account: Account, parameters: Parameters, identifier: str) -> StripeObject:
    """Pay by one of Stripe's test methods; see `payment_methods`."""
    method = parameters.text("payment_method")
    parameters.text("return_url")
    parameters.boolean("off_session")
    parameters.done()

    intent = account.intent(identifier)
    payments.confirm(account, intent, method)
    return intent


def cancel(account: Account, parameters: Parameters, identifier: str) -> StripeObject:
    reason = parameters.one_of("cancellation_reason", _CANCELLATION_REASONS)
    parameters.done()

    intent = account.intent(identifier)
    payments.cancel(account, intent, reason)
    return intent
