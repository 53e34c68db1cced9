"""Restores a whole answer: every choice, every channel of text, every tool call.

A machine: `feed(batch) -> batch`, `close() -> batch`. Tool arguments are held until the call is complete, since an
original may only come back inside a call that the policy lists as staying inside (design 3.10). `Finished` and `Usage`
are kept back until `close`, because the end of an answer is told only after the log knows it (design 3.11).
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field

from ambos.messages import Batch, Delta, Finished, Text, ToolCall, Usage
from ambos.privacy.restore import Restorer
from ambos.privacy.restore_json import restore_arguments


@dataclass(slots=True)
class _Call:
    """A tool call in the making."""

    id: str = ""
    name: str = ""
    pieces: list[str] = field(default_factory=list)


class Speech:
    """The answer of one model on its way back.

    Args:
        originals: surrogate -> original, from the `Outbound` that was sent; empty when nothing was masked.
        inside_tools: names of the tools whose arguments may hold originals.
        capitals: surrogates whose originals are raised in a heading in capitals.
    """

    def __init__(
        self, originals: Mapping[str, str], *, inside_tools: Collection[str] = (), capitals: Collection[str] = ()
    ) -> None:
        self._originals = originals
        self._capitals = capitals
        self._inside_tools = inside_tools
        self._restorers: dict[tuple[int, str], Restorer] = {}
        self._calls: dict[tuple[int, int], _Call] = {}
        self.finished: list[Finished] = []
        self.usage: Usage | None = None
        self.has_spoken = False

    def feed(self, batch: Batch) -> Batch:
        """What may be told now."""
        out: list[Delta] = []
        for delta in batch:
            if type(delta) is Text:
                restored = (
                    self._restorer(delta.index, delta.channel).feed(delta.text) if self._originals else delta.text
                )
                if restored:
                    out.append(delta if restored is delta.text else Text(restored, delta.index, delta.channel))
            elif type(delta) is ToolCall:
                out.extend(self._hold(delta))
            elif type(delta) is Finished:
                self.finished.append(delta)
            elif type(delta) is Usage:
                self.usage = delta
        self.has_spoken = self.has_spoken or bool(out)
        return tuple(out)

    def close(self) -> Batch:
        """What was held back: ends of texts, then complete tool calls.

        Raises:
            UnknownSurrogateError: a tool call names a surrogate that was never made.
        """
        out: list[Delta] = []
        for (index, channel), restorer in self._restorers.items():
            if rest := restorer.close():
                out.append(Text(rest, index, channel))
        for (index, number), call in self._calls.items():
            arguments = restore_arguments(
                "".join(call.pieces), self._originals, allowed=call.name in self._inside_tools
            )
            out.append(ToolCall(number, call.id, call.name, arguments, index))
        self._calls.clear()
        self.has_spoken = self.has_spoken or bool(out)
        return tuple(out)

    def _restorer(self, index: int, channel: str) -> Restorer:
        key = (index, channel)
        if key not in self._restorers:
            self._restorers[key] = Restorer(self._originals, capitals=self._capitals)
        return self._restorers[key]

    def _hold(self, delta: ToolCall) -> tuple[ToolCall, ...]:
        # Nothing was masked: there is nothing to restore and no reason to make the tool call wait.
        if not self._originals:
            return (delta,)
        call = self._calls.setdefault((delta.index, delta.call), _Call())
        call.id = call.id or delta.id
        call.name = call.name or delta.name
        call.pieces.append(delta.arguments)
        return ()
