"""Policies of witnesses (C2SP tlog-policy): what is read, and which cosignatures are enough."""

from __future__ import annotations

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ambos.audit import Signer
from ambos.audit.quorum import Party, Quorum
from ambos.audit.signing import COSIGNATURE
from ambos.errors import ProofError

LOG = Signer("log.example/1", bytes(range(32))).verifier
KEYS = {name: Signer(f"w.example/{name}", bytes([at]) * 32, kind=COSIGNATURE).verifier
        for at, name in enumerate(("X1", "X2", "X3", "Y1", "Y2", "Y3"), 1)}  # fmt: skip
W = {name: f"witness {name} {key.vkey}\n" for name, key in KEYS.items()}
EXAMPLE = (
    f"log {LOG.vkey}\n\n{W['X1']}{W['X2']}{W['X3']}group X-witnesses 2 X1 X2 X3\n\n{W['Y1']}{W['Y2']}{W['Y3']}"
    "group Y-witnesses any Y1 Y2 Y3\n\n\t# both\ngroup X-and-Y all X-witnesses Y-witnesses \nquorum X-and-Y\n"
).encode()


def test_the_example_of_the_specification_needs_two_of_one_and_one_of_the_other() -> None:
    quorum = Quorum.parse(EXAMPLE)
    for count in range(7):
        for some in combinations(KEYS, count):
            xs, ys = (sum(name.startswith(letter) for name in some) for letter in "XY")
            assert quorum.is_met([KEYS[name] for name in some]) is (xs >= 2 and ys >= 1)


def test_written_policies_are_read_again() -> None:
    quorum = Quorum.parse(EXAMPLE)
    assert Quorum.parse(quorum.write()) == quorum
    with_url = Quorum().with_witness(Party(KEYS["X1"], "one", "https://w.example/x"))
    assert Quorum.parse(with_url.write()) == with_url
    assert with_url.is_met([])  # asked, and not needed


@pytest.mark.parametrize(
    "policy",
    [
        "", "quorum none", "quorum none\nquorum none\n", "quorum X1\n", f"{W['X1']}quorum X2\n", f"quorum X1\n{W['X1']}",
        f"{W['X1']}{W['X1']}quorum none\n", f"{W['X1']}witness again {KEYS['X1'].vkey}\nquorum none\n",
        f"log {KEYS['X1'].vkey}\nquorum none\n", f"witness L {LOG.vkey}\nquorum none\n",
        f"log {LOG.vkey}\nlog {LOG.vkey}\nquorum none\n", f"witness none {KEYS['X1'].vkey}\nquorum none\n",
        f"{W['X1']}group g 0 X1\nquorum g\n", f"{W['X1']}group g 2 X1\nquorum g\n", f"{W['X1']}group g 01 X1\nquorum g\n",
        f"{W['X1']}group g some X1\nquorum g\n", f"{W['X1']}group g all\nquorum g\n", f"{W['X1']}group g any none\nquorum g\n",
        f"{W['X1']}group g any X1 X1\nquorum g\n", f"{W['X1']}group g any X1\ngroup h any X1\nquorum g\n",
        f"group g any g\n{W['X1']}quorum g\n", f"{W['X1']}group X1 any X1\nquorum X1\n", "else none\nquorum none\n",
        "quorum none\r\n", "quorum none\x00\n", "quorum none more\n", f"{W['X1'].rstrip()} u v\nquorum none\n",
        "witness w bad+key+here\nquorum none\n", "# \x01\nquorum none\n", "#" + "a" * 65_536 + "\nquorum none\n",
    ],
)  # fmt: skip
def test_other_policies_are_refused(policy: str) -> None:
    with pytest.raises(ProofError):
        Quorum.parse(policy.encode())


@given(st.binary(max_size=120))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    try:
        Quorum.parse(data)
    except ProofError:
        return
