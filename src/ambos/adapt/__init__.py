"""Shell: training, the only room with torch."""
