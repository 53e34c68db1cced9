"""Shell: calls to models that speak HTTP, inside or outside."""
