"""The dialects both ways and event-stream framing (pure)."""

from ambos.wire.answer_reader import AnswerReader, read_whole
from ambos.wire.bodies import error_body, model_body, models_body
from ambos.wire.chat import ChatRequest, read_chat
from ambos.wire.chat_writer import ChatWriter
from ambos.wire.event_stream import EventStream
from ambos.wire.rendering import DIALECTS, render
from ambos.wire.tree import parse
from ambos.wire.upstream import body_reason, upstream_failure

__all__ = [
    "DIALECTS",
    "AnswerReader",
    "ChatRequest",
    "ChatWriter",
    "EventStream",
    "body_reason",
    "error_body",
    "model_body",
    "models_body",
    "parse",
    "read_chat",
    "read_whole",
    "render",
    "upstream_failure",
]
