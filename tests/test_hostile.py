"""Every parser of what comes from outside: any bytes give a value or an error of ours, never another.

One row for each; the bytes are random ones and damaged copies of a right sample, which reach deeper. A row without a
sample has none that is short.
"""

from __future__ import annotations

import json
import tomllib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import ambos_verify.receipt as alone
from ambos.audit import Checkpoint, Entry, Frontier, Receipt, Verifier
from ambos.audit.anchor import Anchor
from ambos.audit.note import Note
from ambos.audit.quorum import Quorum
from ambos.audit.receipt import Proof
from ambos.audit.tiles import Tile, parse_bundle, parse_tile
from ambos.audit.witness import Submission
from ambos.errors import AmbosError
from ambos.experiment.planning import read_plan
from ambos.identity.credentials import presented_key
from ambos.identity.keys import parse_key
from ambos.policy.rules import parse_rules
from ambos.privacy.tag_weights import from_bytes
from ambos.store.keyservice import KeySettings, VaultSettings, service_that_wrote
from ambos.store.rootkey import read_installation
from ambos.store.vault import _told
from ambos.wire.answer_reader import AnswerReader, read_whole
from ambos.wire.chat import read_chat
from ambos.wire.event_stream import EventStream
from ambos.wire.tree import parse

VECTORS = Path(__file__).parents[1] / "vectors"


def sample(file: str, field: str) -> bytes:
    """The right cases of a file of vectors, the first."""
    found = json.loads((VECTORS / file).read_text(encoding="utf-8"))["accept"][0][field]
    return str(found).encode()


def text(data: bytes) -> str:
    return data.decode("utf-8", "surrogateescape")


def toml(data: bytes) -> None:
    try:
        values = tomllib.loads(data.decode("utf-8", "replace"))
    except tomllib.TOMLDecodeError:
        return
    read_plan(values)


def streamed(dialect: str) -> Callable[[bytes], object]:
    def read(data: bytes) -> None:
        reader = AnswerReader(dialect)
        reader.feed(data)
        reader.close()

    return read


def chat(data: bytes) -> object:
    return read_chat(parse(data))


def from_file(data: bytes, folder: Path) -> object:
    path = folder / "installation"
    path.write_bytes(data)
    return read_installation(path)


KEY = sample("audit/checkpoints.json", "keys")[2:-2].decode()
BODY = b'{"model":"a/b","messages":[{"role":"user","content":[{"type":"text","text":"hola"}]}],"stream":true,"n":1}'
CHUNK = b'data: {"id":"x","choices":[{"index":0,"delta":{"content":"a"},"finish_reason":"stop"}]}\n\ndata: [DONE]\n\n'
EVENT = (
    b'event: message_start\ndata: {"type":"message_start","message":{"id":"m","role":"assistant","content":[],'
    b'"model":"x","usage":{"input_tokens":1,"output_tokens":1}}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'
)
WHOLE = b'{"id":"x","choices":[{"index":0,"message":{"role":"assistant","content":"a"},"finish_reason":"stop"}]}'
VAULT = b"ambos-root/v1 scrypt 17 8 1 " + b"00" * 16 + b" " + b"01" * 61


@dataclass(frozen=True)
class Row:
    """A parser, what it is fed by, and the errors that are ours."""

    name: str
    read: Callable[[bytes], object]
    right: bytes = b""
    ours: tuple[type[Exception], ...] = (AmbosError,)


