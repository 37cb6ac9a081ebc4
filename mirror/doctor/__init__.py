"""Looks at everything that a run needs, one thing at a time, and says of each how it is and what to do."""
