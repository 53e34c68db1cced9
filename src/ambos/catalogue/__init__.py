"""Shell: fetches models and data. Never imported by `serve`."""

from ambos.catalogue.fetch import Progress, Step
from ambos.catalogue.pull import EMBEDDED, Order, pull
from ambos.catalogue.recommend import Advice, recommend
from ambos.catalogue.shelf import Card, Pulled, cache_directory, list_models, remove, show, verify

__all__ = [
    "EMBEDDED",
    "Advice",
    "Card",
    "Order",
    "Progress",
    "Pulled",
    "Step",
    "cache_directory",
    "list_models",
    "pull",
    "recommend",
    "remove",
    "show",
    "verify",
]