ROWS = [
    Row("request body", parse, BODY),
    Row("chat request", chat, BODY),
    Row("authorization header", lambda data: presented_key([(b"authorization", data)]), b"Bearer amb_" + b"A" * 43),
    Row("query string", lambda data: presented_key([], query=data), b"api_key=x"),
    Row("API key", lambda data: parse_key(text(data)), b"amb_" + b"A" * 43),
    Row("event stream", lambda data: EventStream().feed(data), CHUNK),
    Row("streamed answer, OpenAI", streamed("openai"), CHUNK),
    Row("streamed answer, Anthropic", streamed("anthropic"), EVENT),
    Row("whole answer, OpenAI", lambda data: read_whole("openai", data), WHOLE),
    Row("whole answer, Anthropic", lambda data: read_whole("anthropic", data), b'{"type":"message","content":[]}'),
    Row("log entry", Entry.decode, sample("audit/entries.json", "leaf")),
    Row("signed note", Note.parse, sample("audit/checkpoints.json", "note")),
    Row("checkpoint", lambda data: Checkpoint.parse(text(data)), sample("audit/checkpoints.json", "note")),
    Row(
        "signed checkpoint",
        lambda data: Checkpoint.open(data, [Verifier.parse(KEY)]),
        sample("audit/checkpoints.json", "note"),
    ),
    Row("verifier key", lambda data: Verifier.parse(text(data)), KEY.encode()),
    Row("frontier", Frontier.from_bytes, Frontier().extend([bytes(32)] * 5).to_bytes()),
    Row("tlog-proof", Proof.parse, sample("audit/receipts.json", "receipt")),
    Row("receipts", Receipt.parse_all, sample("audit/receipts.json", "receipt")),
    Row("tile path", lambda data: Tile.parse(text(data)), b"tile/1/x001/234.p/5"),
    Row("hash tile", lambda data: parse_tile(data, 2), bytes(64)),
    Row("entry bundle", lambda data: parse_bundle(data, 2), b"\0\1a\0\1b"),
    Row("witness policy", Quorum.parse, sample("witness/policies.json", "policy")),
    Row("witness submission", Submission.parse, sample("witness/submissions.json", "body")),
    Row("anchor", lambda data: Anchor.parse(data, bytes(range(32))), sample("witness/anchors.json", "anchor")),
    Row("root key file", lambda data: service_that_wrote(text(data), KeySettings()).unwrap(text(data), "i_x"), VAULT),
    Row(
        "Vault's text",
        lambda data: service_that_wrote(text(data), KeySettings(vault=VaultSettings())).unwrap(text(data), "i_x"),
        b"ambos-root/v1 vault transit ambos vault:v1:" + b"A" * 80,
    ),
    Row("Vault's answer", lambda data: _told(data, "plaintext"), b'{"data":{"plaintext":"AAAA"}}'),
    Row("policy rules", lambda data: parse_rules(text(data), prefix="x"), b"permit(principal, action, resource);"),
    Row("experiment plan", toml, b'experiment = "x"\ntype = "paired"\n'),
    Row("weights of the tagger", from_bytes),
    Row("receipt, stand-alone", lambda data: alone.verify(data, [alone.Key.parse(KEY)]), b"", (alone.ReceiptError,)),
    Row("key, stand-alone", lambda data: alone.Key.parse(text(data)), KEY.encode(), (alone.ReceiptError,)),
]


@st.composite
def damaged(draw: st.DrawFn, right: bytes) -> bytes:
    """A right sample with some of its bytes changed, left out, doubled or put in; or no sample at all."""
    data = bytearray(right)
    if not right or (draw(st.booleans()) and draw(st.booleans())):
        return draw(st.binary(max_size=300) | st.text(max_size=100).map(lambda one: one.encode("utf-8", "ignore")))
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(data)))
        end = min(len(data), at + draw(st.integers(0, 12)))
        some = draw(
            st.sampled_from([b"", b"\0", b"\xff", b"\n", b'"', b"{", b"[" * 200, b"9" * 400, b"-", b"\xed\xa0\x80"])
        )
        data[at:end] = draw(st.sampled_from([some, bytes(data[at:end]) * 2, draw(st.binary(max_size=4))]))
    return bytes(data)


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_any_bytes_give_a_value_or_our_error(row: Row) -> None:
    @settings(max_examples=80, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
    @given(data=damaged(row.right))
    def law(data: bytes) -> None:
        accepted(row, data)

    law()


@pytest.mark.slow
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.name)
def test_any_bytes_give_a_value_or_our_error_for_long(row: Row) -> None:
    @settings(max_examples=20_000, deadline=None, suppress_health_check=list(HealthCheck))
    @given(data=damaged(row.right))
    def law(data: bytes) -> None:
        accepted(row, data)

    law()


def accepted(row: Row, data: bytes) -> Any:  # Any: what the parser gives
    try:
        return row.read(data)
    except row.ours:
        return None


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(data=damaged(b"i_" + b"0" * 32 + b"\n" + b"0" * 16 + b"\n"))
def test_any_installation_file_is_read_or_named(tmp_path_factory: pytest.TempPathFactory, data: bytes) -> None:
    folder = tmp_path_factory.getbasetemp()
    accepted(Row("installation", lambda one: from_file(one, folder)), data)
