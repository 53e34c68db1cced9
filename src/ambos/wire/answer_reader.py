"""What a provider says, read into deltas, as a stream or whole.

A machine per answer: `feed(bytes) -> Batch`, `close() -> Batch`. What a dialect's events mean is in `openai_answers`
and `anthropic_answers`; here is what holds for all: a choice finishes once, the ends come last, tokens are told once.
"""

from __future__ import annotations

from typing import Any, Final

import orjson

from ambos.errors import UpstreamError
from ambos.messages import Batch, Delta, Finished, Usage
from ambos.wire.anthropic_answers import MessageEvents, read_message
from ambos.wire.event_stream import EventStream
from ambos.wire.openai_answers import ChunkEvents, read_completion
from ambos.wire.upstream import told_reason, upstream_failure

_DONE: Final = b"[DONE]"
# What reading something else than the protocol raises.
_SLIPS: Final = (AttributeError, KeyError, TypeError, ValueError)


class AnswerReader:
    """Reads one streamed answer.

    `Finished` and `Usage` are held until the stream says that it is over: providers put usage before, beside and behind
    the last choice, some cumulatively in every chunk, and text may follow a finish that came too early.

    Attributes:
        is_done: the provider said that it is over; what follows is not read.
    """

    def __init__(self, dialect: str) -> None:
        self._stream = EventStream()
        self._events: ChunkEvents | MessageEvents = MessageEvents() if dialect == "anthropic" else ChunkEvents()
        self._finished: dict[int, Finished] = {}
        self._usage: Usage | None = None
        self.is_done = False

    @property
    def is_complete(self) -> bool:
        """Every choice that began has finished, whether or not the stream has ended."""
        return bool(self._finished) and self._events.begun <= self._finished.keys()

    def feed(self, data: bytes) -> Batch:
        """The deltas of all events that `data` completes.

        Raises:
            UpstreamError: an error event (by its reason), something that is not the protocol (reason "malformed"), or
                an end before a choice was finished (reason "truncated").
            RequestError: the provider says in the stream that the conversation is too long or filtered.
        """
        return self._deltas(self._stream.feed(data)) if not self.is_done else ()

    def close(self) -> Batch:
        """The deltas that the end of the connection completes.

        Raises:
            UpstreamError: the answer is not complete (reason "truncated").
        """
        if self.is_done:
            return ()
        said = self._deltas(self._stream.close())
        return said if self.is_done else (*said, *self._end())

    def _deltas(self, payloads: list[bytes]) -> Batch:
        out: list[Delta] = []
        for payload in payloads:
            if payload[:1] != b"{" and payload.strip() in (_DONE, b""):
                if not payload.strip():
                    continue
                return (*out, *self._end())
            for delta in self._read(payload):
                if isinstance(delta, Finished):
                    self._finished.setdefault(delta.index, delta)
                elif isinstance(delta, Usage):
                    self._usage = delta
                else:
                    out.append(delta)
            if self._events.is_over:
                return (*out, *self._end())
        return tuple(out)

    def _read(self, payload: bytes) -> list[Delta]:
        event = _object(payload)
        try:
            return self._events.read(event)
        except _SLIPS:
            raise upstream_failure("malformed") from None

    def _end(self) -> Batch:
        if not self.is_complete:
            raise upstream_failure("truncated")
        self.is_done = True
        finished = (self._finished[index] for index in sorted(self._finished))
        return (*finished, self._usage) if self._usage else tuple(finished)


def read_whole(dialect: str, body: bytes) -> Batch:
    """The deltas of an answer that came as one JSON object.

    Raises:
        UpstreamError: it is an error, or not an answer of this dialect (reason "malformed").
    """
    answer = _object(body)
    try:
        said = read_message(answer) if dialect == "anthropic" else read_completion(answer)
    except UpstreamError:
        raise
    except _SLIPS:
        raise upstream_failure("malformed") from None
    return tuple(said)


def _object(payload: bytes) -> dict[str, Any]:
    try:
        event = orjson.loads(payload)
    except orjson.JSONDecodeError:
        raise upstream_failure("malformed") from None
    if not isinstance(event, dict):
        raise upstream_failure("malformed")
    if error := event.get("error"):
        raise upstream_failure(told_reason(error))
    found: dict[str, Any] = event
    return found
