"""What is particular about a provider, by the kind of its address: only where behaviour differs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Profile:
    """How one kind of provider is spoken to.

    Attributes:
        dialect: one of `wire.DIALECTS`.
        key_header, key_prefix: where the key goes.
        path: of the endpoint, below the base URL.
    """

    dialect: str
    key_header: str = "Authorization"
    key_prefix: str = "Bearer "
    path: str = "chat/completions"


_OPENAI: Final = Profile("openai")
_AZURE: Final = Profile("openai", "api-key", "")
_COMPATIBLE: Final = Profile("compatible")
_ANTHROPIC: Final = Profile("anthropic", "x-api-key", "", "messages")
# Ends of host names. Everything else that says kind "openai" (vLLM, llama.cpp, Ollama, LM Studio, Gemini's compatible
# endpoint, OpenRouter, ...) imitates OpenAI and knows its older names.
_BY_HOST: Final = (
    ("api.openai.com", _OPENAI),
    (".openai.azure.com", _AZURE),
    (".services.ai.azure.com", _AZURE),
    (".cognitiveservices.azure.com", _AZURE),
    ("api.mistral.ai", Profile("mistral")),
)


def profile_of(kind: str, host: str) -> Profile:
    """The profile of a provider of `kind` "openai" or "anthropic" at `host`.

    >>> profile_of("openai", "house.openai.azure.com").key_header
    'api-key'
    """
    if kind == "anthropic":
        return _ANTHROPIC
    name = host.rstrip(".").lower()
    for end, profile in _BY_HOST:
        if name == end or (end.startswith(".") and name.endswith(end)):
            return profile
    return _COMPATIBLE
