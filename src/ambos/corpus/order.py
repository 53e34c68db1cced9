"""The order of a corpus: a TOML table that says from which sources, on which basis, and how it is split.

docs/spec/corpus.md section 2. Keys are a closed set: a slip is refused, never ignored.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass

import msgspec

from ambos.corpus import duplicates
from ambos.corpus.building import FAMILIES, Wish
from ambos.corpus.row import Columns
from ambos.errors import CorpusError

_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")


class Source(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """One `[[sources]]` table. `path` is a file, `hf:ORG/DATASET`, `git:ADDRESS` or `records`."""

    path: str
    basis: str
    licence: str
    origin: str
    form: str = ""
    text: str = ""
    label: str = ""
    answer: str = ""
    group: str = ""
    id: str = ""
    split: str = ""
    glob: str = ""
    scope: str = ""
    target: str = ""
    labels_apart: bool = True
    channels: list[str] = []
    rate_hz: float = 0.0
    unit: str = ""
    window_s: float = 0.0

    def columns(self) -> Columns:
        """Which columns its table has, as far as they were named."""
        return Columns(self.text, self.label, self.answer, self.group, self.id, self.labels_apart)


class _Order(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    name: str
    sources: list[Source]
    family: str = "text"
    share: float = 0.2
    split: str = "auto"
    near: float = duplicates.NEAR
    mask: bool = False
    accept: list[str] = []
    seed: int = 1


@dataclass(frozen=True, slots=True)
class Order:
    """A checked order."""

    wish: Wish
    sources: tuple[Source, ...]


def read_order(text: str) -> Order:
    """The order that a TOML file holds.

    Raises:
        CorpusError: not TOML, an unknown key, or a value that is none of the allowed.
    """
    try:
        told = msgspec.convert(tomllib.loads(text), type=_Order)
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(")[2].rstrip(")")
        raise CorpusError(f"the order of a corpus is not valid TOML ({place[:60]})") from None
    except (msgspec.ValidationError, RecursionError) as error:
        raise CorpusError(f"the order of a corpus: {error}") from None
    return checked(told)


def order_of(
    name: str, sources: list[Source], *, family: str, seed: int = 1, share: float = 0.2, mask: bool = False
) -> Order:
    """An order made of options, with everything else as the defaults say."""
    return checked(_Order(name, sources, family=family, seed=seed, share=share, mask=mask))


def checked(told: _Order) -> Order:
    """The order, its values checked.

    Raises:
        CorpusError: see `read_order`.
    """
    if not _NAME.fullmatch(told.name):
        raise CorpusError("a corpus is named with lower-case letters, digits, dots, hyphens and underscores")
    if told.family not in FAMILIES:
        raise CorpusError(f"the family is one of {', '.join(FAMILIES)}")
    if not told.sources:
        raise CorpusError("a corpus needs at least one source")
    if told.near and not 0.5 <= told.near <= 1:
        raise CorpusError("`near` is 0 (keep near duplicates) or between 0.5 and 1")
    given = any(source.split for source in told.sources)
    if any(source.split not in ("", "train", "evaluate") for source in told.sources):
        raise CorpusError('the split of a source is "train" or "evaluate"')
    if told.seed < 0:
        raise CorpusError("a seed is a whole number from 0 on")
    wish = Wish(
        name=told.name,
        family=told.family,
        share=0.0 if given else told.share,
        mode=told.split,
        near=told.near,
        mask=told.mask,
        accept=frozenset(told.accept),
        seed=told.seed,
    )
    return Order(wish, tuple(told.sources))
