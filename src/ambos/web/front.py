"""The front of the house: one raw ASGI callable, a table of routes, every failure in OpenAI's JSON form.

Authentication and authorisation happen once, here, on the parsed route. The console is a Starlette application that is
handed the paths it owns; the control routes exist on the Unix socket only.
"""

from __future__ import annotations

import asyncio
import logging
import os
import time
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from ambos.app import House
from ambos.errors import (
    AmbosError,
    AuthenticationError,
    InternalError,
    RateLimitError,
    UnknownModelError,
    UnknownRouteError,
)
from ambos.identity import Action, Principal, Profile, authorise, new_handle, presented_key
from ambos.web.chat import chat
from ambos.web.classify import Classifiers
from ambos.web.console import console_app
from ambos.web.control import Control
from ambos.web.experiments import PREFIX as EXPERIMENTS
from ambos.web.experiments import ExperimentRoutes
from ambos.web.http import Receive, Scope, Send, send_error, send_json
from ambos.web.log import ENTRIES, LogRoutes, is_open
from ambos.web.metrics import Metrics
from ambos.wire import model_body, models_body

_log = logging.getLogger(__name__)
_CONSOLE = ("/console", "/static")

Handler = Callable[[Principal, Scope, Receive, Send, str], Awaitable[None]]


@dataclass(frozen=True, slots=True)
class Route:
    """One row of the table: who may, and what serves it."""

    method: str
    path: str
    action: Action
    handler: Handler


