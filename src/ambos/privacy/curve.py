"""The curve of leak against harmless characters masked, one point for each threshold, as a drawing (SVG)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Final

_WIDTH, _HEIGHT, _EDGE = 640, 400, 64
_TICKS: Final = 5
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#222}.axis{stroke:#888}.line{fill:none;stroke:#1f6f6f;stroke-width:2}"
    ".dot{fill:#1f6f6f}.now{fill:#c2410c}.grid{stroke:#eee}"
)
WORDS: Final = {
    "en": ("harmless letters and digits masked", "labelled letters and digits left in clear", "threshold in force"),
    "es": ("letras y cifras inocuas enmascaradas", "letras y cifras etiquetadas a la vista", "umbral vigente"),
}


@dataclass(frozen=True, slots=True)
class Point:
    """One threshold: shares of labelled characters left in clear, of units with a direct identifier left, of harmless
    characters masked.
    """

    threshold: float
    leak: float
    direct: float
    harmless: float
    is_now: bool = False


def draw(points: Sequence[Point], *, language: str) -> str:
    """The curve with a dot for each threshold.

    Args:
        points: at least one.
        language: "es" or "en".
    """
    across, up, now = WORDS[language]
    top = (_nice(max(one.harmless for one in points)), _nice(max(one.leak for one in points)))
    places = [(_x(one.harmless, top[0]), _y(one.leak, top[1])) for one in points]
    parts = [*_axes(top), f'<polyline class="line" points="{" ".join(f"{x:.1f},{y:.1f}" for x, y in places)}"/>']
    for one, (x, y) in zip(points, places, strict=True):
        parts.append(f'<circle class="{"now" if one.is_now else "dot"}" cx="{x:.1f}" cy="{y:.1f}" r="5"/>')
        parts.append(f'<text x="{x + 8:.1f}" y="{y - 8:.1f}">{one.threshold:g}</text>')
    parts.append(f'<text x="{_WIDTH / 2:.0f}" y="{_HEIGHT - 12}" text-anchor="middle">{escape(across)}</text>')
    parts.append(
        f'<text transform="translate(16 {_HEIGHT / 2:.0f}) rotate(-90)" text-anchor="middle">{escape(up)}</text>'
    )
    parts.append(f'<circle class="now" cx="{_WIDTH - 180}" cy="20" r="5"/>')
    parts.append(f'<text x="{_WIDTH - 168}" y="24">{escape(now)}</text>')
    head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {_HEIGHT}" role="img">'
    return "\n".join(
        [head, f"<title>{escape(up)} / {escape(across)}</title><style>{_STYLE}</style>", *parts, "</svg>", ""]
    )


def _axes(top: tuple[float, float]) -> list[str]:
    parts = []
    for step in range(_TICKS + 1):
        share = step / _TICKS
        x, y = _x(share * top[0], top[0]), _y(share * top[1], top[1])
        parts.append(f'<line class="grid" x1="{x:.1f}" y1="{_EDGE / 2}" x2="{x:.1f}" y2="{_HEIGHT - _EDGE}"/>')
        parts.append(f'<line class="grid" x1="{_EDGE}" y1="{y:.1f}" x2="{_WIDTH - _EDGE / 2}" y2="{y:.1f}"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{_HEIGHT - _EDGE + 18}" text-anchor="middle">{100 * share * top[0]:.2g} %</text>'
        )
        parts.append(f'<text x="{_EDGE - 8}" y="{y + 4:.1f}" text-anchor="end">{100 * share * top[1]:.2g} %</text>')
    return parts


def _x(value: float, top: float) -> float:
    return _EDGE + value / top * (_WIDTH - 1.5 * _EDGE)


def _y(value: float, top: float) -> float:
    return _HEIGHT - _EDGE - value / top * (_HEIGHT - 1.5 * _EDGE)


def _nice(value: float) -> float:
    """A round number at or above `value`."""
    scale = 1e-4
    while value > scale:
        for step in (2, 5, 10):
            if value <= step * scale:
                return step * scale
        scale *= 10
    return scale
