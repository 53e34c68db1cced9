"""The base of a chat adaptation: the very GGUF that is served, its weights dequantised once and kept beside it, or a
safetensors file with its `config.json` and tokeniser beside it, which trains as it is.

The kept copy is no secret and may be removed at any time; it is named by the hash of the file that it was made from.
"""

from __future__ import annotations

import contextlib
import errno
import hashlib
import io
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from ambos.errors import AdaptError

NEEDED: Final = "chat models need the training packages: `make adapt`, or `pip install 'ambos[adapt]'`"
NO_MEMORY: Final = "the memory does not suffice: lower `length` or `rank`; the last snapshot stands"
_ARCHITECTURES: Final = ("llama",)  # the order of rows of q and k is known and proven by parity for these alone
_HERE: Final = {"local_files_only": True}  # training asks no hub for anything
_DONE: Final = "whole"  # written last: a copy without it was broken off


@dataclass(frozen=True, slots=True)
class BaseFile:
    """The model on the shelf: its name, the GGUF or safetensors file, its hash (64 hex digits) and licence."""

    name: str
    path: Path
    sha256: str
    licence: str

    @property
    def is_plain(self) -> bool:
        """Safetensors: it trains as it is, and the engine at home does not serve it."""
        return self.path.suffix == ".safetensors"


@dataclass(frozen=True, slots=True)
class Base:
    """A base ready to train.

    Attributes:
        model: `transformers` causal language model, weights in `dtype` ("bfloat16" or "float32").
        tokeniser: with the chat template of the file.
        template: "sha256:..." of that template.
    """

    file: BaseFile
    model: Any = field(repr=False)  # torch and transformers are imported only where they are used
    tokeniser: Any = field(repr=False)
    template: str
    dtype: str


def has_bfloat16() -> bool:
    """The processor multiplies bfloat16 itself; where it does not, float32 is the faster (pytorch/pytorch #146508)."""
    try:
        flags = Path("/proc/cpuinfo").read_text(encoding="utf-8", errors="replace")
    except OSError:
        return False
    return " avx512_bf16" in flags or " amx_bf16" in flags or " bf16" in flags


def load_base(file: BaseFile, *, dtype: str = "") -> Base:
    """The base with its tokeniser and template.

    Args:
        dtype: "bfloat16" or "float32"; "" takes what is fast here.

    Raises:
        AdaptError: the training packages are absent, the file is not what its card says, or its kind is unknown.
    """
    chosen = dtype or ("bfloat16" if has_bfloat16() else "float32")
    with _quiet():
        transformers, torch = _packages()
        folder = _plain_folder(file) if file.is_plain else _dequantised(file, transformers, torch)
        told = {"dtype": getattr(torch, chosen), "use_safetensors": True, **_HERE}  # never a pickle that lies beside it
        try:
            model = transformers.AutoModelForCausalLM.from_pretrained(folder, **told)
            tokeniser = transformers.AutoTokenizer.from_pretrained(folder, **_HERE)
        except (MemoryError, OSError, ValueError, RuntimeError, KeyError) as error:
            if is_starved(error):
                raise AdaptError(NO_MEMORY) from None
            if file.is_plain:
                raise _unread(file, error) from error
            raise AdaptError(f"the copy of {file.name} that trains cannot be read: remove {folder.name}") from error  # fmt: skip
    _check_kind(file, model.config.model_type)
    template = tokeniser.chat_template
    if not isinstance(template, str) or "<" not in template:
        raise AdaptError(f"{file.name} has no chat template: it is not a chat model")
    model.requires_grad_(requires_grad=False)
    return Base(file, model, tokeniser, f"sha256:{hashlib.sha256(template.encode()).hexdigest()}", chosen)


def trainable(file: BaseFile) -> Path:
    """The folder of the base's weights in F16, made if it is not there.

    Raises:
        AdaptError: as `load_base`.
    """
    with _quiet():
        transformers, torch = _packages()
        return _plain_folder(file) if file.is_plain else _dequantised(file, transformers, torch)


