import json
from hashlib import sha256
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import Entry, commit
from ambos.audit.entry import MAX_LEAF_BYTES, Value
from ambos.audit.events import ALWAYS, CHOICES, EVENTS, FIELDS
from ambos.errors import ProofError

HASH = "sha256:" + "a" * 64
EGRESS: dict[str, Value] = {
    "time": 1790000000000,
    "tenant": "house",
    "request": "r_7Jm2kQ9xWc4bTn1s",
    "attempt": 1,
    "model": "acme/big-1",
    "provider": "acme",
    "treatment": "masked",
    "level": "confidential",
    "policy": HASH,
    "out": "b" * 64,
    "redactions": 3,
    "bytes": 812,
}
_INTEGERS = st.integers(0, 2**53 - 1)
_CODES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9_.:/+-]{0,20}", fullmatch=True)
_NAMES = st.from_regex(r"[a-z][a-z0-9_]{0,31}", fullmatch=True)


def _handles(prefix: str) -> st.SearchStrategy[str]:
    return st.from_regex(prefix + r"_[A-Za-z0-9_-]{1,64}", fullmatch=True)


_BY_TYPE: dict[str, st.SearchStrategy[Any]] = {  # Any: one strategy for each type of field
    "name": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.-]{0,63}", fullmatch=True),
    "model": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:/@+-]{0,127}", fullmatch=True),
    "origin": st.from_regex(r"[A-Za-z0-9][A-Za-z0-9_.:/~-]{0,254}", fullmatch=True),
    "code": _CODES,
    "hash": st.binary(min_size=32, max_size=32).map(lambda one: f"sha256:{one.hex()}"),
    "commitment": st.binary(min_size=32, max_size=32).map(bytes.hex),
    "currency": st.sampled_from(["EUR", "USD"]),
    "level": st.sampled_from(["public", "internal", "confidential", "restricted"]),
    "route": st.sampled_from(["local", "masked", "external", "none"]),
    "zone": st.sampled_from(["inside", "outside"]),
    "treatment": st.sampled_from(["raw", "masked"]),
    "integer": _INTEGERS,
    "boolean": st.booleans(),
    "codes": st.sets(_CODES, min_size=1, max_size=8).map(sorted),
    "requests": st.sets(_handles("r"), min_size=1, max_size=8).map(sorted),
    "facts": st.dictionaries(_NAMES, _CODES | _INTEGERS | st.booleans(), min_size=1, max_size=8),
    "counts": st.dictionaries(_NAMES, _INTEGERS, min_size=1, max_size=8),
} | {f"handle {prefix}": _handles(prefix) for prefix in "rpkcexui"}


@st.composite
def entries(draw: st.DrawFn) -> Entry:
    event = draw(st.sampled_from(sorted(EVENTS)))
    known = EVENTS[event]
    optional = draw(st.sets(st.sampled_from(sorted(known.optional)))) if known.optional else set()
    fields: dict[str, Value] = {}
    for field in sorted((known.required | optional) - {"v", "event"}):
        choices = CHOICES.get((event, field))
        fields[field] = draw(st.sampled_from(sorted(choices)) if choices else _BY_TYPE[FIELDS[field]])
    return Entry(event, fields)


@given(entries())
def test_the_leaf_is_rfc_8785_and_comes_back(entry: Entry) -> None:
    leaf = entry.encode()
    assert leaf == rfc8785.dumps({**entry.fields, "event": entry.event, "v": 1})
    assert Entry.decode(leaf) == entry


@given(entries(), st.integers(0, 10**6), st.integers(0, 7))
def test_a_flipped_bit_is_refused_or_another_entry(entry: Entry, at: int, bit: int) -> None:
    leaf = bytearray(entry.encode())
    leaf[at % len(leaf)] ^= 1 << bit
    try:
        other = Entry.decode(bytes(leaf))
    except ProofError:
        return
    assert other != entry
    assert other.encode() == bytes(leaf)


@given(st.binary(max_size=200) | st.recursive(st.none() | st.floats() | st.integers() | st.text(), st.lists).map(repr))
def test_any_bytes_are_read_or_refused(data: bytes | str) -> None:
    with pytest.raises(ProofError):
        Entry.decode(data.encode(errors="replace") if isinstance(data, str) else data)


