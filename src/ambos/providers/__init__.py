"""Shell: calls to models that speak HTTP, inside or outside."""

from typing import TYPE_CHECKING

from ambos import late
from ambos.providers.settings import ProviderSettings, Secret
from ambos.providers.table import PROVIDER_KEYS, read_providers

if TYPE_CHECKING:
    from ambos.providers.failures import is_retryable
    from ambos.providers.http import HttpProvider, Via
    from ambos.providers.prices import cost, price_of

__getattr__ = late(
    __name__,
    {
        "failures": "is_retryable",
        "http": "HttpProvider Via",
        "prices": "cost price_of",
    },
)

__all__ = [
    "PROVIDER_KEYS",
    "HttpProvider",
    "ProviderSettings",
    "Secret",
    "Via",
    "cost",
    "is_retryable",
    "price_of",
    "read_providers",
]
