"""Where user names, passwords and tokens come from. Held in memory only."""
