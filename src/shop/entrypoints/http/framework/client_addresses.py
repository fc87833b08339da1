"""The client address of a request that passed through proxies."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


class TrustedProxies:
    """The proxy networks whose forwarding headers are trusted.

    Raises ValueError when one of `networks` is neither an address nor a network in CIDR notation.
    """

    def __init__(self, networks: Iterable[str]) -> None:
        self._networks = tuple(ip_network(network.strip(), strict=False) for network in networks)
        self._trusts = lru_cache(maxsize=4096)(self._is_trusted)

    def client_address(self, peer: str, forwarded_for: Iterable[bytes]) -> str:
        """Return the nearest address that is not a trusted proxy.

        `peer` is the address that opened the connection, `forwarded_for` the values of `X-Forwarded-For`. Clients
        can forge the left end of that header, so it is read from the right, for as long as the hops are trusted.
        """
        nearest = peer
        hops = b",".join(forwarded_for).split(b",")
        while hops and self._trusts(nearest):
            hop = _parse(hops.pop().decode("latin-1").strip())
            if hop is None:
                break
            nearest = str(hop)
        return nearest

    def say_https(self, peer: str, forwarded_protocols: Iterable[bytes]) -> bool:
        """Return whether `peer` is trusted and its `X-Forwarded-Proto` says https."""
        nearest = b",".join(forwarded_protocols).rpartition(b",")[2].strip()
        return nearest.lower() == b"https" and self._trusts(peer)

    def _is_trusted(self, address: str) -> bool:
        parsed = _parse(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """Parse the address in `192.0.2.1`, `192.0.2.1:8080`, `2001:db8::1` or `[2001:db8::1]:8080`."""
    if text.startswith("["):
        text = text[1:].partition("]")[0]
    elif text.count(":") == 1:
        text = text.partition(":")[0]
    try:
        address = ip_address(text)
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
