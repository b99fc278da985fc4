"""Dial anything while this runs: every call that ends is one line here. It takes no calls itself."""

from __future__ import annotations

from call_workers import CallWorker, Notice

worker = CallWorker()


def write(notice: Notice) -> None:
    """One line for each call of the exchange."""
    if notice.caller_id is not None and notice.called_id is not None:
        print(f"{notice.at:.0f} {notice.caller_id.uri} -> {notice.called_id.uri} {notice.cause}")


worker.on("call.destroyed", write)


if __name__ == "__main__":
    worker.run()
