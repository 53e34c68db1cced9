"""The only package that opens an outbound connection, by purpose (design 3.8).

A table of destinations, one purpose each. A name is resolved once for a connection, every address is checked, and the
connection goes to a checked address: outside destinations never reach loopback or private networks unless the owner
says so, inside ones reach nothing else, and link-local ones (where clouds keep their metadata) are never reached.
No redirects, no proxy variables, no cookies, no compressed answers; TLS 1.2 or newer with verification on every address
that is not loopback. `tripwire` is an alarm for tests, not a wall.
"""

from typing import TYPE_CHECKING

from ambos import late
from ambos.egress.destination import PURPOSES, Destination
from ambos.egress.tripwire import tripwire

if TYPE_CHECKING:
    from ambos.egress.connection import READ_BYTES, Connection
    from ambos.egress.gate import RESULTS, Egress
    from ambos.egress.line import Answering, Line

__getattr__ = late(
    __name__,
    {
        "connection": "READ_BYTES Connection",
        "gate": "RESULTS Egress",
        "line": "Answering Line",
    },
)

__all__ = ["PURPOSES", "READ_BYTES", "RESULTS", "Answering", "Connection", "Destination", "Egress", "Line", "tripwire"]
