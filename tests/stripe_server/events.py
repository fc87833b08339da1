"""Events, kept for thirty days: `/v1/events`."""

from fnmatch import fnmatchcase

from tests.stripe_server.account import Account
from tests.stripe_server.errors import StripeObject, invalid_parameter, no_such
from tests.stripe_server.listing import Window
from tests.stripe_server.parameters import Parameters

_RETENTION = 30 * 86_400
_MAX_TYPES = 20


def retrieve(account: Account, parameters: Parameters, identifier: str) -> StripeObject:
    parameters.done()

    event = account.event(identifier)
    if not _is_kept(account, event):
        raise no_such("event", identifier)
    return event


def list_all(account: Account, parameters: Parameters, _: str) -> StripeObject:
    """List events, of `types`, or of one `type`, which may be a group such as `charge.*`."""
    window = Window.read(parameters)
    types = parameters.texts("types")
    group = parameters.text("type")
    parameters.done()
    if types is not None and (group is not None or len(types) > _MAX_TYPES):
        raise invalid_parameter(f"Give one `type`, or up to {_MAX_TYPES} `types`.", param="types")

    def wanted(event: StripeObject) -> bool:
        if types is not None and event["type"] not in types:
            return False
        return fnmatchcase(event["type"], group or "*") and _is_kept(account, event)

    return window.page(account.events, "/v1/events", wanted)


def _is_kept(account: Account, event: StripeObject) -> bool:
    return bool(event["created"] > account.now() - _RETENTION)
