"""Connections of urllib3: straight, or through the proxy that the environment names."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies_environment, proxy_bypass

import urllib3


def pool_for(url: str, **options: Any) -> urllib3.PoolManager:
    """Return a pool of connections to the host of *url*, through its proxy if it has one."""
    proxy = proxy_for(url)
    if not proxy:
        return urllib3.PoolManager(retries=False, **options)
    parts = urlsplit(proxy)
    login = f"{unquote(parts.username or '')}:{unquote(parts.password or '')}"
    headers = urllib3.make_headers(proxy_basic_auth=login) if parts.username else None
    return urllib3.ProxyManager(proxy, proxy_headers=headers, retries=False, **options)


def proxy_for(url: str) -> str:
    """Return the proxy of HTTPS_PROXY or HTTP_PROXY for *url*; '' for none, or by NO_PROXY.

    This machine is always reached straight: a proxy elsewhere cannot reach it.
    """
    parts = urlsplit(url)
    if is_here(str(parts.hostname)) or proxy_bypass(parts.netloc):
        return ""
    found = getproxies_environment().get(parts.scheme, "")
    return found if not found or "//" in found else f"http://{found}"


def proxy_name(url: str) -> str:
    """Return host and port of the proxy for *url*, without its user; '' for none."""
    return urlsplit(proxy_for(url)).netloc.rpartition("@")[2]


def is_here(host: str) -> bool:
    """Whether *host* is this machine."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
