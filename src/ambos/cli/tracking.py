"""Gives a model's card and files to an MLflow server, by its own REST interface. Only on a person's request.

Source: MLflow REST API (mlflow.org/docs/latest/rest-api.html), version 2.0; files through the server (`--serve-artifacts`).
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

import aiohttp
import orjson

from ambos.app.system import SystemClock
from ambos.egress import Destination, Egress
from ambos.errors import AdaptError
from ambos.messages import Zone

_NAME: Final = "mlflow"
_PROXIED: Final = "mlflow-artifacts:"  # the only kind of place that the server itself takes files for
_TIMEOUT: Final = aiohttp.ClientTimeout(total=600, sock_connect=10)
_SETTINGS: Final = (
    "base",
    "base_sha256",
    "corpus",
    "recipe",
    "artefact",
    "template",
    "mask",
    "dtype",
    "use",
    "fitness",
    "state",
)


async def give_to_mlflow(url: str, token: str, card: Mapping[str, Any], files: list[Path]) -> str:
    """The run that now holds the card's figures and these files.

    Args:
        url: of the server, `https://host[:port]`.
        token: of a bearer, "" for none.

    Raises:
        AdaptError: the server refused, was not reached, or takes no files itself.
        ConfigError: not a URL that may be asked.
    """
    place = Destination.of_url("telemetry", _NAME, url, zone=Zone.OUTSIDE, allow_private=True)
    egress = Egress([place])
    server = _Server(egress, url.rstrip("/"), {"Authorization": f"Bearer {token}"} if token else {})
    try:
        return await _give(server, card, files)
    except (aiohttp.ClientError, OSError):
        raise AdaptError("the MLflow server was not reached or broke off") from None
    finally:
        await egress.close()


async def _give(server: _Server, card: Mapping[str, Any], files: list[Path]) -> str:
    now = SystemClock().now_ms()
    tags = [{"key": "mlflow.runName", "value": str(card["name"])}, {"key": "source", "value": "ambos"}]
    told = await server.ask(
        "runs/create", {"experiment_id": await _experiment(server), "start_time": now, "tags": tags}
    )
    run = told["run"]["info"]
    about: dict[str, Any] = {"run_id": run["run_id"]}
    if not str(run["artifact_uri"]).startswith(_PROXIED):
        raise AdaptError("this MLflow server takes no files itself: start it with --serve-artifacts")
    settings = [{"key": name, "value": str(card[name])[:500]} for name in _SETTINGS if card.get(name)]
    figures = [{"key": name, "value": value, "timestamp": now, "step": 0} for name, value in metrics(card).items()]
    losses = [
        {"key": "loss", "value": value, "timestamp": now, "step": step} for step, value in enumerate(card["losses"])
    ]
    await server.ask("runs/log-batch", {**about, "params": settings, "metrics": [*figures, *losses][:1000]})
    for path in files:
        await server.put(f"{str(run['artifact_uri']).removeprefix(_PROXIED).strip('/')}/{path.name}", path.read_bytes())
    await server.ask("runs/update", {**about, "status": "FINISHED", "end_time": SystemClock().now_ms()})
    return str(run["run_id"])


def metrics(card: Mapping[str, Any]) -> dict[str, float]:
    """The card's figures by dotted names, of its proofs and of each comparison.

    >>> metrics({"parity": {"adapted": 0.95}, "judged": {"arms": [{"control": "base", "effect": 0.5, "lower": 0.4}]}})
    {'parity.adapted': 0.95, 'gain.base.effect': 0.5, 'gain.base.lower': 0.4}
    """
    found = {}
    for name in ("parity", "forgetting", "memorisation", "run"):
        for key, value in (card.get(name) or {}).items():
            if isinstance(value, int | float):
                found[f"{name}.{key}"] = float(value)
    for arm in (card.get("judged") or {}).get("arms", []):
        plain = "".join(one if one.isalnum() or one in "_-. /" else "_" for one in arm["control"])
        for key in ("effect", "lower", "upper"):
            if isinstance(arm.get(key), int | float):
                found[f"gain.{plain}.{key}"] = float(arm[key])
    return found


async def _experiment(server: _Server) -> str:
    found = await server.ask("experiments/search", {"max_results": 1, "filter": "name = 'ambos'"})
    if known := found.get("experiments"):
        return str(known[0]["experiment_id"])
    return str((await server.ask("experiments/create", {"name": "ambos"}))["experiment_id"])


class _Server:
    def __init__(self, egress: Egress, url: str, headers: Mapping[str, str]) -> None:
        self._line, self._url, self._headers = egress.session(_NAME), url, headers

    async def ask(self, path: str, body: dict[str, Any]) -> Any:  # JSON of the server
        headers = {**self._headers, "Content-Type": "application/json"}
        whole = f"{self._url}/api/2.0/mlflow/{path}"
        async with await self._line.request(
            "POST", whole, data=orjson.dumps(body), headers=headers, timeout=_TIMEOUT
        ) as answer:
            return orjson.loads(await self._read(answer))

    async def put(self, path: str, content: bytes) -> None:
        whole = f"{self._url}/api/2.0/mlflow-artifacts/artifacts/{quote(path)}"
        async with await self._line.request(
            "PUT", whole, data=content, headers=dict(self._headers), timeout=_TIMEOUT
        ) as answer:
            await self._read(answer)

    async def _read(self, answer: aiohttp.ClientResponse) -> bytes:
        if answer.status != 200:
            raise AdaptError(f"the MLflow server refused ({answer.status})")
        return await answer.read()
