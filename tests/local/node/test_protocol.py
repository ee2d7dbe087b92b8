"""Orders and reports come out as they went in; both sides are this code."""

from __future__ import annotations

from xlearning.local.node.protocol import EXITED, HEAD_BYTES, Order, Report, length


def test_an_order_says_its_length() -> None:
    order = Order(["/bin/sh", "-c", "ü\n"], {"A": "b\n"}, "/f", "/e", 0.5)
    data = order.to_bytes()
    assert length(data[:HEAD_BYTES]) == len(data) - HEAD_BYTES
    assert Order.from_bytes(data[HEAD_BYTES:]) == order


def test_a_report_is_a_line() -> None:
    assert Report(EXITED, 137).to_bytes() == b"exited 137\n"
    assert Report.from_line(b"exited 137\n") == Report(EXITED, 137)
