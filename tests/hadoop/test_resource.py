from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from xlearning.hadoop.proto import yarn_pb2
from xlearning.hadoop.resource import Resource

amounts = st.integers(0, 2**31 - 1)
others = st.dictionaries(st.sampled_from(["a", "fpga", "x/y"]), st.integers(1, 2**40))
resources = st.builds(
    Resource, amounts, amounts, amounts, others.map(lambda d: tuple(sorted(d.items())))
)


@given(resources)
def test_a_resource_survives_its_message(resource: Resource) -> None:
    assert Resource.from_proto(resource.to_proto()) == resource


def test_memory_and_cores_are_taken_from_their_fields() -> None:
    message = yarn_pb2.ResourceProto(
        memory=256,
        virtual_cores=1,
        resource_value_map=[
            yarn_pb2.ResourceInformationProto(key="memory-mb", value=999, units="Mi"),
            yarn_pb2.ResourceInformationProto(key="vcores", value=999, units=""),
            yarn_pb2.ResourceInformationProto(key="yarn.io/gpu", value=2),
        ],
    )

    assert Resource.from_proto(message) == Resource(256, 1, gpus=2)


def test_units_are_multiplied_out() -> None:
    message = yarn_pb2.ResourceProto(
        resource_value_map=[
            yarn_pb2.ResourceInformationProto(key="disk", value=3, units="Gi"),
            yarn_pb2.ResourceInformationProto(key="bandwidth", value=3, units="k"),
        ]
    )

    resource = Resource.from_proto(message)

    assert resource.others == (("bandwidth", 3000), ("disk", 3 * 2**30))


def test_what_there_is_none_of_is_not_named() -> None:
    assert not Resource(1, 1).to_proto().resource_value_map


def test_a_resource_fits_if_no_amount_is_greater() -> None:
    node = Resource(4096, 8, gpus=2)

    assert Resource(4096, 8, gpus=2).fits_in(node)
    assert not Resource(4097, 1).fits_in(node)
    assert not Resource(1, 1, gpus=3).fits_in(node)
    assert not Resource(1, 1, others=(("fpga", 1),)).fits_in(node)
