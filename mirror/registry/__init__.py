"""Registries: what the copier asks of them (`protocols`), and those that answer over HTTP."""
