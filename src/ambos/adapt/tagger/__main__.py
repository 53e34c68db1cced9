"""`python -m ambos.adapt.tagger --data DIR --out FILE.npz`: trains the tagger anew, the same for the same seed."""

from __future__ import annotations

import argparse
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType

import numpy as np

from ambos.adapt.tagger.examples import Example, drafts, harmless_lines, harmless_prose, meddocan, presidio
from ambos.adapt.tagger.lists import Gazetteer, ine, long_lists
from ambos.adapt.tagger.training import Recipe, fit
from ambos.adapt.tagger.writing import Writer, corpus, templates
from ambos.errors import AmbosError, ConfigError
from ambos.privacy.tag_weights import Weights, from_bytes, to_bytes

SEED = 20261123
# Share of the network in the joint score, chosen on folds of MEDDOCAN train (benchmarks/tagger_folds.py).
SHARE = 0.4
LANGUAGES = ("es", "en")


def examples(data: Path, gazetteer: Gazetteer, chosen: argparse.Namespace) -> Iterator[Example]:
    """Everything the tagger learns from."""
    yield from meddocan(data / "meddocan" / "train.jsonl")
    if not chosen.only_meddocan:
        own = {language: own_templates(getattr(chosen, f"templates_{language}")) for language in LANGUAGES}
        yield from mixture(data, gazetteer, seed=chosen.seed, each=chosen.each, own=own)


def mixture(
    data: Path, gazetteer: Gazetteer, *, seed: int, each: int, own: Mapping[str, Sequence[str]] = MappingProxyType({})
) -> Iterator[Example]:
    """What is not MEDDOCAN: own texts, drafts, and sets in which nobody or an invented person is named.

    Raises:
        ConfigError: a template of the owner's asks for a slot that we cannot fill.
    """
    for offset, language in enumerate(LANGUAGES):
        writer = Writer(language, np.random.default_rng(seed + offset), gazetteer)
        for number, template in enumerate(own.get(language, ()), 1):
            if unknown := writer.unknown(template):
                raise ConfigError(f"template {number} of your {language} file has no such slot: {', '.join(unknown)}")
        yield from corpus(writer, each=each, each_harmless=each, own=own.get(language, ()))
    yield from drafts()
    yield from presidio(data / "presidio-synth-en" / "synth_v2.jsonl", held_out=False)
    yield from harmless_prose(data / "cantemist" / "train.jsonl", every=2)
    yield from harmless_lines(data / "text" / "banking77" / "train.csv", every=6)


def own_templates(path: Path | None) -> tuple[str, ...]:
    """The owner's templates.

    Raises:
        ConfigError: the file cannot be read as UTF-8 text.
    """
    try:
        return templates(path.absolute()) if path else ()
    except (OSError, UnicodeDecodeError) as fault:
        raise ConfigError("the file of templates cannot be read as UTF-8 text: check the path") from fault


def sparse_field(read: list[Example], gazetteer: Gazetteer, chosen: argparse.Namespace) -> Weights:
    """The sparse field, trained or taken from a model file."""
    if chosen.field:
        return from_bytes(chosen.field.read_bytes())
    recipe = Recipe(chosen.iterations, chosen.l1, chosen.l2, chosen.least_count)
    return fit(read, long_lists(gazetteer), recipe, verbose=chosen.verbose)


def with_network(
    read: list[Example], field: Weights, data: Path, vectors: Path | None, chosen: argparse.Namespace
) -> Weights:
    """The field with a network that was trained on these examples, in the place of the one it has if it has one."""
    from ambos.adapt.tagger.meanings import NONE, clinical_texts, english, learned
    from ambos.adapt.tagger.network import CLINICAL, NetRecipe, fit_network, joined, renewed

    network, transitions = fit_network(
        read,
        field,
        CLINICAL if chosen.only_meddocan else NetRecipe(),
        english=english(vectors) if vectors else NONE,
        spanish=learned(clinical_texts(data, frozenset())),
        keeps_transitions=field.network is not None,
        verbose=chosen.verbose,
    )
    if field.network is not None:
        return renewed(field, network, share=chosen.share)
    return joined(field, network, transitions, share=chosen.share)


def _arguments() -> argparse.Namespace:
    usual = Recipe()
    parser = argparse.ArgumentParser(prog="python -m ambos.adapt.tagger", description=__doc__)
    parser.add_argument(
        "--data",
        type=Path,
        required=True,
        help="folder with cantemist, gazetteers-es, meddocan, presidio-synth-en, text",
    )
    parser.add_argument("--out", type=Path, required=True, help="the model file; NAME.sha256 is written beside it")
    parser.add_argument("--vectors", type=Path, help="folder of spaCy's en_core_web_md; without it no English vectors")
    parser.add_argument("--share", type=float, default=SHARE, help="of the network, 0 to 1; 0 trains none")
    parser.add_argument("--field", type=Path, help="keep all of this model file but its network, and train that anew")
    parser.add_argument("--seed", type=int, default=SEED)
    parser.add_argument("--each", type=int, default=20, help="how often each template is filled")
    parser.add_argument("--iterations", type=int, default=usual.iterations)
    parser.add_argument("--l1", type=float, default=usual.l1)
    parser.add_argument("--l2", type=float, default=usual.l2)
    parser.add_argument("--least-count", type=int, default=usual.least_count)
    for language in LANGUAGES:
        parser.add_argument(
            f"--templates-{language}", type=Path, help="your own templates, in the form of templates_LANGUAGE.txt"
        )
    parser.add_argument("--only-meddocan", action="store_true", help="the model for clinical records")
    parser.add_argument("--verbose", action="store_true")
    return parser.parse_args()


def main() -> None:
    """Reads the arguments, trains, writes the model and the hash beside it."""
    chosen = _arguments()
    gazetteer = ine(chosen.data / "gazetteers-es")
    try:
        read = list(examples(chosen.data, gazetteer, chosen))
    except AmbosError as fault:
        raise SystemExit(str(fault)) from fault
    weights = sparse_field(read, gazetteer, chosen)
    if chosen.share:
        weights = with_network(read, weights, chosen.data, chosen.vectors, chosen)
    data = to_bytes(weights)
    chosen.out.write_bytes(data)
    digest = hashlib.sha256(data).hexdigest()
    chosen.out.with_suffix(".sha256").write_text(f"{digest}  {chosen.out.name}\n", "ascii")


if __name__ == "__main__":
    main()
