"""One plan on several machines: who takes which images, and one report of it all.

A batch is a run in three steps, which meet only on the shelf that keeps reports: one *divides* the plan, each *shard*
does its part and leaves a report of it, and one *combines* these. Nothing is lost when a step is: the destinations are
the only state, and what the shelf holds of a batch are hints.
"""
