"""Sources to a corpus: cleans, masks by choice, splits, checks, counts, and names it by its hash (docs/spec/corpus.md).

Steps: 1 drop what is empty; 2 exact duplicates, and texts that two labels contradict; 3 near duplicates; 4 what is
sensitive: report, and mask by choice, then 1 to 3 again; 5 split by groups; 6 contamination; 7 manifest.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import msgspec
import numpy as np
import rfc8785

from ambos.corpus import duplicates, splits
from ambos.corpus.row import Row
from ambos.corpus.tensors import Array, read_tensors, write_tensors
from ambos.corpus.terms import simple
from ambos.errors import CorpusError, IntegrityError
from ambos.messages import Finding, Json

FORMAT = "ambos/corpus/v1"
FAMILIES = ("text", "chat", "signal")
Find = Callable[[str], Sequence[Finding]]


class Origin(msgspec.Struct, frozen=True):
    """Where rows come from and why they may be learnt from.

    Attributes:
        name: path, address or `records`, without what a person typed into it.
        origin: in the owner's words.
        basis: legal basis as a code, "GDPR-6.1.f".
        licence: of the data, "own" for the house's.
        sha256: of the bytes that were read; rows: how many they gave.
    """

    name: str
    origin: str
    basis: str
    licence: str
    sha256: str = ""
    rows: int = 0


@dataclass(frozen=True, slots=True)
class Wish:
    """What the builder was asked for.

    Attributes:
        share: of the rows held back; 0 when the sources say which rows judge.
        mode: "auto", "grouped" or "random".
        near: overlap from which two texts count as one; 0 keeps near duplicates.
        mask: replace what was found by its kind.
        accept: ids of judging rows whose contamination the owner names and accepts.
    """

    name: str
    family: str
    share: float = 0.2
    mode: str = "auto"
    near: float = duplicates.NEAR
    mask: bool = False
    accept: frozenset[str] = frozenset()
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Corpus:
    """Rows, signals and the manifest that names them. `hash` is of the manifest, which holds the hash of the content."""

    rows: tuple[Row, ...] = field(repr=False)
    arrays: Mapping[str, Array] = field(repr=False)
    manifest: Mapping[str, Json]

    @property
    def hash(self) -> str:
        """ "sha256:..." of the manifest in canonical form (RFC 8785)."""
        return f"sha256:{hashlib.sha256(rfc8785.dumps(dict(self.manifest))).hexdigest()}"

    def content(self) -> bytes:
        """What is sealed: rows as JSON lines and signals, in one safetensors file."""
        lines = b"\n".join(msgspec.json.encode(row) for row in self.rows)
        return write_tensors({**self.arrays, "rows": np.frombuffer(lines, dtype=np.uint8)}, {"format": FORMAT})


def opened(manifest: Mapping[str, Json], content: bytes) -> Corpus:
    """A corpus from its sealed parts.

    Raises:
        IntegrityError: the content is not what the manifest says.
    """
    if f"sha256:{hashlib.sha256(content).hexdigest()}" != manifest.get("content"):
        raise IntegrityError("the corpus is not what its manifest says", place="content")
    arrays, _ = read_tensors(content)
    lines = arrays.pop("rows").tobytes().split(b"\n")
    return Corpus(tuple(msgspec.json.decode(line, type=Row) for line in lines if line), arrays, manifest)


def build(
    rows: Sequence[Row], origins: Sequence[Origin], wish: Wish, find: Find | None, arrays: Mapping[str, Array]
) -> Corpus:
    """The corpus of these rows.

    Args:
        find: the house's detector; None only for signals, which hold no text.
        arrays: of a signal corpus, `x` (row, channel, point) and what belongs to it.

    Raises:
        CorpusError: nothing is left, one class only, a random split of groups, or contamination that nobody named.
    """
    for origin in origins:
        if not origin.basis or not origin.licence or not origin.origin:
            raise CorpusError(f"the source {origin.name[:60]!r} needs a basis, a licence and an origin")
    kept, removed = _cleaned(rows, wish) if wish.family != "signal" else _apart(rows, arrays)
    report, kept = _private(kept, wish, find)
    if wish.mask and wish.family != "signal":  # people's names may have been all that told rows apart
        kept, again = _cleaned(kept, wish)
        removed.update(again)
    if wish.share:
        kept = splits.divide(kept, wish.share, np.random.default_rng(wish.seed), mode=wish.mode)
    elif wish.mode == "random" and any(row.group for row in kept):
        raise CorpusError("these rows belong to groups: a random split is refused")
    told = _contamination(kept, wish)
    _check(kept, wish)
    made = Corpus(tuple(kept), arrays, {})
    manifest: dict[str, Json] = {
        "format": FORMAT,
        "name": wish.name,
        "family": wish.family,
        "seed": wish.seed,
        "sources": [msgspec.to_builtins(origin) for origin in origins],
        "rows": {side: sum(row.split == side for row in kept) for side in ("train", "evaluate")},
        "labels": dict(sorted(Counter(label for row in kept for label in row.labels).items())),
        "groups": len({row.group for row in kept if row.group}),
        "split": "grouped" if any(row.group for row in kept) else wish.mode,
        "removed": dict(removed),
        "near": f"{wish.near:g}",
        "privacy": report,
        "contamination": told,
        "arrays": {name: [*array.shape] for name, array in sorted(arrays.items())},
        "content": f"sha256:{hashlib.sha256(made.content()).hexdigest()}",
    }
    return Corpus(made.rows, arrays, manifest)


def _apart(rows: Sequence[Row], arrays: Mapping[str, Array]) -> tuple[list[Row], Counter[str]]:
    """Windows each once. One that stands under two names would be tested on the person that it was learnt from."""
    first: dict[bytes, Row] = {}
    for row in rows:
        window = hashlib.sha256(np.ascontiguousarray(arrays["x"][row.signal]).tobytes()).digest()
        known = first.setdefault(window, row)
        if (known.group, known.labels) != (row.group, row.labels):
            raise CorpusError(
                f"the same window is there under two subjects or labels ({known.id[:60]} and {row.id[:60]}): "
                "take one of the recordings out"
            )
    kept = list(first.values())
    return kept, Counter(empty=0, exact=len(rows) - len(kept), contradicted=0, near=0)


def _cleaned(rows: Sequence[Row], wish: Wish) -> tuple[list[Row], Counter[str]]:
    removed: Counter[str] = Counter(empty=0, exact=0, contradicted=0, near=0)
    full = [row for row in rows if simple(row.text) and (wish.family != "chat" or row.answer)]  # 1
    removed["empty"] = len(rows) - len(full)
    said: dict[str, set[tuple[tuple[str, ...], str]]] = defaultdict(set)
    for row in full:
        said[simple(row.text)].add((row.labels, row.answer))
    first: set[str] = set()
    kept = []
    for row in full:  # 2
        key = simple(row.text)
        if len(said[key]) > 1:
            removed["contradicted"] += 1
        elif key in first:
            removed["exact"] += 1
        else:
            first.add(key)
            kept.append(row)
    if not wish.near:
        return kept, removed
    leaders = duplicates.clusters([row.text for row in kept], near=wish.near)  # 3
    # Near duplicates with another label or answer stay: the difference between them is what the model must learn.
    said_by = [(row.labels, row.answer) for row in kept]
    unique = [row for at, row in enumerate(kept) if leaders[at] == at or said_by[at] != said_by[leaders[at]]]
    removed["near"] = len(kept) - len(unique)
    return unique, removed


def _private(rows: list[Row], wish: Wish, find: Find | None) -> tuple[dict[str, Json], list[Row]]:
    kinds: Counter[str] = Counter()
    touched, made = 0, []
    for row in rows:  # 4
        if find is None or wish.family == "signal":
            made.append(row)
            continue
        found, answered = find(row.text), find(row.answer) if row.answer else ()
        kinds.update(one.kind.value for one in (*found, *answered))
        touched += bool(found or answered)
        text, answer = (masked(row.text, found), masked(row.answer, answered)) if wish.mask else (row.text, row.answer)
        made.append(msgspec.structs.replace(row, text=text, answer=answer))
    counts: dict[str, Json] = dict(sorted(kinds.items()))
    return {"kinds": counts, "rows": touched, "masked": wish.mask}, made


def masked(text: str, found: Sequence[Finding]) -> str:
    """The text with every finding replaced by its kind in brackets; overlapping findings become one."""
    out, at = [], 0
    for one in sorted(found, key=lambda f: (f.start, -f.end)):
        if one.end <= at:
            continue
        if one.start >= at:
            out += [text[at : one.start], f"[{one.kind.value}]"]
        at = one.end
    return "".join([*out, text[at:]])


def _contamination(rows: Sequence[Row], wish: Wish) -> dict[str, Json]:
    found = splits.contaminated(rows)  # 6
    unnamed = [one for one in found if one[0] not in wish.accept]
    if unnamed:
        judge, train, how = unnamed[0]
        raise CorpusError(
            f"{len({one[0] for one in unnamed})} rows that judge are also among those that train ({how}: {judge[:60]} and "
            f"{train[:60]}): a figure on them would be too good. Take them out, or name each with `accept`"
        )
    return {"found": 0 if not found else len(found), "accepted": [*sorted({one[0] for one in found})]}


def _check(rows: Sequence[Row], wish: Wish) -> None:
    if not rows:
        raise CorpusError("nothing is left: every row is empty, a duplicate or contradicted")
    if not any(row.split == "train" for row in rows):
        raise CorpusError("no row is left to train on")
    if wish.family in ("text", "signal"):
        unlabelled = sum(not row.labels for row in rows)
        labels = {label for row in rows for label in row.labels}
        if len(labels) < 2:
            raise CorpusError(f"a classifier needs at least two labels; there is {len(labels)}")
        is_multiple = any(len(row.labels) > 1 for row in rows)
        if unlabelled and not is_multiple:
            raise CorpusError(f"{unlabelled} rows have no label; give them one or take them out")
        trained = {label for row in rows if row.split == "train" for label in row.labels}
        if not labels <= trained:
            raise CorpusError(f"{len(labels - trained)} labels are in no row that trains: move rows of them")
