"""Room: who asks, with which roles and limits."""

from ambos.identity.credentials import KEY_PREFIX, presented_key
from ambos.identity.handles import conversation_handle, new_handle
from ambos.identity.limits import TokenBucket
from ambos.identity.permissions import FIRST_KEY, PERMISSIONS, Action, authorise
from ambos.identity.places import host_is_allowed, origin_is_own
from ambos.identity.principal import Principal, Role

__all__ = [
    "FIRST_KEY",
    "KEY_PREFIX",
    "PERMISSIONS",
    "Action",
    "Principal",
    "Role",
    "TokenBucket",
    "authorise",
    "conversation_handle",
    "host_is_allowed",
    "new_handle",
    "origin_is_own",
    "presented_key",
]
