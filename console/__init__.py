"""The engine's command line with bars and tables, for a person at a terminal. The engine itself does without."""
