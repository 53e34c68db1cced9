"""The model file: what fits together is read, what does not is an IntegrityError."""

from dataclasses import replace

import numpy as np
import pytest

from ambos.errors import IntegrityError
from ambos.privacy.tag_weights import Network, Weights, from_bytes, to_bytes

NETWORK = Network(
    ("w=a", "w=b"),
    np.ones((2, 4), np.int8),
    np.ones(2, np.float16),
    np.array([3, 7, 9], np.uint32),
    np.array([0, 1, 0], np.uint16),
    np.ones((2, 4), np.int8),
    np.ones(2, np.float16),
    np.ones((4, 4), np.float16),
    np.ones((1, 3, 4, 4), np.float16),
    np.ones((1, 4), np.float16),
    np.array([2], np.uint8),
    np.ones((4, 2), np.float16),
    np.ones(2, np.float16),
)
WEIGHTS = Weights(
    ("O", "B-NOMBRE"),
    ("w=a",),
    np.array([0, 1], np.uint32),
    np.array([1], np.uint16),
    np.array([1], np.float16),
    np.zeros((2, 2), np.float32),
    np.zeros(0, np.uint32),
    np.zeros(0, np.uint8),
    ("a",),
    NETWORK,
)


def test_network_survives_its_bytes() -> None:
    data = to_bytes(WEIGHTS)
    again = from_bytes(data)
    assert to_bytes(again) == data
    assert again.network is not None
    assert again.network.values == NETWORK.values
    assert np.array_equal(again.network.words, NETWORK.words)


def test_model_without_a_network_is_a_model() -> None:
    assert from_bytes(to_bytes(replace(WEIGHTS, network=None))).network is None


@pytest.mark.parametrize(
    "fault",
    [
        {"table": np.ones((3, 4), np.int8)},
        {"table": np.ones((2, 4), np.int16)},
        {"scales": np.array([1, np.nan], np.float16)},
        {"scales": np.ones(3, np.float16)},
        {"words": np.array([3, 3, 9], np.uint32)},
        {"clusters": np.array([0, 2, 0], np.uint16)},
        {"meanings": np.ones((2, 3), np.int8)},
        {"glue": np.ones((3, 4), np.float16)},
        {"layers": np.ones((2, 3, 4, 4), np.float16)},
        {"biases": np.ones(4, np.float16)},
        {"dilations": np.array([0], np.uint8)},
        {"dilations": np.array([9], np.uint8)},
        {"out": np.ones((4, 3), np.float16)},
        {"out_bias": np.array([np.inf, 0], np.float16)},
    ],
)
def test_network_whose_parts_do_not_fit_is_refused(fault: dict[str, np.ndarray]) -> None:
    with pytest.raises(IntegrityError, match="do not fit"):
        from_bytes(to_bytes(replace(WEIGHTS, network=replace(NETWORK, **fault))))  # type: ignore[arg-type]  # on purpose


def test_network_without_one_of_its_arrays_is_damaged() -> None:
    import io

    with np.load(io.BytesIO(to_bytes(WEIGHTS)), allow_pickle=False) as archive:
        parts = {name: archive[name] for name in archive.files if name != "net_out"}
    buffer = io.BytesIO()
    np.savez(buffer, **parts)
    with pytest.raises(IntegrityError, match="damaged"):
        from_bytes(buffer.getvalue())
