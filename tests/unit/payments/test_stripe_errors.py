"""The adapter translates all of Stripe's errors, and unreadable responses, to the port's errors."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import stripe

from shop.adapters.payments.stripe_errors import meaning_for_refund, meaning_of
from shop.adapters.payments.stripe_statements import intent_of, read, refund_of
from shop.domain.payments.payment import PaymentDeclined, PaymentUnavailable, ProviderRefusal


def kinds(kind: type[stripe.StripeError]) -> Iterator[type[stripe.StripeError]]:
    yield kind
    for below in kind.__subclasses__():
        yield from kinds(below)


def made(kind: type[stripe.StripeError], code: str | None = None, param: str | None = None) -> Any:
    """Return an error of this class, without calling its constructor, whose parameters differ by class."""
    error = kind.__new__(kind)
    stripe.StripeError.__init__(error, "no such thing", code=code)
    error.param = param  # type: ignore[attr-defined]
    return error


@pytest.mark.parametrize("meaning", [meaning_of, meaning_for_refund])
@pytest.mark.parametrize("kind", list(kinds(stripe.StripeError)))
def test_every_error_is_a_refusal_or_leaves_the_outcome_unknown(
    kind: type[stripe.StripeError], meaning: Callable[[Any], Exception]
) -> None:
    assert isinstance(meaning(made(kind)), ProviderRefusal | PaymentUnavailable)


@pytest.mark.parametrize(
    ("code", "param", "word"),
    [
        ("charge_disputed", None, "disputes"),
        ("charge_already_refunded", None, "already refunded"),
        ("insufficient_funds", None, "funds"),
        (None, "amount", "amount"),
    ],
)
def test_a_declined_refund_says_why(code: str | None, param: str | None, word: str) -> None:
    meaning = meaning_for_refund(made(stripe.InvalidRequestError, code, param))
    assert isinstance(meaning, PaymentDeclined)
    assert word in str(meaning)


@pytest.mark.parametrize("statement_of", [intent_of, refund_of])
@pytest.mark.parametrize("answer", [{}, {"id": None}, {"id": "x", "amount": "1", "currency": 7, "status": 0}])
def test_an_unreadable_answer_leaves_the_outcome_unknown(
    statement_of: Callable[[dict[str, Any]], object], answer: dict[str, Any]
) -> None:
    with pytest.raises(PaymentUnavailable):
        read(statement_of, stripe.StripeObject.construct_from(answer, None))
