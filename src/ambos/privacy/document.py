"""The document pass: a value found once is found everywhere in the request.

What findings hold (names by each token of three letters or more, bodies and addresses of mail and web by the words that tell
them, identifiers without separators, other values as phrases), and the union over texts. Where values stand is known in
`occurrences`, what to do with it in `joint`.
"""

from __future__ import annotations

from collections.abc import Generator, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from typing import Final

from ambos.messages import Finding, Kind
from ambos.privacy.gazetteer import lists_with
from ambos.privacy.lexicons import COMMON
from ambos.privacy.normalise import Folded
from ambos.privacy.thresholds import is_filling

_IDENTIFIERS = frozenset(
    {
        Kind.GOV_ID, Kind.TAX_ID, Kind.HEALTH_ID, Kind.BANK_ACCOUNT, Kind.CARD, Kind.PHONE, Kind.EMAIL, Kind.SECRET,
        Kind.USERNAME, Kind.VEHICLE, Kind.DEVICE_ID, Kind.IP,
    }
)  # fmt: skip
_PHRASES = frozenset({Kind.ADDRESS, Kind.ORG, Kind.LOCATION, Kind.DATE})
_NOT_NAMES = frozenset(
    b"del las los von van der den dos san santa don dona sra srta mrs miss doctor doctora the and for para con por que "
    b"hijo hija senor senora sir madam dear estimado estimada paciente patient".split()
)
# What bodies, mail boxes and sites are called by the thousand: it tells none of them.
_ANY_BODYS = frozenset(
    b"national nacional international internacional services limited holdings technology technologies tecnologia science "
    b"sciences ciencias solutions soluciones systems sistemas community medical medica medico county city north south east "
    b"west norte este oeste global world european american british spanish national research development education public "
    b"management consulting partners brothers industries office division unit team trust union society committee board "
    b"gmail hotmail outlook yahoo icloud proton protonmail live github gitlab linkedin facebook instagram twitter tiktok "
    b"youtube google dropbox zoom https http html index home news shop store blog forum support sales admin noreply".split()
)
# The rule that occurrences of names are found by.
DOCUMENT: Final = "document"
# The detail of an occurrence of one word of a body, an address of mail or of the web: it counts with a capital only.
PART: Final = "part"
SEPARATORS: Final = b" \t\r\n.-_/\\:()'\"*|,;"
_NO_LETTERS = bytes(code if 97 <= code <= 122 else 32 for code in range(256))
_SLICE = 512
# A longer value is known by its first characters: a key or token is found again by its own rule.
_MOST = 128
# Lists of words that stand in the names of many bodies (`gazetteer`).
_OF_ANY: Final = frozenset(("body", "health_place", "street", "country", "title", "job", "role", "month", "day"))
# A guess less likely than this is masked where it stands and tells nothing of other places.
_LIKELY = 0.5
# A shorter one stands elsewhere by chance.
_LEAST = 5
_LEAST_PART = 4
_PART_OF: Final = {Kind.ORG: Kind.ORG, Kind.URL: Kind.ORG, Kind.EMAIL: Kind.PERSON}


@dataclass(frozen=True, slots=True)
class Values:
    """What the findings of one text, or of all texts of a request, hold.

    Attributes:
        names: tokens of names, with a finding to copy.
        ids: identifiers without separators, with a finding to copy.
        phrases: other values as written, folded, with a finding to copy.
    """

    names: Mapping[bytes, Finding] = field(default_factory=dict)
    ids: Mapping[bytes, Finding] = field(default_factory=dict)
    phrases: Mapping[bytes, Finding] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.names or self.ids or self.phrases)

    def __len__(self) -> int:
        return len(self.names) + len(self.ids) + len(self.phrases)


NO_VALUES: Final = Values()


