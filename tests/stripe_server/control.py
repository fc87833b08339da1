"""What a test can do with the fake: act as customer, dashboard and bank, cause failures, and read its state."""

import asyncio
import copy
from collections.abc import Mapping
from dataclasses import dataclass

from shop.testing import ManualClock
from tests.stripe_server import charges, payments, refunds
from tests.stripe_server.account import Account
from tests.stripe_server.connections import Connections
from tests.stripe_server.errors import ApiError, StripeObject
from tests.stripe_server.failures import Failures
from tests.stripe_server.faults import Faults
from tests.stripe_server.gateway import Gateway, ReceivedRequest
from tests.stripe_server.payment_methods import Decline
from tests.stripe_server.webhooks import Webhooks


@dataclass(frozen=True, slots=True)
class Balance:
    """An intent's money, in minor units. `pending` is the sum of refunds that may still fail."""

    captured: int = 0
    refunded: int = 0
    pending: int = 0


class StripeServer(Webhooks, Failures):
    """The fake that a test controls; see the package. It is thread-safe, and returns copies of its objects.

    Methods that change an intent return it as changed, and raise the ApiError with which Stripe would answer.
    """

    def __init__(
        self,
        account: Account,
        gateway: Gateway,
        faults: Faults,
        connections: Connections,
        loop: asyncio.AbstractEventLoop,
        *,
        url: str,
        secret_key: str,
    ) -> None:
        Webhooks.__init__(self, account)
        Failures.__init__(self, faults, connections, loop)
        self.url = url
        self.secret_key = secret_key
        self._gateway = gateway

    @property
    def clock(self) -> ManualClock:
        return self._account.clock

    # State

    @property
    def intents(self) -> Mapping[str, StripeObject]:
        """Intents by id, oldest first; charges, refunds and events are in the same form."""
        return self._copy(self._account.payment_intents)

    @property
    def charges(self) -> Mapping[str, StripeObject]:
        return self._copy(self._account.charges)

    @property
    def refunds(self) -> Mapping[str, StripeObject]:
        return self._copy(self._account.refunds)

    @property
    def events(self) -> Mapping[str, StripeObject]:
        return self._copy(self._account.events)

    @property
    def requests(self) -> list[ReceivedRequest]:
        """The received requests, in order."""
        return list(self._gateway.requests)

    def ledger(self) -> Mapping[str, Balance]:
        """Return the balances of captured payments by the id of the intent."""
        with self._account.lock:
            return {
                charge["payment_intent"]: Balance(
                    charge["amount_captured"],
                    self._refunded(charge["id"], "succeeded"),
                    self._refunded(charge["id"], "pending"),
                )
                for charge in self._account.charges.values()
                if charge["captured"]
            }

    def _refunded(self, charge_id: str, status: str) -> int:
        return sum(
            refund["amount"]
            for refund in self._account.refunds.values()
            if (refund["charge"], refund["status"]) == (charge_id, status)
        )

    def _copy(self, objects: dict[str, StripeObject]) -> dict[str, StripeObject]:
        with self._account.lock:
            return copy.deepcopy(objects)

    # The customer and the banks

    def pay(self, intent_id: str, method: str = "pm_card_visa") -> StripeObject:
        """Pay by card as the customer. A payment that is processing, or requires an action, succeeds too."""
        with self._account.lock:
            intent = self._account.intent(intent_id)
            if intent["status"] == "processing":
                return self.finish_processing(intent_id)
            return self._confirmed(intent, method)

    def decline(self, intent_id: str, method: str = "pm_card_chargeDeclined") -> StripeObject:
        """Pay as the customer with a card that is declined."""
        with self._account.lock:
            return self._confirmed(self._account.intent(intent_id), method)

    def require_action(self, intent_id: str) -> StripeObject:
        """Pay as the customer with a card whose bank requires authentication."""
        with self._account.lock:
            return self._confirmed(self._account.intent(intent_id), "pm_card_authenticationRequired")

    def start_processing(self, intent_id: str) -> StripeObject:
        """Pay as the customer by bank debit, which stays in processing for days."""
        with self._account.lock:
            intent = self._account.intent(intent_id)
            if "us_bank_account" not in intent["payment_method_types"]:
                intent["payment_method_types"].append("us_bank_account")
            return self._confirmed(intent, "pm_usBankAccount_processing")

    def finish_processing(self, intent_id: str, *, succeeded: bool = True) -> StripeObject:
        """End the processing: the bank pays or, with `succeeded=False`, refuses."""
        with self._account.lock:
            intent = self._account.intent(intent_id)
            if intent["status"] != "processing":
                raise ValueError(f"the intent is {intent['status']}")
            charge = self._account.charge(intent["latest_charge"])
            if succeeded:
                payments.succeed(self._account, intent, charge)
            else:
                payments.fail(self._account, intent, charge, Decline("payment_method_provider_decline", None))
            return copy.deepcopy(intent)

    def _confirmed(self, intent: StripeObject, method: str) -> StripeObject:
        try:
            payments.confirm(self._account, intent, method)
        except ApiError as error:
            if error.status != 402:
                raise
        return copy.deepcopy(intent)

    # The dashboard

    def cancel(self, intent_id: str) -> StripeObject:
        """Cancel the intent in the dashboard."""
        with self._account.lock:
            intent = self._account.intent(intent_id)
            payments.cancel(self._account, intent, None)
            return copy.deepcopy(intent)

    def refund(self, intent_id: str, amount: int | None = None) -> StripeObject:
        """Refund this amount in minor units, or all that is left. Return the refund."""
        with self._account.lock:
            charge = refunds.charge_of(self._account, intent_id)
            return copy.deepcopy(refunds.refund_charge(self._account, charge, amount))

    def refund_next(self, status: str = "pending", times: int = 1) -> None:
        """Let the next `times` refunds begin in this status, whether the shop or the dashboard makes them."""
        with self._account.lock:
            self._account.next_refund_statuses.extend([status] * times)

    def finish_refund(self, refund_id: str, *, failure: str | None = None) -> StripeObject:
        """Settle a refund: it succeeds unless `failure` has a reason, such as `lost_or_stolen_card`. Return it."""
        with self._account.lock:
            refund = self._account.refund(refund_id)
            refunds.settle(self._account, refund, failure)
            return copy.deepcopy(refund)

    def dispute(
        self, intent_id: str, amount: int | None = None, reason: str = "fraudulent", *, inquiry: bool = False
    ) -> StripeObject:
        """Dispute the charge as the customer. Return the dispute. In an `inquiry` the bank takes nothing yet."""
        with self._account.lock:
            charge = refunds.charge_of(self._account, intent_id)
            left = charge["amount_captured"] - charge["amount_refunded"]
            disputed = charges.open_dispute(self._account, charge, amount or left, reason, inquiry=inquiry)
            return copy.deepcopy(disputed)

    def update_dispute(self, dispute_id: str, status: str) -> StripeObject:
        """Change a dispute to `under_review`, or turn an inquiry into a dispute (`needs_response`). Return it."""
        with self._account.lock:
            dispute = self._account.dispute(dispute_id)
            charges.update_dispute(self._account, dispute, status)
            return copy.deepcopy(dispute)

    def falsify(self, intent_id: str, **fields: object) -> None:
        """Give an intent values that Stripe would never give it, to test that the shop checks them."""
        with self._account.lock:
            self._account.intent(intent_id).update(fields)

    def close_dispute(self, dispute_id: str, status: str) -> StripeObject:
        """End a dispute with the bank's decision: `won`, `lost`, or `warning_closed` for an inquiry. Return it."""
        with self._account.lock:
            dispute = self._account.dispute(dispute_id)
            charges.close_dispute(self._account, dispute, status)
            return copy.deepcopy(dispute)
