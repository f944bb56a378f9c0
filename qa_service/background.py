"""Work that the server has done now and then, by a process of its own, so that no question waits.

Of all servers that share a journal one does it: whose turn it is stands there.
"""

import logging
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from tempfile import TemporaryFile
from threading import Event, Thread

from qa_service.errors import JournalError

logger = logging.getLogger(__name__)

FIRST_LOOK_S, LOOK_EVERY_S = 60.0, 600.0
_PATIENCE_S, _LOOK_AT_PROCESS_S = 5.0, 0.5
_MOST_SAID = 300


class BackgroundJob:
    """claim: whether it is this process' turn now; may raise JournalError. command: the arguments
    of `qa-service`.
    """

    def __init__(
        self,
        name: str,
        claim: Callable[[], bool],
        command: Sequence[str],
        environment: Mapping[str, str],
        first_look_s: float = FIRST_LOOK_S,
    ) -> None:
        self._name, self._claim, self._first_look_s = name, claim, first_look_s
        self._command = [sys.executable, "-m", "qa_service", *command]
        self._environment = environment
        self._stopped = Event()
        self._thread: Thread | None = None

    def start(self) -> None:
        """Look now and then, in a thread that only waits, until `stop`."""
        self._thread = Thread(target=self._run, name=self._name, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """Stop looking, and end what runs."""
        self._stopped.set()
        if self._thread:
            self._thread.join(_PATIENCE_S)

    def check(self) -> bool:
        """Do it if it is this process' turn. Whether it was done; never raises."""
        try:
            if not self._claim():
                return False
        except JournalError:  # which its writer tells of
            return False
        return self._done()

    def _run(self) -> None:
        pause = self._first_look_s
        while not self._stopped.wait(pause):
            self.check()
            pause = LOOK_EVERY_S

    def _done(self) -> bool:
        with TemporaryFile() as errors:
            try:
                code = self._ended(errors.fileno())
            except OSError as error:
                return self._failed(str(error))
            if code == 0 or self._stopped.is_set():
                return code == 0
            errors.seek(0)
            said = errors.read().decode(errors="replace").strip().splitlines()
        return self._failed(said[-1][:_MOST_SAID] if said else f"exit code {code}")

    def _failed(self, cause: str) -> bool:
        logger.error("background work failed", extra={"job": self._name, "cause": cause})
        return False

    def _ended(self, errors: int) -> int:
        with subprocess.Popen(  # noqa: S603 (our own program with fixed arguments)
            self._command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            env={**self._environment},
        ) as process:
            while process.poll() is None and not self._stopped.wait(_LOOK_AT_PROCESS_S):
                pass
            if process.poll() is None:
                process.terminate()
            return process.wait()
