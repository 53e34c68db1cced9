"""What a house serves, read off its settings: providers, their rows in the table of connections, the catalogue."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ambos.app.order import Order
from ambos.config import Config
from ambos.egress import Destination, Egress, notice
from ambos.identity.oidc_settings import OidcSettings
from ambos.messages import ServedModel, Usage, Zone
from ambos.ports import Model
from ambos.providers import ProviderSettings, Secret, price_of
from ambos.providers import cost as price_cost

if TYPE_CHECKING:
    from ambos.providers import Via

EMBEDDED: Final = "embedded"
STAND_IN: Final = "stand-in"
DEMO_TOKENS: Final = 200


def _stand_in(order: Order) -> ProviderSettings:
    return ProviderSettings(
        name=STAND_IN,
        kind="openai",
        base_url=f"unix:{order.stand_in}",
        api_key=Secret(""),
        zone=Zone.OUTSIDE,
        agreement="stand-in on this machine",
        region="this machine",
        retention_days=0,
        trains_on_data=False,
        models=("echo",),
        allow_private_addresses=True,
    )


def _all_providers(config: Config, order: Order) -> tuple[ProviderSettings, ...]:
    return (*config.providers, *((_stand_in(order),) if order.stand_in else ()))


def destinations(config: Config, order: Order) -> list[Destination]:
    """The rows of the table of outbound connections."""
    identity = _identity(config.oidc) if config.oidc else []
    told = notice.destinations(config.notices)
    return [*(_place(one, order) for one in _all_providers(config, order)), *identity, *told]


def _identity(oidc: OidcSettings) -> list[Destination]:
    from ambos.app import sign_in

    return sign_in.destinations(oidc)


def brokered(config: Config) -> dict[str, ProviderSettings]:
    """What a broker is given to call, by the key that `_via` looks for: each provider that is not on a Unix socket.

    One that may be on a private address stands there twice: while an approval of that waits, workers call the stricter.
    """
    called = [one for one in config.providers if not one.destination().path]
    both = [*called, *(replace(one, allow_private_addresses=False) for one in called if one.allow_private_addresses)]
    return {_key(one): one for one in both}


def _key(one: ProviderSettings) -> str:
    return f"{one.name}/{'private' if one.allow_private_addresses else 'public'}"


def _place(one: ProviderSettings, order: Order) -> Destination:
    """Its row: the broker's socket stands for what lies behind it, and what leaves by it is looked at as before."""
    place = one.destination()
    if _key(one) not in order.brokered:
        return place
    return Destination("model", one.name, path=order.broker["socket"], is_tls=False, zone=one.zone)


def _via(order: Order, one: ProviderSettings) -> Via | None:
    if _key(one) not in order.brokered:
        return None
    from ambos.providers import Via

    return Via(order.brokered.index(_key(one)), order.broker["token"])


def providers(config: Config, order: Order, egress: Egress) -> dict[str, Model]:
    """Every model server by its name, ready to be called."""
    from ambos.engines.llama import LlamaEngine
    from ambos.providers import HttpProvider

    models: dict[str, Model] = {
        one.name: HttpProvider(one, egress, via=_via(order, one)) for one in _all_providers(config, order)
    }
    if order.engine:
        engine = order.engine
        settings = config.inside.engine
        if engine["fitness"] == "demo":  # it loops: nobody should wait for a thousand tokens of it
            settings = replace(settings, max_answer_tokens=DEMO_TOKENS)
        models[EMBEDDED] = LlamaEngine(settings, socket_path=Path(str(engine["socket"])), api_key=str(engine["key"]))
    return models


def models(config: Config, order: Order) -> tuple[ServedModel, ...]:
    """The catalogue in the owner's order: the model at home first."""
    served: list[ServedModel] = []
    if order.engine:
        engine = order.engine
        name = str(engine["name"])
        served.append(
            ServedModel(
                f"ambos/{name}", EMBEDDED, name, Zone.INSIDE, region="here", retention_days=0, trains_on_data=False,
                fitness=str(engine["fitness"]),
            )
        )  # fmt: skip
    for one in _all_providers(config, order):
        served.extend(
            ServedModel(
                name=f"{one.name}/{model}",
                provider=one.name,
                upstream_name=model,
                zone=one.zone,
                agreement=one.agreement,
                region=one.region,
                retention_days=one.retention_days,
                trains_on_data=one.trains_on_data,
                is_stand_in=one.name == STAND_IN,
                price=price_of(model),
            )
            for model in one.models
        )
    return tuple(served)


def cost(model: ServedModel, usage: object) -> tuple[float | None, str]:
    """What a call cost, and in which currency."""
    return price_cost(usage, model.price) if isinstance(usage, Usage) else (None, "")
