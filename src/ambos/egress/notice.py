"""Where notices go: the settings `[notices]`, and their row in the table of outbound connections."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from ambos.egress.destination import Destination
from ambos.errors import ConfigError
from ambos.messages import Zone

NAME: Final = "notice"


@dataclass(frozen=True, slots=True)
class NoticeSettings:
    """Where notices go; nowhere without a `url`."""

    url: str = ""
    allow_private_addresses: bool = False
    ca_file: str = ""

    @classmethod
    def read(cls, values: Mapping[str, object]) -> NoticeSettings:
        """Of a table of settings that was checked."""
        is_private = bool(values["notices.allow_private_addresses"])
        return cls(str(values["notices.url"]), is_private, str(values["notices.ca_file"]))


def destinations(settings: NoticeSettings) -> list[Destination]:
    """The row of the table of outbound connections.

    Raises:
        ConfigError: the address is none.
    """
    if not settings.url:
        return []
    try:
        made = Destination.of_url(
            "notice", NAME, settings.url, zone=Zone.OUTSIDE, allow_private=settings.allow_private_addresses,
            ca_file=settings.ca_file,
        )  # fmt: skip
    except ConfigError as error:
        raise ConfigError(f"notices.url: {error}") from None
    return [made]
