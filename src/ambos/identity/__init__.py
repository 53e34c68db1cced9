"""Room: who asks, with which roles and limits."""

from ambos.identity.credentials import presented_key
from ambos.identity.handles import conversation_handle, new_handle
from ambos.identity.keys import new_key
from ambos.identity.limits import InFlight, TokenBucket
from ambos.identity.permissions import FIRST_KEY, Action, Profile, authorise, authorise_grant
from ambos.identity.places import host_is_allowed, origin_is_own
from ambos.identity.principal import Principal, Role

__all__ = [
    "FIRST_KEY",
    "Action",
    "InFlight",
    "Principal",
    "Profile",
    "Role",
    "TokenBucket",
    "authorise",
    "authorise_grant",
    "conversation_handle",
    "host_is_allowed",
    "new_handle",
    "new_key",
    "origin_is_own",
    "presented_key",
]
