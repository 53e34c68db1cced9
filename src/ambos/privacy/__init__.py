"""Room: what is sensitive; masks it; puts it back."""

from ambos.privacy.outbound import Outbound

__all__ = ["Outbound"]
