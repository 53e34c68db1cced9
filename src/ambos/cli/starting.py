"""What `ambos adapt new` and `estimate` find out: what a table can teach, how long that takes here, what it costs."""

from __future__ import annotations

import hashlib
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from ambos.cli.iterating import encoder_of, read_recipe_file
from ambos.cli.words import say
from ambos.errors import AdaptError, CorpusError
from ambos.messages import Finding

if TYPE_CHECKING:
    from ambos.corpus import Columns, Row
    from ambos.corpus.tables import Table

FEW_ROWS: Final = 5  # of a label; below, cross-validation has nothing to stand on
# Chosen on 160 made-up notes, judged on 40 more that train (benchmarks/README.md): 96 steps of 256 tokens at 0.002.
RATE: Final = 0.002
STEPS: Final = 100  # about; fewer rows are read up to three times
_CHARACTERS: Final = 2.5  # of a token, counted from below: a row that does not fit is refused
_USUAL: Final = 3.0  # of a token, in the mean
_FRAME: Final = 40  # tokens of the template and the system message
LEAST_CHAT: Final = 40  # rows of question and answer; fewer do better as examples in the prompt
CHAT_BASE: Final = "smollm2"
_SAMPLE: Final = 60  # texts that are timed
_WATTS, _PER_KWH = 15.0, 0.25  # a core under load; euros a kilowatt-hour: declared, not measured


@dataclass(frozen=True, slots=True)
class Looked:
    """What is in a table.

    Attributes:
        counts: rows of each label.
        few: labels with fewer than ten rows.
    """

    rows: list[Row]
    columns: Columns
    counts: Mapping[str, int]
    few: list[str]

    @property
    def is_chat(self) -> bool:
        """Question and answer, and no label."""
        return bool(self.columns.answer) and not self.columns.label

    @property
    def is_enough(self) -> bool:
        """There is something to learn from."""
        if self.is_chat:
            return len(self.rows) >= LEAST_CHAT
        return len(self.counts) >= 2 and len(self.few) < len(self.counts)


def looked_at(lines: Table) -> Looked:
    """What is in these rows.

    Raises:
        CorpusError: there are none, or no column is a text.
        AdaptError: every question has the same answer.
    """
    from ambos.corpus import Columns, rows_of
    from ambos.corpus.tables import names_of

    if not lines:
        raise CorpusError("this table has no rows")
    columns = Columns().found(names_of(lines))
    rows = rows_of(lines, columns, source=0, prefix="0")
    counts = Counter(label for row in rows for label in row.labels)
    found = Looked(rows, columns, counts, sorted(label for label, count in counts.items() if count < 2 * FEW_ROWS))
    if found.is_chat and found.is_enough and len({row.answer.strip().casefold() for row in rows}) < 2:
        raise AdaptError("every row has the same answer: there is nothing to learn")
    return found


def start(
    table: Path, basis: str, licence: str, origin: str, base: str, out: Path | None, key: str, data: Path | None
) -> dict[str, Any]:
    """Look, build the corpus, write the recipe; `words` say it all.

    Raises:
        CorpusError: the table cannot be read, or what is in it cannot be a corpus.
    """
    from ambos.catalogue.sources import content_of, table_of

    content = content_of(table)
    found = looked_at(table_of(table.name, content))
    words, told = _said(found, base), seen(found)
    if not found.is_enough:
        return {**told, "words": words}
    told["corpus"] = kept(found, table.name, content, About(basis, licence, origin), data, key)
    path = out or table.with_suffix(".recipe.toml")
    write_recipe(path, found, told["corpus"], base)
    cost = cost_of(path, data)
    words += [say("adapt_estimate", **cost), say("new_written", path=path), *_saved(data)]
    return {**told, "recipe": str(path), "words": words, **cost}


def seen(found: Looked) -> dict[str, Any]:
    """For scripts and the console: family, rows and, of a classifier, labels."""
    if found.is_chat:
        return {"family": "chat", "rows": len(found.rows)}
    return {"family": "text", "rows": len(found.rows), "labels": len(found.counts), "few": found.few}


