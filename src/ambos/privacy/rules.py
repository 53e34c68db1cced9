"""The built-in recogniser: rules of all packs and word lists, sharing one folded view of each window."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Generator, Iterable

from ambos.messages import Finding
from ambos.privacy.columns import Header
from ambos.privacy.lexicon import Lexicon, WordList
from ambos.privacy.mistyped import Mistyped
from ambos.privacy.normalise import Folded, fold
from ambos.privacy.patterns import Patterns
from ambos.privacy.recogniser import windows
from ambos.privacy.rule import Rule
from ambos.privacy.views import Views

# Raised when the code around rules and lists changes findings; the lists themselves are hashed.
_REVISION = "5"
_SPACE = re.compile(r"\s")
_MOST_EXTENDED = 65_536


class Rules:
    """Rules and word lists as one recogniser."""

    name = "rules"

    def __init__(self, rules: Iterable[Rule], lists: Iterable[WordList]) -> None:
        """Compile everything."""
        every, words = tuple(rules), tuple(lists)
        self._patterns = Patterns(every)
        self._lexicon = Lexicon(words)
        self._mistyped = Mistyped(words)
        self._views = Views()
        digest = hashlib.sha256(_REVISION.encode())
        for rule in every:
            weights = (rule.kind, rule.detail, rule.keyword, rule.bare, rule.valid, rule.cased, rule.decoys)
            digest.update(repr((rule.name, rule.pattern, weights)).encode())
        for item in words:
            digest.update(
                repr((item.name, item.kind, item.detail, item.words, item.patterns, item.but, item.weak)).encode()
            )
        self.version = digest.hexdigest()[:16]

    def steps(self, text: str, folded: Folded | None = None) -> Generator[None, None, list[Finding]]:
        """One slice for each window; `folded` is the folded view of the whole text, where the caller has one."""
        found: list[Finding] = []
        header: Header | None = None
        for start, end in windows(text):
            if start:
                yield
            is_whole = end - start == len(text)
            view = folded if folded is not None and is_whole else fold(text if is_whole else text[start:end])
            found.extend(_extended(item, text, end) for item in self._patterns.scan(view, start))
            found.extend(self._lexicon.scan(view, start))
            if (right := self._mistyped.corrected(view)) is not None:
                found.extend(self._lexicon.scan(right, start))
            decoded, header = self._views.of(text if is_whole else text[start:end], view, header)
            for other in decoded:
                found.extend(self._patterns.scan(other, start))
                found.extend(self._lexicon.scan(other, start))
        return found


def _extended(finding: Finding, text: str, window_end: int) -> Finding:
    """A value cut by the end of its window (a long token without a space) goes on to its own end."""
    if finding.end < window_end or window_end == len(text) or text[window_end - 1].isspace():
        return finding
    space = _SPACE.search(text, window_end, window_end + _MOST_EXTENDED)
    end = space.start() if space else min(len(text), window_end + _MOST_EXTENDED)
    return Finding(finding.start, end, finding.kind, finding.detail, finding.score, finding.rule)
