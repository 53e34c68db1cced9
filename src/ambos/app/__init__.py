"""The plan of the house: builds every shell once and hands it to the corridors; supervises the processes."""

from ambos.app.child import Child, keep_memory_private, tie_to_parent
from ambos.app.house import ALIASES, House, build_house
from ambos.app.logs import set_up_logging
from ambos.app.order import Order
from ambos.app.supervisor import Ready, Supervisor, control_socket

__all__ = [
    "ALIASES",
    "Child",
    "House",
    "Order",
    "Ready",
    "Supervisor",
    "build_house",
    "control_socket",
    "keep_memory_private",
    "set_up_logging",
    "tie_to_parent",
]