def _said(found: Looked, base: str) -> list[str]:
    rows, columns = len(found.rows), found.columns
    if found.is_chat:
        if not found.is_enough:
            return [say("new_chat_few", rows=rows, least=LEAST_CHAT)]
        return [say("new_chat", rows=rows, base=base or CHAT_BASE)]
    words = [say("new_rows", rows=rows, labels=len(found.counts), text=columns.text, label=columns.label)]
    words.append(say("new_groups", group=columns.group) if columns.group else say("new_no_groups"))
    if not found.is_enough:
        words.append(say("new_too_few", least=2 * FEW_ROWS))
    elif found.few:
        words.append(say("new_some_few", few=", ".join(found.few[:5]), least=2 * FEW_ROWS))
    return words


@dataclass(frozen=True, slots=True)
class About:
    """Why a table may be learnt from: basis as a code, licence, where it comes from in words; what is masked."""

    basis: str
    licence: str
    origin: str
    mask: bool = False


def kept(
    found: Looked,
    name: str,
    content: bytes,
    about: About,
    data: Path | None,
    key: str,
    told: Callable[[str, int, int], None] = lambda *_: None,
) -> str:
    """The corpus of these rows, built and handed to the house that keeps it sealed; its hash.

    Args:
        name, content: of the file that they came from.
        told: hears how many rows the detector has read.

    Raises:
        CorpusError: what is in it cannot be a corpus.
    """
    from ambos.cli.reach import call
    from ambos.cli.scanning import Scanner
    from ambos.cli.spooling import spooled
    from ambos.corpus import Origin, Source, build
    from ambos.corpus.order import order_of

    source = Source(path=name, basis=about.basis, licence=about.licence, origin=about.origin)
    family = "chat" if found.is_chat else "text"
    wish = order_of(_plain(Path(name).stem)[:64], [source], family=family, mask=about.mask).wish
    digest = hashlib.sha256(hashlib.sha256(content).digest()).hexdigest()
    origin = Origin(name, about.origin, about.basis, about.licence, f"sha256:{digest}", len(found.rows))
    scanner, read = Scanner(data), 0

    def find(text: str) -> tuple[Finding, ...]:
        nonlocal read
        read += 1
        told("build", min(read, len(found.rows)), len(found.rows))
        return scanner.find(text)

    corpus = build(found.rows, [origin], wish, find, {})
    sealed, secret = spooled(data, corpus.content())
    call(
        data, "corpus.keep", name=sealed, secret=secret, manifest=dict(corpus.manifest), key=key, permissions=[], records=[],
    )  # fmt: skip
    return corpus.hash


def message_of(table: Path, text: str, count: int) -> str:
    """The rows of a table most like a question, and the question, as one message.

    Raises:
        CorpusError: the table cannot be read, or its rows have neither labels nor answers.
    """
    from ambos.catalogue.sources import read_table
    from ambos.config import language
    from ambos.corpus import Columns, rows_of
    from ambos.corpus.similar import prompt, similar
    from ambos.corpus.tables import names_of

    lines = read_table(table)
    if not lines:
        raise CorpusError("this table has no rows")
    rows = rows_of(lines, Columns().found(names_of(lines)), source=0, prefix="0")
    told = [row for row in rows if row.text and (row.labels or row.answer)]
    if not told:
        raise CorpusError("no row of this table has a label or an answer: an example shows how to answer")
    return prompt(similar(told, text, count=count), text, language=language())


def _length(rows: Sequence[Row]) -> int:
    """Tokens of a packed row: short rows make many steps of few tokens, which learn more of the same reading."""
    longest = max((len(row.text) + len(row.answer)) / _CHARACTERS + _FRAME for row in rows)
    return next((length for length in (256, 512, 1024, 2048, 4096) if longest <= length), 8192)


def _epochs(rows: Sequence[Row]) -> int:
    tokens = sum((len(row.text) + len(row.answer)) / _USUAL + _FRAME / 2 for row in rows)
    return max(1, min(3, round(STEPS * _length(rows) / tokens)))


def _plain(name: str) -> str:
    return "".join(one if one.isascii() and one.isalnum() else "-" for one in name.lower()).strip("-") or "model"


def write_recipe(path: Path, found: Looked, corpus: str, base: str, purpose: str = "") -> None:
    """The recipe for what was looked at; its name is that of the file."""
    name = path.name.removesuffix(".toml").removesuffix(".recipe")
    purpose = purpose or say("new_purpose_chat" if found.is_chat else "new_purpose", name=name)
    told = {"name": _plain(name), "corpus": corpus, "purpose": purpose, "seed": 1}
    told["budget_minutes"] = 60
    if found.is_chat:
        told |= {
            "family": "chat", "base": base or CHAT_BASE, "metric": "exact", "use": "inside", "rank": 8,
            "epochs": _epochs(found.rows), "rate": RATE, "length": _length(found.rows), "canaries": 100,
        }  # fmt: skip
    else:
        is_multiple = any(len(row.labels) != 1 for row in found.rows)
        told |= {
            "family": "text", "features": "both" if base else "terms", "folds": 5, "margin": 0.0,
            "metric": "micro_f1" if is_multiple else "accuracy", **({"base": base} if base else {}),
        }  # fmt: skip
    _put(path, told)


