"""Copies a graph of manifests and blobs from one source into many destinations. Knows protocols, not HTTP."""
