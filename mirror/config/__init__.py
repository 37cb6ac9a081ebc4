"""`mirror.yaml`: what a person writes, checked as a whole, and what the rest of the program reads of it."""
