"""The `[[providers]]` tables of ambos.toml become settings; an unknown key is told with the nearest known one.

Knows the keys and their types (docs/spec/config.md). What the values must be is known to `settings`.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping

from ambos.errors import AmbosError, ConfigError
from ambos.messages import Json, Zone
from ambos.providers.settings import ProviderSettings, Secret

PROVIDER_KEYS: Mapping[str, type] = {
    "name": str,
    "kind": str,
    "base_url": str,
    "api_key_env": str,
    "zone": str,
    "agreement": str,
    "region": str,
    "retention_days": int,
    "trains_on_data": bool,
    "models": list,
    "allow_private_addresses": bool,
    "ca_file": str,
    "max_concurrent": int,
}


def read_providers(rows: Json, environment: Mapping[str, str]) -> tuple[ProviderSettings, ...]:
    """The providers of these tables; without any, one for each well-known key of the environment.

    Args:
        rows: `providers` of ambos.toml, None when it is absent.
        environment: holds the keys that `api_key_env` names.

    Raises:
        ConfigError: an unknown key, a wrong type, a name that stands twice; the message names the provider.
    """
    if rows is None:
        return _providers_of_environment(environment)
    if not isinstance(rows, list):
        raise ConfigError("ambos.toml: write [[providers]] with two brackets")
    made = tuple(_provider(row, environment) for row in rows)
    if len({one.name for one in made}) < len(made):
        raise ConfigError("ambos.toml: two [[providers]] have the same name")
    return made


def _provider(row: Json, environment: Mapping[str, str]) -> ProviderSettings:
    if not isinstance(row, dict):
        raise ConfigError("ambos.toml: each of [[providers]] must be a table")
    name = str(row.get("name", "?"))[:40]
    for key, value in row.items():
        wanted = PROVIDER_KEYS.get(key)
        if wanted is None:
            near = difflib.get_close_matches(key, PROVIDER_KEYS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else ""
            raise ConfigError(f"ambos.toml: provider {name!r}: {key[:40]!r} is unknown{hint}")
        if type(value) is not wanted:
            raise ConfigError(f"ambos.toml: provider {name!r}: {key} must be {wanted.__name__}")
    key_name = row.get("api_key_env", "")
    try:
        known = {
            "name": str(row["name"]),
            "kind": str(row.get("kind", "openai")),
            "base_url": str(row["base_url"]),
            "zone": Zone(str(row.get("zone", "outside"))),
            "models": tuple(str(model) for model in row["models"] if model) if isinstance(row["models"], list) else (),
        }
        return ProviderSettings(
            **known,  # type: ignore[arg-type]  # the table above has checked every type
            api_key=Secret(environment.get(str(key_name), "")),
            agreement=str(row.get("agreement", "")),
            region=str(row.get("region", "")),
            retention_days=row.get("retention_days"),  # type: ignore[arg-type]  # int or absent, checked above
            trains_on_data=bool(row.get("trains_on_data", True)),
            allow_private_addresses=bool(row.get("allow_private_addresses", False)),
            ca_file=str(row.get("ca_file", "")),
            max_concurrent=int(str(row.get("max_concurrent", 256))),
        )
    except KeyError as error:
        raise ConfigError(f"ambos.toml: provider {name!r} lacks {error.args[0]!r}") from None
    except (ValueError, AmbosError) as error:
        raise ConfigError(f"ambos.toml: provider {name!r}: {error}") from None


_WELL_KNOWN = (
    ("openai", "openai", "OPENAI_API_KEY", "https://api.openai.com/v1", ("gpt-5", "gpt-5-mini", "gpt-4.1")),
    ("anthropic", "anthropic", "ANTHROPIC_API_KEY", "https://api.anthropic.com/v1", ("claude-sonnet-4-5",)),
)


def _providers_of_environment(environment: Mapping[str, str]) -> tuple[ProviderSettings, ...]:
    """One provider for each well-known key that is set; without an agreement, so that only public text leaves."""
    return tuple(
        ProviderSettings(
            name=name, kind=kind, base_url=url, api_key=Secret(environment[key]), zone=Zone.OUTSIDE, models=models
        )
        for name, kind, key, url, models in _WELL_KNOWN
        if environment.get(key)
    )
