"""CPU time of a decision: remembered, and asked of Cedar. Prints one line for each number of house rules.

python benchmarks/policy.py
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from itertools import count

from ambos.identity import Principal, Role
from ambos.messages import Assessment, Level, ServedModel, Zone
from ambos.policy import Settings, choose, load

KINDS = frozenset({"PERSON", "EMAIL", "PHONE"})
MODELS = tuple(
    ServedModel(f"acme/m{i}", "acme", f"m{i}", Zone.OUTSIDE, agreement="DPA", region="EU", retention_days=0)
    for i in range(8)
) + tuple(ServedModel(f"home/m{i}", "home", f"m{i}", Zone.INSIDE) for i in range(2))
RULE = 'forbid (principal, action == Action::"send_raw", resource) when {{ resource.region == "R{}" }};\n'


def cpu_us(work: Callable[[], object], times: int) -> float:
    """Microseconds of CPU a call: the best of seven rounds, since other work only adds."""
    best = float("inf")
    for _ in range(7):
        started = time.process_time()
        for _ in range(times):
            work()
        best = min(best, (time.process_time() - started) / times)
    return best * 1e6


def main() -> None:
    ana = Principal("p_ana", "t", "k", frozenset({Role.USER}))
    numbers = count()
    for rules in (0, 4, 20):
        policy = load(Settings(cedar="".join(RULE.format(i) for i in range(rules))))

        def decide(who: Principal, level: Level = Level.INTERNAL) -> object:
            return policy.decide(Assessment(level, KINDS), who, MODELS, tighten=None, demo_allowed=True)  # noqa: B023

        decision = policy.decide(Assessment(Level.INTERNAL, KINDS), ana, MODELS, tighten=None, demo_allowed=True)
        hit = cpu_us(lambda: decide(ana), 2000)
        miss = cpu_us(lambda: decide(replace(ana, id=f"p_{next(numbers)}")), 50)
        chosen = cpu_us(lambda: choose(decision, MODELS, "ambos/auto"), 500)  # noqa: B023
        print(
            f"{rules:3d} house rules, {len(MODELS)} models: hit {hit:5.1f} us (bar 5), "
            f"miss {miss / len(MODELS):5.1f} us a model (bar 150), choose {chosen:5.1f} us"
        )


if __name__ == "__main__":
    main()