def is_starved(error: BaseException) -> bool:
    """An allocation failed: torch says so in a RuntimeError's words, the system by ENOMEM."""
    if isinstance(error, MemoryError) or (isinstance(error, OSError) and error.errno == errno.ENOMEM):
        return True
    return isinstance(error, RuntimeError) and "memory" in str(error).lower()


def _dequantised(file: BaseFile, transformers: Any, torch: Any) -> Path:
    folder = file.path.parent / f"trainable-f16-{file.sha256[:16]}"
    if (folder / _DONE).is_file():
        return folder
    _check(file)
    try:
        made = Path(tempfile.mkdtemp(prefix=".trainable-", dir=file.path.parent))
        try:
            _convert(file, made, transformers, torch)
            (made / _DONE).touch()
            shutil.rmtree(folder, ignore_errors=True)
            made.replace(folder)
        finally:
            shutil.rmtree(made, ignore_errors=True)
    except OSError as error:
        raise AdaptError(f"the disk does not take the weights of {file.name}: {error.strerror}") from None  # fmt: skip
    return folder


def _convert(file: BaseFile, to: Path, transformers: Any, torch: Any) -> None:
    # F16 keeps three more bits of a dequantised weight than bfloat16, in as many bytes
    where = {"gguf_file": file.path.name, "dtype": torch.float16, **_HERE}
    plain = transformers.GgufConfig(dequantize=True)  # packed weights are the default and train ten times slower
    try:
        model = transformers.AutoModelForCausalLM.from_pretrained(file.path.parent, quantization_config=plain, **where)
        tokeniser = transformers.AutoTokenizer.from_pretrained(file.path.parent, gguf_file=file.path.name, **_HERE)
    except (MemoryError, ValueError, RuntimeError, KeyError, TypeError) as error:
        if is_starved(error):
            raise AdaptError(NO_MEMORY) from None
        raise _unread(file, error) from error
    _check_kind(file, model.config.model_type)
    model.config.quantization_config = None
    del model.config.quantization_config
    model.save_pretrained(to)
    tokeniser.save_pretrained(to)


def _plain_folder(file: BaseFile) -> Path:
    _check(file)
    if len(list(file.path.parent.glob("*.safetensors"))) > 1:
        raise _unread(file, ValueError())  # which of them would be read is not for a library to choose
    return file.path.parent


def _check_kind(file: BaseFile, kind: str) -> None:
    if kind not in _ARCHITECTURES:
        known = ", ".join(_ARCHITECTURES)
        raise AdaptError(f"{file.name} is a {kind}; trained here are: {known}")  # fmt: skip


def _unread(file: BaseFile, error: Exception) -> AdaptError:
    return AdaptError(f"the file of {file.name} cannot be read for training: {type(error).__name__}")  # fmt: skip


def _check(file: BaseFile) -> None:
    digest = hashlib.sha256()
    try:
        with file.path.open("rb") as opened:
            while chunk := opened.read(1 << 20):
                digest.update(chunk)
    except OSError:
        raise AdaptError(f"the file of {file.name} is not there: `ambos models pull`") from None
    if digest.hexdigest() != file.sha256:
        raise AdaptError(f"the file of {file.name} is not the one that was pulled (SHA-256 differs)")  # fmt: skip


def _packages() -> tuple[Any, Any]:
    try:
        import gguf  # noqa: F401  transformers reads the file with it
        import peft  # noqa: F401
        import torch
        import transformers
    except ImportError:
        raise AdaptError(NEEDED) from None
    transformers.utils.logging.set_verbosity_error()
    transformers.utils.logging.disable_progress_bar()
    return transformers, torch


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """The libraries' bars and warnings: ours are told by `told`, and nothing of theirs helps whoever adapts."""
    with warnings.catch_warnings(), contextlib.redirect_stderr(io.StringIO()):
        warnings.simplefilter("ignore")
        yield
