"""The operations of the API. Tests use their names, which are the SDK's, to inject faults and to find requests."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from tests.stripe_server import accounts, charges, events, payment_intents, refunds
from tests.stripe_server.account import Account
from tests.stripe_server.errors import StripeObject
from tests.stripe_server.parameters import Parameters

Perform = Callable[[Account, Parameters, str], StripeObject]
"""Performs an operation, given the account, the parameters and the id in the path (empty if there is none).

It reads all parameters before it changes anything."""


@dataclass(frozen=True, slots=True)
class Operation:
    name: str
    method: Literal["GET", "POST"]
    path: str
    perform: Perform


OPERATIONS: Final = (
    Operation("accounts.retrieve", "GET", "/v1/account", accounts.retrieve),
    Operation("payment_intents.create", "POST", "/v1/payment_intents", payment_intents.create),
    Operation("payment_intents.list", "GET", "/v1/payment_intents", payment_intents.list_all),
    Operation("payment_intents.retrieve", "GET", "/v1/payment_intents/{id:str}", payment_intents.retrieve),
    Operation("payment_intents.update", "POST", "/v1/payment_intents/{id:str}", payment_intents.update),
    Operation(
        "payment_intents.confirm", "POST", "/v1/payment_intents/{id:str}/confirm", payment_intents.confirm
    ),
    Operation(
        "payment_intents.cancel", "POST", "/v1/payment_intents/{id:str}/cancel", payment_intents.cancel
    ),
    Operation("refunds.create", "POST", "/v1/refunds", refunds.create),
    Operation("refunds.list", "GET", "/v1/refunds", refunds.list_all),
    Operation("refunds.retrieve", "GET", "/v1/refunds/{id:str}", refunds.retrieve),
    Operation("charges.list", "GET", "/v1/charges", charges.list_all),
    Operation("charges.retrieve", "GET", "/v1/charges/{id:str}", charges.retrieve),
    Operation("disputes.list", "GET", "/v1/disputes", charges.list_disputes),
    Operation("disputes.retrieve", "GET", "/v1/disputes/{id:str}", charges.retrieve_dispute),
    Operation("events.list", "GET", "/v1/events", events.list_all),
    Operation("events.retrieve", "GET", "/v1/events/{id:str}", events.retrieve),
)

NAMES: Final = frozenset(operation.name for operation in OPERATIONS)