class Front:
    """The ASGI application of one worker."""

    def __init__(self, house: House, metrics: Metrics) -> None:
        self._house = house
        self._metrics = metrics
        metrics.watch(house.egress)
        metrics.watch_probes(lambda: house.probes.problem)
        self._console = console_app(house)
        self._control = Control(house)
        self._tree = LogRoutes(house)
        experiments = ExperimentRoutes(house)
        self._classifiers = Classifiers(house)
        self.routes = (
            Route("POST", "/v1/chat/completions", Action.CHAT, self._chat),
            Route("POST", "/v1/classify", Action.CHAT, self._classifiers.serve),
            Route("GET", "/v1/models", Action.MODELS_LIST, self._models),
            Route("GET", "/v1/models/", Action.MODELS_LIST, self._model),
            Route("GET", "/metrics", Action.METRICS, self._show_metrics),
            Route("POST", EXPERIMENTS, Action.EXPERIMENT_ENROL, experiments.take),
            Route("GET", EXPERIMENTS, Action.EXPERIMENT_VIEW, experiments.show),
            Route("GET", ENTRIES, Action.AUDIT_SHOW, self._tree.entries),
        )
        self._exact = {(route.method, route.path): route for route in self.routes if not route.path.endswith("/")}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one request; nothing but a cancellation gets out of here."""
        if scope["type"] == "lifespan":
            await self._lifespan(receive, send)
            return
        request_id = new_handle("q", self._house.rng.token(12))
        started = time.perf_counter()
        seen = _Seen(send)
        try:
            await self._serve(scope, receive, seen, request_id)
        except AmbosError as error:
            await self._fail(seen, error, request_id)
        except Exception as error:  # noqa: BLE001  the last wall: our bug, told without details
            await self._fail(seen, InternalError(_trace(error)), request_id)
        finally:
            self._metrics.answered(seen.route, seen.status, time.perf_counter() - started)

    async def _serve(self, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        path, method = scope["path"], scope["method"]
        if path in ("/healthz", "/readyz"):
            await self._health(path, send)
        elif path == "/":
            await send({"type": "http.response.start", "status": 303, "headers": [(b"location", b"/console/")]})
            await send({"type": "http.response.body", "body": b""})
        elif path.startswith(_CONSOLE):
            await self._console(scope, receive, send)
        elif path.startswith("/control/"):
            await self._controlled(scope, receive, send)
        elif is_open(path):
            await self._tree.open(scope, send)
        else:
            route = self._find(method, path)
            principal = await self._authenticate(scope)
            authorise(principal, route.action, profile=Profile(self._house.config.profile))
            await route.handler(principal, scope, receive, send, request_id)

    def _find(self, method: str, path: str) -> Route:
        if (exact := self._exact.get((method, path))) is not None:
            return exact
        fits = [r for r in self.routes if path == r.path or (r.path.endswith("/") and path.startswith(r.path))]
        for route in fits:
            if route.method == method:
                return route
        if fits:
            raise UnknownRouteError(
                f"{method[:10]} is not served here; use {fits[0].method}", code="method_not_allowed"
            )
        raise UnknownRouteError("there is no such path; /v1/chat/completions and /v1/models are served")

    async def _authenticate(self, scope: Scope) -> Principal:
        key = presented_key(scope["headers"], query=scope["query_string"])
        principal = await self._house.store.keys.find(key)
        if principal is None:
            raise AuthenticationError("this key is not valid here; `ambos keys create` makes one")
        if not self._house.allows(principal):
            raise RateLimitError("too many requests of this key in a minute; wait and try again")
        return principal

    # --- routes ------------------------------------------------------------------------------------------------------

    async def _chat(self, principal: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        await chat(self._house, principal, scope, receive, send, request_id)

    async def _models(self, _: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        del scope, receive
        await send_json(send, 200, models_body(self._house.listed_models()), [(b"x-request-id", request_id.encode())])

    async def _model(self, _: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        del receive
        name = unquote(scope["path"].removeprefix("/v1/models/"))
        for model in self._house.listed_models():
            if model.name == name:
                await send_json(send, 200, model_body(model), [(b"x-request-id", request_id.encode())])
                return
        raise UnknownModelError("no model of this name is in the catalogue; GET /v1/models lists them", param="model")

    async def _show_metrics(self, _: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
        del scope, receive, request_id
        body = self._metrics.text()
        headers = [(b"content-type", b"text/plain; version=0.0.4"), (b"content-length", b"%d" % len(body))]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        await send({"type": "http.response.body", "body": body})

    async def _health(self, path: str, send: Send) -> None:
        problems = () if path == "/healthz" else self._house.problems()
        body = (
            b'{"status":"ok"}'
            if not problems
            else b'{"status":"not ready","problems":["%s"]}' % '","'.join(problems).encode()
        )
        await send_json(send, 503 if problems else 200, body)

    async def _controlled(self, scope: Scope, receive: Receive, send: Send) -> None:
        uid = getattr(scope.get("ambos.connection"), "peer_uid", None)
        if uid is None or uid not in (os.getuid(), 0):
            raise UnknownRouteError("there is no such path; /v1/chat/completions and /v1/models are served")
        await self._control.serve(scope, receive, send)

    async def _fail(self, seen: _Seen, error: AmbosError, request_id: str) -> None:
        if seen.has_started:
            raise error
        if not isinstance(error, InternalError):
            await send_error(seen, error, request_id)
            return
        # Our own state is told by its class and code only: messages of the store may name paths.
        told = type(error)(_INTERNAL_WORDS)
        told.note(audit_id=error.audit_id, level=error.level, policy=error.policy)
        _log.error("request %s: %s: %s", request_id, type(error).__name__, error)
        await send_error(seen, told, request_id)

    async def _lifespan(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._house.start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._house.close()
                await send({"type": "lifespan.shutdown.complete"})
                return


_INTERNAL_WORDS = (
    "Ambos cannot write down what it would do, or cannot decide it, so nothing was sent; see `ambos doctor`"
)


class _Seen:
    """Remembers of an answer what the metrics count."""

    __slots__ = ("_send", "has_started", "route", "status")

    def __init__(self, send: Send) -> None:
        self._send = send
        self.has_started = False
        self.route = "none"
        self.status = "0"

    async def __call__(self, message: MutableMapping[str, Any]) -> None:
        if message["type"] == "http.response.start":
            self.has_started = True
            self.status = str(message["status"])
            for name, value in message.get("headers", ()):
                if name == b"x-ambos-route":
                    self.route = value.decode()
        await self._send(message)


def _trace(error: BaseException) -> str:
    """Class and places of an error, without its message: that may hold a person's text."""
    places = []
    step = error.__traceback__
    while step is not None:
        places.append(f"{step.tb_frame.f_code.co_name}:{step.tb_lineno}")
        step = step.tb_next
    return f"{type(error).__name__} at {' > '.join(places[-6:])}"


async def served(front: Front, scope: Scope, receive: Receive, send: Send) -> None:
    """The callable that uvicorn is given: cancelled tasks of clients that left end quietly."""
    try:
        await front(scope, receive, send)
    except asyncio.CancelledError:
        connection = scope.get("ambos.connection")
        if connection is None or not connection.transport.is_closing():
            raise
