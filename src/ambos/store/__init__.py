"""Shell: sealed records, key ring, log storage, API keys; SQLite (SQLCipher) or PostgreSQL."""

from ambos.store.changes import Approval
from ambos.store.keys import KeyLine, NewKey
from ambos.store.lock import server_lock
from ambos.store.log import Scrub
from ambos.store.secrets import Secrets
from ambos.store.settings import StoreSettings
from ambos.store.store import LoggedEntry, LogHead, Store, open_store, verify_store
from ambos.store.upgrade import upgrade
from ambos.store.verify import Fault, Report, Trusted

__all__ = [
    "Approval",
    "Fault",
    "KeyLine",
    "LogHead",
    "LoggedEntry",
    "NewKey",
    "Report",
    "Scrub",
    "Secrets",
    "Store",
    "StoreSettings",
    "Trusted",
    "open_store",
    "server_lock",
    "upgrade",
    "verify_store",
]
