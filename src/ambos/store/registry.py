"""The registry of adapted models: sealed artefacts with their cards, who signed, what is promoted, what was retired.

A model moves `trained` → `recommended` → `promoted` → `retired`, each with an entry of the log. What its corpus lost by a
withdrawal or an erasure bars it from promotion at once, and from service when its term is over.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
from sqlalchemy import bindparam, select, update

from ambos.audit.entry import Value
from ambos.errors import AdaptError
from ambos.messages import Json
from ambos.store import schema
from ambos.store.batch import Draft
from ambos.store.corpora import Corpora, part_statement, read_pieces, sealed_pieces, write_pieces
from ambos.store.database import Database
from ambos.store.keyring import KeyRing
from ambos.store.sealing import place
from ambos.store.settings import DAY_MS
from ambos.store.subjects import RANK
from ambos.store.writer import Writer

STATES: Final = ("trained", "recommended", "promoted", "retired")


@dataclass(frozen=True, slots=True)
class Adapted:
    """One adapted model without its content.

    Attributes:
        signed: role → (principal, "approve" or "reject").
        marked: why it may not be promoted; served until `due_ms` (0: without end).
    """

    artefact: str
    name: str
    family: str
    corpus: str
    recipe: str
    card: Mapping[str, Json]
    state: str
    trained_ms: int
    promoted_ms: int | None
    signed: Mapping[str, tuple[str, str]]
    marked: str
    due_ms: int


@dataclass(frozen=True, slots=True)
class Trained:
    """What a run of training hands over."""

    name: str
    family: str
    corpus: str
    recipe: str
    artefact: str
    content: bytes
    card: Mapping[str, Json]


class Registry:
    """Keeps, signs, promotes, takes back."""

    def __init__(
        self, database: Database, ring: KeyRing, writer: Writer, corpora: Corpora, *, marked_model_days: int
    ) -> None:
        self._marked_ms = marked_model_days * DAY_MS
        self._database, self._ring, self._writer, self._corpora = database, ring, writer, corpora
        models, signatures = schema.adapted_models, schema.model_signatures
        self._insert = database.compile(models.insert(), RANK)
        self._part = part_statement(database)
        self._sign = database.compile(signatures.insert(), RANK + 1)
        where = models.c.artefact == bindparam("b_artefact")
        self._state = database.compile(update(models).where(where).values(state=bindparam("a_state")), RANK + 2)
        self._judge = database.compile(update(models).where(where).values(judged=bindparam("a_judged")), RANK + 2)
        self._promote = database.compile(
            update(models).where(where).values(state=bindparam("a_state"), promoted_ms=bindparam("a_time")), RANK + 2
        )

    async def keep(self, trained: Trained, *, tenant: str, by: str) -> str:
        """Seal an artefact with its card; the hash. The `trained` entry is durable with it."""
        if any(one.artefact == trained.artefact for one in self.list(tenant=tenant)):
            return trained.artefact
        sealer = self._ring.make_owner(tenant, trained.artefact)
        pieces = sealed_pieces(sealer, tenant, trained.artefact, trained.content)
        card = msgspec.json.encode(trained.card).decode()

        def job(draft: Draft) -> None:
            about = (trained.artefact, tenant, trained.name, trained.family, trained.corpus, trained.recipe, card)
            draft.write(self._insert, (*about, "trained", draft.time_ms, None, None))
            write_pieces(draft, self._part, trained.artefact, pieces)
            draft.enter("trained", tenant, _about(trained.name, trained.artefact, trained.corpus, trained.recipe, by))

        await self._writer.submit(job, may_abandon=False)
        return trained.artefact

    def list(self, *, tenant: str) -> Sequence[Adapted]:
        """Every adapted model, the oldest first."""
        table, signatures = schema.adapted_models, schema.model_signatures.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(table).where(table.c.tenant == tenant).order_by(table.c.trained_ms, table.c.artefact)
            ).mappings()
            found = [dict(row) for row in rows]
            signed: dict[str, dict[str, tuple[str, str]]] = {}
            for artefact, role, principal, result in connection.execute(
                select(signatures.artefact, signatures.role, signatures.principal, signatures.result)
            ):
                signed.setdefault(artefact, {})[role] = (principal, result)
        return [self._adapted(row, signed.get(row["artefact"], {}), tenant) for row in found]

    def find(self, named: str, *, tenant: str) -> Adapted:
        """The model of this artefact, its first digits, or the newest of this name.

        Raises:
            AdaptError: there is none, or several begin so.
        """
        every = self.list(tenant=tenant)
        plain = named.removeprefix("ambos/")
        by_name = [one for one in every if one.name == plain]
        digits = named.removeprefix("sha256:")
        by_hash = [one for one in every if len(digits) >= 6 and one.artefact.removeprefix("sha256:").startswith(digits)]
        if not by_name and len(by_hash) != 1:
            raise AdaptError("there is no such adapted model, or several begin so: see `ambos adapt list`")
        return by_name[-1] if by_name else by_hash[0]

    def champion(self, name: str, *, tenant: str) -> Adapted | None:
        """The promoted model of this name."""
        found = [one for one in self.list(tenant=tenant) if one.name == name and one.state == "promoted"]
        return found[-1] if found else None

    def served(self, name: str, *, tenant: str, now_ms: int) -> Adapted:
        """The model that answers under this name.

        Raises:
            AdaptError: none is promoted, or its term is over because its data were withdrawn or erased.
        """
        found = self.champion(name.removeprefix("ambos/"), tenant=tenant)
        if found is None:
            raise AdaptError("no promoted model has this name: see `ambos adapt list`")
        if found.marked and now_ms >= found.due_ms:
            raise AdaptError("this model was retired: what it was trained on was withdrawn or erased")
        return found

    def content(self, artefact: str, *, tenant: str) -> bytes:
        """The artefact's bytes."""
        return read_pieces(self._database, self._ring.owner(tenant, artefact), tenant, artefact)

    async def judge(self, artefact: str, *, tenant: str, judged: Mapping[str, Json]) -> None:
        """Keep what a sealed experiment said, whichever way: the card's `fitness` and `judged` are this from here on.

        Args:
            judged: `verdict`, `control`, `corpus` (its name), `experiment`, `report`, and `arms`, each with its figures.
        """
        self._one(artefact, tenant)
        told = msgspec.json.encode(dict(judged)).decode()
        await self._writer.submit(lambda draft: draft.write(self._judge, (told, artefact)), may_abandon=False)

    def reasons(self, artefact: str, *, tenant: str) -> Mapping[str, str]:
        """Why each role signed as it did; who asks has been authorised.

        Raises:
            IntegrityError: one was changed or moved.
        """
        signatures = schema.model_signatures.c
        with self._database.reading() as connection:
            rows = connection.execute(
                select(signatures.role, signatures.sealed).where(
                    signatures.artefact == artefact, signatures.sealed.is_not(None)
                )
            ).all()
        found: dict[str, str] = {}
        for role, sealed in rows:
            where = _reason_place(tenant, artefact, role)
            found[role] = self._ring.opened(tenant, artefact, bytes(sealed), where).decode()
        return found

    async def recommend(self, artefact: str, *, tenant: str, fields: Mapping[str, Value]) -> None:
        """The experiment was in its favour: people may sign."""
        one = self._one(artefact, tenant)
        if one.state != "trained":
            return

        def job(draft: Draft) -> None:
            draft.write(self._state, ("recommended", artefact))
            draft.enter("recommended", tenant, {"model": one.name, **fields})

        await self._writer.submit(job, may_abandon=False)

    async def sign(self, artefact: str, *, tenant: str, role: str, by: str, result: str, reason: str) -> None:
        """One role's signature.

        Raises:
            AdaptError: it is not recommended, the role has signed, or the same person signs twice.
        """
        one = self._one(artefact, tenant)
        if one.state != "recommended":
            raise AdaptError(f"only what an experiment has recommended is signed; this model is {one.state}")
        if role in one.signed:
            raise AdaptError("this role has signed already")
        if any(principal == by for principal, _ in one.signed.values()):
            raise AdaptError("the second signature is another person's")

        # The entry of the log holds no sentence; the reason is sealed under the artefact's key.
        sealed = self._ring.owner(tenant, artefact).seal(reason.encode(), _reason_place(tenant, artefact, role))

        def job(draft: Draft) -> None:
            draft.write(self._sign, (artefact, role, by, result, draft.time_ms, sealed))
            draft.enter("signed", tenant, {"model": one.name, "principal": by, "role": role, "result": result})

        await self._writer.submit(job, may_abandon=False)

    async def promote(self, artefact: str, *, tenant: str, by: str, roles: Sequence[str], experiment: str) -> Adapted:
        """Point the route at it; the former champion is retired.

        Raises:
            AdaptError: no sealed experiment has recommended it, a signature is missing or against it, or its data were
                withdrawn or erased.
        """
        one = self._one(artefact, tenant)
        if one.marked:
            raise AdaptError(f"what it was trained on was {one.marked}: train it again without that")
        if one.state != "recommended":
            raise AdaptError(f"it is {one.state}: only what a sealed experiment has recommended is promoted")
        missing = [role for role in roles if one.signed.get(role, ("", ""))[1] != "approve"]
        if missing:
            raise AdaptError(f"a signature is missing: {', '.join(missing)}")
        former = self.champion(one.name, tenant=tenant)
        await self._move("promote", one, former, tenant, by, experiment)
        return self._one(artefact, tenant)

    async def roll_back(self, name: str, *, tenant: str, by: str) -> Adapted | None:
        """Retire the champion and promote the one before it, if there is one; nothing else is asked.

        Raises:
            AdaptError: nothing of this name is promoted.
        """
        now = self.champion(name, tenant=tenant)
        if now is None:
            raise AdaptError("no promoted model has this name")
        older = [
            one
            for one in self.list(tenant=tenant)
            if one.name == name and one.promoted_ms is not None and one.artefact != now.artefact and not one.marked
        ]
        before = max(older, key=lambda one: one.promoted_ms or 0, default=None)
        await self._move("rollback", before, now, tenant, by, "")
        return before

    async def _move(
        self, action: str, to: Adapted | None, former: Adapted | None, tenant: str, by: str, experiment: str
    ) -> None:
        def job(draft: Draft) -> None:
            if former is not None:
                draft.write(self._state, ("retired", former.artefact))
            if to is not None:
                draft.write(self._promote, ("promoted", draft.time_ms, to.artefact))
            about = to or former
            fields: dict[str, Value] = {"action": action, "model": about.name if about else "", "principal": by}
            if to is not None:
                fields["artefact"] = to.artefact
            if former is not None and to is not None:
                fields["champion"] = former.name
            if experiment:
                fields["experiment"] = experiment
            draft.enter("promoted", tenant, fields)

        await self._writer.submit(job, may_abandon=False)

    def _one(self, artefact: str, tenant: str) -> Adapted:
        found = [one for one in self.list(tenant=tenant) if one.artefact == artefact]
        if not found:
            raise AdaptError("there is no such adapted model")
        return found[0]

    def _adapted(self, row: Mapping[str, object], signed: Mapping[str, tuple[str, str]], tenant: str) -> Adapted:
        marked, since_ms = self._corpora.mark(str(row["corpus"]), tenant)
        return Adapted(
            artefact=str(row["artefact"]),
            name=str(row["name"]),
            family=str(row["family"]),
            corpus=str(row["corpus"]),
            recipe=str(row["recipe"]),
            card=_card(str(row["card"]), row["judged"]),
            state=str(row["state"]),
            trained_ms=int(str(row["trained_ms"])),
            promoted_ms=None if row["promoted_ms"] is None else int(str(row["promoted_ms"])),
            signed=signed,
            marked=marked,
            due_ms=since_ms + self._marked_ms if marked else 0,
        )


def _card(card: str, judged: object) -> dict[str, Json]:
    told: dict[str, Json] = msgspec.json.decode(card)
    if judged is None:
        return told
    found: dict[str, Json] = msgspec.json.decode(str(judged))
    is_proven = found.get("verdict") == "superior"
    fitness = f"proven on {found.get('corpus')}" if is_proven else f"unproven: {found.get('verdict')}"
    return {**told, "fitness": fitness, "judged": found}


def _reason_place(tenant: str, artefact: str, role: str) -> bytes:
    return place("model_signatures", tenant, artefact, role)


def _about(name: str, artefact: str, corpus: str, recipe: str, by: str) -> dict[str, Value]:
    return {"model": name, "artefact": artefact, "corpus": corpus, "recipe": recipe, "principal": by}
