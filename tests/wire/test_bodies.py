from __future__ import annotations

import orjson
import pytest
from anthropic.types import ModelInfo
from openai.types import Model

from ambos import errors
from ambos.messages import ServedModel, Zone
from ambos.wire import error_body, model_body, models_body

BIG = ServedModel("acme/big-1", "acme", "big-1", Zone.OUTSIDE)
SMALL = ServedModel("ambos/small", "embedded", "small", Zone.INSIDE)


@pytest.mark.parametrize(
    ("error", "kind", "param", "code"),
    [
        (errors.AuthenticationError("no key"), "authentication_error", None, "invalid_api_key"),
        (errors.UnknownModelError("none", param="model"), "not_found_error", "model", "model_not_found"),
        (errors.PolicyBlockedError("no"), "permission_error", None, "policy_blocked"),
        (errors.RateLimitError("wait"), "rate_limit_error", None, "rate_limit_exceeded"),
        (errors.TooLargeError("big"), "invalid_request_error", None, "request_too_large"),
        (errors.UpstreamError("late", reason="unavailable"), "api_error", None, "upstream_error"),
        (errors.LogUnavailableError("/secret/path"), "server_error", None, "log_unavailable"),
        (errors.ProofError("/secret/path"), "server_error", None, "bad_proof"),
    ],
)
def test_errors_have_all_four_keys(error: errors.AmbosError, kind: str, param: str | None, code: str) -> None:
    body = orjson.loads(error_body(error, "q_1"))
    assert body["request_id"] == "q_1"
    assert (body["error"]["type"], body["error"]["param"], body["error"]["code"]) == (kind, param, code)
    assert body["error"].keys() == {"message", "type", "param", "code"}
    assert "/secret" not in body["error"]["message"]


def test_one_list_of_models_satisfies_both_sdks() -> None:
    body = orjson.loads(models_body([BIG, SMALL]))
    assert (body["object"], body["has_more"], body["first_id"], body["last_id"]) == (
        "list",
        False,
        "acme/big-1",
        "ambos/small",
    )
    for one in body["data"]:
        assert Model.model_validate(one, strict=True).id == one["id"]
        assert ModelInfo.model_validate(one).display_name == one["id"]
    assert body["data"][0]["owned_by"] == "acme"
    assert orjson.loads(model_body(BIG)) == body["data"][0]


def test_an_empty_list_is_a_list() -> None:
    assert orjson.loads(models_body([])) == {
        "object": "list",
        "data": [],
        "has_more": False,
        "first_id": None,
        "last_id": None,
    }
