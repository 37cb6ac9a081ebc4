"""Benchmarks: paired runs against peers, judged by ratios in the same run and by access logs."""
