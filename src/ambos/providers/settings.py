"""What is known of a provider; what it does not declare counts as the worst."""

from __future__ import annotations

from dataclasses import dataclass, field

from ambos.egress import Destination
from ambos.errors import ConfigError
from ambos.messages import Zone

KINDS = ("openai", "anthropic")


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
        connect_s, first_byte_s, idle_s: the longest wait for a connection, for its first byte, between two bytes.
        max_concurrent: calls at the same time; more wait.
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
    connect_s: float = 10.0
    first_byte_s: float = 120.0
    idle_s: float = 60.0
    max_concurrent: int = 256

    def __post_init__(self) -> None:
        if self.kind not in KINDS:
            raise ConfigError(f"kind must be one of {', '.join(KINDS)}")
        if not self.name or "/" in self.name or self.name in ("ambos", "embedded"):
            raise ConfigError("name must be a word without a slash, and not ambos or embedded")
        if not self.models:
            raise ConfigError("models must list at least one model")
        self.destination()

    def destination(self) -> Destination:
        """Its row in the table of destinations."""
        return Destination.of_url(
            "model", self.name, self.base_url, zone=self.zone, allow_private=self.allow_private_addresses
        )

    def url(self, path: str) -> str:
        """The address of an endpoint."""
        base = "http://unix/v1" if self.base_url.startswith("unix:") else self.base_url.rstrip("/")
        return f"{base}/{path}"
