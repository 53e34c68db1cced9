"""Room: what is sensitive; masks it; puts it back."""

from ambos.privacy.mask_note import Note
from ambos.privacy.outbound import Outbound, prepare
from ambos.privacy.restore import Restorer, restore
from ambos.privacy.restore_json import restore_arguments
from ambos.privacy.surrogate import Surrogates

__all__ = ["Note", "Outbound", "Restorer", "Surrogates", "prepare", "restore", "restore_arguments"]
