"""The engine called from several of Python's threads at once."""

from __future__ import annotations

import threading

from tests.media_workers.engine.rig import HOST, PAIRS, Rig


def test_one_thread_may_wait_for_the_end_while_others_ask_and_change(rig2: Rig) -> None:
    """A media worker that leaves waits for its packet threads aside; its heartbeats and grants go on meanwhile."""
    engine = rig2.engine
    for _ in range(PAIRS):
        rig2.open(rig2.peer(), idle_after_s=1)
    over, failures = threading.Event(), list[RuntimeError]()

    def ask() -> None:
        while not over.is_set():
            try:
                engine.load()
                engine.take_events()
                engine.release_block(HOST, 1, 1)
                engine.flush()
            except RuntimeError as error:
                failures.append(error)
                return

    askers = [threading.Thread(target=ask) for _ in range(2)]
    for asker in askers:
        asker.start()
    engine.shutdown()
    engine.shutdown()
    over.set()
    for asker in askers:
        asker.join()
    assert failures == []
