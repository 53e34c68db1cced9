"""The control routes: what commands ask a running server, on `DIR/ambos.sock` only.

One table of operations. A command without a server calls the same functions on a house of its own.
"""

from __future__ import annotations

import json
import time
from collections.abc import Awaitable, Callable, Mapping
from contextlib import aclosing
from dataclasses import asdict
from typing import TypeAlias

import msgspec

from ambos.app import House
from ambos.app.keeper import Waiting
from ambos.app.witnesses import read_quorum
from ambos.app.witnessing import ask_witnesses
from ambos.errors import AmbosError, ForbiddenError, RequestError
from ambos.gateway import Ask, Judged
from ambos.identity import Role
from ambos.identity.people import roles_of
from ambos.messages import Json, Text, ToolCall
from ambos.walls import held
from ambos.web.access import ACCESS
from ambos.web.asking import Arguments, holder, text
from ambos.web.calibrating import CALIBRATION
from ambos.web.canaries import CANARIES
from ambos.web.experiments import EXPERIMENTS
from ambos.web.http import Receive, Scope, Send, read_body, send_json
from ambos.web.learning import LEARNING
from ambos.web.notice import notice_for
from ambos.web.rights import RIGHTS
from ambos.web.status import status_of
from ambos.web.users import USERS
from ambos.wire import parse, read_chat

Operation: TypeAlias = Callable[[House, Arguments], Awaitable[Json]]


async def ask_for(house: House, text: str, model: str, *, conversation: str | None = None) -> Ask:
    """A request of the owner with one user message."""
    tree: dict[str, Json] = {"model": model, "messages": [{"role": "user", "content": text}]}
    body = msgspec.json.encode(tree)
    return Ask(await house.owner(), read_chat(parse(body)), body, conversation=conversation, metadata={"stream": False})


async def explain(house: House, arguments: Arguments) -> Json:
    """Level, findings, treatment per model, and the rules that made it; nothing is sent and nothing is logged."""
    ask = await ask_for(house, text(arguments, "text"), "ambos/auto", conversation="explain")
    judged = await house.gateway.judge(ask)
    return judgement(house, judged)


def judgement(house: House, judged: Judged) -> dict[str, Json]:
    """A judgement as JSON, for people who own the text."""
    return {
        "level": judged.decision.level.label,
        "policy": judged.decision.policy,
        "reasons": [{"rule": one.rule, "level": one.level.label, "kinds": [*one.kinds]} for one in judged.decision.reasons],
        "treatments": {model.name: treatment_of(judged, model.name) for model in house.models},
        "findings": [
            {"text": leaf.text[one.start : one.end], "start": one.start, "end": one.end, "kind": one.kind.value,
             "detail": one.detail, "score": round(one.score, 3), "rule": one.rule, "path": [*leaf.path]}
            for leaf, found in judged.pairs() for one in found
        ],
        "times_ms": {name: round(value, 3) for name, value in judged.times_ms.items()},
    }  # fmt: skip


def treatment_of(judged: Judged, model: str) -> str:
    """ "raw", "masked" or "none"."""
    treatment = judged.decision.treatments.get(model)
    return treatment.value if treatment else "none"


async def ask(house: House, arguments: Arguments) -> Json:
    """One question through the whole path, with what left and what came back."""
    request = await ask_for(house, text(arguments, "text"), str(arguments.get("model") or "ambos/auto"))
    answer = await house.gateway.answer(request)
    said: list[str] = []
    async with aclosing(answer.batches) as batches:  # type: ignore[type-var]  # an async generator by construction
        async for batch in batches:
            said += [d.text if type(d) is Text else d.arguments for d in batch if type(d) in (Text, ToolCall)]  # type: ignore[union-attr]
    answered = "".join(said)
    return {
        "answer": answered + notice_for(answer, language=request.principal.language, is_wanted=True, said=answered),
        "said": answered,
        "model": answer.model.name,
        "route": answer.route.value,
        "level": answer.decision.level.label,
        "redactions": answer.outbound.redactions,
        "audit_id": answer.asked.id,
        "policy": answer.decision.policy,
        "sent": answer.outbound.body.decode("utf-8", "replace"),
        "reasons": [one.rule for one in answer.decision.reasons],
    }


async def status(house: House, _: Arguments) -> Json:
    """Health in facts."""
    return {
        "models": [
            {
                "name": m.name,
                "provider": m.provider,
                "zone": m.zone.value,
                "fitness": m.fitness,
                "stand_in": m.is_stand_in,
            }
            for m in house.models
        ],
        "policy": house.keeper.policy.hash,
        "policy_pending": [*house.keeper.pending],
        "policy_problem": house.keeper.problem,
        "closed": house.probes.problem,
        "problems": [*house.problems()],
        "profile": house.config.profile,
        "walls": {**asdict(held()), "is_off": house.config.walls.is_off},
        "reviews": _reviews(house),
    }


def _reviews(house: House) -> dict[str, Json]:
    """Broken glasses that nobody else has looked at."""
    waits = [one for one in house.store.openings.list(tenant=house.config.tenant) if one.is_to_review()]
    now_ms = house.clock.now_ms()
    return {"waiting": len(waits), "overdue": sum(one.is_overdue(now_ms) for one in waits)}


