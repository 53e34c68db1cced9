"""Fits the tagger's network with PyTorch and turns it into our arrays.

The network alone is a field of its own while it learns: its scores and its transitions are fitted together to the
labels of whole lines. `joined` then adds it to the sparse field, each with its share.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from typing import Any, TypeAlias  # PyTorch is Any here: it is not installed where types are checked

import numpy as np
import numpy.typing as npt
import torch
from torch.nn import functional

from ambos.adapt.tagger.examples import Example, labels_of
from ambos.adapt.tagger.meanings import NONE, Meanings
from ambos.privacy.features import Context, Observed, Word, read, word_of
from ambos.privacy.gazetteer import digest
from ambos.privacy.tag_weights import Network, Weights
from ambos.privacy.tokens import lines_of

F32: TypeAlias = npt.NDArray[np.float32]
I64: TypeAlias = npt.NDArray[np.int64]
Tensors: TypeAlias = dict[str, Any]


@dataclass(frozen=True, slots=True)
class NetRecipe:
    """Settings of the fit; the form of the network was chosen on folds of MEDDOCAN train (see the card)."""

    width: int = 64
    dilations: tuple[int, ...] = (1, 1, 2)
    epochs: int = 6
    rate: float = 4e-3
    dropout: float = 0.2
    # So often a word is seen without its own name, by its letters, form and company only.
    nameless: float = 0.2
    least_count: int = 4
    batch_tokens: int = 2500
    seed: int = 0


# The corpus of clinical records is a third as large.
CLINICAL = NetRecipe(width=128, epochs=14, least_count=3)


@dataclass(frozen=True, slots=True)
class Coded:
    """One line as numbers: words, values of the whole line, (first token, value) of field names, glue, labels."""

    words: I64
    whole: tuple[int, ...]
    keys: tuple[tuple[int, int], ...]
    glue: I64
    labels: I64


def observed(example: Example, describe: Any) -> Iterator[tuple[Observed, list[str]]]:  # a cached `word_of`
    """Every line of an example with its labels."""
    context = Context(lines=example.text.count("\n") + 1)
    spans = sorted(example.spans, key=lambda span: span.start)
    for line in lines_of(example.text):
        near = [span for span in spans if span.end > line.starts[0] and span.start < line.ends[-1]]
        yield read(line, context, describe), labels_of(line, near)


@dataclass(slots=True)
class Corpus:
    """The training texts as numbers.

    Attributes:
        number: of each value that has an embedding; 0 is none.
        bags, has_name: values of each word, and which of them are the word itself.
        english, spanish: row of each word in the two tables of meanings.
    """

    labels: tuple[str, ...] = ()
    number: dict[str, int] = field(default_factory=dict)
    lines: list[Coded] = field(default_factory=list)
    bags: list[I64] = field(default_factory=list)
    has_name: list[npt.NDArray[np.bool_]] = field(default_factory=list)
    english: list[int] = field(default_factory=list)
    spanish: list[int] = field(default_factory=list)


def coded(
    examples: Iterable[Example],
    long_lists: Mapping[int, int],
    english: Meanings,
    spanish: Meanings,
    labels: Sequence[str],
    least_count: int,
) -> Corpus:
    """Reads all examples; `labels` are those of the sparse field."""
    describe = functools.lru_cache(maxsize=200_000)(lambda token: word_of(token, long_lists))
    seen = [pair for example in examples for pair in observed(example, describe)]
    counts: dict[str, int] = {}
    for line, _ in seen:
        for value in _values(line):
            counts[value] = counts.get(value, 0) + 1
    corpus = Corpus(tuple(labels))
    kept = sorted(value for value, count in counts.items() if count >= least_count)
    corpus.number = {value: number for number, value in enumerate(kept, 1)}
    word_number: dict[str, int] = {}
    label_number = {label: number for number, label in enumerate(labels)}
    for line, names in seen:
        words = np.array([_word(corpus, word_number, word, english, spanish) for word in line.words])
        corpus.lines.append(_coded(corpus, line, words, np.array([label_number.get(name, 0) for name in names])))
    return corpus


def _values(line: Observed) -> Iterator[str]:
    for word in line.words:
        yield from word.letters
        yield from word.form
    yield from line.whole
    for _, key in line.keys:
        yield f"k={key}"


def _word(corpus: Corpus, numbers: dict[str, int], word: Word, english: Meanings, spanish: Meanings) -> int:
    number = numbers.get(word.token)
    if number is None:
        number = numbers[word.token] = len(corpus.bags)
        names = [value for value in (*word.letters, *word.form) if value in corpus.number]
        corpus.bags.append(np.array([corpus.number[name] for name in names] or [0]))
        corpus.has_name.append(np.array([name.startswith("w=") for name in names] or [False]))
        corpus.english.append(english.row_of.get(word.folded, 0))
        corpus.spanish.append(spanish.row_of.get(word.folded, 0))
    return number


def _coded(corpus: Corpus, line: Observed, words: I64, labels: I64) -> Coded:
    number = corpus.number
    starts, ends = np.array(line.line.starts), np.array(line.line.ends)
    touches = (starts[1:] == ends[:-1]).astype(np.int64)
    glue = np.zeros(len(words), dtype=np.int64)
    glue[:-1] += touches
    glue[1:] += 2 * touches
    whole = tuple(number[value] for value in line.whole if value in number)
    keys = tuple((first, number.get(f"k={key}", 0)) for first, key in line.keys)
    return Coded(words, whole, keys, glue, labels)


@dataclass(frozen=True, slots=True)
class Batch:
    """Lines side by side: B lines of at most T tokens, U words."""

    bags: Any
    offsets: Any
    weights: Any
    english: Any
    spanish: Any
    which: Any
    mask: Any
    line_bags: Any
    line_offsets: Any
    which_line: Any
    glue: Any
    labels: Any


def _batch(corpus: Corpus, lines: Sequence[Coded], nameless: float, rng: np.random.Generator) -> Batch:
    size = max(len(line.words) for line in lines)
    words, mask, labels, glue, which = (np.zeros((len(lines), size), dtype=np.int64) for _ in range(5))
    bags: list[tuple[int, ...]] = []
    for row, line in enumerate(lines):
        length = len(line.words)
        words[row, :length], mask[row, :length], glue[row, :length] = line.words, 1, line.glue
        labels[row, :length] = line.labels
        for (begin, key), (end, _) in pairwise([(0, 0), *line.keys, (length, 0)]):
            which[row, begin:end] = len(bags)
            bags.append((*line.whole, key))
    unique, place = np.unique(words, return_inverse=True)
    each = [corpus.bags[word] for word in unique]
    hidden = rng.random(len(unique)) < nameless
    weights = [
        np.where(corpus.has_name[word] & hide, 0.0, 1.0) for word, hide in zip(unique.tolist(), hidden, strict=True)
    ]
    tensor = torch.from_numpy
    return Batch(
        tensor(np.concatenate(each)),
        tensor(_offsets(each)),
        tensor(np.concatenate(weights).astype(np.float32)),
        tensor(np.array([corpus.english[word] for word in unique])),
        tensor(np.array([corpus.spanish[word] for word in unique])),
        tensor(place.reshape(words.shape)),
        tensor(mask.astype(np.float32)),
        tensor(np.concatenate([np.array(bag) for bag in bags])),
        tensor(_offsets(bags)),
        tensor(which),
        tensor(glue),
        tensor(labels),
    )


def _offsets(bags: Sequence[Any]) -> I64:  # arrays or tuples
    sizes = np.array([len(bag) for bag in bags], dtype=np.int64)
    result: I64 = np.cumsum(sizes) - sizes
    return result


def _fresh(corpus: Corpus, english: Meanings, spanish: Meanings, recipe: NetRecipe) -> Tensors:
    width, count = recipe.width, len(corpus.labels)
    tensors = {
        "table": torch.randn(len(corpus.number) + 1, width) * 0.1,
        "glue": torch.randn(4, width) * 0.1,
        "english": torch.randn(english.vectors.shape[1], width) * 0.14,
        "spanish": torch.randn(spanish.vectors.shape[1], width) * 0.14,
        "out": torch.randn(width, count) * width**-0.5,
        "out_bias": torch.zeros(count),
        "transitions": torch.zeros(count, count),
    }
    for number in range(len(recipe.dilations)):
        tensors[f"layer{number}"] = torch.randn(3 * width, width) * (3 * width) ** -0.5
        tensors[f"bias{number}"] = torch.zeros(width)
    tensors["table"][0] = 0
    return {name: tensor.requires_grad_() for name, tensor in tensors.items()}


def _scores(net: Tensors, batch: Batch, fixed: Tensors, recipe: NetRecipe) -> Any:
    """(B, T, L)."""
    bag = functional.embedding_bag
    table = net["table"]
    own = bag(batch.bags, table, batch.offsets, mode="sum", per_sample_weights=batch.weights, padding_idx=0)
    own = own + fixed["english"][batch.english] @ net["english"] + fixed["spanish"][batch.spanish] @ net["spanish"]
    line = bag(batch.line_bags, table, batch.line_offsets, mode="sum", padding_idx=0)
    mask = batch.mask.unsqueeze(-1)
    hidden = torch.relu(own[batch.which] + line[batch.which_line] + net["glue"][batch.glue])
    hidden = functional.dropout(hidden, recipe.dropout) * mask
    for number, away in enumerate(recipe.dilations):
        wide = functional.pad(hidden, (0, 0, away, away))
        seen = torch.cat([wide[:, : -2 * away], hidden, wide[:, 2 * away :]], dim=2)
        said = torch.relu(seen @ net[f"layer{number}"] + net[f"bias{number}"])
        hidden = (hidden + functional.dropout(said, recipe.dropout)) * mask
    return hidden @ net["out"] + net["out_bias"]


def _surprise(scores: Any, batch: Batch, transitions: Any) -> Any:
    """Minus the log probability of the labels, for each token (Lafferty, McCallum and Pereira 2001)."""
    mask, labels = batch.mask, batch.labels
    told = (scores.gather(2, labels.unsqueeze(-1)).squeeze(-1) * mask).sum()
    told = told + (transitions[labels[:, :-1], labels[:, 1:]] * mask[:, 1:]).sum()
    gain = transitions.exp()
    ways = scores[:, 0]
    for step in range(1, scores.shape[1]):
        most = ways.max(dim=1, keepdim=True).values
        onward = torch.log((ways - most).exp() @ gain + 1e-30) + most + scores[:, step]
        ways = torch.where(mask[:, step].bool().unsqueeze(1), onward, ways)
    return (torch.logsumexp(ways, dim=1).sum() - told) / mask.sum()


def _order(lengths: I64, tokens: int, rng: np.random.Generator) -> list[list[int]]:
    """Batches of lines of like length, in random order."""
    batches: list[list[int]] = []
    now: list[int] = []
    for number in np.argsort(lengths + rng.uniform(-2, 2, len(lengths))).tolist():
        if now and max(lengths[number], *lengths[now]) * (len(now) + 1) > tokens * 1.15:
            batches.append(now)
            now = []
        now.append(number)
    batches.append(now)
    return [batches[place] for place in rng.permutation(len(batches))]


def fit_network(
    examples: Iterable[Example],
    field_: Weights,
    recipe: NetRecipe,
    *,
    english: Meanings = NONE,
    spanish: Meanings = NONE,
    keeps_transitions: bool = False,
    verbose: bool = False,
) -> tuple[Network, F32]:
    """Trains on `examples`; the network and its own transitions (L, L), for the labels and lists of `field_`.

    With `keeps_transitions` those of `field_` stay as they are: a network that takes the place of another.
    """
    long_lists = dict(zip(field_.digests.tolist(), field_.lists.tolist(), strict=True))
    torch.manual_seed(recipe.seed)
    rng = np.random.default_rng(recipe.seed)
    corpus = coded(examples, long_lists, english, spanish, field_.labels, recipe.least_count)
    net = _fresh(corpus, english, spanish, recipe)
    if keeps_transitions:
        net["transitions"] = torch.from_numpy(field_.transitions.copy())
    fixed = {"english": torch.from_numpy(english.vectors), "spanish": torch.from_numpy(spanish.vectors)}
    lengths = np.array([len(line.words) for line in corpus.lines])
    plan = [_order(lengths, recipe.batch_tokens, rng) for _ in range(recipe.epochs)]
    optimiser = torch.optim.AdamW(
        [each for each in net.values() if each.requires_grad], lr=recipe.rate, weight_decay=1e-4
    )
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=recipe.rate, total_steps=sum(map(len, plan)), pct_start=0.1
    )
    for epoch, batches in enumerate(plan):
        total = 0.0
        for numbers in batches:
            batch = _batch(corpus, [corpus.lines[number] for number in numbers], recipe.nameless, rng)
            loss = _surprise(_scores(net, batch, fixed, recipe), batch, net["transitions"])
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(net.values(), 1.0)
            optimiser.step()
            schedule.step()
            total += float(loss.detach())
        if verbose:
            sys.stderr.write(f"epoch {epoch + 1} of {recipe.epochs}: {total / len(batches):.4f}\n")
    return _exported({name: tensor.detach().numpy() for name, tensor in net.items()}, corpus, english, spanish, recipe)


def _exported(
    net: dict[str, F32], corpus: Corpus, english: Meanings, spanish: Meanings, recipe: NetRecipe
) -> tuple[Network, F32]:
    embeddings = {value: net["table"][number] for value, number in corpus.number.items()}
    # What Spanish words have in common goes into the embedding of the word itself.
    company = spanish.vectors @ net["spanish"]
    nothing = np.zeros(recipe.width, np.float32)
    for word, row in spanish.row_of.items():
        embeddings[f"w={word}"] = embeddings.get(f"w={word}", nothing) + company[row]
    values = tuple(sorted(embeddings))
    table, scales = _rounded(np.stack([embeddings[value] for value in values]))
    meanings, meaning_scales = _rounded(english.vectors @ net["english"])
    clusters = {digest(word): row for word, row in english.row_of.items()}
    words = sorted(clusters)
    depth = range(len(recipe.dilations))
    half = np.float16
    network = Network(
        values,
        table,
        scales,
        np.array(words, np.uint32),
        np.array([clusters[word] for word in words], np.uint16),
        meanings,
        meaning_scales,
        net["glue"].astype(half),
        np.stack([net[f"layer{n}"].reshape(3, recipe.width, recipe.width) for n in depth]).astype(half),
        np.stack([net[f"bias{n}"] for n in depth]).astype(half),
        np.array(recipe.dilations, np.uint8),
        net["out"].astype(half),
        net["out_bias"].astype(half),
    )
    return network, net["transitions"]


def _rounded(rows: F32) -> tuple[npt.NDArray[np.int8], npt.NDArray[np.float16]]:
    """Rows as whole numbers of 8 bits and a scale each."""
    scales = (np.abs(rows).max(axis=1) / 127 + 1e-6).astype(np.float16)
    return np.round(rows / scales.astype(np.float32)[:, None]).clip(-127, 127).astype(np.int8), scales


def renewed(model: Weights, network: Network, *, share: float) -> Weights:
    """A model that was joined before, with this network in the place of its own."""
    return replace(model, network=_shared(network, share))


def joined(field_: Weights, network: Network, transitions: F32, *, share: float) -> Weights:
    """The sparse field and the network as one: a weighted sum of their scores, `share` of it the network's."""
    half = np.float16
    rest = 1 - share
    return replace(
        field_,
        amounts=(field_.amounts.astype(np.float32) * rest).astype(half),
        transitions=(field_.transitions * rest + transitions * share).astype(np.float32),
        network=_shared(network, share),
    )


def _shared(network: Network, share: float) -> Network:
    out, bias = (array.astype(np.float32) * share for array in (network.out, network.out_bias))
    return replace(network, out=out.astype(np.float16), out_bias=bias.astype(np.float16))
