"""The stand-alone verifier: the same verdicts as the room, on its own."""

import ast
import json
import subprocess
import sys
import time
from base64 import b64encode
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import EMPTY, Checkpoint, Entry, Receipt, Signer, Verifier, commit, leaf_hash, prove_inclusion
from ambos.audit.note import Signature
from ambos.audit.receipt import Proof
from ambos.audit.signing import COSIGNATURE, SIGNATURE
from ambos.errors import ProofError
from ambos_verify import Key, ReceiptError, command, main, receipt, verify
from ambos_verify.ed25519 import is_signed, is_signed_pure

ROOT = Path(__file__).parents[1]
VECTORS = ROOT / "vectors/audit"
SHARED = ROOT / "../shared/data/vectors"
needs_vectors = pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data/vectors beside the repository")
Case = dict[str, Any]  # Any: JSON, its shape is the file's

LOG = Signer("log.example/1", bytes(range(32)))
WITNESS = Signer("witness.example/1", bytes(range(1, 33)), kind=COSIGNATURE)
KEYS = [Key.parse(LOG.verifier.vkey), Key.parse(WITNESS.verifier.vkey)]
SALT = bytes([2]) * 32


def cases(name: str) -> list[Any]:
    whole = json.loads((VECTORS / f"{name}.json").read_text())
    return [
        pytest.param(case, verdict == "accept", id=f"{verdict}: {case['name']}")
        for verdict in ("accept", "reject")
        for case in whole[verdict]
    ]


def made(size: int, index: int, content: bytes) -> Receipt:
    leaves = [Entry("stopped", {"time": n, "tenant": "h", "reason": "x"}).encode() for n in range(size)]
    why = commit("why", SALT, content).hex()
    leaves[index] = Entry(
        "rectified", {"time": index, "tenant": "h", "request": "r_1", "principal": "p_1", "why": why}
    ).encode()
    hashes = [leaf_hash(leaf) for leaf in leaves]
    path = prove_inclusion(lambda level, at: EMPTY.extend(hashes[at << level : (at + 1) << level]).root(), index, size)
    head = Checkpoint("log.example/1", size, EMPTY.extend(hashes).root())
    note = Checkpoint.attach(head.sign(LOG), [WITNESS.sign(head.text(), time_s=9)])
    return Receipt.make(leaf=leaves[index], index=index, path=path, note=note, salts={"why": SALT})


def by_room(data: bytes, keys: list[str], contents: list[bytes]) -> bool:
    try:
        parsed = [Verifier.parse(key) for key in keys]
        witnesses = [key for key in parsed if key.kind == COSIGNATURE]
        opened = set[bytes]()
        for one in Receipt.parse_all(data):
            one.verify([key for key in parsed if key.kind == SIGNATURE], witnesses=witnesses, quorum=len(witnesses))
            for label, salt in one.salts.items():
                opened |= {each for each in contents if commit(label, salt, each).hex() == one.entry.fields[label]}
    except ProofError:
        return False
    return opened == set(contents)


def alone(data: bytes, keys: list[str], contents: list[bytes]) -> bool:
    try:
        verify(data, [Key.parse(key) for key in keys], contents)
    except ReceiptError:
        return False
    return True


@pytest.mark.parametrize(("case", "is_good"), cases("receipts"))
def test_receipts_of_the_vectors(case: Case, is_good: bool) -> None:
    contents = [one.encode() for one in case["contents"]]
    assert alone(case["receipt"].encode(), case["keys"], contents) is is_good


@pytest.mark.parametrize(("case", "is_good"), cases("checkpoints"))
def test_checkpoints_of_the_vectors(case: Case, is_good: bool) -> None:
    try:
        receipt._open(case["note"].encode(), [Key.parse(key) for key in case["keys"]])
    except ReceiptError:
        assert not is_good
    else:
        assert is_good


