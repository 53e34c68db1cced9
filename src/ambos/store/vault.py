"""The root key wrapped by HashiCorp Vault's transit engine: `ambos-root/v1 vault MOUNT KEY vault:vN:...`.

Vault's own key never leaves it; every start asks it to unwrap. The installation is associated data, so that a wrapped key
of another house is refused there. Called through `egress`, purpose `keys`; nothing of an answer reaches a message.
"""

from __future__ import annotations

import asyncio
import binascii
import json
import re
import threading
from base64 import b64decode, b64encode
from typing import Any, Final

from ambos.egress import Destination, Egress
from ambos.errors import AmbosError, ConfigError, EgressError, KeyServiceError
from ambos.messages import Zone
from ambos.store.keyservice import FORM, VaultSettings

_NAME: Final = r"[A-Za-z0-9_][A-Za-z0-9_./-]{0,99}"
_WRAPPED: Final = r"vault:v[0-9]{1,9}:[A-Za-z0-9+/=]{40,1000}"
_TEXT: Final = re.compile(rf"{re.escape(FORM)} vault ({_NAME}) ({_NAME}) ({_WRAPPED})")
_MAX_ANSWER: Final = 65_536  # bytes
_WHY: Final = {400: "wrong", 403: "refused", 404: "unknown", 429: "slow", 472: "sealed", 473: "sealed", 503: "sealed"}
_ADVICE: Final = {
    "wrong": "the key service does not open this root key: it was wrapped by another key, or for another installation",
    "refused": "the key service refuses our token: give one that may encrypt and decrypt with this key",
    "unknown": "the key service has no such mount or key: see `keys.vault_mount` and `keys.vault_key`",
    "slow": "the key service did not answer in time",
    "sealed": "the key service is sealed or on standby: unseal it",
    "failed": "the key service failed",
    "absent": "the key service cannot be reached: see `keys.vault_url` and its certificate",
    "forged": "the key service answered with something else than a transit engine does",
}


class VaultTransit:
    """See the module."""

    def __init__(self, settings: VaultSettings) -> None:
        self._settings = settings

    def __repr__(self) -> str:
        return "<VaultTransit>"

    def wrap(self, root: bytes, where: str) -> str:
        """See `KeyService`."""
        settings = self._settings
        body = {"plaintext": b64encode(root).decode(), "associated_data": _associated(where)}
        wrapped = self._ask(settings.mount, "encrypt", settings.key, body, "ciphertext")
        text = f"{FORM} vault {settings.mount} {settings.key} {wrapped}"
        if _TEXT.fullmatch(text) is None:
            raise _error("forged")
        # What cannot be unwrapped again must never become the only copy of a root key.
        if self.unwrap(text, where) != root:
            raise _error("forged")
        return text

    def unwrap(self, text: str, where: str) -> bytes:
        """See `KeyService`."""
        form = _TEXT.fullmatch(text)
        if form is None:
            raise KeyServiceError("the root key file is damaged: restore it", reason="damaged")
        body = {"ciphertext": form[3], "associated_data": _associated(where)}
        opened = self._ask(form[1], "decrypt", form[2], body, "plaintext")
        try:
            return b64decode(opened, validate=True)
        except (binascii.Error, ValueError):
            raise _error("forged") from None

    def _ask(self, mount: str, what: str, key: str, body: dict[str, str], wanted: str) -> str:
        """One question, on a thread of its own: whoever opens the store may stand inside an event loop."""
        settings, told = self._settings, list[str | AmbosError]()
        if not settings.url or not settings.token:
            raise KeyServiceError(
                "the root key is wrapped by Vault: set `keys.vault_url`, and AMBOS_VAULT_TOKEN or "
                "`keys.vault_token_file`",
                reason="absent",
            )

        def run() -> None:
            try:
                told.append(asyncio.run(_post(settings, f"/v1/{mount}/{what}/{key}", body, wanted)))
            except AmbosError as error:
                told.append(error)

        thread = threading.Thread(target=run, name="ambos-keys")
        thread.start()
        thread.join()
        if not told or isinstance(told[0], ConfigError | EgressError):
            raise _error("absent")
        if isinstance(told[0], AmbosError):
            raise told[0]
        return told[0]


def place_of(settings: VaultSettings) -> Destination:
    """Its row in the table of destinations."""
    return Destination.of_url(
        "keys", "vault", settings.url, zone=Zone.OUTSIDE, allow_private=True, ca_file=settings.ca_file
    )


async def _post(settings: VaultSettings, path: str, body: dict[str, str], wanted: str) -> str:
    egress = Egress([place_of(settings)])
    headers = {"X-Vault-Token": settings.token, "X-Vault-Request": "true", "content-type": "application/json"}
    try:
        line, url = egress.session("vault"), settings.url.rstrip("/") + path
        status, answer = await line.whole(
            "POST", url, json.dumps(body), headers, within_s=settings.timeout_s, most=_MAX_ANSWER
        )
    except TimeoutError:
        raise _error("slow") from None
    except ConnectionAbortedError:  # an answer without an end
        raise _error("forged") from None
    except (OSError, ValueError):  # also a header or a token that HTTP cannot carry
        raise _error("absent") from None
    finally:
        await egress.close()
    if status != 200:
        raise _error(_WHY.get(status, "failed"))
    return _told(answer, wanted)


def _told(answer: bytes, wanted: str) -> str:
    try:
        found: Any = json.loads(answer)  # Any: JSON of somebody else
        value = found["data"][wanted]
    except (ValueError, KeyError, TypeError, RecursionError):
        value = None
    if not isinstance(value, str) or not value.isascii():
        raise _error("forged")
    return value


def _associated(where: str) -> str:
    return b64encode(b"ambos/v1/root\0" + where.encode()).decode()


def _error(reason: str) -> KeyServiceError:
    return KeyServiceError(_ADVICE[reason], reason=reason)
