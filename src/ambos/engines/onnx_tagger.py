"""A token classifier in ONNX as a plug-in: Hugging Face exports, OpenMed, the rampart model. Needs the extra `[detect]`."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final  # onnxruntime and tokenizers have no types of ours

import numpy as np

from ambos.engines.model_folder import bare, checked, kinds_for, labels_of
from ambos.engines.plugins import directory_of
from ambos.errors import DetectorError, IntegrityError
from ambos.ports import Spotted

# Windows by tokens: most encoders end at 512, and what crosses a cut is seen whole in one of two windows.
WINDOW: Final = 480
OVERLAP: Final = 96
_FLOOR: Final = 0.02  # less likely tokens are none


class OnnxTagger:
    """See `ports.Plugin`."""

    name = "onnx"

    def __init__(self, folder: Path, version: str) -> None:
        import onnxruntime
        from tokenizers import Tokenizer

        labels = labels_of(folder)
        self.version = version
        self.labels = kinds_for(labels, folder)
        self._types = [bare(one) for one in labels]
        self._harmless = [number for number, one in enumerate(self._types) if self.labels[one] is None]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        options.log_severity_level = 4
        try:
            self._tokenizer: Any = Tokenizer.from_file(str(folder / "tokenizer.json"))
            self._tokenizer.no_truncation()
            self._tokenizer.no_padding()
            self._session: Any = onnxruntime.InferenceSession(
                str(_model(folder)), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:
            raise IntegrityError(
                "the model cannot be read: it is cut short or damaged", place=folder.name[:80]
            ) from error
        self._inputs = {one.name for one in self._session.get_inputs()}
        self._around = self._specials()

    def find(self, text: str) -> Iterator[Spotted]:
        """Neighbouring tokens of one type are one span; its score is that of its weakest token."""
        encoded = self._tokenizer.encode(text, add_special_tokens=False)
        offsets, ids = encoded.offsets, np.array(encoded.ids, dtype=np.int64)
        if not len(ids):
            return
        chances = self._chances(ids)
        sensitive = 1 - chances[:, self._harmless].sum(axis=1)
        chances[:, self._harmless] = -1
        best = chances.argmax(axis=1)
        span: tuple[int, int, str, float] | None = None
        for number in np.flatnonzero(sensitive > _FLOOR).tolist():
            (start, end), kind, score = offsets[number], self._types[best[number]], float(sensitive[number])
            if start >= end:
                continue
            if (
                span is not None
                and kind == span[2]
                and text[span[1] : start].strip() == ""
                and (score < 0.5) is (span[3] < 0.5)
            ):
                span = (span[0], end, kind, min(span[3], score))
                continue
            if span is not None:
                yield Spotted(*span)
            span = (start, end, kind, score)
        if span is not None:
            yield Spotted(*span)

    def _specials(self) -> tuple[Any, Any]:
        """The special tokens that the model wants before and after a text."""
        plain = self._tokenizer.encode("a", add_special_tokens=False).ids
        whole = self._tokenizer.encode("a", add_special_tokens=True).ids
        at = next((n for n in range(len(whole)) if whole[n : n + len(plain)] == plain), 0) if plain else 0
        return np.array(whole[:at], dtype=np.int64), np.array(whole[at + len(plain) :], dtype=np.int64)

    def _chances(self, ids: Any) -> Any:
        """Probabilities (T, L); where two windows overlap, each token is taken where it stands further from the cut."""
        parts, at = [], 0
        while True:
            window = ids[at : at + WINDOW]
            scores = self._scores(window)
            first = OVERLAP // 2 if at else 0
            is_last = at + WINDOW >= len(ids)
            parts.append(scores[first : None if is_last else len(window) - OVERLAP // 2])
            if is_last:
                return np.concatenate(parts)
            at += WINDOW - OVERLAP

    def _scores(self, window: Any) -> Any:
        before, after = self._around
        ids = np.concatenate([before, window, after])[None, :].astype(np.int64)
        fed = {"input_ids": ids, "attention_mask": np.ones_like(ids), "token_type_ids": np.zeros_like(ids)}
        (logits, *_) = self._session.run(None, {name: fed[name] for name in fed if name in self._inputs})
        logits = logits[0, len(before) : ids.shape[1] - len(after)]
        if logits.shape != (len(window), len(self._types)) or not np.isfinite(logits).all():
            raise DetectorError("the model gives other labels than its config says")
        weights = np.exp(logits - logits.max(axis=1, keepdims=True))
        return weights / weights.sum(axis=1, keepdims=True)


def _model(folder: Path) -> Path:
    found = sorted(folder.glob("*.onnx"))
    if len(found) != 1:
        raise IntegrityError("the model's folder must hold one .onnx file", place=folder.name[:80])
    return found[0]


def load(argument: str) -> OnnxTagger:
    """From `DIRECTORY` or `DIRECTORY@HASH`.

    Raises:
        ImportError: the extra is not installed.
        ConfigError, IntegrityError: there is no such model, or it is not whole.
    """
    import onnxruntime  # noqa: F401  first: an absent package is told before a wrong folder
    import tokenizers  # noqa: F401

    folder, pin = directory_of(argument, "onnx")
    _model(folder)
    return OnnxTagger(folder, checked(folder, pin, wanted=("tokenizer.json", "config.json")))
