"""Where reports go: a directory, and a bucket that also remembers for the next run."""

from mirror.publish.metrics import put_metrics
from mirror.publish.publish import REPORT, finish, page_name, publish
from mirror.publish.shelves import Bucket, Directory, Shelf

__all__ = ["REPORT", "Bucket", "Directory", "Shelf", "finish", "page_name", "publish", "put_metrics"]
