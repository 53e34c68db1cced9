"""Where a browser's request may come from: our own names, our own pages."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Collection
from urllib.parse import urlsplit

_HOST = re.compile(r"(?:\[(?P<six>[0-9a-fA-F:.]+)\]|(?P<name>[A-Za-z0-9._-]+))(?::[0-9]{1,5})?", re.ASCII)


def host_is_allowed(host: str, *, allowed: Collection[str]) -> bool:
    """The Host header (RFC 9110 7.2) names loopback or a configured name.

    A page that rebinds its DNS name to 127.0.0.1 sends its own name here, and is refused. The port is left out: a
    forwarded port is another than ours, and an attacker cannot choose the name by it.

    >>> host_is_allowed("evil.example:8800", allowed=())
    False
    """
    match = _HOST.fullmatch(host)
    if match is None:
        return False
    name = (match["six"] or match["name"]).lower()
    if name == "localhost" or name in {one.lower() for one in allowed}:
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False


def origin_is_own(origin: str | None, *, host: str, fetch_site: str | None) -> bool:
    """A request that changes something comes from our own page (Fetch standard, `Origin` and `Sec-Fetch-Site`).

    A browser sends one of the two with each such request; without either it is not a browser's form, and refused.

    >>> origin_is_own("https://evil.example", host="localhost:8800", fetch_site=None)
    False
    """
    if fetch_site is not None and fetch_site not in ("same-origin", "none"):
        return False
    if origin is None:
        return fetch_site == "same-origin"
    try:
        parts = urlsplit(origin)
    except ValueError:
        return False
    return bool(host) and parts.scheme in ("http", "https") and parts.netloc.lower() == host.lower()
