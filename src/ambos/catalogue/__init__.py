"""Shell: fetches models and data. Never imported by `serve`."""
