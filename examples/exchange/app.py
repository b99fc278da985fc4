"""The demo exchange: every extension in a file of its own, gathered here. Run it with ``make run``."""

from __future__ import annotations

import conference
import early_media
import echo
import ivr
import not_built
import people
import record
import ring_group
import trunk

from call_workers import CallWorker

worker = CallWorker()

for extension in (echo, ivr, conference, ring_group, early_media, record, people, trunk, not_built):
    worker.include(extension.worker)


if __name__ == "__main__":
    worker.run()