@pytest.mark.parametrize(("case", "is_good"), cases("ed25519"))
def test_signatures_of_the_vectors(case: Case, is_good: bool) -> None:
    parts = [bytes.fromhex(case[name]) for name in ("key", "signature", "message")]
    assert [is_signed(*parts), is_signed_pure(*parts), by_note(*parts)] == [is_good] * 3


def by_note(key: bytes, signature: bytes, message: bytes) -> bool:
    """The room's verdict, where the message can be the text of a note; else OpenSSL's by the same call."""
    try:
        text = message.decode()
        known = Verifier("k", key)
        known.verify(text, Signature("k", known.key_id, signature))
    except UnicodeDecodeError:
        return is_signed(key, signature, message)
    except ProofError:
        return False
    return True


@needs_vectors
def test_every_wycheproof_signature_has_its_verdict() -> None:
    groups = json.loads((SHARED / "wycheproof/ed25519_test.json").read_text())["testGroups"]
    count = 0
    for group in groups:
        key = bytes.fromhex(group["publicKey"]["pk"])
        for test in group["tests"]:
            parts = key, bytes.fromhex(test["sig"]), bytes.fromhex(test["msg"])
            assert [is_signed(*parts), is_signed_pure(*parts), by_note(*parts)] == [test["result"] == "valid"] * 3
            count += 1
    assert count == 103


@needs_vectors
def test_every_cctv_signature_has_the_verdict_of_the_rule_that_the_spec_names() -> None:
    vectors = json.loads((SHARED / "cctv/ed25519vectors.json").read_text())
    assert len(vectors) == 572
    for vector in vectors:
        parts = bytes.fromhex(vector["key"]), bytes.fromhex(vector["sig"]), vector["msg"].encode()
        # Section 8: no cofactor, R as it is encoded, A leniently.
        expected = not {"non_canonical_R", "low_order_residue"} & set(vector["flags"] or [])
        if "reencoded_k" not in (vector["flags"] or []):
            assert is_signed(*parts) is expected, vector["number"]
        assert is_signed_pure(*parts) is is_signed(*parts) is by_note(*parts), vector["number"]


@given(st.integers(1, 40), st.data(), st.binary(max_size=40), st.integers(0, 10**6), st.integers(0, 7))
def test_room_and_verifier_agree_on_true_and_damaged_receipts(
    size: int, data: st.DataObject, content: bytes, at: int, bit: int
) -> None:
    whole = made(size, data.draw(st.integers(0, size - 1)), content).write()
    keys = [LOG.verifier.vkey, WITNESS.verifier.vkey]
    assert alone(whole, keys, [content])
    assert by_room(whole, keys, [content])
    changed = bytearray(whole)
    changed[at % len(changed)] ^= 1 << bit
    assert not alone(bytes(changed), keys, [content])
    assert not by_room(bytes(changed), keys, [content])
    for part in (whole[:at], whole + whole, whole + b"\n", whole[1:], whole.replace(b"\n", b"\r\n")):
        assert alone(part, keys, [content]) is by_room(part, keys, [content])


@given(st.binary(max_size=200), st.text(max_size=40))
def test_any_bytes_are_refused_in_words(data: bytes, vkey: str) -> None:
    whole = made(3, 1, b"").write()
    for bad in (data, whole[: len(data)] + data, b"c2sp.org/tlog-proof@v1\n" + data):
        assert not alone(bad, [LOG.verifier.vkey], [])
    for text in (vkey, f"{vkey}+{vkey}+{vkey}", f"a+{vkey}"):
        assert not alone(whole, [text], [])


