"""Where a browser's request may come from: our own names, our own pages."""

from __future__ import annotations

import ipaddress
from collections.abc import Collection
from urllib.parse import urlsplit


def host_is_allowed(host: str, *, allowed: Collection[str]) -> bool:
    """The Host header names loopback or a configured name.

    A page that rebinds its DNS name to 127.0.0.1 sends its own name here, and is refused.

    >>> host_is_allowed("evil.example:8800", allowed=())
    False
    """
    try:
        name = (urlsplit(f"//{host}").hostname or "").lower()
    except ValueError:
        return False
    if name == "localhost" or name in {one.lower() for one in allowed}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def origin_is_own(origin: str | None, *, host: str, fetch_site: str | None) -> bool:
    """A request that changes something comes from our own page (Fetch standard, `Origin` and `Sec-Fetch-Site`).

    A browser sends one of the two with each such request; without either it is not a browser's form, and refused.
    """
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return False
    if origin is not None:
        return urlsplit(origin).netloc == host and origin != "null"
    return fetch_site == "same-origin"
