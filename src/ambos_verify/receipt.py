"""Receipts: one or more C2SP tlog-proofs with the entry and the salts in the extra line."""

import json
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import NoReturn

from ambos_verify.ed25519 import is_signed

MAGIC = "c2sp.org/tlog-proof@v1"
MAX_BYTES = 1_048_576  # docs/spec/audit-log.md section 11
MAX_NOTE_BYTES = 262_144
MAX_LEAF_BYTES = 65_535
LABELS = ("in", "out", "answer", "secret", "why")
_LOG, _WITNESS = 0x01, 0x04  # C2SP signed-note, signature types
_SIZES = {_LOG: 64, _WITNESS: 72}
_NAME = re.compile(r"[^\s+\x00-\x1f]{1,255}").fullmatch
_CONTROL = re.compile(r"[\x00-\x09\x0b-\x1f]").search
_DECIMAL = re.compile(r"0|[1-9][0-9]{0,18}").fullmatch
_HEX = re.compile(r"[0-9a-f]{64}").fullmatch


class ReceiptError(Exception):
    """The receipt does not hold, with the reason in words."""


def _refuse(why: str) -> NoReturn:
    raise ReceiptError(why)


def _base64(text: str, what: str) -> bytes:
    try:
        data = b64decode(text.encode("ascii"), validate=True)
    except ValueError:
        _refuse(f"{what} is not base64")
    return data if b64encode(data).decode() == text else _refuse(f"{what} is not canonical base64")


def _decimal(text: str, what: str) -> int:
    number = int(text) if _DECIMAL(text) else -1
    return number if 0 <= number < 2**63 else _refuse(f"{what} is not a number below 2^63")


def _decoded(data: bytes, what: str) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        _refuse(f"{what} is not UTF-8")


def _object(data: bytes, what: str) -> dict[str, object]:
    """A JSON object in canonical form (RFC 8785): whole numbers, ASCII, nothing escaped."""
    try:
        read = json.loads(data.decode("ascii"), parse_float=_refuse, parse_constant=_refuse)
    except (ValueError, RecursionError):
        _refuse(f"{what} is not JSON")
    canonical = json.dumps(read, sort_keys=True, separators=(",", ":")).encode()
    if not isinstance(read, dict) or canonical != data or b"\\" in data:
        _refuse(f"{what} is not canonical JSON")
    return read


@dataclass(frozen=True)
class Key:
    """A trusted public key: type 0x01 for a log, 0x04 for a witness."""

    name: str
    key_id: bytes
    kind: int
    public_key: bytes

    @classmethod
    def parse(cls, vkey: str) -> "Key":
        """Read NAME+ID+KEY (C2SP signed-note, "Verifier keys"). ReceiptError when it is not one."""
        name, _, rest = vkey.strip().partition("+")
        identity, _, encoded = rest.partition("+")
        material = _base64(encoded, "the key")
        expected = sha256(name.encode(errors="replace") + b"\n" + material).digest()[:4]
        if material[:1] == b"\x06":  # what is not checked is refused, never passed over
            _refuse("this is a key of ML-DSA-44, which this verifier cannot check: give it to `ambos audit verify`")
        if not _NAME(name) or len(material) != 33 or material[0] not in _SIZES:
            _refuse("a key is NAME+ID+KEY, Ed25519 of type 0x01 or 0x04")
        if identity != expected.hex():
            _refuse("the id of this key is not its own")
        return cls(name, expected, material[0], material[1:])

    def check(self, text: str, signature: bytes) -> None:
        """ReceiptError unless this key signed the text."""
        if len(signature) != _SIZES[self.kind]:
            _refuse(f"the signature by {self.name} has a wrong length")
        time_s, message = int.from_bytes(signature[:-64], "big"), text
        if self.kind == _WITNESS:
            message = f"cosignature/v1\ntime {time_s}\n{text}"
        if time_s >= 2**63 or not is_signed(self.public_key, signature[-64:], message.encode()):
            _refuse(f"the signature by {self.name} is false")


@dataclass(frozen=True)
class Head:
    """A checkpoint with who signed it among the trusted keys."""

    origin: str
    size: int
    root: bytes
    signed_by: frozenset[Key]


@dataclass(frozen=True)
class Proved:
    """One entry that is in the log, and the labels of the commitments that a content opened."""

    entry: Mapping[str, object]
    index: int
    head: Head
    opened: Mapping[str, int]


def _lines(encoded: str) -> list[tuple[str, bytes]]:
    """The signature lines of a note: name, and key id with signature."""
    lines = list[tuple[str, bytes]]()
    for line in encoded.split("\n"):
        dash, name, data = line.split(" ") if line.count(" ") == 2 else ("", "", "")
        if dash != "\u2014" or not _NAME(name):
            _refuse("a signature line is malformed")
        lines.append((name, _base64(data, "a signature")))
        if len(lines[-1][1]) < 5:
            _refuse("a signature is too short")
    return lines


