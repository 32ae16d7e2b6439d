"""Addresses of the public Internet, against IANA's registries and Python's own judgment."""

from ipaddress import IPv4Address, IPv6Address, ip_network

import pytest
from hypothesis import given
from hypothesis import strategies as st

from functions.workers.fan_out.networks import is_public

IPV4_REGISTRY = """
0.0.0.0/8 0.0.0.0/32 10.0.0.0/8 100.64.0.0/10 127.0.0.0/8 169.254.0.0/16 172.16.0.0/12 192.0.0.0/24
192.0.0.0/29 192.0.0.8/32 192.0.0.9/32 192.0.0.10/32 192.0.0.170/32 192.0.0.171/32 192.0.2.0/24
192.31.196.0/24 192.52.193.0/24 192.88.99.0/24 192.88.99.2/32 192.168.0.0/16 192.175.48.0/24
198.18.0.0/15 198.51.100.0/24 203.0.113.0/24 240.0.0.0/4 255.255.255.255/32
"""

IPV6_REGISTRY = """
::1/128 ::/128 ::ffff:0:0/96 64:ff9b::/96 64:ff9b:1::/48 100::/64 100:0:0:1::/64 2001::/23 2001::/32
2001:1::1/128 2001:1::2/128 2001:1::3/128 2001:2::/48 2001:3::/32 2001:4:112::/48 2001:10::/28
2001:20::/28 2001:30::/28 2001:db8::/32 2002::/16 2620:4f:8000::/48 3fff::/20 5f00::/16 fc00::/7
fe80::/10
"""

MORE = "224.0.0.0/4 ff00::/8 fec0::/10 ::/96 ::ffff:0:0:0/96"
"""Multicast, the old site-local addresses, and IPv4 that is compatible or translated (SIIT)."""


@pytest.mark.parametrize("network", f"{IPV4_REGISTRY} {IPV6_REGISTRY} {MORE}".split())
def test_special_purpose_networks(network: str) -> None:
    """No address of a network in the registries is public."""
    addresses = ip_network(network)
    for number in (0, addresses.num_addresses // 2, addresses.num_addresses - 1):
        assert not is_public(str(addresses[number]))


EMBEDDED = {
    "mapped": "::ffff:{high}:{low}",
    "translated": "::ffff:0:{high}:{low}",
    "compatible": "::{high}:{low}",
    "NAT64": "64:ff9b::{high}:{low}",
    "local NAT64": "64:ff9b:1::{high}:{low}",
    "6to4": "2002:{high}:{low}::1",
    "Teredo": "2001:0:808:808:0:1:{high}:{low}",
}


@pytest.mark.parametrize("form", EMBEDDED.values(), ids=EMBEDDED)
@pytest.mark.parametrize("address", ["10.0.0.1", "127.0.0.1", "169.254.169.254", "8.8.8.8"])
def test_embedded_addresses(form: str, address: str) -> None:
    """An IPv6 address that carries one of IPv4 is not public, whichever it carries."""
    data = IPv4Address(address).packed.hex()
    assert not is_public(form.format(high=data[:4], low=data[4:]))


PUBLIC = """
1.1.1.1 8.8.8.8 9.255.255.255 11.0.0.0 100.63.255.255 100.128.0.0 172.15.255.255 172.32.0.0
192.0.1.0 192.0.3.0 192.167.255.255 192.169.0.0 198.17.255.255 198.20.0.0 223.255.255.255
2001:200:: 2001:4860:4860::8888 2003:: 2606:4700::1111 2620:4f:7fff:: 2a00:1450:4001::64 3ffe::
"""


@pytest.mark.parametrize("address", PUBLIC.split())
def test_public_addresses(address: str) -> None:
    """Addresses of servers are public, up to the edges of the special networks."""
    assert is_public(address)


@given(st.ip_addresses())
def test_never_more_than_python_allows(address: IPv4Address | IPv6Address) -> None:
    """An address that Python does not call global is not public."""
    assert address.is_global or not is_public(str(address))
