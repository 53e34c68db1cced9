"""How the file stands to what was approved: settings as a stance, and settings as they are in force (ADR 0006)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from ambos.config import Config
from ambos.egress.notice import NoticeSettings
from ambos.errors import IntegrityError, PolicyError
from ambos.identity import Role
from ambos.identity.oidc_settings import OidcSettings
from ambos.messages import Kind, Level
from ambos.policy import Stance
from ambos.policy.change import Settled, settle
from ambos.policy.stance import Declared, decode
from ambos.privacy import Settings as PrivacySettings
from ambos.providers import ProviderSettings
from ambos.store import Store

_GROUPS: Final = "groups."


def declared(config: Config) -> Stance:
    """What the file, the environment and the flags say."""
    privacy = config.privacy
    return Stance(
        profile=config.profile,
        policy=config.policy,
        providers=tuple(sorted((_declared(one) for one in config.providers), key=lambda one: one.name)),
        levels_profile=privacy.profile,
        levels={kind.value: level.label for kind, level in sorted(privacy.levels.items())},
        grants={
            "house.public": frozenset(privacy.public),
            "privacy.off": frozenset(privacy.off),
            "tools.inside": config.inside_tools,
            **_admitted(config),
            **_told(config.notices),
        },
        wards={
            "house.internal": frozenset(privacy.internal),
            "house.secrets": frozenset(privacy.secrets),
            **_detection(privacy),
        },
    )


def _admitted(config: Config) -> dict[str, frozenset[str]]:
    """Who may come in and with which roles, beside the users and keys of the house; nothing where the file names none."""
    groups = {f"{_GROUPS}{name}": frozenset(map(str, roles)) for name, roles in config.store.groups.items() if roles}
    return {**groups, **({"oidc": _trusted(config.oidc)} if config.oidc else {})}


def _trusted(oidc: OidcSettings) -> frozenset[str]:
    """Whose word it is that makes somebody a user here, and which of its words are read."""
    facts = ("issuer", "client_id", "name_claim", "groups_claim", "allow_private_addresses", "ca_file")
    places = {f"endpoints {one}" for one in oidc.endpoints}
    return frozenset({f"{name} {getattr(oidc, name)}" for name in facts} | places)


def _told(notices: NoticeSettings) -> dict[str, frozenset[str]]:
    """Who outside is told of the house; nothing where nobody is."""
    facts = ("url", "allow_private_addresses", "ca_file")
    return {"notices": frozenset(f"{name} {getattr(notices, name)}" for name in facts)} if notices.url else {}


def _detection(privacy: PrivacySettings) -> dict[str, frozenset[str]]:
    """What makes the detector more careful; a threshold is a word, so that the lower of two is in force by both."""
    wards = {
        "detection.plugins": frozenset(privacy.plugins),
        "detection.signals": frozenset(privacy.signals),
        "detection.require_certificate": frozenset(["yes"] if privacy.require_certificate else []),
        "detection.thresholds": frozenset(f"{kind.value} {value!r}" for kind, value in privacy.thresholds.items()),
    }
    return {name: words for name, words in wards.items() if words}


def _declared(one: ProviderSettings) -> Declared:
    return Declared(
        *(one.name, one.kind, one.base_url, one.zone.value, one.agreement, one.region, one.retention_days),
        *(one.trains_on_data, one.allow_private_addresses, one.ca_file, one.models),
    )


def narrowed(config: Config, stance: Stance) -> Config:
    """The settings with nothing that the stance does not allow. A provider that stands elsewhere in it is left out."""
    known = {one.name: one for one in stance.providers}
    providers = tuple(
        _narrowed(one, known[one.name])
        for one in config.providers
        if one.name in known and _declared(one).place == known[one.name].place
    )
    return replace(
        config,
        profile=stance.profile,
        policy=stance.policy,
        providers=providers,
        privacy=_privacy(config.privacy, stance),
        inside_tools=stance.grants.get("tools.inside", frozenset()),
        store=replace(config.store, groups=_groups(config, stance)),
        oidc=_believed(config.oidc, stance),
        notices=_sent(config.notices, stance),
    )


def _groups(config: Config, stance: Stance) -> dict[str, frozenset[Role]]:
    return {
        name: frozenset(role for role in roles if role.value in stance.grants.get(f"{_GROUPS}{name}", frozenset()))
        for name, roles in config.store.groups.items()
    }


def _believed(oidc: OidcSettings | None, stance: Stance) -> OidcSettings | None:
    """The provider of identities as a whole or not at all: half of it is another one."""
    return oidc if oidc is not None and _trusted(oidc) <= stance.grants.get("oidc", frozenset()) else None


def _sent(notices: NoticeSettings, stance: Stance) -> NoticeSettings:
    """Where notices go, as a whole or nowhere (ADR 0014)."""
    words = _told(notices).get("notices", frozenset())
    return notices if words <= stance.grants.get("notices", frozenset()) else NoticeSettings()


def _narrowed(one: ProviderSettings, stance: Declared) -> ProviderSettings:
    return replace(
        one,
        agreement=stance.agreement,
        region=stance.region,
        retention_days=stance.retention_days,
        trains_on_data=stance.trains_on_data,
        allow_private_addresses=stance.allow_private,
        models=stance.models,
    )


def _privacy(settings: PrivacySettings, stance: Stance) -> PrivacySettings:
    return replace(
        settings,
        profile=stance.levels_profile,
        levels={Kind(kind): Level.of(label) for kind, label in stance.levels.items()},
        public=tuple(sorted(stance.grants.get("house.public", frozenset()))),
        off=stance.grants.get("privacy.off", frozenset()),
        internal=tuple(sorted(stance.wards.get("house.internal", frozenset()))),
        secrets=tuple(sorted(stance.wards.get("house.secrets", frozenset()))),
        plugins=tuple(sorted(stance.wards.get("detection.plugins", frozenset()))),
        signals=tuple(sorted(stance.wards.get("detection.signals", frozenset()))),
        require_certificate=bool(stance.wards.get("detection.require_certificate")),
        thresholds=_lowest(stance.wards.get("detection.thresholds", frozenset())),
    )


def _lowest(words: frozenset[str]) -> dict[Kind, float]:
    made: dict[Kind, float] = {}
    for kind, _, value in (word.partition(" ") for word in words):
        made[Kind(kind)] = min(float(value), made.get(Kind(kind), 1.0))
    return made


def standing(config: Config, store: Store, *, is_start: bool) -> Settled:
    """What is in force of these settings in this house.

    Raises:
        StoreError: the store cannot be read at all.
    """
    try:
        text = store.changes.approved(config.tenant)
        approved = None if text is None else decode(text)
        return settle(approved, declared(config), is_start=is_start)
    except (IntegrityError, PolicyError):
        return settle(None, declared(config), is_start=is_start, is_readable=False)
