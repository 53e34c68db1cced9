"""Checks of the fields of a chat request: which there are, of what type, within which bounds.

One table says it; unknown fields pass (they are classified like everything else), fields that would choose another
destination do not.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from ambos.errors import RedirectingFieldError, RequestError
from ambos.messages import Json

Check: TypeAlias = Callable[[str, Json], None]

# Where a request goes is the house's business. The names are those that clients, SDKs, proxies and routers give to the
# address, the account, the headers and the fallbacks of a call (LiteLLM CVE-2024-6587 and its successors).
# fmt: off
REDIRECTING = frozenset((
    "api_base", "base_url", "api_key", "api_version", "api_type", "api_secret", "endpoint", "url", "host", "proxy",
    "proxies", "headers", "extra_headers", "extra_query", "extra_body", "default_headers", "default_query",
    "organization", "organisation", "project", "custom_llm_provider", "provider", "route", "models", "fallbacks",
    "context_window_fallbacks", "model_list", "litellm_params", "router_settings", "user_config", "azure_endpoint",
    "azure_ad_token", "azure_deployment", "deployment_id", "vertex_project", "vertex_location", "vertex_credentials",
    "aws_access_key_id", "aws_secret_access_key", "aws_session_token", "aws_region_name",
    "aws_bedrock_runtime_endpoint", "http_client", "client", "mock_response",
))
# fmt: on
_DEPRECATED = {"functions": "tools", "function_call": "tool_choice"}

_NAMES = {
    type(None): "null",
    bool: "a boolean",
    int: "an integer",
    float: "a number",
    str: "a string",
    list: "an array",
    dict: "an object",
}


def wrong(param: str, expected: str, came: Json) -> RequestError:
    """The error for a value of the wrong type; it names the type that came, never the value."""
    if came is None:
        return RequestError(f"'{param}' is required: {expected}", param=param, code="missing_required_parameter")
    return RequestError(
        f"invalid type for '{param}': expected {expected}, but got {_NAMES[type(came)]}",
        param=param,
        code="invalid_type",
    )


def refused(param: str, expected: str, code: str = "invalid_value") -> RequestError:
    """The error for a value of the right type that is not allowed."""
    return RequestError(f"invalid value for '{param}': expected {expected}", param=param, code=code)


def refuse_redirects(tree: Mapping[str, Json]) -> None:
    """Raise for a top-level field that names another destination, in any spelling of its name."""
    for name in tree:
        plain = name.lower().replace("-", "_")
        if plain in REDIRECTING:
            raise RedirectingFieldError(f"'{plain}' may not be sent: the house chooses the destination", param=plain)


def check_fields(tree: Mapping[str, Json], checks: Mapping[str, Check], prefix: str = "") -> None:
    """Each known field that is present and not null, by its check."""
    for name, value in tree.items():
        check = checks.get(name)
        if check is not None and value is not None:
            check(prefix + name, value)


def _is(kind: type, expected: str) -> Check:
    def check(param: str, value: Json) -> None:
        if type(value) is not kind:
            raise wrong(param, expected, value)

    return check


string, boolean, array, mapping = (
    _is(kind, _NAMES[kind]) for kind in (str, bool, list, dict)
)  # the plain types, by the words of the errors


def integer(least: int, most: int) -> Check:
    """A check for whole numbers within bounds."""

    def check(param: str, value: Json) -> None:
        if type(value) is not int:
            raise wrong(param, "an integer", value)
        if value < least:
            raise refused(param, f"at least {least}", "integer_below_min_value")
        if value > most:
            raise refused(param, f"at most {most}", "integer_above_max_value")

    return check


def number(least: float, most: float) -> Check:
    """A check for numbers within bounds."""

    def check(param: str, value: Json) -> None:
        if type(value) is not float and type(value) is not int:
            raise wrong(param, "a number", value)
        if value < least:
            raise refused(param, f"at least {least}", "decimal_below_min_value")
        if value > most:
            raise refused(param, f"at most {most}", "decimal_above_max_value")

    return check


def _stop(param: str, value: Json) -> None:
    items = value if isinstance(value, list) else [value]
    for item in items:
        string(param, item)
    if len(items) > 16:
        raise refused(param, "at most 16 sequences", "array_above_max_length")


def _stream_options(param: str, value: Json) -> None:
    mapping(param, value)
    assert isinstance(value, dict)  # noqa: S101  checked by the line above; tells mypy
    check_fields(value, {"include_usage": boolean, "include_obfuscation": boolean}, f"{param}.")


def _response_format(param: str, value: Json) -> None:
    if not isinstance(value, dict):
        raise wrong(param, "an object", value)
    kind = value.get("type")
    if kind not in ("text", "json_object", "json_schema"):
        raise refused(f"{param}.type", "one of 'text', 'json_object', 'json_schema'")
    if kind == "json_schema":
        _json_schema(f"{param}.json_schema", value.get("json_schema"))


def _json_schema(param: str, value: Json) -> None:
    if not isinstance(value, dict):
        raise wrong(param, "an object with 'name' and 'schema'", value)
    for name, check in (("name", string), ("schema", mapping)):
        if name not in value:
            raise wrong(f"{param}.{name}", "the name and the schema of the answer", None)
        check(f"{param}.{name}", value[name])
    check_fields(value, {"strict": boolean, "description": string}, f"{param}.")


def _deprecated(param: str, value: Json) -> None:
    del value
    message = f"'{param}' is not served: send '{_DEPRECATED[param]}'"
    raise RequestError(message, param=param, code="unsupported_parameter")


_TOKENS = integer(1, 10_000_000)  # ten times the longest context known; anything longer is a mistake
FIELDS: Mapping[str, Check] = {
    "model": string,
    "stream": boolean,
    "stream_options": _stream_options,
    "n": integer(1, 128),
    "max_tokens": _TOKENS,
    "max_completion_tokens": _TOKENS,
    "temperature": number(0, 2),
    "top_p": number(0, 1),
    "frequency_penalty": number(-2, 2),
    "presence_penalty": number(-2, 2),
    "logprobs": boolean,
    "top_logprobs": integer(0, 20),
    "logit_bias": mapping,
    "seed": integer(-(2**63), 2**64 - 1),
    "stop": _stop,
    "response_format": _response_format,
    "parallel_tool_calls": boolean,
    "metadata": mapping,
    "store": boolean,
    "user": string,
    "modalities": array,
    "audio": mapping,
    "prediction": mapping,
    "reasoning_effort": string,
    "verbosity": string,
    "service_tier": string,
    "safety_identifier": string,
    "prompt_cache_key": string,
    "prompt_cache_retention": string,
    "web_search_options": mapping,
    "previous_response_id": string,
    "functions": _deprecated,
    "function_call": _deprecated,
}
