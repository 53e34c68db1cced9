"""One module for each change; once released it never changes."""
