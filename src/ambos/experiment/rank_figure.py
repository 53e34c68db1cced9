"""The critical-difference figure of Demšar (2006, figure 1): mean ranks on an axis, bars over arms that are not told apart."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from html import escape
from typing import Final

LEFT: Final = 230.0  # room for names on both sides, units of the drawing
WIDTH: Final = 440.0
STEP: Final = 20


def critical_difference(
    ranks: Mapping[str, float], critical: float, groups: Sequence[Sequence[str]], *, name: str
) -> str:
    """The figure as SVG; the best rank stands left. Names are escaped.

    Args:
        ranks: mean rank of each arm, 1 the best.
        critical: difference of mean ranks beyond chance.
        groups: runs of arms that are not told apart.
        name: of the critical difference, in the reader's language.
    """
    order = sorted(ranks, key=ranks.__getitem__)
    low, high = 1.0, max(float(len(order)), 2.0)

    def x(rank: float) -> float:
        return LEFT + WIDTH * (rank - low) / (high - low)

    top = 70 + 6 * len(groups)
    half = math.ceil(len(order) / 2)
    lines = [f'<line x1="{LEFT}" x2="{LEFT + WIDTH}" y1="50" y2="50" stroke="#444"/>', _ruler(x, critical, name)]
    for rank in range(1, int(high) + 1):
        lines.append(f'<line x1="{x(rank):.1f}" x2="{x(rank):.1f}" y1="45" y2="50" stroke="#444"/>')
        lines.append(f'<text x="{x(rank):.1f}" y="40" text-anchor="middle">{rank}</text>')
    for at, run in enumerate(groups):
        a, b = x(ranks[run[0]]) - 4, x(ranks[run[-1]]) + 4
        lines.append(
            f'<line x1="{a:.1f}" x2="{b:.1f}" y1="{58 + 6 * at}" y2="{58 + 6 * at}" stroke="#124" stroke-width="3"/>'
        )
    for at, arm in enumerate(order):
        is_left = at < half
        y = top + STEP * (at if is_left else len(order) - 1 - at) + 10
        side = LEFT - 8 if is_left else LEFT + WIDTH + 8
        anchor = "end" if is_left else "start"
        path = f"M{x(ranks[arm]):.1f} 50V{y}H{side}"
        lines.append(f'<path d="{path}" fill="none" stroke="#888"/>')
        told = f"{arm[:24]} {ranks[arm]:.2f}"
        lines.append(
            f'<text x="{side + (-4 if is_left else 4)}" y="{y + 4}" text-anchor="{anchor}">{escape(told)}</text>'
        )
    height = top + STEP * half + 20
    head = f'<svg viewBox="0 0 {LEFT * 2 + WIDTH:.0f} {height}" font-size="13" role="img" aria-label="{escape(name)}">'
    return head + "".join(lines) + "</svg>"


def _ruler(x: Callable[[float], float], critical: float, name: str) -> str:
    a, b = x(1.0), x(1.0 + critical)
    return (
        f'<path d="M{a:.1f} 12V20M{a:.1f} 16H{b:.1f}M{b:.1f} 12V20" fill="none" stroke="#a33"/>'
        f'<text x="{b + 6:.1f}" y="20" fill="#a33">{escape(name)} {critical:.3g}</text>'
    )