@pytest.mark.parametrize(
    "extra",
    [
        b'{"entry":"","salts":{},"v":1.0}',
        b'{"entry":"","salts":{},"v":1e22}',
        b'{"entry":"","salts":{},"v":NaN}',
        b'{"entry":"","salts":{},"v":true}',
        b'{"entry":"","salts":{},"v":1}',
        b'{"entry":"bnVsbA==","salts":{},"v":1}',
        b'{"entry":"e30=","salts":{},"v":1}',
        b'{"entry":"e30=","salts":{},"v":' + b"1" * 5000 + b"}",
        b"[" * 100_000,
        b'{"a":"\\u001b"}',
        b"",
    ],
)
def test_an_extra_line_that_is_not_canonical_or_not_of_version_1_is_refused(extra: bytes) -> None:
    with pytest.raises(ReceiptError):
        receipt._extra(b64encode(extra).decode())


def signed_by_log(text: str) -> bytes:
    """A note over any text, also one that is no checkpoint and that a `Signer` would refuse."""
    data = LOG.verifier.key_id + Ed25519PrivateKey.from_private_bytes(bytes(range(32))).sign(text.encode())
    return f"{text}\n\u2014 log.example/1 {b64encode(data).decode()}\n".encode()


def cosigned(text: str, time_s: int) -> str:
    """A cosignature line of any time, also one that a `Signer` would refuse."""
    message = f"cosignature/v1\ntime {time_s}\n{text}".encode()
    signature = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33))).sign(message)
    data = WITNESS.verifier.key_id + time_s.to_bytes(8, "big") + signature
    return f"\u2014 witness.example/1 {b64encode(data).decode()}"


HEAD = b64encode(bytes(32)).decode()
TEXT = f"log.example/1\n7\n{HEAD}\n"


def with_line(line: str) -> bytes:
    return signed_by_log(TEXT) + f"{line}\n".encode()


@pytest.mark.parametrize(
    ("note", "words"),
    [
        (signed_by_log("log.example/1\n7\n"), "fewer than three lines"),
        (signed_by_log(f"log.example/1\n\n7\n{HEAD}\n"), "or an empty one"),
        (signed_by_log(f"log.example/1\n7\n{b64encode(bytes(31)).decode()}\n"), "not 32 bytes"),
        (signed_by_log(f"log.example/1\n07\n{HEAD}\n"), "not a number below"),
        (signed_by_log(f"log.example/1\n{2**63}\n{HEAD}\n"), "not a number below"),
        (signed_by_log(f"log.example/2\n7\n{HEAD}\n"), "not signed by a trusted key of its log"),
        (signed_by_log(TEXT + "tab\t\n"), "not a signed note"),
        (signed_by_log(TEXT + "more\n" * 60_000), "not a signed note"),
        (signed_by_log(TEXT)[:-1], "not a signed note"),
        (TEXT.encode(), "not a signed note"),
        (signed_by_log(TEXT).replace(b"log", b"\xff"), "not UTF-8"),
        (with_line("- log.example/1 AAAAAAA="), "signature line is malformed"),
        (with_line("\u2014 log+1 AAAAAAA="), "signature line is malformed"),
        (with_line("\u2014 log"), "signature line is malformed"),
        (with_line("\u2014 log AAAAAA=="), "too short"),
        (with_line("\u2014 log A"), "not base64"),
        (with_line("\u2014 log AAAAAAB="), "not canonical base64"),
        (with_line(f"\u2014 log.example/1 {b64encode(LOG.verifier.key_id + bytes(63)).decode()}"), "wrong length"),
        (with_line(f"\u2014 log.example/1 {b64encode(LOG.verifier.key_id + bytes(64)).decode()}"), "is false"),
        (with_line(cosigned(TEXT, 2**63)), "signature by witness.example/1 is false"),
    ],
)
def test_a_checkpoint_is_refused_for_the_reason_that_is_said(note: bytes, words: str) -> None:
    with pytest.raises(ReceiptError, match=words):
        receipt._open(note, KEYS if "witness" in words else KEYS[:1])


GOOD = made(7, 3, b"")


