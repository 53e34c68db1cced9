"""Shell: sealed records, key ring, log storage, API keys; SQLite (SQLCipher) or PostgreSQL."""

from typing import TYPE_CHECKING

from ambos import late
from ambos.store.settings import StoreSettings

if TYPE_CHECKING:
    from ambos.store.backup import put_back
    from ambos.store.changes import Approval
    from ambos.store.consents import Consent
    from ambos.store.corpora import Kept, Permitted
    from ambos.store.experiment_rows import ItemRow, Look, OutcomeRow, Sealed, UnitRow
    from ambos.store.experiments import Experiments
    from ambos.store.fault import Fault
    from ambos.store.generation import Order
    from ambos.store.keys import KeyLine, NewKey
    from ambos.store.lock import server_lock
    from ambos.store.log import Scrub
    from ambos.store.registry import Adapted, Trained
    from ambos.store.rewriting import NEVER_MS, Without
    from ambos.store.rootkey import check_root
    from ambos.store.secrets import Secrets
    from ambos.store.store import LoggedEntry, LogHead, Store, open_store, verify_store
    from ambos.store.subjects import Join
    from ambos.store.upgrading import upgrade
    from ambos.store.users import NewUser, User
    from ambos.store.verify import Report, Trusted

__getattr__ = late(
    __name__,
    {
        "backup": "put_back",
        "changes": "Approval",
        "consents": "Consent",
        "corpora": "Kept Permitted",
        "experiment_rows": "ItemRow Look OutcomeRow Sealed UnitRow",
        "experiments": "Experiments",
        "fault": "Fault",
        "generation": "Order",
        "keys": "KeyLine NewKey",
        "lock": "server_lock",
        "log": "Scrub",
        "registry": "Adapted Trained",
        "rewriting": "NEVER_MS Without",
        "rootkey": "check_root",
        "secrets": "Secrets",
        "store": "LoggedEntry LogHead Store open_store verify_store",
        "subjects": "Join",
        "upgrading": "upgrade",
        "users": "NewUser User",
        "verify": "Report Trusted",
    },
)

__all__ = [
    "NEVER_MS",
    "Adapted",
    "Approval",
    "Consent",
    "Experiments",
    "Fault",
    "ItemRow",
    "Join",
    "Kept",
    "KeyLine",
    "LogHead",
    "LoggedEntry",
    "Look",
    "NewKey",
    "NewUser",
    "Order",
    "OutcomeRow",
    "Permitted",
    "Report",
    "Scrub",
    "Sealed",
    "Secrets",
    "Store",
    "StoreSettings",
    "Trained",
    "Trusted",
    "UnitRow",
    "User",
    "Without",
    "check_root",
    "open_store",
    "put_back",
    "server_lock",
    "upgrade",
    "verify_store",
]
