"""Webhooks: addresses outside the shop that receive its events, and which addresses are public."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import ClassVar, Final, Self

from shop.domain.errors import ShopError, ValidationFailed
from shop.domain.outbox.event import EventType, matching_types
from shop.domain.text import has_control_characters
from shop.domain.versions import FIRST_VERSION

MAX_WEBHOOKS: Final = 100
MAX_URL_LENGTH: Final = 2_000
MAX_DESCRIPTION_LENGTH: Final = 200
MAX_PATTERNS: Final = 50
SECRET_PREFIX: Final = "whsec_"  # noqa: S105 (the same for all)
ROTATION_PERIOD: Final = timedelta(hours=24)
"""How long both the new and the former secret sign after a rotation."""

_URL: Final = re.compile(
    r"(?P<scheme>https?)://"
    r"(?P<host>\[(?P<ipv6>[0-9A-Fa-f:.]+)\]|[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?\.?)"
    r"(?::(?P<port>[0-9]{1,5}))?"
    r"(?:[/?][!$&-;=?-Z\[\]_a-z~%]*)?",
    re.ASCII,
)
_IPV4: Final = re.compile(r"[0-9.]+")
_NAT64: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
"""IPv6 addresses that a gateway translates to IPv4 addresses."""
_SPECIAL: Final = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20", "5f00::/16"))
)
"""Special-purpose networks that some versions of the standard library treat as global."""
_METADATA: Final = frozenset({IPv4Address("168.63.129.16")})
"""Metadata services of cloud providers at addresses that look public; the others are private or link-local."""


class TooManyWebhooks(ShopError):
    """The shop has the maximum number of webhooks: delete one."""

    code: ClassVar[str] = "TOO_MANY_WEBHOOKS"

    def __init__(self) -> None:
        super().__init__(f"There are {MAX_WEBHOOKS} webhooks already: delete one first.")


class WebhookSwitchedOff(ShopError):
    """The webhook is switched off: switch it on to deliver to it."""

    code: ClassVar[str] = "WEBHOOK_SWITCHED_OFF"

    def __init__(self) -> None:
        super().__init__("The webhook is switched off: switch it on first.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhook:
    """An address that receives the events of some types. Every method returns the webhook after the step.

    Events are delivered only while its maker may read their subjects. Secrets are stored encrypted.
    """

    id: str
    url: str
    events: tuple[str, ...]
    """Patterns of event types; see `matching_types`."""
    active: bool
    description: str | None
    made_by: str
    """The id of the user who created it."""
    created_at: datetime
    secret: bytes = field(repr=False)
    former_secret: bytes | None = field(default=None, repr=False)
    former_until: datetime | None = None
    """Until when the former secret signs as well."""
    version: int = FIRST_VERSION

    def __post_init__(self) -> None:
        assert (self.former_secret is None) == (self.former_until is None)

    @property
    def types(self) -> frozenset[EventType]:
        """Return the event types that it receives."""
        return matching_types(self.events, "events")

    def revise(self, *, url: str, events: Iterable[str], active: bool, description: str | None) -> Self:
        """Return the webhook with these values; the next version unless nothing changes."""
        revised = replace(self, url=url, events=tuple(events), active=active, description=description)
        return self if revised == self else replace(revised, version=self.version + 1)

    def rotate(self, secret: bytes, at: datetime) -> Self:
        """Return the webhook with a new secret; the current one signs as well for the rotation period."""
        return replace(
            self,
            secret=secret,
            former_secret=self.secret,
            former_until=at + ROTATION_PERIOD,
            version=self.version + 1,
        )

    def switch_off(self) -> Self:
        return self.revise(url=self.url, events=self.events, active=False, description=self.description)

    def secrets_at(self, at: datetime) -> tuple[bytes, ...]:
        """Return the secrets that sign at this time, the newest first."""
        if self.former_secret is None or self.former_until is None or at >= self.former_until:
            return (self.secret,)
        return self.secret, self.former_secret


def checked_webhook(
    url: str, events: Iterable[str], description: str | None, *, allow_private: bool
) -> tuple[str, tuple[str, ...], str | None]:
    """Return the values that a webhook stores, without repeated patterns. Raises ValidationFailed."""
    patterns = tuple(dict.fromkeys(events))
    faults = {}
    if fault := _fault_of_url(url, allow_private=allow_private):
        faults["url"] = fault
    if not patterns:
        faults["events"] = "must name at least one event type"
    if description is not None and len(description) > MAX_DESCRIPTION_LENGTH:
        faults["description"] = f"must be at most {MAX_DESCRIPTION_LENGTH} characters long"
    if faults:
        raise ValidationFailed(faults)
    matching_types(patterns, "events")
    return url, patterns, description or None


def is_public(address: str) -> bool:
    """Return whether an IP address (as text) is public, that is reachable from the whole internet.

    Refused are private, shared, loopback, link-local, multicast, reserved and unspecified addresses, metadata
    services, and every IPv6 address that stands for an IPv4 address.
    """
    try:
        parsed = ip_address(address)
    except ValueError:
        return False
    if isinstance(parsed, IPv6Address) and (_stands_for_ipv4(parsed) or parsed.is_site_local):
        return False
    is_special = parsed in _METADATA or any(parsed in network for network in _SPECIAL)
    return parsed.is_global and not (parsed.is_multicast or parsed.is_reserved or is_special)


def _fault_of_url(url: str, *, allow_private: bool) -> str | None:
    if len(url) > MAX_URL_LENGTH:
        return f"must be at most {MAX_URL_LENGTH} characters long"
    found = None if has_control_characters(url) else _URL.fullmatch(url)
    if found is None or not 0 < int(found["port"] or 1) < 65_536:
        return "must be an address such as https://example.com/hooks, without user name and fragment"
    if allow_private:
        return None
    if found["scheme"] != "https":
        return "must begin with https://"
    host = found["ipv6"] or found["host"].rstrip(".").lower()
    is_address = found["ipv6"] is not None or _IPV4.fullmatch(host) is not None
    if host == "localhost" or host.endswith(".localhost") or (is_address and not is_public(host)):
        return "must not lead to a private network"
    return None


def _stands_for_ipv4(address: IPv6Address) -> bool:
    is_tunnel = address.ipv4_mapped or address.sixtofour or address.teredo
    return is_tunnel is not None or any(address in network for network in _NAT64)
