"""The network addresses that webhooks may be delivered to: only public ones, which protects private networks."""

from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Final

_NAT64: Final = (ip_network("64:ff9b::/96"), ip_network("64:ff9b:1::/48"))
"""IPv6 addresses that a gateway translates to IPv4 addresses."""
_SPECIAL: Final = tuple(
    map(ip_network, ("192.0.0.0/24", "192.88.99.0/24", "2001::/23", "3fff::/20", "5f00::/16"))
)
"""Special-purpose networks that some versions of the standard library treat as global."""
_METADATA: Final = frozenset({IPv4Address("168.63.129.16")})
"""Metadata services of cloud providers at addresses that look public; the others are private or link-local."""


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


def _stands_for_ipv4(address: IPv6Address) -> bool:
    is_tunnel = address.ipv4_mapped or address.sixtofour or address.teredo
    return is_tunnel is not None or any(address in network for network in _NAT64)
