"""What a run did: one result model (`model`), and renderers over it, one a module."""
