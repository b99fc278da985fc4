"""Asks whoever calls with a tone, as long as the number that they called says, records what they answer, and tells."""

from __future__ import annotations

from call_workers import Call, CallWorker, RecordOptions

worker = CallWorker()
_ANSWER = RecordOptions(channels=1, max_wait_s=0.5, finish_after_silence_s=0.3)


@worker.call
async def asking(call: Call) -> None:
    """One event ``asked`` with how the question and the answer ended."""
    await call.answer()
    answer = await call.audio.play_record(
        f"400:{call.called_id.user}", "answer.wav", _ANSWER, interrupt=True, barge_in_power=100, barge_in_packets=5
    )
    if answer is not None and answer.prompt is not None:
        await answer.prompt.wait()
        await call.publish(f"asked.{call.called_id.user}", prompt=answer.prompt.reason, answer=await answer.wait())
