"""What Hadoop's own server tells is read in `test_application_master`."""

from __future__ import annotations

from xlearning.hadoop.allocation import Allocation, Registration
from xlearning.hadoop.proto import yarn_service_pb2


def test_an_empty_heartbeat_brings_nothing() -> None:
    message = yarn_service_pb2.AllocateResponseProto(response_id=1)

    assert Allocation.from_proto(message) == Allocation()


def test_what_a_registration_does_not_say_is_not_known() -> None:
    message = yarn_service_pb2.RegisterApplicationMasterResponseProto()

    assert Registration.from_proto(message) == Registration(maximum=None)
