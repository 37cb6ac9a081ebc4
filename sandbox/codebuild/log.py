"""The build's log in CloudWatch Logs, written with the build's own credentials."""

import threading
import time
from contextlib import suppress
from typing import Self

from botocore.exceptions import BotoCoreError, ClientError
from types_boto3_logs import CloudWatchLogsClient
from types_boto3_logs.type_defs import InputLogEventTypeDef

FLUSH_SECONDS = 0.2
MAX_EVENTS = 1000
"""PutLogEvents takes at most 10,000 events and 1 MiB."""


class LogStream:
    """Takes lines at any pace and puts them in batches; what was said before `__exit__` is in the log after it.

    A line that the log service refuses is lost, as in CodeBuild: a log never fails a build.
    """

    def __init__(self, client: CloudWatchLogsClient, group: str, stream: str) -> None:
        self._client = client
        self._group = group
        self._stream = stream
        self._lines: list[InputLogEventTypeDef] = []
        self._changed = threading.Condition()
        self._closed = False
        self._writer = threading.Thread(target=self._write, name="build-log", daemon=True)

    def __enter__(self) -> Self:
        with suppress(self._client.exceptions.ResourceAlreadyExistsException):
            self._client.create_log_group(logGroupName=self._group)
        self._client.create_log_stream(logGroupName=self._group, logStreamName=self._stream)
        self._writer.start()
        return self

    def __exit__(self, *_: object) -> None:
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._writer.join()

    def say(self, line: str) -> None:
        """One event. CloudWatch Logs refuses empty ones, so an empty line becomes a blank."""
        event: InputLogEventTypeDef = {"timestamp": time.time_ns() // 1_000_000, "message": line or " "}
        with self._changed:
            self._lines.append(event)
            self._changed.notify()

    def _write(self) -> None:
        while True:
            with self._changed:
                self._changed.wait_for(lambda: self._lines or self._closed)
                if not self._closed:
                    self._changed.wait_for(lambda: self._closed, FLUSH_SECONDS)
                batch, self._lines = self._lines[:MAX_EVENTS], self._lines[MAX_EVENTS:]
                last = self._closed and not self._lines
            if batch:
                with suppress(ClientError, BotoCoreError):
                    self._client.put_log_events(logGroupName=self._group, logStreamName=self._stream, logEvents=batch)
            if last:
                return