def values_of(findings: Sequence[Finding], folded: Folded) -> Generator[None, None, Values]:
    """What `findings` of the text behind `folded` hold."""
    names: dict[bytes, Finding] = {}
    ids: dict[bytes, Finding] = {}
    phrases: dict[bytes, Finding] = {}
    parts: dict[bytes, Finding] = {}
    for number, finding in enumerate(findings):
        if number % _SLICE == _SLICE - 1:
            yield
        if is_filling(finding):  # too doubtful, or not ours: not looked for elsewhere
            continue
        for token in _parts(finding, folded):
            parts.setdefault(token, _part(_PART_OF[finding.kind]))
        if finding.kind is Kind.PERSON:
            if finding.score >= _LIKELY:
                for token in _name_tokens(folded.slice(finding.start, finding.end)):
                    names.setdefault(token, _name(finding.detail))
        elif finding.kind in _IDENTIFIERS:
            value = folded.slice(finding.start, finding.end).translate(None, SEPARATORS)[:_MOST]
            if _is_telling(value, finding.kind):
                ids[value] = finding
        elif finding.kind in _PHRASES and finding.end - finding.start <= _MOST:
            value = folded.slice(finding.start, finding.end)
            if len(value) >= _LEAST and (finding.score >= _LIKELY or _says_something(value)):
                phrases[value] = finding
    names = parts | names
    return Values(names, ids, phrases) if names or ids or phrases else NO_VALUES


def _parts(finding: Finding, folded: Folded) -> Iterable[bytes]:
    """The words by which a body, a mail box or a site is known: "Acme" of "Acme Holdings Ltd" and of "ann@acme.co.uk".

    Not of hospitals and the like: their words are those of places and saints.
    """
    is_likely = finding.kind in _PART_OF and finding.score >= _LIKELY and finding.end - finding.start <= _MOST
    if not is_likely or (finding.kind is Kind.ORG and finding.detail != "INSTITUCION"):
        return ()
    tokens = _name_tokens(folded.slice(finding.start, finding.end))
    return (
        token
        for token in tokens
        if len(token) >= _LEAST_PART and token not in _ANY_BODYS and _OF_ANY.isdisjoint(lists_with(token.decode(), {}))
    )


def _name_tokens(name: bytes) -> Iterable[bytes]:
    tokens = name.translate(_NO_LETTERS).split()
    return (token for token in tokens if len(token) >= 3 and token not in _NOT_NAMES and token not in COMMON)


def _says_something(value: bytes) -> bool:
    """Not small and everyday words alone: a doubtful "de la" stands everywhere."""
    return any(48 <= byte <= 57 for byte in value) or any(_name_tokens(value))


@cache
def _name(detail: str) -> Finding:
    """What an occurrence of a name's token is: less sure than any finding of a rule."""
    return Finding(0, 1, Kind.PERSON, detail, 0.79, DOCUMENT)


@cache
def _part(kind: Kind) -> Finding:
    return Finding(0, 1, kind, PART, 0.6, DOCUMENT)


def _is_telling(value: bytes, kind: Kind) -> bool:
    """Long enough not to stand elsewhere by chance; of four digits only a PIN that does not read as a year."""
    if kind is Kind.SECRET and len(value) == 4 and value.isdigit():
        return not 1900 <= int(value) < 2100
    return len(value) >= _LEAST


def union(every: Iterable[Values]) -> Values:
    """All values; what the first text that holds a value says of it counts."""
    names: dict[bytes, Finding] = {}
    ids: dict[bytes, Finding] = {}
    phrases: dict[bytes, Finding] = {}
    for values in reversed(list(every)):
        names.update(values.names)
        ids.update(values.ids)
        phrases.update(values.phrases)
    return Values(names, ids, phrases)


def beyond(every: Values, own: Values) -> Values:
    """The values of `every` that are not `own`."""
    return Values(_without(every.names, own.names), _without(every.ids, own.ids), _without(every.phrases, own.phrases))


def _without(every: Mapping[bytes, Finding], own: Mapping[bytes, Finding]) -> Mapping[bytes, Finding]:
    return {value: every[value] for value in every.keys() - own.keys()}


def squeeze(lower: bytes) -> bytes:
    """`lower` without separators."""
    return lower.translate(None, SEPARATORS)
