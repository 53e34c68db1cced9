"""ambos.toml, environment and flags become each package's own frozen Settings, read once."""
