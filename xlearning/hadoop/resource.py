"""An amount of a machine, as YARN counts it. Pure, and free of protobuf at import."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from xlearning.hadoop.proto import yarn_pb2

GPU = "yarn.io/gpu"
MEMORY = "memory-mb"
VIRTUAL_CORES = "vcores"

# Units of ResourceInformation (`UnitsConversionUtil`), as factors.
_UNITS = {
    **{unit: 1000**power for power, unit in enumerate(" kMGTP")},
    **{unit + "i": 1024**power for power, unit in enumerate(" KMGTP") if power},
}


@dataclass(frozen=True, slots=True)
class Resource:
    """An amount of a machine.

    Attributes:
        memory_mb: In MiB.
        virtual_cores: YARN's cores.
        gpus: Of the resource type `yarn.io/gpu`.
        others: Amounts of further resource types, by name, sorted.
    """

    memory_mb: int
    virtual_cores: int
    gpus: int = 0
    others: tuple[tuple[str, int], ...] = ()

    def amounts(self) -> dict[str, int]:
        """Return all amounts by YARN's name of their type."""
        return {
            MEMORY: self.memory_mb,
            VIRTUAL_CORES: self.virtual_cores,
            GPU: self.gpus,
            **dict(self.others),
        }

    def fits_in(self, other: Resource) -> bool:
        """Say whether no amount is greater than in `other`."""
        limits = other.amounts()
        return all(n <= limits.get(name, 0) for name, n in self.amounts().items())

    @classmethod
    def from_proto(cls, message: yarn_pb2.ResourceProto) -> Resource:
        """Read a message; amounts given in a unit are multiplied out."""
        amounts = {
            each.key: each.value * _UNITS.get(each.units, 1)
            for each in message.resource_value_map
            if each.key not in (MEMORY, VIRTUAL_CORES)
        }
        gpus = amounts.pop(GPU, 0)
        others = tuple(sorted(amounts.items()))
        return cls(message.memory, message.virtual_cores, gpus, others)

    def to_proto(self) -> yarn_pb2.ResourceProto:
        """Return it as a message; types of which there is none are left out.

        Hadoop takes memory and cores from their fields, never from the map.
        """
        # Late: the client reads reports only, and has no use for protobuf.
        from xlearning.hadoop.proto import yarn_pb2

        further = ((GPU, self.gpus), *self.others)
        return yarn_pb2.ResourceProto(
            memory=self.memory_mb,
            virtual_cores=self.virtual_cores,
            resource_value_map=[
                yarn_pb2.ResourceInformationProto(
                    key=name, value=amount, units="", type=yarn_pb2.COUNTABLE
                )
                for name, amount in further
                if amount
            ],
        )
