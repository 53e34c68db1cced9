"""The plan of the house: builds every shell once and hands it to the corridors; supervises the processes."""

from typing import TYPE_CHECKING

from ambos import late

if TYPE_CHECKING:
    from ambos.app.child import Child, keep_memory_private, tie_to_parent
    from ambos.app.house import ALIASES, House, build_house
    from ambos.app.logs import set_up_logging
    from ambos.app.order import Order
    from ambos.app.places import control_socket
    from ambos.app.supervisor import Ready, Supervisor

__getattr__ = late(
    __name__,
    {
        "child": "Child keep_memory_private tie_to_parent",
        "house": "ALIASES House build_house",
        "logs": "set_up_logging",
        "order": "Order",
        "places": "control_socket",
        "supervisor": "Ready Supervisor",
    },
)

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
