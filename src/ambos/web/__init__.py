"""HTTP: dialects, admin API, console, health, metrics."""
