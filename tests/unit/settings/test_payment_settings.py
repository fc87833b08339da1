"""The settings of payments."""

from pathlib import Path

import pytest

from shop.settings import (
    Payments,
)
from tests.unit.settings.reading import KEY, SERVER, problems, settings


def test_several_payment_providers_are_taken_in_their_order(folder: Path) -> None:
    chosen = settings({**SERVER, "SHOP_PAYMENTS": " Manual, sandbox,manual"}, folder)
    assert chosen.payments == (Payments.MANUAL, Payments.SANDBOX)


STRIPE = {"SHOP_STRIPE_SECRET_KEY": "sk_test_" + KEY, "SHOP_STRIPE_WEBHOOK_SECRETS": "old-one, new-one"}


@pytest.mark.parametrize("missing", sorted(STRIPE))
def test_only_stripe_needs_stripe_keys(missing: str, folder: Path) -> None:
    given = {variable: text for variable, text in STRIPE.items() if variable != missing}
    assert problems({**SERVER, **given, "SHOP_PAYMENTS": "stripe"}, folder) == [
        f"{missing} must be set when SHOP_PAYMENTS has stripe."
    ]
    assert settings({**SERVER, **given}, folder).payments == (Payments.SANDBOX,)


def test_several_webhook_secrets_are_valid_together(folder: Path) -> None:
    chosen = settings({**SERVER, **STRIPE, "SHOP_PAYMENTS": "stripe"}, folder)
    assert chosen.stripe_webhook_secrets == ("old-one", "new-one")
    assert chosen.stripe_payment_method_types == ("card",)
    for secret in (chosen.stripe_secret_key, *chosen.stripe_webhook_secrets):
        assert secret is not None
        assert secret not in repr(chosen)
