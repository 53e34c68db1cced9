"""Room: who asks, with which roles and limits."""

from ambos.identity.principal import Principal, Role

__all__ = ["Principal", "Role"]
