"""A sealed experiment's chain: it verifies as it was made, and no byte of it can be another."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace
from typing import Any

import pytest

from ambos.errors import ExperimentError, IntegrityError
from ambos.experiment import analyse, read_plan, render, replication, sealing
from ambos.experiment.assignment import assign, seed_of
from ambos.experiment.chain import Chain, check_chain, check_log, open_keys, outcome_row, read_chain
from ambos.experiment.standing import Standing, is_complete

PLAN: dict[str, Any] = {
    "question": "q", "control": "a", "treatment": "b", "metric": "m", "design": "parallel", "n": 20, "block": 4,
    "ethics": {"information": "i", "basis": "b", "leave": "l", "stop": "s"},
}  # fmt: skip
ROOT = bytes(range(32))
SEALED_MS = 1_800_000_000_000


def leaf(index: int, event: str, **fields: Any) -> tuple[int, str]:
    told: dict[str, Any] = {"event": event, "experiment": "x_1", "tenant": "house", "time": SEALED_MS, "v": 1, **fields}
    return index, json.dumps(told, sort_keys=True, separators=(",", ":"))


@pytest.fixture
def chain() -> Chain:
    plan, keys = read_plan(PLAN), open_keys(ROOT)
    commitment = sealing.secret_commitment(keys["secret"], keys["secret-salt"])
    entries = [leaf(5, "sealed_plan", plan=plan.hash(), secret=commitment, principal="p_1")]
    units: list[list[Any]] = []
    outcomes: list[list[Any]] = []
    for at in range(20):
        unit = sealing.unit_of(sealing.key_of(ROOT, "units"), f"person {at}")
        arm = assign(seed_of(keys["secret"], b""), ("a", "b"), stratum="", ordinal=at, block=4)
        units.append([10 + at, unit, "", at, arm])
        entries.append(leaf(10 + at, "assigned", unit=unit, ordinal=at, arm=arm))
    for at, (_, unit, _, _, arm) in enumerate(units):
        row = [40 + at, unit, arm, 0, float((at * 7) % 5), None, "", "recorded"]
        evidence = sealing.row_evidence(keys["data"], outcome_row("x_1", row))
        outcomes.append(row)
        entries.append(leaf(40 + at, "outcome", unit=unit, arm=arm, provenance="recorded", evidence=evidence))
    standing = Standing("x_1", "recorded", SEALED_MS, SEALED_MS + 1, is_complete=True, has_beacon=False)
    return Chain("x_1", keys, b"", [], units, outcomes, entries, standing)


def made(chain: Chain) -> tuple[bytes, bytes, bytes]:
    plan = read_plan(PLAN)
    found = analyse(plan, chain.columns(plan), standing=chain.standing)
    file = replication.analysis_file(found, language="en", chain=chain.written())
    return replication.written(file), render(found).encode(), chain.written()


def broken(file: bytes, page: bytes, chain: bytes) -> str:
    """The link that is named, or the word of an error; "" when all holds."""
    try:
        replication.verify_sealed(replication.read_analysis_file(file), chain, page)
    except IntegrityError as error:
        return error.place
    except ExperimentError:
        return "file"
    return ""


def test_a_whole_chain_verifies_and_is_confirmatory(chain: Chain) -> None:
    file, page, data = made(chain)
    assert broken(file, page, data) == ""
    told = json.loads(file)["result"]
    assert (told["status"], told["n"], told["promotable"]) == ("confirmatory", 20, False)
    assert "operator_could_choose" in told["disclosure_codes"]
    assert read_chain(data) == chain


@pytest.mark.parametrize("which", [0, 1, 2], ids=["analysis file", "report", "chain file"])
def test_no_byte_can_be_another(chain: Chain, which: int) -> None:
    files = made(chain)
    step = max(1, len(files[which]) // 150)
    for at in range(0, len(files[which]), step):
        changed = bytearray(files[which])
        changed[at] ^= 1
        tampered = [*files]
        tampered[which] = bytes(changed)
        assert broken(*tampered) != "", (at, bytes(changed[at - 20 : at + 20]))


def tampered(chain: Chain, **changes: Any) -> Chain:
    told = json.loads(chain.written())
    return read_chain(json.dumps({**told, **changes}).encode())


def test_each_link_is_named(chain: Chain) -> None:
    plan = read_plan(PLAN)
    told = json.loads(chain.written())
    other = read_plan({**PLAN, "n": 21})
    with pytest.raises(IntegrityError) as caught:
        check_chain(chain, other)
    assert caught.value.place == "seal"
    cases: dict[str, dict[str, Any]] = {
        "seal": {"keys": {**told["keys"], "secret": "00" * 32}},
        "assignment": {"units": [[*row[:4], "a"] for row in told["units"]]},
        "scores": {"outcomes": [[*row[:4], 1.0, *row[5:]] for row in told["outcomes"]]},
    }
    for link, changes in cases.items():
        with pytest.raises(IntegrityError) as caught:
            check_chain(tampered(chain, **changes), plan)
        assert caught.value.place == link
    without = {name: [row for row in told[name] if row[0] != 41] for name in ("outcomes", "entries")}
    check_chain(tampered(chain, **without), plan)  # inside one file a whole outcome can be missing ...
    with pytest.raises(IntegrityError, match="log"):
        check_log(tampered(chain, **without), chain.entries)  # ... the log knows it


def test_an_assignment_that_the_seed_does_not_give_is_found(chain: Chain) -> None:
    told = json.loads(chain.written())
    arms = {"a": "b", "b": "a"}
    units = [[*row[:4], arms[row[4]]] for row in told["units"]]
    turned = [
        [index, text.replace('"arm":"a"', '"arm":"?"').replace('"arm":"b"', '"arm":"a"').replace('"?"', '"b"')]
        for index, text in told["entries"]
    ]
    with pytest.raises(IntegrityError) as caught:
        check_chain(tampered(chain, units=units, entries=turned), read_plan(PLAN))
    assert caught.value.place == "assignment"


def test_enrolment_is_over_when_full_and_outcomes_are_in(chain: Chain) -> None:
    plan = read_plan(PLAN)
    assert is_complete(plan, [], chain.units, chain.outcomes, now_ms=SEALED_MS)
    assert not is_complete(plan, [], chain.units, chain.outcomes[1:], now_ms=SEALED_MS)
    assert not is_complete(plan, [], chain.units[1:], chain.outcomes, now_ms=SEALED_MS)
    dated = read_plan({**PLAN, "n": 30, "ends": "2027-01-31", "outcomes_until": "2027-02-28"})
    assert not is_complete(dated, [], chain.units, chain.outcomes, now_ms=SEALED_MS)
    assert is_complete(dated, [], chain.units, chain.outcomes[3:], now_ms=SEALED_MS + 90 * sealing.DAY_MS)


@pytest.mark.parametrize("data", [b"", b"{}", b"[]", b'{"version":1}', b"\xff", b"{" * 100_000])
def test_what_is_no_chain_file_is_refused(data: bytes) -> None:
    with pytest.raises(ExperimentError):
        read_chain(data)


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"n": None}, "'n' or 'ends'"),
        ({"control": "the old one"}, "enter the log"),
        ({"block": 3}, "multiple of 2"),
        ({"beacon": "drand/quicknet/5"}, "begun already"),
        ({"beacon": "dice"}, "must be drand"),
        ({"ends": "soon"}, "must be a date"),
        ({"design": "paired"}, "give --items"),
        ({"route": "ambos/auto", "unit": "participant"}, "key"),
        ({"strata": ["a b"]}, "enter the log"),
        ({"ethics": None}, "people take part"),
        ({"ethics": {"basis": "b", "leave": " ", "stop": "s"}}, "lacking: information, leave"),
        ({"route": "ambos/auto", "unit": "key", "design": "crossover"}, "parallel"),
    ],
)
def test_what_cannot_be_carried_out_is_not_sealed(changes: dict[str, Any], word: str) -> None:
    values = {name: value for name, value in {**PLAN, **changes}.items() if value is not None}
    with pytest.raises(ExperimentError, match=word):
        sealing.check_sealable(read_plan(values), [], now_ms=SEALED_MS)


def test_a_round_is_taken_when_it_is_out_and_not_before() -> None:
    plan = read_plan({**PLAN, "beacon": "drand/quicknet/40000000"})
    begins = sealing.round_ms(plan)
    assert begins == 1000 * (1_692_803_367 + 3 * 39_999_999)
    with pytest.raises(ExperimentError, match="not begun"):
        sealing.beacon_value(plan, "ab" * 32, now_ms=begins - 1)
    assert sealing.beacon_value(plan, "ab" * 32, now_ms=begins) == b"\xab" * 32
    signature = bytes(48)
    assert sealing.beacon_value(plan, signature.hex(), now_ms=begins) == hashlib.sha256(signature).digest()
    with pytest.raises(ExperimentError, match="64 hex digits"):
        sealing.beacon_value(plan, "zz", now_ms=begins)


def test_a_recipe_spends_its_alpha_on_items_once() -> None:
    plan = read_plan(PLAN)
    sealing.check_budget(plan, 0.0)
    with pytest.raises(ExperimentError, match="fresh items"):
        sealing.check_budget(plan, 0.05)
    sealing.check_budget(read_plan({**PLAN, "alpha": 0.02}), 0.03)


def test_a_look_that_the_log_does_not_have_is_named_and_files_of_before_are_read(chain: Chain) -> None:
    assert broken(*made(replace(chain, standing=replace(chain.standing, looked=(7,))))) == "scores"
    older = json.loads(chain.written())
    del older["standing"]["looked"]
    assert read_chain(json.dumps(older).encode()) == chain


def test_evaluations_outside_seals_are_told_and_files_without_any_keep_their_bytes(chain: Chain) -> None:
    plan = read_plan(PLAN)
    assert b"evaluations" not in chain.written()
    assert "evaluations" not in analyse(plan, chain.columns(plan), standing=chain.standing).to_json()["seal"]
    outside = ({"model": "acme/big-1", "day": "2027-01-02", "items": "3"},)
    told = replace(chain, standing=replace(chain.standing, evaluations=outside))
    assert read_chain(told.written()) == told
    found = analyse(plan, chain.columns(plan), standing=told.standing)
    assert found.to_json()["seal"]["evaluations"] == [*outside]
    (one,) = (one for one in found.disclosures if one.code == "evaluations")
    assert one.text().endswith("by the log: 1. acme/big-1, 2027-01-02 (3).")
    assert one.text("es").startswith("Evaluaciones de estos brazos")


def test_fewer_units_than_planned_is_a_departure_once_nothing_more_is_to_come(chain: Chain) -> None:
    plan = read_plan({**PLAN, "n": 30})
    columns = chain.columns(plan)

    def codes(standing: Standing, language: str = "en") -> str:
        found = analyse(plan, columns, standing=standing)
        return " ".join(one.text(language) for one in found.disclosures if one.code == "fewer_units")

    assert codes(chain.standing) == "Departure from the plan: 20 units of the 30 that it names."
    assert "20 unidades de las 30" in codes(chain.standing, "es")
    assert codes(replace(chain.standing, is_complete=False)) == ""


def test_a_departure_opens_its_entry_or_is_named(chain: Chain) -> None:
    salt, reason = bytes(32), "the desk was closed"
    why = hashlib.sha256(b"ambos/v1/why\0" + salt + reason.encode()).hexdigest()
    last = chain.entries[-1][0] + 1
    fields = {"incident": "i_1", "stage": "departure", "control": "experiment", "reason": "x_1", "principal": "p_1"}
    entries = [*chain.entries, leaf(last, "incident", **fields, why=why)]
    told = ({"day": "2026-11-27", "reason": reason, "salt": salt.hex()},)
    whole = replace(chain, entries=entries, standing=replace(chain.standing, departures=told))
    file, page, written = made(whole)
    found = replication.verify_sealed(replication.read_analysis_file(file), written, page).to_json()
    assert found["seal"]["departures"] == ["2026-11-27, the desk was closed"]
    left_out = replace(whole, standing=chain.standing)
    invented = replace(whole, entries=chain.entries)
    other = replace(whole, standing=replace(chain.standing, departures=({**told[0], "reason": "it rained all day"},)))
    for bad in (left_out, invented, other):
        assert broken(*made(bad)) == "departures"
    with pytest.raises(ExperimentError, match="departure is not of its form"):
        read_chain(written.replace(b'"salt"', b'"pepper"'))
