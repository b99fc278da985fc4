"""Run supervisord on ``supervisord.conf`` in the foreground, in the working directory.

Supervisord looks at its children and its signals once a second: a killed process would be missing for a second, and
Ctrl-C would take one for each group. The poller here wakes it by the signal itself.
"""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

from supervisor import poller, supervisord

# After a signal the main loop reaps first and starts again, or stops the next group, in its next round.
_ROUNDS_AFTER_SIGNAL = 2
_SHORT_S = 0.01


class PromptPoller(poller.PollPoller):
    """Poll the children's pipes, and a pipe of our own that Python writes to on every signal."""

    _wake = -1
    _short_rounds = 0

    def poll(self, timeout: float) -> tuple[list[int], list[int]]:
        """As supervisord wants it, without our own descriptor."""
        if self._wake < 0:  # not before: supervisord closes every descriptor that it finds when it begins
            self._wake, write_end = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
            signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
            self.register_readable(self._wake)
        if self._short_rounds:
            self._short_rounds -= 1
            timeout = _SHORT_S
        readable, writable = super().poll(timeout)
        if self._wake in readable:
            readable.remove(self._wake)
            os.read(self._wake, 4096)
            self._short_rounds = _ROUNDS_AFTER_SIGNAL
        return readable, writable


def main() -> None:
    """Fill in what the configuration file expects of the environment, then hand over."""
    os.environ.setdefault("SWITCHROOM_CONFIG", "")
    # Two of each: when one dies the other takes its calls over, at once and on the same ports.
    os.environ.setdefault("SWITCHROOM_MEDIA_WORKERS", "2")
    os.environ.setdefault("SWITCHROOM_CALL_WORKERS", "2")
    os.environ["PATH"] = f"{Path(sys.executable).parent}{os.pathsep}{os.environ.get('PATH', '')}"
    Path("var/log").mkdir(parents=True, exist_ok=True)
    poller.Poller = PromptPoller
    supervisord.main(["--configuration", str(Path(__file__).with_name("supervisord.conf"))])


if __name__ == "__main__":
    main()
