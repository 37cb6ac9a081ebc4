"""The status page of a sandbox's last build, kept after the sandbox is gone."""

from pathlib import Path
from typing import Any

FILES = ("status.html", "report.json", "report.md")


def save(s3: Any, into: Path) -> Path | None:
    """Copy the page and what belongs to it from the stack's bucket; the page's path, `None` when there is none."""
    for bucket in s3.list_buckets()["Buckets"]:
        keys = {each["Key"] for each in s3.list_objects_v2(Bucket=bucket["Name"]).get("Contents", ())}
        if FILES[0] in keys:
            into.mkdir(parents=True, exist_ok=True)
            for name in keys.intersection(FILES):
                (into / name).write_bytes(s3.get_object(Bucket=bucket["Name"], Key=name)["Body"].read())
            return into / FILES[0]
    return None
