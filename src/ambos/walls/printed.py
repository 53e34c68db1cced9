"""The walls that others keep, written from the table of destinations: a systemd unit and a Kubernetes NetworkPolicy.

Both know addresses and no names. A name is written as what it was found to be when this was made, or left for a person
to fill in; nothing is allowed because it could not be written down.
"""

from __future__ import annotations

import ipaddress
from collections.abc import Sequence
from dataclasses import dataclass

LOCAL = "localhost"


@dataclass(frozen=True, slots=True)
class Place:
    """One destination beyond this process.

    Attributes:
        name: of the row, for the reader.
        host, port: as in the table.
        addresses: what `host` is; empty where nobody has asked.
    """

    name: str
    host: str
    port: int
    addresses: tuple[str, ...] = ()

    @property
    def known(self) -> tuple[str, ...]:
        """Its addresses, as far as they are known."""
        try:
            return (str(ipaddress.ip_address(self.host)),)
        except ValueError:
            return tuple(sorted({one.partition("%")[0] for one in self.addresses}))

    @property
    def is_here(self) -> bool:
        """It is on this machine."""
        known = self.known
        return self.host == LOCAL or (bool(known) and all(ipaddress.ip_address(one).is_loopback for one in known))


def systemd_unit(
    places: Sequence[Place], *, program: str, data: str, writes: Sequence[str], resolvers: Sequence[str]
) -> str:
    """A unit that reaches these places and nothing else (systemd.resource-control(5), systemd.exec(5)).

    Args:
        places: the table.
        program: absolute path of `ambos`.
        data: the data directory.
        writes: folders that it writes to besides.
        resolvers: addresses of the name servers; asked only where some place has a name.
    """
    allowed = [f"IPAddressAllow={LOCAL}"] if any(one.is_here for one in places) else []
    for one in places:
        if not one.is_here:
            allowed += [f"# {one.name}: {one.host} port {one.port}"]
            allowed += [f"IPAddressAllow={address}" for address in one.known] or [
                f"# {one.host} is a name: write its networks here as IPAddressAllow=, or print with --resolve"
            ]
    if _has_names(places):
        allowed += ["# the name servers", *(f"IPAddressAllow={one}" for one in resolvers)]
    return "\n".join((
        "[Unit]",
        "Description=Ambos",
        "After=network-online.target",
        "",
        "[Service]",
        f"ExecStart={program} serve --data {data}",
        "Restart=on-failure",
        "UMask=0077",
        "LimitCORE=0",
        "NoNewPrivileges=yes",
        "ProtectSystem=strict",
        f"ReadWritePaths={' '.join((data, *writes))}",
        "PrivateTmp=yes",
        "PrivateDevices=yes",
        "ProtectKernelTunables=yes",
        "ProtectKernelModules=yes",
        "ProtectControlGroups=yes",
        "RestrictNamespaces=yes",
        "RestrictSUIDSGID=yes",
        "LockPersonality=yes",
        "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6 AF_NETLINK",
        "CapabilityBoundingSet=",
        "IPAddressDeny=any",
        *allowed,
        "# whoever calls Ambos: the proxy before it, or the networks of your people",
        *([] if f"IPAddressAllow={LOCAL}" in allowed else [f"IPAddressAllow={LOCAL}"]),
        "",
        "[Install]",
        "WantedBy=multi-user.target",
        "",
    ))  # fmt: skip


def network_policy(places: Sequence[Place], *, resolvers: Sequence[str]) -> str:
    """A NetworkPolicy for pods with the label `app: ambos` (networking.k8s.io/v1): out to these places only."""
    rules: list[str] = []
    for one in places:
        if one.is_here:
            continue
        rules.append(f"    # {one.name}: {one.host} port {one.port}")
        if not one.known:
            rules.append(f"    # {one.host} is a name: write its networks here, or print with --resolve")
            continue
        rules.append("    - to:")
        rules += [f"        - ipBlock: {{cidr: {_network(address)}}}" for address in one.known]
        rules.append(f"      ports: [{{protocol: TCP, port: {one.port}}}]")
    if _has_names(places) and resolvers:
        rules.append("    # the name servers")
        rules.append("    - to:")
        rules += [f"        - ipBlock: {{cidr: {_network(address)}}}" for address in resolvers]
        rules.append("      ports: [{protocol: UDP, port: 53}, {protocol: TCP, port: 53}]")
    has_any = any(line.startswith("    - ") for line in rules)
    return "\n".join((
        "apiVersion: networking.k8s.io/v1",
        "kind: NetworkPolicy",
        "metadata: {name: ambos}",
        "spec:",
        "  podSelector: {matchLabels: {app: ambos}}",
        "  policyTypes: [Egress]",
        "  egress:" if has_any else "  egress: []",
        *rules,
        "",
    ))  # fmt: skip


def _has_names(places: Sequence[Place]) -> bool:
    return any(one.host not in (LOCAL, *one.known) and not one.is_here for one in places)


def _network(address: str) -> str:
    return f"{address}/{ipaddress.ip_address(address).max_prefixlen}"
