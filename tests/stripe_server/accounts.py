"""The account that the key belongs to: `/v1/account`."""

from tests.stripe_server.account import Account
from tests.stripe_server.errors import StripeObject
from tests.stripe_server.parameters import Parameters


def retrieve(account: Account, parameters: Parameters, _: str) -> StripeObject:
    parameters.done()

    return {"id": account.id, "object": "account", "charges_enabled": True}
