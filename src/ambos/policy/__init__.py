"""Room: what may be done with a request, and under which duties."""

from ambos.policy.decision import Decision

__all__ = ["Decision"]