def _put(path: Path, told: dict[str, Any]) -> None:
    lines = [f"{key} = {msgspec.json.encode(value).decode()}" for key, value in told.items()]
    path.write_text("# " + say("new_head") + "\n" + "\n".join(lines) + "\n", encoding="utf-8")


def cost_of(path: Path, data: Path | None) -> dict[str, Any]:
    """Seconds, memory and energy of a run, from a part of it that is timed now.

    Raises:
        AdaptError: the run would pass the recipe's budget.
    """
    from ambos.cli.reading import open_reading
    from ambos.config import load

    recipe = read_recipe_file(path)
    with open_reading(data) as store:
        corpus = store.corpora.open(recipe.corpus, tenant=load(data).tenant)
    rows = [row for row in corpus.rows if row.split == "train"]
    if recipe.family == "chat":
        from ambos.cli.chat_cost import cost_of_chat, paid_cost

        told = cost_of_chat(rows, recipe)
        judging = [row for row in corpus.rows if row.split == "evaluate"]
        return told | ({"paid": paid_cost(judging, recipe)} if recipe.paid else {})
    labels = len(corpus.manifest["labels"])  # type: ignore[arg-type]  # our own manifest
    seconds = _timed([row.text for row in rows[:_SAMPLE]], recipe) * len(rows) / max(1, len(rows[:_SAMPLE]))
    # Three strengths on a third of the data in each fold, one fit on the rest: about 2 + folds · 2 fits of 100 steps.
    width = 60_000 if recipe.features != "embedding" else 768
    multiply = _multiply_s()
    fits = (1 + 3 * recipe.folds) * min(len(rows), 2000) / 2000 * len(rows) * 250 * labels * 200 * multiply
    seconds = 1.2 * seconds + fits
    memory = 300 + len(rows) * (768 + 250) * 8 / 2**20 + width * labels * 8 * 20 / 2**20
    told = {
        "minutes": round(seconds / 60, 1),
        "memory_mib": round(memory),
        "watt_hours": round(seconds * _WATTS / 3600, 2),
        "euros": round(seconds * _WATTS / 3.6e6 * _PER_KWH, 4),
        "rows_train": len(rows),
    }
    if seconds / 60 > recipe.budget_minutes:
        raise AdaptError(f"this would take about {seconds / 60:.0f} minutes; the recipe allows {recipe.budget_minutes}")
    return told


def _timed(texts: list[str], recipe: Any) -> float:  # Any: a recipe, whose type is imported late
    from ambos.corpus import Vocabulary

    encoder = encoder_of(recipe)
    began = time.process_time()
    Vocabulary.learn(texts, least=1).features(texts)
    if encoder is not None:
        encoder.embed(texts)
    return time.process_time() - began


def _multiply_s() -> float:
    """Seconds of one multiplication in a sparse product, roughly."""
    a, b = np.ones((256, 256), dtype=np.float32), np.ones((256, 256), dtype=np.float32)
    began = time.perf_counter()
    a @ b
    return max((time.perf_counter() - began) / 256**3, 1e-11) * 20


def _saved(data: Path | None) -> list[str]:
    return [say("new_saved", amount=amount, currency=currency) for currency, amount in spent_on(data).items()]


def spent_on(data: Path | None) -> dict[str, str]:
    """What the recorded traffic of 30 days cost, by currency, when it did: what answering at home would save at most."""
    from ambos.cli.reading import open_reading

    since = (time.time_ns() // 1_000_000) - 30 * 86_400_000
    spent: Counter[str] = Counter()
    with open_reading(data) as store:
        for entry in store.entries(events={"completed"}):
            if int(str(entry.fields["time"])) >= since and "cost" in entry.fields:
                spent[str(entry.fields.get("currency", ""))] += int(str(entry.fields["cost"]))
    return {currency: f"{micro / 1e6:.2f}" for currency, micro in sorted(spent.items())}
