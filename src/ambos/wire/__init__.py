"""The dialects both ways and event-stream framing (pure)."""
