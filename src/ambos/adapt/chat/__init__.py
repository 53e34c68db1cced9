"""The chat family: LoRA on a causal language model, from the GGUF that is served to an adapter that is served with it."""