def alone_in_its_tree(leaf: bytes, *, size: int = 1, salts: dict[str, str] | None = None) -> bytes:
    """A proof of any leaf, also one that a log would not write, in a head that says `size` and has its hash as root."""
    extra = {"entry": b64encode(leaf).decode(), "salts": salts or {}, "v": 1}
    note = signed_by_log(f"log.example/1\n{size}\n{b64encode(leaf_hash(leaf)).decode()}\n")
    return Proof(0, (), note, json.dumps(extra, sort_keys=True, separators=(",", ":")).encode()).write()


def with_extra(**change: object) -> bytes:
    extra = json.loads(GOOD.proof.extra or b"") | change
    return replace(GOOD.proof, extra=json.dumps(extra, sort_keys=True, separators=(",", ":")).encode()).write()


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (replace(GOOD.proof, index=7).write(), "not in a tree of 7"),
        (replace(GOOD.proof, path=(*GOOD.proof.path, bytes(32))).write(), "too long"),
        (replace(GOOD.proof, path=GOOD.proof.path[:-1]).write(), "not at position 3"),
        (replace(GOOD.proof, path=(bytes(31),)).write(), "inclusion proof is malformed"),
        (replace(GOOD.proof, path=(bytes(32),) * 64).write(), "inclusion proof is malformed"),
        (replace(GOOD.proof, extra=None).write(), "a proof has a line"),
        (GOOD.write().replace(b"index 3\n", b""), "a proof has a line"),
        (GOOD.write().partition(b"\n\n")[0], "a proof has a line"),
        (GOOD.write() + b"a" * 1_048_576, "at most 1048576 bytes"),
        (b"index 3\n", "a receipt starts with"),
        (GOOD.write().partition(b"index")[0] + b"\n" + GOOD.proof.note, "a proof has a line"),
        (GOOD.write().replace(b"extra ", b"other "), "a proof has a line"),
        (replace(GOOD.proof, extra=(GOOD.proof.extra or b"").replace(b":{", b": {")).write(), "not canonical JSON"),
        (alone_in_its_tree(b'{"event":"a\\"b","v":1}'), "not canonical JSON"),
        (alone_in_its_tree(b'{"event":"%b","v":1}' % (b"a" * 65_536)), "not one of version 1"),
        (alone_in_its_tree(b'{"event":"a","v":1}', size=4), "not at position 0"),
        (
            alone_in_its_tree(b'{"else":"%b","event":"a","v":1}' % (b"0" * 64), salts={"else": "0" * 64}),
            "no commitment",
        ),
        (with_extra(v=2), "other fields"),
        (with_extra(v=True), "other fields"),
        (with_extra(more=1), "other fields"),
        (with_extra(entry=1), "malformed"),
        (with_extra(salts=[]), "malformed"),
        (with_extra(entry=b64encode(b'{"event":"stopped","v":2}').decode()), "not one of version 1"),
        (with_extra(entry=b64encode(b'{"event":1,"v":1}').decode()), "not one of version 1"),
        (with_extra(salts={"else": "0" * 64}), "no commitment"),
        (with_extra(salts={"in": "0" * 64}), "no commitment"),
        (with_extra(salts={"why": "0" * 62}), "no commitment"),
        (with_extra(salts={"why": 1}), "no commitment"),
    ],
)
def test_a_receipt_is_refused_for_the_reason_that_is_said(data: bytes, words: str) -> None:
    with pytest.raises(ReceiptError, match=words):
        verify(data, KEYS[:1])


@pytest.mark.parametrize(
    ("vkey", "words"),
    [
        (LOG.verifier.vkey.replace("log.example/1", "log.example 1"), "NAME.ID.KEY"),
        (LOG.verifier.vkey.replace("+", "+0", 1), "id of this key"),
        (f"a+{'0' * 8}+{b64encode(bytes([2]) + bytes(32)).decode()}", "NAME.ID.KEY"),
        (f"a+{'0' * 8}+{b64encode(bytes([1]) + bytes(31)).decode()}", "NAME.ID.KEY"),
        (f"a+{'0' * 8}+{b64encode(bytes([6]) + bytes(1312)).decode()}", "ML-DSA-44"),
        ("a+b", "NAME.ID.KEY"),
        ("a+b+c", "not base64"),
    ],
)
def test_a_key_is_refused_for_the_reason_that_is_said(vkey: str, words: str) -> None:
    with pytest.raises(ReceiptError, match=words):
        Key.parse(vkey)


