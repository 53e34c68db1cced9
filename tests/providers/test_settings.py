from __future__ import annotations

import copy
import traceback
from dataclasses import replace
from typing import Any

import pytest

from ambos.errors import ConfigError
from ambos.messages import Zone
from ambos.providers import ProviderSettings, Secret

ACME = ProviderSettings("acme", "openai", "https://models.example/v1", Zone.OUTSIDE, ("big-1",), Secret("sk-secret"))


def test_a_key_is_never_shown() -> None:
    for shown in (repr(ACME), str(ACME.api_key), f"{ACME.api_key}", repr([ACME.api_key]), repr(copy.copy(ACME))):
        assert "sk-secret" not in shown
    copied_wrongly = Secret("\r\n".join(("sk-secret", "x: y")))
    with pytest.raises(ConfigError) as caught:
        replace(ACME, api_key=copied_wrongly)
    assert "sk-secret" not in "".join(traceback.format_exception(caught.value))
    assert not Secret("")


def test_what_is_not_declared_counts_as_the_worst() -> None:
    assert (ACME.agreement, ACME.region, ACME.retention_days, ACME.trains_on_data) == ("", "", None, True)
    assert ACME.allow_private_addresses is False


@pytest.mark.parametrize(
    ("url", "kind", "endpoint"),
    [
        ("https://api.openai.com/v1", "openai", "https://api.openai.com/v1/chat/completions"),
        ("https://api.openai.com/v1/", "openai", "https://api.openai.com/v1/chat/completions"),
        ("http://127.0.0.1:11434", "openai", "http://127.0.0.1:11434/v1/chat/completions"),
        ("https://api.anthropic.com", "anthropic", "https://api.anthropic.com/v1/messages"),
        ("https://generativelanguage.googleapis.com/v1beta/openai/", "openai",
         "https://generativelanguage.googleapis.com/v1beta/openai/chat/completions"),
        ("https://x.openai.azure.com/openai/deployments/d?api-version=2024-10-21", "openai",
         "https://x.openai.azure.com/openai/deployments/d/chat/completions?api-version=2024-10-21"),
        ("unix:/run/ambos/stand-in.sock", "openai", "http://unix/v1/chat/completions"),
    ],
)  # fmt: skip
def test_endpoints(url: str, kind: str, endpoint: str) -> None:
    assert replace(ACME, base_url=url, kind=kind).url() == endpoint


@pytest.mark.parametrize(
    ("url", "dialect", "header"),
    [
        ("https://api.openai.com/v1", "openai", "Authorization"),
        ("https://x.openai.azure.com/openai/v1", "openai", "api-key"),
        ("https://x.services.ai.azure.com/openai/v1", "openai", "api-key"),
        ("https://api.mistral.ai/v1", "mistral", "Authorization"),
        ("https://api.mistral.ai.evil.example/v1", "compatible", "Authorization"),
        ("https://evilopenai.azure.com/v1", "compatible", "Authorization"),
        ("http://127.0.0.1:8000/v1", "compatible", "Authorization"),
    ],
)
def test_profiles(url: str, dialect: str, header: str) -> None:
    made = replace(ACME, base_url=url)
    assert (made.dialect, made.profile.key_header) == (dialect, header)
    assert replace(made, kind="anthropic").dialect == "anthropic"


@pytest.mark.parametrize(
    "changes",
    [
        {"kind": "gopher"}, {"name": ""}, {"name": "a/b"}, {"name": "ambos"}, {"models": ()}, {"idle_s": 0},
        {"max_concurrent": 0}, {"api_key": Secret("two words")}, {"api_key": Secret("ñ")},
        {"base_url": "https://models.example/v1?key=x"}, {"base_url": "https://x.openai.azure.com/?api-version=a&b=c"},
        {"base_url": "https://user@models.example"}, {"base_url": "https://2130706433/v1"}, {"base_url": "models.example"},
    ],
)  # fmt: skip
def test_wrong_settings_are_refused(changes: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        replace(ACME, **changes)
