"""What `ambos adapt new` and `estimate` find out: what a table can teach, how long that takes here, what it costs."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import msgspec
import numpy as np

from ambos.cli.iterating import encoder_of, read_recipe_file
from ambos.cli.words import say
from ambos.errors import AdaptError, CorpusError

if TYPE_CHECKING:
    from ambos.corpus import Row

FEW_ROWS: Final = 5  # of a label; below, cross-validation has nothing to stand on
# Chosen on 160 made-up notes, judged on 40 more that train (benchmarks/README.md): 96 steps of 256 tokens at 0.002.
RATE: Final = 0.002
STEPS: Final = 100  # about; fewer rows are read up to three times
_CHARACTERS: Final = 2.5  # of a token, counted from below: a row that does not fit is refused
_USUAL: Final = 3.0  # of a token, in the mean
_FRAME: Final = 40  # tokens of the template and the system message
LEAST_CHAT: Final = 40  # rows of question and answer; fewer do better as examples in the prompt
_SAMPLE: Final = 60  # texts that are timed
_WATTS, _PER_KWH = 15.0, 0.25  # a core under load; euros a kilowatt-hour: declared, not measured


def start(
    table: Path, basis: str, licence: str, origin: str, base: str, out: Path | None, key: str, data: Path | None
) -> dict[str, Any]:
    """Look, build the corpus, write the recipe; `words` say it all.

    Raises:
        CorpusError: the table cannot be read, or what is in it cannot be a corpus.
    """
    from ambos.catalogue.sources import read_table
    from ambos.corpus import Columns, rows_of

    lines = read_table(table)
    if not lines:
        raise CorpusError("this table has no rows")
    columns = Columns().found([str(name) for name in lines[0]])
    rows = rows_of(lines, columns, source=0, prefix="0")
    if columns.answer and not columns.label:
        return _chat(table, (basis, licence, origin), base or "smollm2", out, key, data, rows)
    counts = Counter(label for row in rows for label in row.labels)
    few = sorted(label for label, count in counts.items() if count < 2 * FEW_ROWS)
    words = [say("new_rows", rows=len(rows), labels=len(counts), text=columns.text, label=columns.label)]
    words.append(say("new_groups", group=columns.group) if columns.group else say("new_no_groups"))
    if len(counts) < 2 or len(few) == len(counts):
        return {
            "family": "text",
            "rows": len(rows),
            "labels": len(counts),
            "few": few,
            "words": [*words, say("new_too_few", least=2 * FEW_ROWS)],
        }
    if few:
        words.append(say("new_some_few", few=", ".join(few[:5]), least=2 * FEW_ROWS))
    hash_ = _build(table, basis, licence, origin, key, data)
    path = out or table.with_suffix(".recipe.toml")
    name = path.name.removesuffix(".toml").removesuffix(".recipe")
    _write(path, name, hash_, base, is_multiple=any(len(row.labels) != 1 for row in rows))
    cost = cost_of(path, data)
    words += [say("adapt_estimate", **cost), say("new_written", path=path), *_saved(data)]
    return {
        "family": "text",
        "rows": len(rows),
        "labels": len(counts),
        "few": few,
        "corpus": hash_,
        "recipe": str(path),
        "words": words,
        **cost,
    }


def message_of(table: Path, text: str, count: int) -> str:
    """The rows of a table most like a question, and the question, as one message.

    Raises:
        CorpusError: the table cannot be read, or its rows have neither labels nor answers.
    """
    from ambos.catalogue.sources import read_table
    from ambos.config import language
    from ambos.corpus import Columns, rows_of
    from ambos.corpus.similar import prompt, similar

    lines = read_table(table)
    if not lines:
        raise CorpusError("this table has no rows")
    rows = rows_of(lines, Columns().found([str(name) for name in lines[0]]), source=0, prefix="0")
    told = [row for row in rows if row.text and (row.labels or row.answer)]
    if not told:
        raise CorpusError("no row of this table has a label or an answer: an example shows how to answer")
    return prompt(similar(told, text, count=count), text, language=language())


def _chat(
    table: Path,
    about: tuple[str, str, str],
    base: str,
    out: Path | None,
    key: str,
    data: Path | None,
    found: Sequence[Row],
) -> dict[str, Any]:
    rows = len(found)
    if rows < LEAST_CHAT:
        return {"family": "chat", "rows": rows, "words": [say("new_chat_few", rows=rows, least=LEAST_CHAT)]}
    if len({row.answer.strip().casefold() for row in found}) < 2:
        raise AdaptError("every row has the same answer: there is nothing to learn", reason="one_answer")
    hash_ = _build(table, *about, key, data, family="chat")
    path = out or table.with_suffix(".recipe.toml")
    name = path.name.removesuffix(".toml").removesuffix(".recipe")
    _put(
        path,
        {
            "name": _plain(name), "family": "chat", "corpus": hash_, "purpose": say("new_purpose", name=name), "base": base,
            "metric": "exact", "use": "inside", "rank": 8, "epochs": _epochs(found), "rate": RATE, "length": _length(found),
            "canaries": 100, "seed": 1, "budget_minutes": 60,
        },
    )  # fmt: skip
    cost = cost_of(path, data)
    words = [
        say("new_chat", rows=rows, base=base), say("adapt_estimate", **cost), say("new_written", path=path), *_saved(data),
    ]  # fmt: skip
    return {"family": "chat", "rows": rows, "corpus": hash_, "recipe": str(path), "words": words, **cost}


def _length(rows: Sequence[Row]) -> int:
    """Tokens of a packed row: short rows make many steps of few tokens, which learn more of the same reading."""
    longest = max((len(row.text) + len(row.answer)) / _CHARACTERS + _FRAME for row in rows)
    return next((length for length in (256, 512, 1024, 2048, 4096) if longest <= length), 8192)


def _epochs(rows: Sequence[Row]) -> int:
    tokens = sum((len(row.text) + len(row.answer)) / _USUAL + _FRAME / 2 for row in rows)
    return max(1, min(3, round(STEPS * _length(rows) / tokens)))


def _plain(name: str) -> str:
    return "".join(one if one.isascii() and one.isalnum() else "-" for one in name.lower()).strip("-") or "model"


def _build(
    table: Path, basis: str, licence: str, origin: str, key: str, data: Path | None, *, family: str = "text"
) -> str:
    from ambos.cli.corpus import _made, _order
    from ambos.cli.reach import call
    from ambos.cli.spooling import spooled

    corpus, *_ = _made(_order(table, "", basis, licence, origin, mask=False, family=family), table, data)
    name, secret = spooled(data, corpus.content())
    call(
        data,
        "corpus.keep",
        name=name,
        secret=secret,
        manifest=dict(corpus.manifest),
        key=key,
        permissions=[],
        records=[],
    )
    return corpus.hash


def _write(path: Path, name: str, corpus: str, base: str, *, is_multiple: bool) -> None:
    told = {
        "name": _plain(name),
        "family": "text",
        "corpus": corpus,
        "purpose": say("new_purpose", name=name),
        "features": "both" if base else "terms",
        "metric": "micro_f1" if is_multiple else "accuracy",
        "seed": 1,
        "folds": 5,
        "margin": 0.0,
        "budget_minutes": 60,
        **({"base": base} if base else {}),
    }
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
        from ambos.cli.chat_cost import cost_of_chat

        return cost_of_chat(rows, recipe)
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
    """What the recorded traffic of 30 days cost, when it did: what answering at home would save at most."""
    from ambos.cli.reading import open_reading

    since = (time.time_ns() // 1_000_000) - 30 * 86_400_000
    spent: Counter[str] = Counter()
    with open_reading(data) as store:
        for entry in store.entries(events={"completed"}):
            if int(str(entry.fields["time"])) >= since and "cost" in entry.fields:
                spent[str(entry.fields.get("currency", ""))] += int(str(entry.fields["cost"]))
    return [
        say("new_saved", amount=f"{micro / 1e6:.2f}", currency=currency) for currency, micro in sorted(spent.items())
    ]
