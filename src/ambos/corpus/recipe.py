"""A recipe: base, family, corpus, seed and budget of one adaptation. One command repeats it (docs/spec/recipe.md)."""

from __future__ import annotations

import hashlib
import re
import tomllib

import msgspec
import rfc8785

from ambos.corpus.licences import USES
from ambos.errors import AdaptError

FAMILIES = ("text", "signal", "chat")
CHAT_REMEMBERED = 0.2  # a generator can be asked for its rows word for word
METRICS = ("accuracy", "balanced_accuracy", "macro_f1", "micro_f1", "exact")
_NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,63}")
_HASH = re.compile(r"sha256:[0-9a-f]{64}")


class Recipe(msgspec.Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """What to train, on what, and what counts as better.

    Attributes:
        name: of the model; callers know it as `ambos/NAME`.
        family: "text", "signal" or "chat".
        corpus: hash of the corpus.
        base: encoder on the shelf; "" for words and letters only (text) or band powers only (signal).
        features: "terms", "embedding" or "both" for texts; "bands", "amplitudes", "covariances", joined by "+", or
            "network", for signals.
        c: inverse strength of the ridge; 0 chooses it inside the training folds.
        folds: of the cross-validation.
        seeds: how often everything is repeated.
        metric: what decides.
        margin: what it may lose against the control and still be called non-inferior; only a superior one is recommended.
        purpose: what the model is for, in words.
        rank, alpha: of LoRA; epochs, rate: how long and how fast a chat model learns; length: tokens of a packed row.
        canaries: rows that nobody wrote, to measure what the model gives away; at least 100, or 0: such a model is never
            recommended.
        remembered: largest share of canaries that may stand out at 1 % false alarms, by the upper end of its interval; None
            takes `most_remembered`.
        use: what the model is for, as licences see it (`ambos.corpus.licences.USES`); accepted: licences whose terms the
            owner has read and found to allow that.
        shots: rows that train which an instruct model is shown before it answers as a control; 0 asks none.
        paid: a model outside, as callers name it, to compare with; "" asks none and costs nothing. `paid_rows`: at most so
            many of the rows that judge are asked, drawn by the seed.
        budget_minutes: a run that would take longer is refused before it starts.
    """

    name: str
    family: str
    corpus: str
    purpose: str
    base: str = ""
    features: str = "terms"
    seed: int = 1
    c: float = 0.0
    folds: int = 5
    seeds: int = 1
    metric: str = "accuracy"
    margin: float = 0.0
    budget_minutes: int = 60
    rank: int = 8
    alpha: int = 16
    epochs: int = 3
    rate: float = 0.002
    length: int = 512
    canaries: int = 100
    remembered: float | None = None
    use: str = "inside"
    accepted: tuple[str, ...] = ()
    shots: int = 8
    paid: str = ""
    paid_rows: int = 100

    @property
    def most_remembered(self) -> float | None:
        """The bound of the audit; a chat model always has one, a head only where its recipe sets it."""
        return CHAT_REMEMBERED if self.remembered is None and self.family == "chat" else self.remembered

    def hash(self) -> str:
        """ "sha256:..." of the recipe in canonical form (RFC 8785)."""
        return f"sha256:{hashlib.sha256(rfc8785.dumps(msgspec.to_builtins(self))).hexdigest()}"


_FEATURES = {"text": ("terms", "embedding", "both"), "signal": ("bands", "amplitudes", "covariances", "network")}


def read_recipe(text: str) -> Recipe:
    """The recipe that a TOML file holds.

    Raises:
        AdaptError: not TOML, an unknown key, or a value that is none of the allowed.
    """
    try:
        told = msgspec.convert(tomllib.loads(text), type=Recipe)
    except tomllib.TOMLDecodeError as error:
        place = str(error).rpartition("(")[2].rstrip(")")
        raise AdaptError(f"the recipe is not valid TOML ({place[:60]})") from None
    except (msgspec.ValidationError, RecursionError) as error:
        raise AdaptError(f"the recipe: {error}") from None
    _check(told)
    return told


def _known(told: Recipe) -> bool:
    if told.family == "chat":
        return told.features == "terms"  # the default: a chat model has none to choose
    named = told.features.split("+") if told.family == "signal" else [told.features]
    if "network" in named and len(named) > 1:
        return False
    return set(named) <= set(_FEATURES.get(told.family, ())) and len(set(named)) == len(named)


def _check(told: Recipe) -> None:
    wrong = {
        "name: lower-case letters, digits, dots, hyphens and underscores": not _NAME.fullmatch(told.name),
        f"family: one of {', '.join(FAMILIES)}": told.family not in FAMILIES,
        "corpus: the hash that `ambos corpus list` shows": not _HASH.fullmatch(told.corpus),
        "purpose: what the model is for, in words": not told.purpose.strip(),
        f"features: one of {', '.join(_FEATURES.get(told.family, ()))}": not _known(told),
        "base: the name of an encoder, where embeddings are asked for": told.family == "text"
        and (told.features == "terms") is bool(told.base),
        "folds: 2 to 20": not 2 <= told.folds <= 20,
        "seeds: 1 to 20": not 1 <= told.seeds <= 20,
        f"metric: one of {', '.join(METRICS)}": told.metric not in METRICS,
        "margin: from 0 to below 1": not 0 <= told.margin < 1,
        "c: 0, or between 0.0001 and 10000": not (told.c == 0 or 1e-4 <= told.c <= 1e4),
        "seed: from 0 on": told.seed < 0,
        "base: the name of the chat model on the shelf": told.family == "chat" and not told.base,
        "metric: exact, for a chat; and only there": (told.family == "chat") is not (told.metric == "exact"),
        "rank: 1 to 256": not 1 <= told.rank <= 256,
        "alpha: 1 to 1024": not 1 <= told.alpha <= 1024,
        "epochs: 1 to 100": not 1 <= told.epochs <= 100,
        "rate: above 0, to 0.1": not 0 < told.rate <= 0.1,
        "length: 16 to 8192": not 16 <= told.length <= 8192,
        "canaries: 0, or 100 to 10000": told.canaries != 0 and not 100 <= told.canaries <= 10_000,
        "remembered: from 0 to 1": told.remembered is not None and not 0 <= told.remembered <= 1,
        f"use: one of {', '.join(USES)}": told.use not in USES,
        "shots: 0 to 50": not 0 <= told.shots <= 50,
        "paid: a model outside, for a chat": bool(told.paid) and (told.family != "chat" or "/" not in told.paid),
        "paid_rows: 2 to 10000": not 2 <= told.paid_rows <= 10_000,
        "budget_minutes: from 1 on": told.budget_minutes < 1,
    }
    for words, is_wrong in wrong.items():
        if is_wrong:
            raise AdaptError(f"the recipe is not valid; {words}")
