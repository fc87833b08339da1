"""Where a request comes from, when proxies stand in between."""

from collections.abc import Iterable
from functools import lru_cache
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network


class TrustedProxies:
    """Networks whose word about the client's address is taken.

    Raises ValueError when one of `networks` is neither an address nor a network in CIDR notation.
    """

    def __init__(self, networks: Iterable[str] = ()) -> None:
        self._networks = tuple(ip_network(network.strip(), strict=False) for network in networks)
        self._trusts = lru_cache(maxsize=4096)(self._is_trusted)

    def __bool__(self) -> bool:
        return bool(self._networks)

    def client_address(self, peer: str, forwarded_for: Iterable[bytes]) -> str:
        """The nearest address that is no trusted proxy.

        `peer` is who opened the connection, `forwarded_for` the values of `X-Forwarded-For`. Anybody can
        write what they like at its left end, so it is read from the right, as far as trust reaches.
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
        """Whether `peer` is trusted and says, in `X-Forwarded-Proto`, that it was asked by https."""
        nearest = b",".join(forwarded_protocols).rpartition(b",")[2].strip()
        return nearest.lower() == b"https" and self._trusts(peer)

    def _is_trusted(self, address: str) -> bool:
        parsed = _parse(address)
        return parsed is not None and any(parsed in network for network in self._networks)


def _parse(text: str) -> IPv4Address | IPv6Address | None:
    """An address out of `192.0.2.1`, `192.0.2.1:8080`, `2001:db8::1` or `[2001:db8::1]:8080`."""
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
