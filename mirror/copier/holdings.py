"""Which manifests targets said they have, so that a forecast and the copy that follows it ask once."""

import threading

from mirror.copier.target import Target
from mirror.oci.digest import Digest


class Holdings:
    """Answers on their way from whoever asked first to whoever needs them next. Safe for threads.

    Only what `foresee` asked is kept, and each answer is given to `has` once: by the next time it may have changed,
    because another image with the same content was copied meanwhile.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._answers: dict[tuple[Target, Digest], bool] = {}

    def foresee(self, target: Target, digest: Digest) -> bool:
        """Whether the target has the manifest, as far as is known now."""
        with self._lock:
            known = self._answers.get((target, digest))
        if known is None:
            known = target.store.has_manifest(digest)
            with self._lock:
                self._answers[target, digest] = known
        return known

    def has(self, target: Target, digest: Digest) -> bool:
        """Whether the target has the manifest; asked unless it was foreseen."""
        with self._lock:
            known = self._answers.pop((target, digest), None)
        return target.store.has_manifest(digest) if known is None else known