def test_the_command_says_what_it_found(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path, content, vkey = tmp_path / "one.tlog-proof", tmp_path / "why.txt", LOG.verifier.vkey
    path.write_bytes(made(5, 3, b"a reason").write())
    content.write_bytes(b"a reason")
    assert main([str(path), "--vkey", vkey, "--vkey", WITNESS.verifier.vkey, "--content", str(content)]) == 0
    said = capsys.readouterr().out
    assert "position 3 of 5" in said
    assert "witness.example/1" in said
    assert "opens      `why` is the file why.txt" in said
    assert said.endswith("VERIFIED\n")

    content.write_bytes(b"another reason")
    assert main([str(path), "--vkey", vkey, "--content", str(content)]) == 1
    assert capsys.readouterr().err == ("NOT VERIFIED: content 1 is not what any commitment of this receipt opens to\n")


def test_the_command_trusts_nothing_without_a_key(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "one.tlog-proof"
    path.write_bytes(made(5, 3, b"").write())
    assert main([str(path)]) == 1
    assert main([str(path), "--vkey", WITNESS.verifier.vkey]) == 1
    assert main([str(tmp_path / "absent"), "--vkey", LOG.verifier.vkey]) == 1
    assert capsys.readouterr().out == ""


def test_a_time_beyond_the_calendar_is_said_as_a_number(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    leaf = Entry("stopped", {"time": 2**53 - 1, "tenant": "h", "reason": "x"}).encode()
    note = Checkpoint("log.example/1", 1, leaf_hash(leaf)).sign(LOG)
    (tmp_path / "one").write_bytes(Receipt.make(leaf=leaf, index=0, path=(), note=note).write())
    assert main([str(tmp_path / "one"), "--vkey", LOG.verifier.vkey]) == 0
    assert f"time {2**53 - 1}" in capsys.readouterr().out


def test_the_verifier_stands_alone_in_400_lines() -> None:
    files = sorted((ROOT / "src/ambos_verify").glob("*.py"))
    assert sum(len(path.read_text().splitlines()) for path in files) <= 400
    for path in files:
        for node in ast.walk(ast.parse(path.read_text())):
            names = [one.name for one in node.names] if isinstance(node, ast.Import) else []
            names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
            for name in names:
                root = name.partition(".")[0]
                assert root in {"ambos_verify", "cryptography"} or root in sys.stdlib_module_names, (path.name, name)


def test_the_verifier_works_where_nothing_is_installed(tmp_path: Path) -> None:
    path = tmp_path / "one.tlog-proof"
    path.write_bytes(made(5, 3, b"").write())
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT / 'src')!r}); from ambos_verify import main, ed25519\n"
        f"assert not ed25519.IS_FAST; sys.exit(main({[str(path), '--vkey', LOG.verifier.vkey]!r}))"
    )
    # -S leaves out site-packages, so that `cryptography` is absent.
    done = subprocess.run([sys.executable, "-I", "-S", "-c", program], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert done.stdout.endswith("VERIFIED\n")


def test_a_receipt_of_one_entry_is_verified_in_a_millisecond() -> None:
    whole = made(40, 17, b"x").write()
    keys = KEYS[:1]
    spent = []
    for _ in range(30):
        start = time.process_time()
        verify(whole, keys, [b"x"])
        spent.append(time.process_time() - start)
    assert min(spent) < 0.001


def test_the_command_is_the_entry_point() -> None:
    assert main is command.main
