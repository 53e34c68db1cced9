"""Every parser of what comes from outside: any bytes give a value or an error of ours, never another.

`test_every_parser_has_a_row_or_a_reason` looks for those that were forgotten. One row for each; the bytes are random ones
and damaged copies of a right sample, which reach deeper. A row without a sample has none that is short.
"""

from __future__ import annotations

import ast
import io
import json
import re
import tomllib
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
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
from ambos.catalogue.source import read_source
from ambos.corpus.adapter import Adapter
from ambos.corpus.artefact import Artefact
from ambos.corpus.order import read_order as corpus_order
from ambos.corpus.recipe import read_recipe
from ambos.corpus.recordings import read_edf, read_npz
from ambos.corpus.tables import read_csv, read_jsonl, read_text, read_xlsx
from ambos.corpus.tensors import read_tensors
from ambos.errors import AmbosError
from ambos.evaluate.items import read_digests, read_items
from ambos.evaluate.judging import read_judgement
from ambos.experiment.chain import read_chain
from ambos.experiment.planning import read_plan
from ambos.experiment.replication import read_analysis_file
from ambos.identity.back_channel import logged_out
from ambos.identity.credentials import presented_key
from ambos.identity.keys import parse_key
from ambos.identity.oidc import believed, discovered, id_token_of
from ambos.identity.oidc_settings import OidcSettings
from ambos.policy.rules import parse_rules
from ambos.policy.stance import decode as stance
from ambos.privacy.certificate import decode as certificate
from ambos.privacy.labelled import read_labelled
from ambos.privacy.score_map import decode as score_maps
from ambos.privacy.signal import read_signal
from ambos.privacy.tag_weights import from_bytes
from ambos.store.keyservice import KeySettings, VaultSettings, service_that_wrote
from ambos.store.rootkey import read_installation
from ambos.store.vault import _told
from ambos.walls import Wall
from ambos.web.console.uploads import read_upload
from ambos.wire.answer_reader import AnswerReader, read_whole
from ambos.wire.chat import read_chat
from ambos.wire.event_stream import EventStream
from ambos.wire.tree import parse

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "vectors"


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


KEYS = b'{"keys":[{"kty":"OKP","crv":"Ed25519","kid":"o","x":"11qYAYKxCrfVS_7TyWQHOg7hcvPapiMlrwIaaPcHURo"}]}'
TOKEN = b"eyJhbGciOiJFZDI1NTE5Iiwia2lkIjoibyJ9.eyJpc3MiOiJodHRwczovL2lkLmV4YW1wbGUifQ." + b"A" * 86
UPLOAD = b'--x\r\nContent-Disposition: form-data; name="a"; filename="t.csv"\r\n\r\ntext,label\r\n--x--'
OIDC = OidcSettings("https://id.example", "ambos", "", "https://ambos.example/console/oidc/callback")
CERTIFICATE = next(
    line.encode()
    for line in (ROOT / "docs/spec/calibration.md").read_text(encoding="utf-8").splitlines()
    if line.startswith('{"confidence"')
)


def sheet() -> bytes:
    """A small workbook."""
    made = io.BytesIO()
    cell = '<c r="A1" t="inlineStr"><is><t>text</t></is></c>'
    space = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    with zipfile.ZipFile(made, "w") as book:
        book.writestr(
            "xl/worksheets/sheet1.xml", f'<worksheet {space}><sheetData><row r="1">{cell}</row></sheetData></worksheet>'
        )
    return made.getvalue()


