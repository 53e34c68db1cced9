"""What may be handed to a model: the only type a dispatch carries, made by this room alone.

`tests/test_house.py` fails if anything but `ambos.privacy` makes an `Outbound`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from ambos.messages import Level, Treatment, Zone


@dataclass(frozen=True, slots=True)
class Outbound:
    """The exact bytes for one model, after masking and rendering.

    Attributes:
        body: what goes on the wire, in the dialect of the provider.
        treatment: RAW or MASKED; what was done to it.
        zone: for which side of the trust boundary it was made. INSIDE bytes never go outside.
        level: level of the conversation it belongs to.
        originals: surrogate -> original, to restore the answer with. Never leaves the process; not in `repr`.
        redactions: how many spans were replaced.
    """

    body: bytes = field(repr=False)
    treatment: Treatment
    zone: Zone
    level: Level
    originals: Mapping[str, str] = field(default_factory=dict, repr=False)
    redactions: int = 0
