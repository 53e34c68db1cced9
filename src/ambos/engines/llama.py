"""The embedded model behind the door `Model`: waits for a fair turn, asks the child to stream, reads what it says."""

from __future__ import annotations

import contextlib
from collections.abc import AsyncGenerator
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import orjson

from ambos.engines.probe import Line
from ambos.engines.prompt import Prepared, prepare
from ambos.engines.queue import FairQueue
from ambos.engines.refusal import explain_refusal, too_long
from ambos.engines.settings import EngineSettings
from ambos.errors import EngineError, UpstreamError
from ambos.messages import Batch, Zone
from ambos.ports import Dispatch
from ambos.wire import AnswerReader

_MAX_REFUSAL_BYTES: Final = 64 << 10


class LlamaEngine:
    """The embedded model. One for each worker; all share the child.

    The child may die at any time: the answer that runs fails with `EngineError`, and requests work again as soon as
    the supervisor has started the next child, since every request opens its own connection.
    """

    def __init__(self, settings: EngineSettings, *, socket_path: Path, api_key: str) -> None:
        self._settings, self._api_key, self._socket = settings, api_key, socket_path
        self._line = Line(socket_path, api_key=api_key, idle_timeout_s=settings.idle_timeout_s)
        self._former: list[Line] = []
        self._queue = FairQueue(running=settings.parallel, max_waiting=settings.max_waiting)

    @property
    def waiting(self) -> int:
        """Requests of this worker that wait for a turn."""
        return self._queue.waiting

    def use(self, socket_path: Path, adapters: tuple[str, ...]) -> None:
        """From the next request on ask this child, which loaded these adapters; what runs ends where it began."""
        if (socket_path, adapters) == (self._socket, self._settings.adapters):
            return
        self._former.append(self._line)
        self._settings = replace(self._settings, adapters=adapters)
        self._socket = socket_path
        self._line = Line(socket_path, api_key=self._api_key, idle_timeout_s=self._settings.idle_timeout_s)

    async def stream(self, dispatch: Dispatch, *, principal: str = "") -> AsyncGenerator[Batch, None]:
        """What the model says, one batch for each read. Closing the iterator frees the model's slot.

        Args:
            dispatch: an OpenAI chat request; streamed whatever it says, because an abandoned whole answer runs on.
            principal: whose turn it is; "" makes every request its own principal, first come first served.

        Raises:
            RequestError: the request cannot be served (too long, a schema that cannot be enforced).
            OverloadedError: too many requests wait.
            EngineError: the child is not there, or died.
        """
        raw = dispatch.take(provider=self._settings.provider, zone=Zone.INSIDE)
        async with self._queue.turn(principal or dispatch.owner or dispatch.asked_id):
            # only now: a child that came while this waited may hold other adapters under the same numbers
            request, line = prepare(raw, self._settings), self._line
            try:
                async with contextlib.aclosing(self._answer(line, request)) as batches:
                    async for batch in batches:
                        yield batch
            except OSError as error:  # TimeoutError is one
                raise EngineError(
                    "the embedded engine is not running; if it does not come back, the server's own output says why"
                ) from error
            except UpstreamError as error:
                raise EngineError("the engine broke off or said something that is not its protocol") from error

    async def close(self) -> None:
        """End what runs and let go of the socket."""
        for line in (*self._former, self._line):
            await line.close()

    async def _answer(self, line: Line, request: Prepared) -> AsyncGenerator[Batch, None]:
        await self._check_length(line, request)
        reader = AnswerReader("openai")
        response = await line.post("/v1/chat/completions", request.body)
        try:
            if response.status != 200:
                raise explain_refusal(
                    response.status,
                    await response.read(_MAX_REFUSAL_BYTES),
                    request,
                    self._settings.max_prompt_tokens,
                )
            async for data in response.pieces():
                if batch := reader.feed(data):
                    yield batch
            if not reader.is_done:
                raise EngineError("the engine stopped in the middle of its answer")
        finally:
            response.close()  # this is what frees the slot

    async def _check_length(self, line: Line, request: Prepared) -> None:
        # Reading a long prompt cannot be interrupted, so that its length is known before it is sent.
        limit = self._settings.max_prompt_tokens
        if request.prompt_bytes <= limit:
            return
        if request.prompt_bytes > limit * 64:  # no language writes 64 bytes a token: do not even count
            raise too_long(limit)
        rendered = await self._ask(line, "/apply-template", request.template_part, request)
        counted = await self._ask(line, "/tokenize", {"content": rendered["prompt"]}, request)
        if len(counted["tokens"]) > limit:
            raise too_long(limit)

    async def _ask(self, line: Line, path: str, body: dict[str, Any], request: Prepared) -> dict[str, Any]:
        async with await line.post(path, body) as response:
            if response.status != 200:
                refusal = await response.read(_MAX_REFUSAL_BYTES)
                raise explain_refusal(response.status, refusal, request, self._settings.max_prompt_tokens)
            answer: dict[str, Any] = orjson.loads(await response.read())
            return answer
