"""`POST /v1/chat/completions`: from bytes to the corridor and back, whole or as a stream."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial

from ambos.app import House
from ambos.errors import AmbosError, RequestError
from ambos.gateway import Answer, Ask
from ambos.identity import Principal
from ambos.messages import Batch, Finished, Level, Text
from ambos.web.http import GoneError, Receive, Scope, Send, ambos_headers, header, read_body, send_json
from ambos.web.notice import has_tool_calls, notice_for
from ambos.web.protocol import BoundedProtocol
from ambos.wire import ChatRequest, ChatWriter, parse, read_chat

_LEVELS = {**{level.label: level for level in Level}, "high": Level.RESTRICTED}
_TRUE = (b"1", b"true", b"yes")


async def chat(house: House, principal: Principal, scope: Scope, receive: Receive, send: Send, request_id: str) -> None:
    """Serve one request; whatever fails before the first delta becomes a plain JSON error."""
    connection = scope.get("ambos.connection")
    task = asyncio.current_task()
    try:
        body = await read_body(scope, receive, house.config.server.max_body_bytes)
        request = read_chat(parse(body))
        ask = _ask(principal, request, body, scope)
        if connection is not None and task is not None:
            connection.on_gone = task.cancel
        answer = await house.gateway.answer(ask)
        notice = partial(_notice, house, answer, ask)
        batches = _with_notice(answer, notice) if answer.outbound.stand_ins or notice() else answer.batches
        serve = _stream if request.is_stream else _whole
        await serve(_Reply(house, answer, request, batches, send, request_id, connection))
    except GoneError:
        return
    except asyncio.CancelledError:
        # The client has gone: the corridor has stopped the model and logged it; uvicorn needs no traceback.
        if connection is None or connection.on_gone is not None:
            raise
    finally:
        if connection is not None:
            connection.on_gone = None


def _ask(principal: Principal, request: ChatRequest, body: bytes, scope: Scope) -> Ask:
    sensitivity = header(scope, b"x-ambos-sensitivity").decode("latin-1").strip().lower()
    if sensitivity and sensitivity not in _LEVELS:
        raise RequestError("x-ambos-sensitivity must be public, internal, confidential or restricted", param="header")
    retries = header(scope, b"x-stainless-retry-count")
    return Ask(
        principal=principal,
        chat=request,
        body=body,
        conversation=header(scope, b"x-ambos-conversation").decode("latin-1")[:200] or None,
        tighten=_LEVELS.get(sensitivity),
        is_strict=header(scope, b"x-ambos-strict").lower() in _TRUE,
        metadata={"stream": request.is_stream, "retry": int(retries) if retries.isdigit() and len(retries) < 4 else 0},
    )


def _notice(house: House, answer: Answer, ask: Ask, said: str = "") -> str:
    mode = house.config.server.notice
    is_wanted = mode == "always" or (mode == "people" and ask.principal.is_person)
    if ask.chat.is_structured:
        return ""
    return notice_for(answer, language=ask.principal.language, is_wanted=is_wanted, said=said)


async def _with_notice(answer: Answer, notice: Callable[[str], str]) -> AsyncIterator[Batch]:
    """The batches with the notice about all that was said at the end of the text, never beside a tool call."""
    called_tool, said = False, list[str]()
    async with aclosing(answer.batches) as batches:  # type: ignore[type-var]  # an async generator by construction
        async for batch in batches:
            called_tool = called_tool or has_tool_calls(batch)
            said += [delta.text for delta in batch if type(delta) is Text]
            if not called_tool and any(type(delta) is Finished for delta in batch):
                words = notice("".join(said))
                yield (Text(words), *batch) if words else batch
            else:
                yield batch


@dataclass(frozen=True, slots=True)
class _Reply:
    """Everything that writing an answer takes."""

    house: House
    answer: Answer
    request: ChatRequest
    batches: AsyncIterator[Batch]
    send: Send
    request_id: str
    connection: BoundedProtocol | None

    def writer(self) -> ChatWriter:
        """Writes this answer in OpenAI's form."""
        return ChatWriter(
            id=f"chatcmpl-{self.answer.asked.id}",
            model=self.answer.model.name,
            created=self.house.clock.now_ms() // 1000,
            include_usage=self.request.include_usage,
        )

    def headers(self) -> list[tuple[bytes, bytes]]:
        """Where the answer ran, by header."""
        answer = self.answer
        facts = ambos_headers(
            route=answer.route.value,
            level=answer.decision.level.label,
            model=answer.model.name,
            fitness=answer.model.fitness,
            policy=answer.decision.policy,
            redactions=str(answer.outbound.redactions),
            audit_id=answer.asked.id,
        )
        return [(b"x-request-id", self.request_id.encode()), *facts]


async def _whole(reply: _Reply) -> None:
    collected = [batch async for batch in reply.batches]
    await send_json(reply.send, 200, reply.writer().whole(collected), reply.headers())


async def _stream(reply: _Reply) -> None:
    writer, send = reply.writer(), reply.send
    head = [
        (b"content-type", b"text/event-stream; charset=utf-8"),
        (b"cache-control", b"no-cache"),
        (b"x-accel-buffering", b"no"),
    ]
    await send({"type": "http.response.start", "status": 200, "headers": [*head, *reply.headers()]})
    idle = reply.house.config.server.idle_s
    loop = asyncio.get_running_loop()
    try:
        # One timer for the whole stream, moved on at each step: neither a client nor a model may stand still for longer.
        async with asyncio.timeout(idle) as limit, aclosing(reply.batches) as source:  # type: ignore[type-var]
            async for batch in source:
                limit.reschedule(loop.time() + idle)
                await send({"type": "http.response.body", "body": writer.batch(batch), "more_body": True})
                limit.reschedule(loop.time() + idle)
    except AmbosError as error:
        await send({"type": "http.response.body", "body": writer.error(error), "more_body": True})
    except TimeoutError:
        # What is still unsent to a client that does not read would be kept for ever: cut the line.
        if reply.connection is not None:
            reply.connection.abort()
        return
    await send({"type": "http.response.body", "body": writer.end(), "more_body": False})