def _open(note: bytes, keys: Sequence[Key]) -> Head:
    """The signed checkpoint: at least one log key signed it, and every witness given."""
    whole = _decoded(note, "the checkpoint")
    body, separator, signatures = whole.rpartition("\n\n")
    if len(note) > MAX_NOTE_BYTES or not separator or not signatures.endswith("\n") or _CONTROL(body):
        _refuse("the checkpoint is not a signed note")
    text, signed = body + "\n", set[Key]()
    for name, data in _lines(signatures[:-1]):
        for key in keys:
            if (key.name, key.key_id) == (name, data[:4]):
                key.check(text, data[4:])
                signed.add(key)
    lines = body.split("\n")
    if len(lines) < 3 or not all(lines):
        _refuse("the checkpoint has fewer than three lines, or an empty one")
    root = _base64(lines[2], "the root")
    if len(root) != 32:
        _refuse("the root has not 32 bytes")
    if not any(key.kind == _LOG and key.name == lines[0] for key in signed):
        _refuse("the checkpoint is not signed by a trusted key of its log")
    absent = [key.name for key in keys if key.kind == _WITNESS and key not in signed]
    if absent:
        _refuse(f"the checkpoint is not cosigned by {', '.join(absent)}")
    return Head(lines[0], _decimal(lines[1], "the size"), root, frozenset(signed))


def _included(leaf: bytes, index: int, path: Sequence[bytes], head: Head) -> None:
    """RFC 9162 section 2.1.3.2."""
    if index >= head.size:
        _refuse(f"position {index} is not in a tree of {head.size}")
    position, last, found = index, head.size - 1, sha256(b"\0" + leaf).digest()
    for sibling in path:
        if last == 0:
            _refuse("the inclusion proof is too long")
        if position & 1 or position == last:
            found = sha256(b"\x01" + sibling + found).digest()
            while not position & 1 and position:
                position, last = position >> 1, last >> 1
        else:
            found = sha256(b"\x01" + found + sibling).digest()
        position, last = position >> 1, last >> 1
    if last != 0 or found != head.root:
        _refuse(f"the entry is not at position {index} of the signed tree")


def _extra(line: str) -> tuple[bytes, dict[str, object], dict[str, bytes]]:
    """Leaf, entry and salts out of the extra line."""
    extra = _object(_base64(line, "the extra line"), "the extra line")
    encoded, salts = extra.get("entry"), extra.get("salts")
    if extra.keys() != {"v", "entry", "salts"} or extra["v"] != 1 or isinstance(extra["v"], bool):
        _refuse("the extra line has other fields than v 1, entry and salts: a newer verifier may know it")
    if not isinstance(encoded, str) or not isinstance(salts, dict):
        _refuse("the extra line is malformed")
    leaf = _base64(encoded, "the entry")
    entry = _object(leaf, "the entry")
    if len(leaf) > MAX_LEAF_BYTES or entry.get("v") != 1 or not isinstance(entry.get("event"), str):
        _refuse("the entry is not one of version 1: a newer verifier may know it")
    for label, salt in salts.items():
        if label not in LABELS or not isinstance(salt, str) or not _HEX(salt) or not _HEX(str(entry.get(label))):
            _refuse("a salt belongs to no commitment of the entry")
    return leaf, entry, {label: bytes.fromhex(salt) for label, salt in salts.items()}


def _prove(part: bytes, contents: Sequence[bytes], opened: Callable[[bytes], Head]) -> Proved:
    head_part, separator, note = part.partition(b"\n\n")
    lines = _decoded(head_part, "the proof").split("\n")
    if not separator or len(lines) < 2 or not lines[0].startswith("extra ") or not lines[1].startswith("index "):
        _refuse("a proof has a line `extra`, a line `index`, and an empty line before its checkpoint")
    leaf, entry, salts = _extra(lines[0].removeprefix("extra "))
    index = _decimal(lines[1].removeprefix("index "), "the index")
    path = [_base64(line, "a hash of the proof") for line in lines[2:]]
    if len(path) > 63 or any(len(one) != 32 for one in path):
        _refuse("the inclusion proof is malformed")
    head = opened(note)
    _included(leaf, index, path, head)
    opens = dict[str, int]()
    for label, salt in salts.items():
        for number, content in enumerate(contents):
            if sha256(b"ambos/v1/%b\0%b" % (label.encode(), salt) + content).hexdigest() == entry[label]:
                opens[label] = number
    return Proved(entry, index, head, opens)


def verify(receipt: bytes, keys: Sequence[Key], contents: Sequence[bytes] = ()) -> list[Proved]:
    """Every entry of the receipt, proved.

    Args:
        receipt: the file.
        keys: trusted keys: at least one of the log; every witness among them must have cosigned.
        contents: each must be what some commitment of the receipt opens to.

    Raises:
        ReceiptError: anything does not hold.
    """
    start = f"{MAGIC}\n".encode()
    if len(receipt) > MAX_BYTES or not receipt.startswith(start):
        _refuse(f"a receipt starts with the line {MAGIC} and has at most {MAX_BYTES} bytes")
    parts = receipt[len(start) :].split(b"\n" + start)
    parts[:-1] = [part + b"\n" for part in parts[:-1]]  # the newline of the last signature line
    heads = dict[bytes, Head]()

    def opened(note: bytes) -> Head:
        return heads.get(note) or heads.setdefault(note, _open(note, keys))

    proved = [_prove(part, contents, opened) for part in parts]
    for number in range(len(contents)):
        if not any(number in one.opened.values() for one in proved):
            _refuse(f"content {number + 1} is not what any commitment of this receipt opens to")
    return proved
