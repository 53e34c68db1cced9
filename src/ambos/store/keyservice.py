"""Key services: how the root key is kept, behind one small interface (docs/spec/store.md section 3.1).

A service turns the root key into the text of its file, and that text into the root key again. Which service wrote a text
is told by the text, so that a house may move from one to another by changing its root key.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, Protocol

from ambos.errors import ConfigError, KeyServiceError

FORM: Final = "ambos-root/v1"
SERVICES: Final = ("file", "passphrase", "vault", "environment")
MAX_TEXT: Final = 4096  # characters of a root key file, whichever service wrote it
_PLAIN: Final = re.compile(r"[0-9a-fA-F]*")


@dataclass(frozen=True, slots=True)
class VaultSettings:
    """Where a HashiCorp Vault (or OpenBao) keeps the key that wraps the root key.

    Attributes:
        url: "https://host:port"; plain http only to loopback.
        mount, key: of the transit engine; the key's type is aes256-gcm96 or chacha20-poly1305.
        token: of a policy that may `encrypt` and `decrypt` with this key and nothing else.
        ca_file: certificates that count for this address alone; "" for the system's.
        timeout_s: for one answer.
    """

    url: str = ""
    mount: str = "transit"
    key: str = "ambos"
    token: str = field(default="", repr=False)
    ca_file: str = ""
    timeout_s: float = 5.0


@dataclass(frozen=True, slots=True)
class KeySettings:
    """Which service keeps the root key. Secrets of the services are never shown.

    Attributes:
        service: one of `SERVICES`; "environment" is a root key that is handed over and not kept.
        passphrase: what seals the file of the service "passphrase".
        passphrase_file: where it is read from, closed to others.
    """

    service: str = "file"
    passphrase: str = field(default="", repr=False)
    passphrase_file: Path | None = None
    vault: VaultSettings = field(default_factory=VaultSettings)


KEY_SETTINGS: Final = (
    "service", "passphrase_file", "vault_url", "vault_mount", "vault_key", "vault_token_file", "vault_ca_file",
)  # fmt: skip


def key_settings(values: Mapping[str, str], environment: Mapping[str, str]) -> KeySettings:
    """The settings of `[keys]`, by the names of `KEY_SETTINGS`, with the secrets that the environment holds.

    Raises:
        ConfigError: no such service, or one that lacks what it needs.
    """
    service, phrase = values["service"], values["passphrase_file"]
    if service not in SERVICES:
        raise ConfigError(f"keys.service must be one of {', '.join(SERVICES)}")
    if service == "environment" and not environment.get("AMBOS_ROOT_KEY"):
        raise ConfigError('keys.service is "environment": hand the root key over as AMBOS_ROOT_KEY')
    vault = VaultSettings(
        url=values["vault_url"],
        mount=values["vault_mount"],
        key=values["vault_key"],
        token=environment.get("AMBOS_VAULT_TOKEN") or _secret_file(values["vault_token_file"]),
        ca_file=values["vault_ca_file"],
    )
    file = Path(phrase).expanduser() if phrase else None
    return KeySettings(service, environment.get("AMBOS_ROOT_PASSPHRASE", ""), file, vault)


def _secret_file(name: str) -> str:
    """What stands in a file, "" where none is named or it cannot be read: whoever needs it says so."""
    try:
        return Path(name).expanduser().read_text("ascii").strip() if name else ""
    except (OSError, ValueError):
        return ""


class KeyService(Protocol):
    """One way to keep a root key."""

    def wrap(self, root: bytes, where: str) -> str:
        """The text of the file, one line, for the installation `where`.

        Raises:
            KeyServiceError: the service is absent, slow, or refuses; `reason` says which.
        """
        ...

    def unwrap(self, text: str, where: str) -> bytes:
        """The root key again.

        Raises:
            KeyServiceError: as `wrap`; or the text is not of this service, of another installation, or damaged.
        """
        ...


class PlainFile:
    """64 hexadecimal digits: the file is the key, and its mode is its lock."""

    def wrap(self, root: bytes, where: str) -> str:
        """See `KeyService`."""
        del where
        return root.hex()

    def unwrap(self, text: str, where: str) -> bytes:
        """See `KeyService`."""
        del where
        try:
            return bytes.fromhex(text)
        except ValueError:
            raise KeyServiceError(
                "the root key file cannot be read as 64 hexadecimal digits", reason="damaged"
            ) from None


def service_of(settings: KeySettings) -> KeyService:
    """The service that new root keys are kept by.

    Raises:
        KeyServiceError: there is no such service, or it keeps nothing.
    """
    if settings.service == "file":
        return PlainFile()
    if settings.service == "passphrase":
        return _passphrase(settings)
    if settings.service == "vault":
        return _vault(settings)
    raise KeyServiceError(
        f"`keys.service` is file, passphrase, vault or environment, and only the first three keep a root key; "
        f"this one is {settings.service[:20]}",
        reason="unknown",
    )


def service_that_wrote(text: str, settings: KeySettings) -> KeyService:
    """The service that reads this text.

    Raises:
        KeyServiceError: none of ours wrote it.
    """
    if _PLAIN.fullmatch(text):
        return PlainFile()
    word = text.split(" ")[1] if text.startswith(f"{FORM} ") else ""
    if word == "scrypt":
        return _passphrase(settings)
    if word == "vault":
        return _vault(settings)
    raise KeyServiceError(
        "the root key file cannot be read as 64 hexadecimal digits, nor was it sealed by a key service",
        reason="damaged",
    )


def _passphrase(settings: KeySettings) -> KeyService:
    from ambos.store.passphrase import PassphraseFile

    return PassphraseFile(settings)


def _vault(settings: KeySettings) -> KeyService:
    # Imported where it is used: a house without a Vault needs no HTTP client to open its store.
    from ambos.store.vault import VaultTransit

    return VaultTransit(settings.vault)
