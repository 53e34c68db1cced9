"""LoRA on a base: puts it there by peft, takes its arrays out in llama.cpp's names and order, and puts them back."""

from __future__ import annotations

import contextlib
import functools
import warnings
from collections.abc import Iterator, Mapping
from typing import Any, Final

import numpy as np

from ambos.adapt.chat.base import Base
from ambos.corpus.adapter import Floats, permuted, unpermuted
from ambos.errors import AdaptError

# What llama.cpp calls each projection (gguf-py, tensor_mapping.py).
MODULES: Final[Mapping[str, str]] = {
    "self_attn.q_proj": "attn_q", "self_attn.k_proj": "attn_k", "self_attn.v_proj": "attn_v",
    "self_attn.o_proj": "attn_output", "mlp.gate_proj": "ffn_gate", "mlp.up_proj": "ffn_up", "mlp.down_proj": "ffn_down",
}  # fmt: skip


class Lora:
    """LoRA weights on a base. Trained in float32; the forward pass casts them to the base's own type.

    Args:
        rank, alpha: the update is B·A·alpha/rank (Hu et al. 2021).
        seed: of the first values of A; B begins at 0, so that nothing changes before the first step.
    """

    def __init__(self, base: Base, *, rank: int, alpha: float, seed: int) -> None:
        import peft
        import torch

        torch.manual_seed(seed)
        torch.use_deterministic_algorithms(True)
        torch.utils.deterministic.fill_uninitialized_memory = False  # a guard that costs 2 %
        names = [one.rpartition(".")[2] for one in MODULES]
        settings = peft.LoraConfig(r=rank, lora_alpha=alpha, lora_dropout=0.0, bias="none", target_modules=names)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            # peft would keep A and B in float32 and cast each activation: a fifth slower (benchmarks/adapt_chat.py)
            self.model: Any = peft.get_peft_model(base.model, settings, autocast_adapter_dtype=False)
        for module in self.model.modules():
            if isinstance(module, peft.tuners.lora.Linear) and module.base_layer.bias is None:
                module.forward = functools.partial(_forward, module)
        self.base = base
        self.named: dict[str, Any] = {  # short name → parameter
            _short(name): one for name, one in self.model.named_parameters() if one.requires_grad
        }
        if len(self.named) != 2 * len(MODULES) * base.model.config.num_hidden_layers:
            raise AdaptError("the base has other projections than those known here: nothing was trained")

    @property
    def inner(self) -> Any:
        """The causal language model with LoRA in it."""
        return self.model.base_model.model

    def arrays(self) -> dict[str, Floats]:
        """A and B of every projection, in llama.cpp's names and order."""
        config = self.base.model.config
        heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
        made = {}
        for name, parameter in self.named.items():
            array = parameter.detach().float().numpy().copy()
            module = name.split(".")[2]
            made[name] = permuted(array, heads[module]) if name.endswith("lora_b") and module in heads else array
        return made

    def put(self, arrays: Mapping[str, Floats]) -> None:
        """Take arrays in llama.cpp's names and order.

        Raises:
            AdaptError: other names or shapes.
        """
        import torch

        config = self.base.model.config
        heads = {"attn_q": config.num_attention_heads, "attn_k": config.num_key_value_heads}
        if set(arrays) != set(self.named):
            raise AdaptError("these weights are of another base or rank")
        with torch.no_grad():
            for name, parameter in self.named.items():
                module = name.split(".")[2]
                array = np.array(arrays[name], dtype=np.float32)
                if array.shape != tuple(parameter.shape):
                    raise AdaptError("these weights are of another base or rank")
                if name.endswith("lora_b") and module in heads:
                    array = unpermuted(array, heads[module])
                parameter.copy_(torch.from_numpy(np.ascontiguousarray(array)))

    @contextlib.contextmanager
    def off(self) -> Iterator[None]:
        """The untuned base for as long as this is open."""
        with self.model.disable_adapter():
            yield


def _forward(module: Any, x: Any) -> Any:
    """What peft's layer computes, in fewer passes over memory (benchmarks/README.md has the ratio)."""
    if module.disable_adapters:
        return module.base_layer(x)
    (name,) = module.active_adapters
    a, b = module.lora_A[name].weight, module.lora_B[name].weight
    return _fused().apply(x, module.base_layer.weight, a, b, module.scaling[name])


@functools.cache
def _fused() -> Any:
    """x·Wᵀ + scale·(x·Aᵀ)·Bᵀ as one step of the graph; its gradients by hand, W standing still."""
    import torch

    class Fused(torch.autograd.Function):  # type: ignore[misc]  # torch has no types of its own here
        @staticmethod
        def forward(ctx: Any, x: Any, w: Any, a: Any, b: Any, scale: float) -> Any:
            flat = x.reshape(-1, x.shape[-1])
            low = flat @ a.T
            ctx.save_for_backward(flat, low, w, a, b)
            ctx.scale, ctx.shape = scale, x.shape
            return (flat @ w.T).addmm_(low, b.T, alpha=scale).reshape(*x.shape[:-1], -1)

        @staticmethod
        def backward(ctx: Any, *grads: Any) -> Any:
            flat, low, w, a, b = ctx.saved_tensors
            grad = grads[0].reshape(-1, grads[0].shape[-1])
            back = (grad @ b).mul_(ctx.scale)
            to_x = (grad @ w).addmm_(back, a).reshape(ctx.shape) if ctx.needs_input_grad[0] else None
            return to_x, None, back.T @ flat, (grad.T @ low).mul_(ctx.scale), None

    return Fused


def _short(name: str) -> str:
    # base_model.model.model.layers.3.self_attn.q_proj.lora_A.default.weight → blk.3.attn_q.weight.lora_a
    parts = name.split(".layers.")[1].split(".")
    return f"blk.{parts[0]}.{MODULES[f'{parts[1]}.{parts[2]}']}.weight.{parts[3].lower()}"


def to_peft(arrays: Mapping[str, Floats], heads: int, key_heads: int) -> dict[str, Floats]:
    """The same weights in the names and order of peft's safetensors, which vLLM loads."""
    named = {short: long for long, short in MODULES.items()}
    count = {"attn_q": heads, "attn_k": key_heads}
    made = {}
    for name, array in arrays.items():
        _, layer, module, _, side = name.split(".")
        turned = unpermuted(array, count[module]) if side == "lora_b" and module in count else array
        letter = side[-1].upper()
        made[f"base_model.model.model.layers.{layer}.{named[module]}.lora_{letter}.weight"] = turned
    return made
