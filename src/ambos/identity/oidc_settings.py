"""The table `[oidc]` of ambos.toml: one provider of identities (docs/spec/config.md)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final
from urllib.parse import urlsplit

from ambos.errors import ConfigError

CALLBACK: Final = "/console/oidc/callback"
OIDC_KEYS: Final[Mapping[str, type]] = {
    "issuer": str,
    "client_id": str,
    "client_secret_env": str,
    "redirect_uri": str,
    "scopes": list,
    "name_claim": str,
    "groups_claim": str,
    "endpoints": list,
    "allow_private_addresses": bool,
    "ca_file": str,
}


@dataclass(frozen=True, slots=True)
class OidcSettings:
    """One provider.

    Attributes:
        issuer: to the letter as its tokens say it.
        redirect_uri: our `/console/oidc/callback`, as browsers reach it and as it is registered at the provider.
        endpoints: further places (`https://host[:port]`) where it gives tokens and keys.
        name_claim, groups_claim: where its tokens say the name to sign in with, and the groups of `[groups]`.
    """

    issuer: str
    client_id: str
    client_secret: str = field(repr=False)
    redirect_uri: str
    scopes: tuple[str, ...] = ("openid", "profile")
    name_claim: str = "preferred_username"
    groups_claim: str = "groups"
    endpoints: tuple[str, ...] = ()
    allow_private_addresses: bool = False
    ca_file: str = ""

    @property
    def origins(self) -> frozenset[str]:
        """Every place that may be asked, as scheme, host and port."""
        return frozenset(map(_origin, (self.issuer, *self.endpoints)))


def read_oidc(table: Mapping[str, object], environment: Mapping[str, str]) -> OidcSettings | None:
    """The settings; None where the table is empty.

    Raises:
        ConfigError: an unknown key, a wrong type, one that is missing, or an address that is none.
    """
    if not table:
        return None
    for key, value in table.items():
        if key not in OIDC_KEYS:
            raise ConfigError(f"ambos.toml: [oidc] {key[:40]!r} is unknown; there are {', '.join(OIDC_KEYS)}")
        if type(value) is not OIDC_KEYS[key]:
            raise ConfigError(f"ambos.toml: oidc.{key} must be {OIDC_KEYS[key].__name__}")
    missing = [key for key in ("issuer", "client_id", "redirect_uri") if not table.get(key)]
    if missing:
        raise ConfigError(f"ambos.toml: oidc.{missing[0]} is missing")
    issuer, redirect = str(table["issuer"]), str(table["redirect_uri"])
    for url in (issuer, redirect, *_texts(table, "endpoints")):
        _origin(url)
    if urlsplit(redirect).path != CALLBACK:
        raise ConfigError(f"ambos.toml: oidc.redirect_uri must end in {CALLBACK}")
    named = str(table.get("client_secret_env") or "")
    if named and not environment.get(named):
        raise ConfigError("the environment does not hold what oidc.client_secret_env names")
    return OidcSettings(
        issuer=issuer,
        client_id=str(table["client_id"]),
        client_secret=environment.get(named, "") if named else "",
        redirect_uri=redirect,
        scopes=tuple(dict.fromkeys(("openid", *(_texts(table, "scopes") or ("profile",))))),
        name_claim=str(table.get("name_claim") or "preferred_username"),
        groups_claim=str(table.get("groups_claim") or "groups"),
        endpoints=tuple(_texts(table, "endpoints")),
        allow_private_addresses=bool(table.get("allow_private_addresses")),
        ca_file=str(table.get("ca_file") or ""),
    )


def _texts(table: Mapping[str, object], key: str) -> list[str]:
    value = table.get(key)
    listed = value if isinstance(value, list) else []
    if not all(isinstance(one, str) for one in listed):
        raise ConfigError(f"ambos.toml: oidc.{key} must be a list of texts")
    return [str(one) for one in listed]


def _origin(url: str) -> str:
    try:
        parts = urlsplit(url)
        port = parts.port or (443 if parts.scheme == "https" else 80)
    except ValueError:
        raise ConfigError("ambos.toml: [oidc] holds an address that is none") from None
    if (
        parts.scheme not in ("https", "http")
        or not parts.hostname
        or "@" in parts.netloc
        or parts.query
        or parts.fragment
    ):
        raise ConfigError("ambos.toml: an address of [oidc] is http(s)://host[:port]/path")
    return f"{parts.scheme}://{parts.hostname.lower()}:{port}"