@pytest.mark.parametrize(
    "spelling",
    [
        lambda leaf: leaf + b"\n",
        lambda leaf: b" " + leaf,
        lambda leaf: leaf.replace(b'"attempt":1', b'"attempt": 1'),
        lambda leaf: leaf.replace(b'"attempt":1', b'"attempt":1.0'),
        lambda leaf: leaf.replace(b'"attempt":1', b'"attempt":1e0'),
        lambda leaf: leaf.replace(b'"attempt":1', b'"attempt":1,"attempt":1'),
        lambda leaf: leaf.replace(b'"attempt":1', b'"attempt":01'),
        lambda leaf: leaf.replace(b"house", b"\\u0068ouse"),
        lambda leaf: b"\xef\xbb\xbf" + leaf,
        lambda leaf: json.dumps(dict(reversed(json.loads(leaf).items())), separators=(",", ":")).encode(),
        lambda leaf: leaf[:-1],
        lambda leaf: leaf + leaf,
        lambda leaf: b"[" + leaf + b"]",
    ],
)
def test_another_spelling_of_the_same_entry_is_refused(spelling: Any) -> None:  # Any: a lambda has no annotation
    leaf = Entry("egress", EGRESS).encode()
    assert spelling(leaf) != leaf
    with pytest.raises(ProofError):
        Entry.decode(spelling(leaf))


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("attempt", -1),
        ("attempt", 2**53),
        ("attempt", True),
        ("attempt", 1.0),
        ("attempt", "1"),
        ("attempt", None),
        ("request", "r_"),
        ("request", "p_7Jm2kQ9xWc4bTn1s"),
        ("request", "r_" + "a" * 65),
        ("request", "r_abc\n"),
        ("model", "Ana García"),
        ("model", "a model"),
        ("model", ""),
        ("policy", "sha256:" + "A" * 64),
        ("out", b"b" * 64),
        ("level", "secret"),
        ("level", "restricted"),
        ("treatment", "none"),
        ("facts", {}),
        ("facts", {"note": "two words"}),
        ("facts", {"Note": 1}),
        ("facts", {"deep": {"er": 1}}),
        ("facts", {f"f{number}": 1 for number in range(65)}),
        ("answer", "b" * 64),
        ("surprise", 1),
        ("v", 2),
        ("event", "nothing"),
    ],
)
def test_what_version_1_does_not_have_is_refused_without_being_repeated(field: str, value: Any) -> None:  # Any: wrong
    whole = {**EGRESS, "event": "egress", "v": 1, field: value}
    if field not in {"v", "event"}:
        with pytest.raises(ProofError) as refused:
            Entry("egress", {**EGRESS, field: value}).encode()
        assert "Ana" not in str(refused.value)
    if not isinstance(value, bytes):
        with pytest.raises(ProofError):
            Entry.decode(json.dumps(whole, sort_keys=True, separators=(",", ":")).encode())


@pytest.mark.parametrize(
    "kinds", [[], ["B", "A"], ["A", "A"], ["A b"], [1], "A", {"A": 1}, [f"K{n:03}" for n in range(65)]]
)
def test_a_list_is_a_set_in_ascending_order(kinds: Any) -> None:  # Any: wrong types on purpose
    with pytest.raises(ProofError):
        Entry("refused", {"time": 1, "tenant": "h", "request": "r_1", "reason": "x", "kinds": kinds}).encode()


@pytest.mark.parametrize("field", sorted(EVENTS["egress"].required - ALWAYS | {"time", "tenant"}))
def test_a_missing_field_is_refused(field: str) -> None:
    with pytest.raises(ProofError, match=f"lacks {field}"):
        Entry("egress", {name: value for name, value in EGRESS.items() if name != field}).encode()


def test_no_entry_can_be_longer_than_a_bundle_allows() -> None:
    string = {"name": 64, "model": 128, "code": 96, "origin": 255, "hash": 71, "commitment": 64}
    member = 32 + 96 + 6
    longest = string | {"codes": 64 * 99, "requests": 256 * 69, "facts": 64 * member, "counts": 64 * member}
    for known in EVENTS.values():
        fields = known.required | known.optional
        assert sum(len(field) + 6 + longest.get(FIELDS[field], 66) for field in fields) < MAX_LEAF_BYTES


def test_a_longer_leaf_is_refused_unread() -> None:
    with pytest.raises(ProofError, match="65535 bytes"):
        Entry.decode(b'{"a":"' + b"a" * MAX_LEAF_BYTES + b'"}')


def test_a_commitment_is_the_hash_that_the_spec_names() -> None:
    salt = bytes(range(32))
    expected = sha256(b"ambos/v1/" + b"out" + b"\0" + salt + b"content").digest()
    assert commit("out", salt, b"content") == expected


@given(st.sampled_from(["in", "out", "answer", "secret", "why"]), st.binary(min_size=32, max_size=32), st.binary())
def test_a_commitment_depends_on_label_salt_and_content(label: str, salt: bytes, content: bytes) -> None:
    other_salt = bytes([salt[0] ^ 1]) + salt[1:]
    values = {commit(label, salt, content), commit(label, other_salt, content), commit(label, salt, content + b"\0")}
    values |= {commit(other, salt, content) for other in {"in", "out", "answer", "secret", "why"} - {label}}
    assert len(values) == 7


@pytest.mark.parametrize(
    ("label", "salt"), [("else", bytes(32)), ("in\0", bytes(32)), ("in", bytes(31)), ("in", bytes(33))]
)
def test_an_ambiguous_commitment_is_refused(label: str, salt: bytes) -> None:
    with pytest.raises(ProofError):
        commit(label, salt, b"")
