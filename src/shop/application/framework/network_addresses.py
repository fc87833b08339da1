"""Network addresses: what counts as one client."""

from ipaddress import IPv6Address, ip_address, ip_network


def network_of(address: str) -> str:
    """Return the network that counts as one address: for IPv6 the /64, which providers assign per customer."""
    try:
        parsed = ip_address(address)
    except ValueError:  # a Unix socket's peer has no address
        return address
    if not isinstance(parsed, IPv6Address):
        return str(parsed)
    if parsed.ipv4_mapped is not None:  # an IPv4 client on a dual-stack socket
        return str(parsed.ipv4_mapped)
    return str(ip_network((parsed, 64), strict=False))