def recording() -> bytes:
    """A small recording."""
    made = io.BytesIO()
    np.savez(made, x=np.zeros((2, 1, 4), np.float32), y=np.array(["a", "b"]), rate=np.array(4.0))
    return made.getvalue()


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
    Row("logout token", lambda data: logged_out(text(data), KEYS, OIDC, now_s=0), TOKEN),
    Row("ID token", lambda data: believed(text(data), KEYS, OIDC, nonce="n", now_s=0), TOKEN),
    Row(
        "discovery",
        lambda data: discovered(data, OIDC),
        b'{"issuer":"https://id.example","jwks_uri":"https://id.example/k"}',
    ),
    Row("keys of a provider", lambda data: believed(TOKEN.decode(), data, OIDC, nonce="n", now_s=0), KEYS),
    Row("answer of a token endpoint", id_token_of, b'{"id_token":"a.b.c"}'),
    Row("calibration certificate", certificate, CERTIFICATE),
    Row(
        "labelled data",
        lambda data: read_labelled([data]),
        b'{"id":"a","text":"Ana","spans":[{"start":0,"end":3,"label":"PERSON"}]}',
    ),
    Row("score maps", lambda data: score_maps(data, tagger="x"), b'{"format":"ambos score maps v1","tagger":"x"}'),
    Row("approved stance", lambda data: stance(text(data)), b'{"profile":"personal"}'),
    Row("wall of a process", Wall.decode, Wall(readable=("/usr",)).encode().encode()),
    Row("chain of an experiment", read_chain, b'{"plan":"x","entries":[]}'),
    Row("analysis of others", read_analysis_file, b'{"report":{}}'),
    Row("items", read_items, b'{"id":"1","input":"a"}\n'),
    Row("digests", read_digests, b"sha256:" + b"0" * 64),
    Row("judgement of a model", lambda data: read_judgement(text(data)), b"score: 0.5"),
    Row("source of a model", lambda data: read_source(text(data)), b"pypi:x==1.0"),
    Row("order of a corpus", lambda data: corpus_order(text(data)), b'name = "x"'),
    Row("recipe", lambda data: read_recipe(text(data)), b'name = "x"\nfamily = "text"\n'),
    Row("table, JSON lines", read_jsonl, b'{"text":"a","label":"b"}\n'),
    Row("table, CSV", read_csv, b"text,label\na,b\n"),
    Row("table, text", read_text, b"a\nb\n"),
    Row("table, XLSX", read_xlsx, sheet()),
    Row("recording, NPZ", lambda data: read_npz(data, window_s=1.0), recording()),
    Row("recording, EDF", lambda data: read_edf(data, label="a", group="b", window_s=1.0), b"0" + b" " * 255),
    Row("form with a file", lambda data: read_upload(data, "multipart/form-data; boundary=x"), UPLOAD),
    Row("signal", lambda data: read_signal(text(data)), b"ambos/desk clinical history restricted 0.3"),
    Row("tensors", read_tensors, b"\x10\0\0\0\0\0\0\0" + b'{"a":{"dtype":1}}'),
    Row("adapter", Adapter.from_bytes, b"\x10\0\0\0\0\0\0\0" + b'{"__metadata__":{}}'),
    Row("classifier", Artefact.from_bytes, b"\x10\0\0\0\0\0\0\0" + b'{"__metadata__":{}}'),
]

