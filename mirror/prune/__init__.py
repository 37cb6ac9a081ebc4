"""Removing from the destinations what the configuration no longer chooses: first a plan, then exactly that plan."""
