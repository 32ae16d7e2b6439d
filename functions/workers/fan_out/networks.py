"""Networks that are not the public Internet, from IANA's registries of special-purpose addresses.

Every entry counts, also those that IANA calls globally reachable: no customer's server is in an
anycast relay or a translator's prefix. `SPECIAL_IPV6` has only entries within global unicast,
`2000::/3`. Everything outside of it is refused, and with it the other entries and all addresses
that carry an IPv4 address: mapped, translated, compatible, and NAT64 (`64:ff9b::/96`). Teredo and
6to4 are in the list.
"""

from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

SPECIAL_IPV4 = tuple(
    map(
        IPv4Network,
        (
            "0.0.0.0/8",  # this network
            "10.0.0.0/8",  # private
            "100.64.0.0/10",  # shared, behind a carrier's NAT
            "127.0.0.0/8",  # loopback
            "169.254.0.0/16",  # link-local, with AWS's metadata service
            "172.16.0.0/12",  # private
            "192.0.0.0/24",  # IETF protocol assignments
            "192.0.2.0/24",  # documentation
            "192.31.196.0/24",  # AS112
            "192.52.193.0/24",  # AMT
            "192.88.99.0/24",  # relays of 6to4 and 6a44
            "192.168.0.0/16",  # private
            "192.175.48.0/24",  # AS112
            "198.18.0.0/15",  # benchmarking
            "198.51.100.0/24",  # documentation
            "203.0.113.0/24",  # documentation
            "224.0.0.0/4",  # multicast
            "240.0.0.0/4",  # reserved, and limited broadcast
        ),
    )
)

GLOBAL_UNICAST = IPv6Network("2000::/3")

SPECIAL_IPV6 = tuple(
    map(
        IPv6Network,
        (
            "2001::/23",  # IETF protocol assignments: Teredo, benchmarking, AMT, ORCHID ...
            "2001:db8::/32",  # documentation
            "2002::/16",  # 6to4
            "2620:4f:8000::/48",  # AS112
            "3fff::/20",  # documentation
        ),
    )
)


def is_public(address: str) -> bool:
    """Return whether an IP address belongs to a host on the public Internet."""
    ip = ip_address(address)
    return _is_public_ipv4(ip) if isinstance(ip, IPv4Address) else _is_public_ipv6(ip)


def _is_public_ipv4(ip: IPv4Address) -> bool:
    return not any(ip in network for network in SPECIAL_IPV4)


def _is_public_ipv6(ip: IPv6Address) -> bool:
    return ip in GLOBAL_UNICAST and not any(ip in network for network in SPECIAL_IPV6)
