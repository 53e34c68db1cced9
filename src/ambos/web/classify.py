"""`POST /v1/classify`: labels of texts by an adapted model that was promoted. Nothing leaves the house.

A body is `{"model": "ambos/NAME", "input": "text" or ["text", …]}`; what was asked is neither kept nor logged as text.
"""

from __future__ import annotations

import asyncio
from typing import Any, Final

import msgspec

from ambos.app import House
from ambos.engines.classifier import MOST_TEXTS, Classifier
from ambos.errors import AdaptError, RequestError, UnknownModelError
from ambos.identity import Principal
from ambos.messages import Json
from ambos.web.http import Receive, Scope, Send, read_body, send_json
from ambos.wire import parse

_MOST_CHARACTERS: Final = 200_000  # of all texts of one call
_KEPT: Final = 4  # classifiers that a worker keeps open


class Classifiers:
    """The promoted classifiers of one worker, opened when first asked for."""

    def __init__(self, house: House) -> None:
        self._house = house
        self._open: dict[str, Classifier] = {}

    async def serve(self, principal: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        """Serve one request; the caller has authorised it."""
        tree = parse(await read_body(scope, receive, self._house.config.server.max_body_bytes))
        name, texts = _asked(tree)
        answer = await asyncio.to_thread(self._answer, name, texts, principal.tenant)
        headers = [(b"x-request-id", request_id.encode()), (b"x-ambos-route", b"local")]
        await send_json(send, 200, msgspec.json.encode(answer), headers)

    def _answer(self, name: str, texts: list[str], tenant: str) -> dict[str, Any]:  # Any: JSON of our own
        found = self._classifier(name, tenant)
        data = [
            {
                "index": at,
                "labels": [one.label for one in labels if one.is_chosen],
                "scores": [{"label": one.label, "probability": round(one.probability, 6)} for one in labels],
            }
            for at, labels in enumerate(found.classify(texts))
        ]
        return {"object": "list", "model": f"ambos/{found.name}", "data": data}

    def _classifier(self, name: str, tenant: str) -> Classifier:
        house = self._house
        try:
            one = house.store.registry.served(name, tenant=tenant, now_ms=house.clock.now_ms())
        except AdaptError as error:
            raise UnknownModelError(str(error), param="model") from None
        if one.family == "chat":
            raise UnknownModelError("this is a chat model: ask it at /v1/chat/completions", param="model")
        if one.artefact not in self._open:
            if len(self._open) >= _KEPT:
                self._open.pop(next(iter(self._open)))
            content = house.store.registry.content(one.artefact, tenant=tenant)
            self._open[one.artefact] = Classifier.load(one.name, content, house.config.models)
        return self._open[one.artefact]


def _asked(tree: Json) -> tuple[str, list[str]]:
    if not isinstance(tree, dict) or set(tree) - {"model", "input", "user"}:
        raise RequestError("a classification holds `model` and `input`, nothing else", param="input")
    name, given = tree.get("model"), tree.get("input")
    texts = [given] if isinstance(given, str) else given
    if not isinstance(name, str) or not name:
        raise RequestError("name the model: ambos/NAME", param="model")
    if not isinstance(texts, list) or not 0 < len(texts) <= MOST_TEXTS:
        raise RequestError(f"`input` is a text or a list of 1 to {MOST_TEXTS} texts", param="input")
    checked = [one for one in texts if isinstance(one, str)]
    if len(checked) != len(texts) or sum(map(len, checked)) > _MOST_CHARACTERS:
        raise RequestError(f"`input` holds texts only, {_MOST_CHARACTERS} characters in all at most", param="input")
    return name, checked
