"""One row of the table: a place, what it is for, and which addresses it may turn out to be."""

from __future__ import annotations

import functools
import ipaddress
import re
import ssl
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias
from urllib.parse import urlsplit

from ambos.errors import ConfigError, EgressError
from ambos.messages import Zone

Address: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

PURPOSES: Final = frozenset(
    {"model", "database", "keys", "witness", "timestamp", "identity", "telemetry", "notice", "download", "control"}
)

_HOST: Final = re.compile(r"[a-z0-9_.-]{1,253}|\[[0-9a-f:.]{2,45}\]").fullmatch
_NUMBER: Final = re.compile(r"\d+|0x[0-9a-f]*").fullmatch
_PRIVATE: Final = tuple(
    ipaddress.ip_network(net) for net in ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7")
)  # RFC 1918 and RFC 4193; `is_private` of the standard library holds much more
_SHARED: Final = ipaddress.ip_network("100.64.0.0/10")  # RFC 6598, carrier-grade NAT and overlay networks
_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address in its last 32 bits
# Where systems keep their certificates when OpenSSL was built with other paths (Debian, Fedora, Alpine and macOS).
_CA_FILES: Final = ("/etc/ssl/certs/ca-certificates.crt", "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/cert.pem")


@dataclass(frozen=True, slots=True)
class Destination:
    """One row of the table.

    Attributes:
        purpose: one of `PURPOSES`.
        name: the row's name, for look-up, counters and `ambos doctor`.
        host, port: for TCP; empty for a Unix socket.
        path: the exact Unix socket; empty for TCP.
        is_tls: https.
        zone: INSIDE must resolve to loopback or private addresses, OUTSIDE must not.
        allow_private: the owner says that this outside destination is on a private address.
        ca_file: absolute path of the certificates that count for this row alone; "" for the system's.

    Raises:
        ConfigError: the row cannot name a place: unknown purpose, a number in place of a host, a path that is too long.
    """

    purpose: str
    name: str
    host: str = ""
    port: int = 0
    path: str = ""
    is_tls: bool = True
    zone: Zone = Zone.OUTSIDE
    allow_private: bool = False
    ca_file: str = ""

    def __post_init__(self) -> None:
        if self.purpose not in PURPOSES:
            raise ConfigError(f"{self.name}: this is no purpose of an outbound connection")
        if self.ca_file:
            self._check_ca_file()
        if self.path:
            if not self.path.startswith("/") or len(self.path.encode()) > 107:  # sockaddr_un holds 108 with its end
                raise ConfigError(f"{self.name}: a socket needs an absolute path of at most 107 bytes")
            return
        if not 0 < self.port < 65536 or not _HOST(f"[{self.host}]" if ":" in self.host else self.host):
            raise ConfigError(f"{self.name}: the address has no usable host and port")
        if _literal(self.host) is None and _NUMBER(self.host.rstrip(".").rpartition(".")[2]):
            # "2130706433", "0x7f.1", "017700000001": what the C library reads as an address (WHATWG URL 3.5)
            raise ConfigError(f"{self.name}: write the address in its usual form, four numbers with dots")

    def _check_ca_file(self) -> None:
        if not self.is_tls or not self.ca_file.startswith("/"):
            raise ConfigError(f"{self.name}: ca_file needs https and an absolute path")
        try:
            trusted(self.ca_file)
        except (OSError, ssl.SSLError):
            raise ConfigError(f"{self.name}: ca_file is not a readable file of certificates in PEM form") from None

    @classmethod
    def unix(cls, purpose: str, name: str, path: str) -> Destination:
        """A Unix socket of this machine."""
        return cls(purpose, name, path=path, is_tls=False, zone=Zone.INSIDE)

    @classmethod
    def of_url(
        cls, purpose: str, name: str, url: str, *, zone: Zone, allow_private: bool = False, ca_file: str = ""
    ) -> Destination:
        """The destination of a base URL.

        Raises:
            ConfigError: not a plain http(s) URL: user information, fragment, backslash, numbers in place of a host, ...
        """
        if url.startswith("unix:"):
            if ca_file:
                raise ConfigError("ca_file has no use with a Unix socket")
            return cls.unix(purpose, name, url.removeprefix("unix:"))
        if "\\" in url or "#" in url or any(ord(char) <= 0x20 or ord(char) > 0x7E for char in url):
            raise ConfigError("base_url holds a character that has no place in it")
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise ConfigError("base_url is not a URL") from None
        if parts.scheme not in ("http", "https") or "@" in parts.netloc or parts.query:
            raise ConfigError("base_url must be http(s)://host[:port]/path without user, query or fragment")
        is_tls = parts.scheme == "https"
        if port is None:
            port = 443 if is_tls else 80
        return cls(purpose, name, parts.hostname or "", port, "", is_tls, zone, allow_private, ca_file)

    def check(self, address: str) -> None:
        """Whether a connection may go to this address.

        Raises:
            EgressError: it may not.
        """
        found = _plain(ipaddress.ip_address(address.partition("%")[0]))
        is_own = found.is_loopback or any(found in net for net in _PRIVATE)
        if found.is_unspecified or found.is_multicast or found.is_link_local:
            raise EgressError(f"{self.name} resolves to an address where no model lives (unspecified, multicast, link)")
        if self.zone is Zone.INSIDE and not is_own:
            raise EgressError(f"{self.name} is marked inside and resolves to a public address: it gets nothing")
        if self.zone is Zone.OUTSIDE and not _is_public(found):
            if not (is_own or found in _SHARED):
                raise EgressError(f"{self.name} resolves to a reserved address")
            if not self.allow_private:
                raise EgressError(
                    f"{self.name} is outside and resolves to a private address; see allow_private_addresses"
                )
        if not self.is_tls and not found.is_loopback:
            raise EgressError(f"{self.name} needs https: only loopback may be reached without TLS")

    def check_url(self, scheme: str, host: str | None, port: int | None) -> None:
        """Whether a request of this row's session goes to this row.

        Raises:
            EgressError: it names another place.
        """
        if not self.path and (scheme, host, port) != ("https" if self.is_tls else "http", self.host, self.port):
            raise EgressError(f"{self.name}: a request named another place than the table's")


def _literal(host: str) -> Address | None:
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _plain(address: Address) -> Address:
    """The IPv4 address inside a mapped or translated IPv6 one: the packet goes there."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return address.ipv4_mapped
        if address in _NAT64:
            return ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
    return address


def _is_public(address: Address) -> bool:
    if not address.is_global or address.is_multicast:
        return False
    if isinstance(address, ipaddress.IPv6Address):
        # Tunnels carry an IPv4 address; nobody serves models behind one, so that they are refused as a whole.
        return address.sixtofour is None and address.teredo is None and not address.is_site_local
    return not address.is_reserved


@functools.cache
def trusted(ca_file: str = "") -> ssl.SSLContext:
    """Verification against the certificates of a file, else the system's.

    Not `ssl.create_default_context`: that obeys SSL_CERT_FILE, SSL_CERT_DIR and SSLKEYLOGFILE, with which whoever sets
    the environment could read everything.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if ca_file:
        context.load_verify_locations(cafile=ca_file)
        return context
    paths = ssl.get_default_verify_paths()
    for file in (paths.openssl_cafile, *_CA_FILES):
        if Path(file).is_file():
            context.load_verify_locations(cafile=file)
            break
    if Path(paths.openssl_capath).is_dir():
        context.load_verify_locations(capath=paths.openssl_capath)
    return context