# What each row feeds, of what `parsers` finds.
FED = {
    "ambos.audit.anchor:Anchor.parse",
    "ambos.audit.checkpoint:Checkpoint.parse",
    "ambos.audit.entry:Entry.decode",
    "ambos.audit.note:Note.parse",
    "ambos.audit.note:Verifier.parse",
    "ambos.audit.quorum:Quorum.parse",
    "ambos.audit.receipt:Proof.parse",
    "ambos.audit.receipt:Receipt.parse_all",
    "ambos.audit.tiles:Tile.parse",
    "ambos.audit.tiles:parse_bundle",
    "ambos.audit.tiles:parse_tile",
    "ambos.audit.tree:Frontier.from_bytes",
    "ambos.audit.witness:Submission.parse",
    "ambos.catalogue.source:read_source",
    "ambos.corpus.adapter:Adapter.from_bytes",
    "ambos.corpus.artefact:Artefact.from_bytes",
    "ambos.corpus.order:read_order",
    "ambos.corpus.recipe:read_recipe",
    "ambos.corpus.recordings:read_edf",
    "ambos.corpus.recordings:read_npz",
    "ambos.corpus.tables:read_csv",
    "ambos.corpus.tables:read_jsonl",
    "ambos.corpus.tables:read_text",
    "ambos.corpus.tables:read_xlsx",
    "ambos.corpus.tensors:read_tensors",
    "ambos.evaluate.items:read_digests",
    "ambos.evaluate.items:read_items",
    "ambos.evaluate.judging:read_judgement",
    "ambos.experiment.chain:read_chain",
    "ambos.experiment.replication:read_analysis_file",
    "ambos.identity.back_channel:logged_out",
    "ambos.identity.credentials:presented_key",
    "ambos.identity.keys:parse_key",
    "ambos.identity.oidc:believed",
    "ambos.identity.oidc:discovered",
    "ambos.identity.oidc:id_token_of",
    "ambos.policy.rules:parse_rules",
    "ambos.policy.stance:decode",
    "ambos.privacy.certificate:decode",
    "ambos.privacy.labelled:read_labelled",
    "ambos.privacy.score_map:decode",
    "ambos.privacy.signal:read_signal",
    "ambos.privacy.tag_weights:from_bytes",
    "ambos.walls.wall:Wall.decode",
    "ambos.web.console.uploads:read_upload",
    "ambos.wire.answer_reader:AnswerReader.feed",
    "ambos.wire.answer_reader:read_whole",
    "ambos.wire.chat:read_chat",
    "ambos.wire.event_stream:EventStream.feed",
    "ambos.wire.tree:parse",
    "ambos_verify.receipt:Key.parse",
}
# Names like a parser's that read nothing from outside by themselves, and why.
OTHERS = {
    "ambos.app.sign_in:IdentityProvider.logged_out": "hands the token to identity.back_channel",
    "ambos.audit.checkpoint:parse_decimal": "a line of a checkpoint",
    "ambos.cli.score_files:read_lineage": "ARM=FILE of the command line; the file is read by read_digests",
    "ambos.engines.wordpiece:WordPiece.read": "takes any text; the vocabulary is of a model that was hash-checked",
    "ambos.privacy.restore:Restorer.feed": "takes any text: tests/privacy/test_restore.py",
    "ambos.privacy.restore_text:Forms.read": "takes any text: tests/privacy/test_restore.py",
    "ambos.privacy.shifted:read_date": "takes any text, None where it is no date",
    "ambos.store.generation:read_order": "sealed by the key ring: only what we wrote opens",
}
PARSER = re.compile(
    r"(parse|read|decode|discovered|believed|logged_out|id_token_of|presented)(_\w+)?$|(from_bytes|feed)$"
)
RAW = re.compile(r"(Iterable\[)?(tuple\[)?(bytes|str|memoryview)\b")


def parsers() -> set[str]:
    """Every public function of the source whose name is a parser's and whose first argument is bytes or text."""
    found = set()
    for file in (ROOT / "src").rglob("*.py"):
        module = ".".join(file.relative_to(ROOT / "src").with_suffix("").parts)
        tree = ast.parse(file.read_text(encoding="utf-8"))
        classes = [one for one in tree.body if isinstance(one, ast.ClassDef) and not one.name.startswith("_")]
        bodies = [("", tree.body), *((f"{one.name}.", one.body) for one in classes)]
        found |= {f"{module}:{prefix}{name}" for prefix, body in bodies for name in filter(None, map(parser, body))}
    return found


def parser(node: ast.stmt) -> str:
    """The name of a parser; "" for anything else."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) or not PARSER.match(node.name):
        return ""
    taken = [one.annotation for one in (*node.args.posonlyargs, *node.args.args) if one.arg not in ("self", "cls")]
    return node.name if taken and taken[0] is not None and RAW.match(ast.unparse(taken[0])) else ""


def test_every_parser_has_a_row_or_a_reason() -> None:
    assert parsers() - {"ambos.wire.chat:read_chat"} == (FED | OTHERS.keys()) - {"ambos.wire.chat:read_chat"}


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


# What fuzzers have found, by the name of its row.
FOUND = [("source of a model", b"~p6\0\0\0\0\0\0\0:")]


@pytest.mark.parametrize(("name", "data"), FOUND)
def test_what_was_found_is_refused(name: str, data: bytes) -> None:
    row = next(one for one in ROWS if one.name == name)
    with pytest.raises(row.ours):
        row.read(data)


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
