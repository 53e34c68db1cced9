"""Corpora and adapted models as operations of the control socket: keep, sign, promote, roll back.

What is read or trained is handed over sealed (`ambos.store.spool`); who asks is the person at the terminal, or whoever the
given key belongs to.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from typing import Final

from ambos.app import House
from ambos.audit.entry import Value
from ambos.corpus import opened
from ambos.corpus.artefact import hash_of
from ambos.corpus.gate import check_card
from ambos.errors import AdaptError, RequestError
from ambos.evaluate.items import digest_of
from ambos.identity import Action, Principal, Profile, Role
from ambos.messages import Json
from ambos.store import Adapted, Trained
from ambos.store.spool import take
from ambos.web.asking import Arguments, asking, text, texts

DESTINATIONS: Final = ("folder", "hf", "mlflow")
SIGNERS: Final = (Role.DATA_STEWARD.value, Role.PRIVACY_OFFICER.value)  # design 4: who signs for a route by default


async def corpus_keep(house: House, arguments: Arguments) -> Json:
    """Seal a corpus that a command has built."""
    who = await asking(house, arguments, Action.CORPUS_BUILD)
    manifest = arguments.get("manifest")
    if not isinstance(manifest, dict):
        raise RequestError("a corpus comes with its manifest", param="manifest")
    content = take(house.config.directory, text(arguments, "name"), text(arguments, "secret"))
    corpus = opened(manifest, content)
    kept = await house.store.corpora.keep(
        corpus,
        tenant=who.tenant,
        by=who.id,
        permissions=texts(arguments, "permissions"),
        records=texts(arguments, "records"),
    )
    return {"corpus": kept}


async def adapt_keep(house: House, arguments: Arguments) -> Json:
    """Seal a trained model with its card; with a verdict of a sealed experiment in its favour it is recommended."""
    who = await asking(house, arguments, Action.MODELS_ADAPT)
    card = arguments.get("card")
    if not isinstance(card, dict):
        raise RequestError("a model comes with its card", param="card")
    content = take(house.config.directory, text(arguments, "name"), text(arguments, "secret"))
    about = {name: text(arguments, name) for name in ("model", "family", "corpus", "recipe", "artefact")}
    house.store.corpora.find(about["corpus"], tenant=who.tenant)
    if hash_of(content) != about["artefact"]:
        raise RequestError("the model is not the one that its hash names", param="artefact")
    # Before the model is kept: one that serves without a lineage would be proven on what it has learnt.
    await _add_lineage(house, who, about["model"], about["corpus"], side="train", use="trained")
    trained = Trained(
        about["model"], about["family"], about["corpus"], about["recipe"], about["artefact"], content, card
    )
    return {"artefact": await house.store.registry.keep(trained, tenant=who.tenant, by=who.id)}


async def adapt_seal(house: House, arguments: Arguments) -> Json:
    """Write the plan of an experiment into the log before its outcome exists."""
    who = await asking(house, arguments, Action.MODELS_ADAPT)
    experiment = f"x_{house.rng.token(12).hex()}"
    fields: dict[str, Value] = {
        "experiment": experiment, "plan": text(arguments, "plan"), "items": text(arguments, "items"), "principal": who.id,
    }  # fmt: skip
    await house.store.log.append("sealed_plan", tenant=who.tenant, fields=fields)
    return {"experiment": experiment}


async def adapt_judge(house: House, arguments: Arguments) -> Json:
    """Write what a sealed experiment came to; a model that it favours becomes `recommended`."""
    who = await asking(house, arguments, Action.MODELS_ADAPT)
    experiment, verdict = text(arguments, "experiment"), text(arguments, "verdict")
    sealed = [one for one in house.store.entries(events={"sealed_plan"}) if one.fields.get("experiment") == experiment]
    if not sealed or sealed[0].fields.get("plan") != text(arguments, "plan"):
        raise AdaptError(
            "this plan was not sealed before its outcome: what it found is exploratory and promotes nothing"
        )
    report, uses = text(arguments, "report"), arguments.get("uses")
    one = house.store.registry.find(text(arguments, "artefact"), tenant=who.tenant)
    evaluated: dict[str, Value] = {
        "model": one.name, "items": text(arguments, "items"), "artefact": one.artefact, "experiment": experiment,
    }  # fmt: skip
    if isinstance(uses, int):
        evaluated["uses"] = uses
    await _add_lineage(house, who, one.name, one.corpus, side="evaluate", use="scored")
    await house.store.log.append("evaluated", tenant=who.tenant, fields=evaluated)
    analysed: dict[str, Value] = {"experiment": experiment, "report": report, "verdict": verdict, "provenance": "run"}
    await house.store.log.append("analysed", tenant=who.tenant, fields=analysed)
    corpus = house.store.corpora.find(one.corpus, tenant=who.tenant)
    arms = arguments.get("arms")
    judged: dict[str, Json] = {
        "verdict": verdict, "control": str(arguments.get("control") or one.card.get("control", "")), "corpus": corpus.name,
        "experiment": experiment, "report": report, "arms": arms if isinstance(arms, list) else [],
    }  # fmt: skip
    await house.store.registry.judge(one.artefact, tenant=who.tenant, judged=judged)
    if verdict == "superior" and not one.marked:
        check_card(one.card)  # the last lock: whatever a command says, a card without its proofs is never recommended
        fields: dict[str, Value] = {"experiment": experiment, "report": report, "verdict": verdict}
        await house.store.registry.recommend(one.artefact, tenant=who.tenant, fields=fields)
    return _line(house.store.registry.find(one.artefact, tenant=who.tenant))


async def _add_lineage(house: House, who: Principal, model: str, corpus: str, *, side: str, use: str) -> None:
    """No seal takes these rows for a test of this model; a row without text, a signal, is no item of any plan."""
    found = await asyncio.to_thread(house.store.corpora.open, corpus, tenant=who.tenant)
    digests = {digest_of(row.text) for row in found.rows if row.split == side and row.text}
    await house.store.experiments.add_lineage(who.tenant, f"ambos/{model}", use, digests)


async def adapt_sign(house: House, arguments: Arguments) -> Json:
    """One signature for or against a recommended model; in a house of one person, both roles with a reason."""
    who = await asking(house, arguments, Action.MODELS_SIGN)
    is_against = bool(arguments.get("reject"))
    return _line(await sign(house, who, text(arguments, "model"), text(arguments, "reason"), is_against=is_against))


async def sign(house: House, who: Principal, model: str, reason: str, *, is_against: bool) -> Adapted:
    """One signature of whoever has been authorised; the model afterwards.

    Raises:
        AdaptError: nobody of these roles signs here, they have signed, or nothing recommends the model.
    """
    result = "reject" if is_against else "approve"
    one = house.store.registry.find(model, tenant=who.tenant)
    role = next((role for role in SIGNERS if role in who.roles and role not in one.signed), Role.OWNER.value)
    if role == Role.OWNER.value and house.config.profile != Profile.PERSONAL.value:
        raise AdaptError("a data steward and a privacy officer sign, each with a key of their own")
    await house.store.registry.sign(one.artefact, tenant=who.tenant, role=role, by=who.id, result=result, reason=reason)
    return house.store.registry.find(one.artefact, tenant=who.tenant)


async def adapt_promote(house: House, arguments: Arguments) -> Json:
    """Let the route use a recommended and signed model, or go back to the one before it."""
    who = await asking(house, arguments, Action.MODELS_SIGN)
    if arguments.get("rollback"):
        name = text(arguments, "model")
        before = await house.store.registry.roll_back(name, tenant=who.tenant, by=who.id)
        return {} if before is None else _line(house.store.registry.find(before.artefact, tenant=who.tenant))
    return _line(await promote(house, who, text(arguments, "model")))


async def promote(house: House, who: Principal, model: str) -> Adapted:
    """Put a recommended and signed model in service; who asks has been authorised.

    Raises:
        AdaptError: no sealed experiment has recommended it, a signature is missing, or its data were withdrawn.
    """
    registry = house.store.registry
    one = registry.find(model, tenant=who.tenant)
    roles = (Role.OWNER.value,) if house.config.profile == Profile.PERSONAL.value else SIGNERS
    recommended = [
        entry.fields.get("experiment")
        for entry in house.store.entries(events={"recommended"})
        if entry.fields.get("model") == one.name
    ]
    experiment = str(recommended[-1]) if recommended else ""
    return await registry.promote(one.artefact, tenant=who.tenant, by=who.id, roles=roles, experiment=experiment)


async def adapt_give(house: House, arguments: Arguments) -> Json:
    """Write into the log that a model's weights leave the store, before they do: to a folder here, or to others.

    Weights may hold what they were trained on, so others get only what a sealed experiment has recommended and whose card
    shows its proofs, and whoever may sign for a model gives it.
    """
    to = text(arguments, "to")
    if to not in DESTINATIONS:
        raise RequestError(f"a model is given to one of {', '.join(DESTINATIONS)}", param="to")
    is_for_others = to != DESTINATIONS[0]
    who = await asking(house, arguments, Action.MODELS_SIGN if is_for_others else Action.MODELS_ADAPT)
    one = house.store.registry.find(text(arguments, "model"), tenant=who.tenant)
    if one.family != "chat":
        raise AdaptError("only adapters of chat models are written out; a classifier is served here")
    if one.marked:
        raise AdaptError(f"what it was trained on was {one.marked}: it is not given out any more")
    if is_for_others:
        if one.state not in ("recommended", "promoted"):
            raise AdaptError("others get a model only once a sealed experiment has recommended it")
        check_card({**one.card, "use": "published"} if to == "hf" else one.card)
    fields: dict[str, Value] = {
        "action": "exported", "model": one.name, "artefact": one.artefact, "principal": who.id, "reason": to,
    }  # fmt: skip
    await house.store.log.append("model", tenant=who.tenant, fields=fields)
    return {"artefact": one.artefact}


LEARNING: Final[Mapping[str, Callable[[House, Arguments], Awaitable[Json]]]] = {
    "corpus.keep": corpus_keep,
    "adapt.keep": adapt_keep,
    "adapt.seal": adapt_seal,
    "adapt.judge": adapt_judge,
    "adapt.sign": adapt_sign,
    "adapt.promote": adapt_promote,
    "adapt.give": adapt_give,
}


def _line(one: Adapted) -> dict[str, Json]:
    return {
        "model": one.name,
        "artefact": one.artefact,
        "state": one.state,
        "signed": {role: result for role, (_, result) in one.signed.items()},
        "marked": one.marked,
    }
