"""Reports are numbered, kept and said again; the rest is not."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xlearning.container.outbox import Outbox
from xlearning.proto import agent_pb2 as pb


def progress(value: float) -> pb.AgentMessage:
    """Return a telemetry."""
    return pb.AgentMessage(telemetry=pb.Telemetry(progress=value))


def sequences(outbox: Outbox) -> list[int]:
    """Send all there is and return the numbers."""
    return [message.sequence for message in outbox.messages_to_send()]


def test_nothing_is_sent_before_welcome() -> None:
    outbox = Outbox()
    outbox.report(pb.TaskReport())
    assert sequences(outbox) == []
    outbox.attach(0)
    assert sequences(outbox) == [1]


def test_what_was_not_acknowledged_is_sent_again_in_order() -> None:
    outbox = Outbox()
    outbox.attach(0)
    for _ in range(4):
        outbox.report(pb.TaskReport())
    assert sequences(outbox) == [1, 2, 3, 4]
    outbox.acknowledge(1)
    outbox.detach()
    outbox.report(pb.TaskReport())
    outbox.attach(2)
    assert sequences(outbox) == [3, 4, 5]


def test_what_passes_is_replaced_by_newer_and_forgotten_when_nobody_listens() -> None:
    outbox = Outbox()
    outbox.say(progress(0.1))
    outbox.attach(0)
    outbox.say(progress(0.2))
    outbox.say(progress(0.5))
    assert list(outbox.messages_to_send()) == [progress(0.5)]
    outbox.say(progress(1.0))
    outbox.detach()
    outbox.attach(0)
    assert list(outbox.messages_to_send()) == []


def test_every_piece_of_a_log_is_sent() -> None:
    outbox = Outbox()
    outbox.attach(0)
    for request in (1, 2):
        outbox.say(pb.AgentMessage(log_chunk=pb.LogChunk(request=request)))
    sent = [message.log_chunk.request for message in outbox.messages_to_send()]
    assert sent == [1, 2]


def test_what_passes_goes_before_a_report_that_was_made_meanwhile() -> None:
    outbox = Outbox()
    outbox.attach(0)
    outbox.report(pb.TaskReport(state=pb.RUNNING))
    sending = outbox.messages_to_send()
    next(sending)
    outbox.say(progress(1.0))
    outbox.report(pb.TaskReport(state=pb.ENDED))
    assert [message.WhichOneof("body") for message in sending] == [
        "telemetry",
        "report",
    ]


@given(st.lists(st.sampled_from(["report", "send", "break"]), max_size=40))
def test_no_report_is_lost_or_reordered(steps: list[str]) -> None:
    """Whatever breaks when: the receiver, who drops what he has, gets 1, 2, 3 …"""
    outbox, arrived, made = Outbox(), 0, 0
    outbox.attach(0)
    for step in [*steps, "break", "send"]:
        if step == "report":
            made += 1
            outbox.report(pb.TaskReport())
        elif step == "break":
            outbox.detach()
            outbox.attach(arrived)
        else:
            for sequence in sequences(outbox):
                assert sequence <= arrived + 1, "a gap"
                arrived = max(arrived, sequence)
    assert arrived == made
