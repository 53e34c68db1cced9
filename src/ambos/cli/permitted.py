"""The house's own sealed records as rows: only those that a permission covers (`ambos consent`)."""

from __future__ import annotations

import asyncio
from pathlib import Path

import msgspec

from ambos.catalogue.sources import Read
from ambos.cli.reading import open_reading
from ambos.config import load
from ambos.corpus import Origin, Row, Source
from ambos.errors import CorpusError


def read_permitted(source: Source, number: int, data: Path | None) -> tuple[Read, set[str]]:
    """Rows of question and answer, each with the handle of its record; and the permissions that they stand on.

    `scope` and `target` of the source narrow the permissions; without them every permission to train counts.

    Raises:
        CorpusError: nothing is permitted.
    """
    tenant = load(data).tenant
    rows, used = [], set()
    with open_reading(data) as store:
        consents = [
            one
            for one in store.consents.list(tenant=tenant)
            if source.scope in ("", one.scope) and source.target in ("", one.target)
        ]
        for one in store.corpora.permitted(tenant=tenant, purpose="train", consents=consents):
            parts = asyncio.run(store.records.open(one.record, tenant=tenant, owner=one.owner))
            question, answer = _asked(parts.get("request", b"")), _answered(parts)
            if question and answer:
                # A record's owner is its group: whoever wrote much must not stand on both sides.
                row = Row(
                    f"{number}/{one.record}",
                    question,
                    (),
                    answer,
                    one.owner,
                    source.split or "train",
                    number,
                    one.record,
                )
                rows.append(row)
                used |= set(one.permissions)
    if not rows:
        raise CorpusError(
            "no sealed record may be learnt from: none is permitted by default, see `ambos consent grant`"
        )
    origin = Origin("records", source.origin, source.basis, source.licence, "", len(rows))
    return Read(rows, origin), used


def _asked(body: bytes) -> str:
    """The last message of the user."""
    try:
        tree = msgspec.json.decode(body)
        said = [one["content"] for one in tree["messages"] if one["role"] == "user"]
    except (msgspec.MsgspecError, KeyError, TypeError):
        return ""
    return said[-1] if said and isinstance(said[-1], str) else ""


def _answered(parts: object) -> str:
    answers = {name: part for name, part in dict(parts).items() if name.startswith("answer-")}  # type: ignore[call-overload]  # a mapping of parts
    return answers[max(answers)].decode("utf-8", "replace") if answers else ""
