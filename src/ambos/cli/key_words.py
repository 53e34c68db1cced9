"""What commands say of keys and key services, in English and Spanish."""

from __future__ import annotations

from typing import Final

KEY_WORDS: Final = {
    "rotated_tenants": (
        "Every tenant has a new key. Make a new backup of the key ring now.",
        "Cada inquilino tiene una clave nueva. Haga ahora otra copia del llavero.",
    ),
    "rotated_root": (
        "The root key is new. Keep a copy of its file elsewhere and make new backups now: "
        "older ones of the key ring need the old root key.",
        "La clave raíz es nueva. Guarde una copia de su fichero en otro lugar y haga ahora otras copias de seguridad: "
        "las anteriores del llavero necesitan la clave raíz anterior.",
    ),
    "keys_missing": (
        "The root key is not where `keys.root_key_file` says: mount or restore it. Nothing is served without it.",
        "La clave raíz no está donde dice `keys.root_key_file`: móntela o restáurela. Sin ella no se sirve nada.",
    ),
    "keys_damaged": (
        "The root key file is damaged: restore it. Nothing is served without it.",
        "El fichero de la clave raíz está dañado: restáurelo. Sin ella no se sirve nada.",
    ),
    "keys_open": (
        "The file of the root key, or of its passphrase, is open to others: chmod 600.",
        "El fichero de la clave raíz, o de su frase, es legible para otros: chmod 600.",
    ),
    "keys_other": (
        "The root key is not the one of this data directory. Nothing is served without the right one.",
        "La clave raíz no es la de este directorio de datos. Sin la correcta no se sirve nada.",
    ),
    "keys_wrong": (
        "The key service does not open the root key: a wrong passphrase, another key, or another installation. "
        "Nothing is served without it.",
        "El servicio de claves no abre la clave raíz: frase incorrecta, otra clave u otra instalación. "
        "Sin ella no se sirve nada.",
    ),
    "keys_absent": (
        "The key service cannot be reached, or its passphrase or token is not given. Nothing is served without it.",
        "No se puede llegar al servicio de claves, o falta su frase o su token. Sin él no se sirve nada.",
    ),
    "keys_slow": (
        "The key service did not answer in time. Nothing is served without it.",
        "El servicio de claves no ha contestado a tiempo. Sin él no se sirve nada.",
    ),
    "keys_refused": (
        "The key service refuses our token: give one that may encrypt and decrypt with this key.",
        "El servicio de claves rechaza nuestro token: dé uno que pueda cifrar y descifrar con esta clave.",
    ),
    "keys_unknown": (
        "There is no such key service, mount or key: see `[keys]` in ambos.toml.",
        "No existe ese servicio de claves, ese montaje o esa clave: vea `[keys]` en ambos.toml.",
    ),
    "keys_sealed": (
        "The key service is sealed or on standby: unseal it. Nothing is served without it.",
        "El servicio de claves está sellado o en espera: ábralo. Sin él no se sirve nada.",
    ),
    "keys_failed": (
        "The key service failed. Nothing is served without it.",
        "El servicio de claves ha fallado. Sin él no se sirve nada.",
    ),
    "keys_forged": (
        "What answered is no key service. Nothing is served.",
        "Lo que ha contestado no es un servicio de claves. No se sirve nada.",
    ),
    "keys_weak": (
        "The passphrase is too short: 12 characters at least.",
        "La frase es demasiado corta: al menos 12 caracteres.",
    ),
    "keys_environment": (
        "The root key comes from the environment, which keeps none: hand over a file or a key service first.",
        "La clave raíz viene del entorno, que no guarda ninguna: entregue antes un fichero o un servicio de claves.",
    ),
}
