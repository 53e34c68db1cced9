"""What is known of a provider; what it does not declare counts as the worst."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Final

from ambos.egress import Destination
from ambos.errors import ConfigError
from ambos.messages import Zone
from ambos.providers.profile import Profile, profile_of

KINDS: Final = ("openai", "anthropic")
ANTHROPIC_VERSION: Final = "2023-06-01"
_API_VERSION: Final = re.compile(r"api-version=[0-9A-Za-z.-]{1,40}").fullmatch
_HEADER_VALUE: Final = re.compile(r"[\x21-\x7e]*").fullmatch  # a key is one word of visible ASCII


class Secret:
    """A value that is never shown: not in `repr`, not in `str`, not in a traceback's locals."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one header it belongs in."""
        return self._value

    def __bool__(self) -> bool:
        return bool(self._value)

    def __repr__(self) -> str:
        return "Secret(…)"


@dataclass(frozen=True, slots=True)
class ProviderSettings:
    """One `[[providers]]` table (docs/spec/config.md).

    Attributes:
        base_url: where the endpoint lies (`https://host/v1`); `/v1` is added when it has no path. Azure's older
            addresses may end in `?api-version=...`, a Unix socket is `unix:/path`.
        ca_file: certificates that sign this provider's, in place of the system's; "" for the system's.
        connect_s, first_byte_s, idle_s, total_s: the longest wait for a connection, for its first byte of an answer,
            between two bytes, and for the whole answer.
        max_concurrent: calls at the same time; as many more wait, the rest is refused.

    Raises:
        ConfigError: a field is not what it must be; the message names it.
    """

    name: str
    kind: str
    base_url: str
    zone: Zone
    models: tuple[str, ...]
    api_key: Secret = field(default_factory=lambda: Secret(""))
    agreement: str = ""
    region: str = ""
    retention_days: int | None = None
    trains_on_data: bool = True
    allow_private_addresses: bool = False
    ca_file: str = ""
    connect_s: float = 10.0
    first_byte_s: float = 120.0
    idle_s: float = 60.0
    total_s: float = 1800.0
    max_concurrent: int = 256

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"kind must be one of {', '.join(KINDS)}")
        if not self.name or "/" in self.name or self.name in ("ambos", "embedded"):
            raise ConfigError("name must be a word without a slash, and not ambos or embedded")
        if not self.models:
            raise ConfigError("models must list at least one model")
        if min(self.connect_s, self.first_byte_s, self.idle_s, self.total_s, self.max_concurrent) <= 0:
            raise ConfigError("the times and max_concurrent must be more than 0")
        if not _HEADER_VALUE(self.api_key.reveal()):
            raise ConfigError("the key holds a blank, a line end or a character beyond ASCII: it was copied wrongly")
        self.destination()

    @property
    def profile(self) -> Profile:
        """What is particular about this provider."""
        return profile_of(self.kind, self.destination().host)

    @property
    def dialect(self) -> str:
        """The dialect that requests must be rendered in for it."""
        return self.profile.dialect

    def destination(self) -> Destination:
        """Its row in the table of destinations."""
        return Destination.of_url(
            "model",
            self.name,
            self._address()[0],
            zone=self.zone,
            allow_private=self.allow_private_addresses,
            ca_file=self.ca_file,
        )

    def url(self) -> str:
        """The address of its endpoint."""
        base, query = self._address()
        if base.startswith("unix:"):
            base = "http://unix/v1"
        elif not base.partition("://")[2].partition("/")[2]:
            base += "/v1"
        return f"{base}/{self.profile.path}{'?' if query else ''}{query}"

    def _address(self) -> tuple[str, str]:
        base, mark, query = self.base_url.partition("?")
        if mark and not _API_VERSION(query):
            raise ConfigError("base_url may have no query but Azure's api-version=...")
        return base.rstrip("/"), query


def head_of(settings: ProviderSettings) -> bytes:
    """Request line and headers, each with its line end, without the length of the body. A fixed set: no header of a
    caller is forwarded."""
    place, target = settings.destination(), settings.url().partition("://")[2].partition("/")[2]
    host = f"[{place.host}]" if ":" in place.host else place.host or "localhost"
    is_usual = place.path or place.port == (443 if place.is_tls else 80)
    named = host if is_usual else f"{host}:{place.port}"
    lines = [f"POST /{target} HTTP/1.1", f"Host: {named}", "Accept-Encoding: identity"]
    lines += [f"{name}: {value}" for name, value in _headers_of(settings).items()]
    return "\r\n".join([*lines, ""]).encode("ascii")


def _headers_of(settings: ProviderSettings) -> dict[str, str]:
    headers = {
        "Content-Type": "application/json",
        "Accept": "application/json, text/event-stream",
        "User-Agent": "ambos",
    }
    profile = settings.profile
    if profile.dialect == "anthropic":
        headers["anthropic-version"] = ANTHROPIC_VERSION
    if key := settings.api_key:
        headers[profile.key_header] = profile.key_prefix + key.reveal()
    return headers