async def config_pending(house: House, _: Arguments) -> Json:
    """The change that waits for approval, None when nothing does."""
    one = await house.keeper.waiting()
    return None if one is None else _waiting(one)


async def config_approve(house: House, arguments: Arguments) -> Json:
    """Put the waiting change in force; with `key`, for the principal of that key, else for the person at the terminal."""
    by = await holder(house, arguments, "key") or await house.owner()
    return _waiting(await house.keeper.approve(text(arguments, "name"), reason=text(arguments, "reason"), by=by))


def _waiting(one: Waiting) -> dict[str, Json]:
    return {
        "id": one.name,
        "relaxes": [*one.relaxes],
        "tightens": [*one.tightens],
        "needs_second": one.needs_second,
    }


async def keys_create(house: House, arguments: Arguments) -> Json:
    """A new key, shown once."""
    role, named = _role(arguments), str(arguments.get("user") or "")
    user = house.store.users.named(named, tenant=house.config.tenant) if named else None
    if user is not None and role not in roles_of(user.roles, user.groups, house.store.users.groups):
        raise ForbiddenError("a key of a user does no more than the user may: give the user this role first")
    made = await house.store.keys.create(
        tenant=house.config.tenant,
        roles=frozenset({role}),
        name=str(arguments.get("name") or "")[:80],
        by=await house.owner(),
        principal=user.id if user else None,
        is_person=role is not Role.DEVELOPER,  # a developer's key belongs to a program: no notices in its answers
        language=house.config.language,
    )
    return {"id": made.id, "key": made.key, "role": role.value}


async def keys_list(house: House, _: Arguments) -> Json:
    """Every key, without its secret."""
    return [
        {
            "id": key.id,
            "role": " ".join(key.roles),
            "name": key.name,
            "created": _day(key.created_ms),
            "revoked": _day(key.revoked_ms),
        }
        for key in await house.store.keys.list(tenant=house.config.tenant)
    ]


async def keys_revoke(house: House, arguments: Arguments) -> Json:
    """Revoke one key, for every worker within a second."""
    await house.store.keys.revoke(text(arguments, "id"), tenant=house.config.tenant, by=await house.owner())
    return {"revoked": text(arguments, "id")}


async def keys_rotate(house: House, arguments: Arguments) -> Json:
    """New tenant keys, or a new root key, while everything is served."""
    by = (await house.owner()).id
    if arguments.get("root") is True:
        await house.store.rotation.root(tenant=house.config.tenant, by=by)
        return {"rotated": "root"}
    return {"rotated": "tenant", "count": await house.store.rotation.tenants(tenant=house.config.tenant, by=by)}


async def knock(_: House, arguments: Arguments) -> Json:
    """One knock of `ambos doctor --egress`, from behind whatever walls this server is behind."""
    from ambos.app import walls

    way, port = text(arguments, "way"), arguments.get("port")
    if way not in (*walls.WAYS, walls.BEYOND) or not isinstance(port, int) or not 0 < port < 65536:
        raise RequestError("a knock needs one of the known ways and a port", param="way")
    done = await walls.knock(way, port)
    return {"error": done.error, "facts": dict(done.facts)}


def _day(time_ms: int | None) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.gmtime(time_ms / 1000)) if time_ms is not None else ""


def _role(arguments: Arguments) -> Role:
    try:
        return Role(str(arguments.get("role") or "user").replace("-", "_").replace(" ", "_"))
    except ValueError:
        raise RequestError(f"the role must be one of {', '.join(role.value for role in Role)}") from None


async def witness_ask(house: House, arguments: Arguments) -> Json:
    """Have the newest head of the log cosigned by every witness of the policy."""
    del arguments
    quorum = read_quorum(house.config.directory)
    return [asdict(one) for one in await ask_witnesses(house.store, quorum, tenant=house.config.tenant)]


OPERATIONS: Mapping[str, Operation] = {
    "explain": explain,
    "ask": ask,
    "status": status,
    "config.pending": config_pending,
    "config.approve": config_approve,
    "keys.create": keys_create,
    "keys.list": keys_list,
    "keys.revoke": keys_revoke,
    "keys.rotate": keys_rotate,
    "knock": knock,
    "witness.ask": witness_ask,
    **ACCESS,
    **CALIBRATION,
    **CANARIES,
    **RIGHTS,
    **EXPERIMENTS,
    **LEARNING,
    **USERS,
}


class Control:
    """`POST /control/OPERATION` with a JSON object; answers `{"result": ...}` or `{"error": {...}}`."""

    def __init__(self, house: House) -> None:
        self._house = house

    async def serve(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one operation; the caller has checked who is at the other end."""
        operation = OPERATIONS.get(scope["path"].removeprefix("/control/"))
        try:
            if operation is None:
                raise RequestError("there is no such operation; is the server of another version?")
            arguments = parse(await read_body(scope, receive, self._house.config.server.max_body_bytes))
            result = await operation(self._house, arguments)
            await send_json(send, 200, json.dumps({"result": result}, ensure_ascii=False).encode())
        except AmbosError as error:
            told = {
                "error": {"message": str(error), "code": error.code, "level": error.level, "audit_id": error.audit_id}
            }
            await send_json(send, status_of(error), json.dumps(told, ensure_ascii=False).encode())
