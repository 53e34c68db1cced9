"""The log's gate without the log, for requests that reach nobody: probes. Whoever gets it gets no real provider."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ambos.ports import Asked, Attempt, Dispatch, Outcome
from ambos.store.log import check_dispatch

if TYPE_CHECKING:
    from ambos.policy import Decision
    from ambos.privacy import Outbound


class Rehearsal:
    """The door `Log` with the same hard rule; nothing is entered and nothing is kept."""

    async def permit(self, asked: Asked, outbound: Outbound, decision: Decision, attempt: Attempt) -> Dispatch:
        """A dispatch, if these bytes might go to this model.

        Raises:
            DispatchError: they might not.
        """
        check_dispatch(asked, outbound, decision, attempt)
        return Dispatch(asked_id=asked.id, attempt=attempt, outbound=outbound)

    async def refused(self, asked: Asked, decision: Decision | None, reason: str) -> None:
        """Nothing is entered."""

    async def ended(self, asked: Asked, attempt: Attempt, outcome: Outcome) -> None:
        """Nothing is entered."""
