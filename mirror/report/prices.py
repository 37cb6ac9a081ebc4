"""Prices, in US dollars, from AWS's public price lists. One place to bring up to date, with its date.

They differ from region to region by up to half, and change; estimates made of them are orders of magnitude.
"""

AS_OF = "November 2026"

GB = 10**9
"""What price lists mean by it."""

PRIVATE_STORAGE_GB_MONTH = 0.10
PUBLIC_STORAGE_GB_MONTH = 0.10
PUBLIC_FREE_GB = 50

CROSS_REGION_GB = 0.02
"""From the build's region to us-east-1, where ECR Public is. What comes in from Docker Hub costs nothing."""
INTERNET_GB = 0.09
"""Pulls from private ECR by machines outside AWS; inside the region they are free."""

BUILD_MINUTE = {
    ("arm64", "small"): 0.0034,
    ("arm64", "medium"): 0.0068,
    ("arm64", "large"): 0.0136,
    ("arm64", "lambda"): 0.0010,
    ("x86_64", "small"): 0.005,
    ("x86_64", "medium"): 0.010,
    ("x86_64", "large"): 0.020,
    ("x86_64", "lambda"): 0.0012,
}
"""By processor and size. Lambda's with 1 GB of memory; it is counted by the second."""
FREE_BUILD_MINUTES = 100
"""A month, of `small` only."""

SECRET_MONTH = 0.40
