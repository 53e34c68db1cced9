"""Keys that are derived, each for one use: no key does two jobs, by construction.

All come from the installation's master secret by HKDF (RFC 5869) with a label and, where it has one, a tenant
(docs/spec/store.md section 3). Keys that must be destroyed one by one are random and live in `keyring`.
"""

from __future__ import annotations

from typing import Final

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from ambos.store.sealing import KEY_BYTES, place

# use -> its label; what differs in one letter would be another key, so these never change
LABELS: Final = frozenset(
    {
        "ring-pages",
        "content-pages",
        "root-wrap",
        "tenant-wrap",
        "surrogate",
        "conversation",
        "blind-index",
        "api-key-pepper",
        "session",
        "password",
        "attempts",
        "sign-in",
        "provider",
        "opening",
        "cache",
        "anchor",
        "canary",
        "experiment",
        "run",
        "lineage",
    }
)


def derive(secret: bytes, installation: str, label: str, tenant: str = "") -> bytes:
    """The key of one use, HKDF-SHA-256 with the installation as salt and label and tenant as info."""
    if label not in LABELS:
        raise ValueError("a key without a label of the table would be a key for two uses")
    info = place("ambos/v1", label, tenant)
    return HKDF(algorithm=SHA256(), length=KEY_BYTES, salt=installation.encode(), info=info).derive(secret)


class Secrets:
    """The derived keys that other parts of the house are handed. Never in `repr`."""

    __slots__ = ("_installation", "_known", "_master")

    def __init__(self, master: bytes, installation: str) -> None:
        self._master = master
        self._installation = installation
        self._known: dict[tuple[str, str], bytes] = {}

    def __repr__(self) -> str:
        return "<Secrets>"

    def surrogate_key(self, tenant: str) -> bytes:
        """For the codes of surrogates (design 3.9)."""
        return self._derived("surrogate", tenant)

    def conversation_key(self, tenant: str) -> bytes:
        """For the handles of conversations."""
        return self._derived("conversation", tenant)

    def index_key(self, tenant: str) -> bytes:
        """For the blind index of subjects (design 3.12)."""
        return self._derived("blind-index", tenant)

    def cache_key(self, tenant: str) -> bytes:
        """For keys of caches that are shared between processes."""
        return self._derived("cache", tenant)

    def api_key_pepper(self) -> bytes:
        """For the stored form of API keys."""
        return self._derived("api-key-pepper")

    def session_key(self) -> bytes:
        """For the stored form of console sessions."""
        return self._derived("session")

    def password_pepper(self) -> bytes:
        """For the passwords of users, before the slow hash."""
        return self._derived("password")

    def attempts_key(self) -> bytes:
        """For the names under which failed log-ins are counted."""
        return self._derived("attempts")

    def run_key(self, tenant: str) -> bytes:
        """For how far a run of the console is (`ambos.store.runs`)."""
        return self._derived("run", tenant)

    def sign_in_key(self) -> bytes:
        """For what a browser carries to a provider of identities and back."""
        return self._derived("sign-in")

    def provider_key(self) -> bytes:
        """For the names under which a provider of identities knows sessions and people."""
        return self._derived("provider")

    def opening_key(self, tenant: str) -> bytes:
        """For the reasons why others' content was opened."""
        return self._derived("opening", tenant)

    def anchor_key(self) -> bytes:
        """For what a verification of the log keeps elsewhere."""
        return self._derived("anchor")

    def canary_key(self, tenant: str) -> bytes:
        """For the values that a house plants and that must never leave."""
        return self._derived("canary", tenant)

    def lineage_key(self, tenant: str) -> bytes:
        """For digests of what models have seen."""
        return self._derived("lineage", tenant)

    def experiment_key(self, tenant: str, experiment: str) -> bytes:
        """For one experiment: what its secrets come from (docs/spec/experiment-seal.md section 4)."""
        return derive(self._master, self._installation, "experiment", f"{tenant}/{experiment}")

    def content_page_key(self) -> bytes:
        """For the pages of the content database."""
        return self._derived("content-pages")

    def _derived(self, label: str, tenant: str = "") -> bytes:
        known = self._known.get((label, tenant))
        if known is None:
            known = self._known[label, tenant] = derive(self._master, self._installation, label, tenant)
        return known
