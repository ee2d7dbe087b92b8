"""Every message, decoded by Hadoop's own classes and encoded by them."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, cast

import pytest
from google.protobuf import text_format
from google.protobuf.descriptor import FieldDescriptor
from google.protobuf.message import Message
from google.protobuf.message_factory import GetMessageClass

from xlearning.hadoop.proto import (
    rpc_pb2,
    security_pb2,
    yarn_client_pb2,
    yarn_client_service_pb2,
    yarn_pb2,
    yarn_service_pb2,
)

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor

    from tests.hadoop.conftest import Java

pytestmark = pytest.mark.java

_YARN = "org.apache.hadoop.yarn.proto."
_IPC = "org.apache.hadoop.ipc.protobuf."
_OUTER = {
    yarn_pb2: f"{_YARN}YarnProtos",
    yarn_service_pb2: f"{_YARN}YarnServiceProtos",
    yarn_client_pb2: f"{_YARN}YarnProtos",
    yarn_client_service_pb2: f"{_YARN}YarnServiceProtos",
    security_pb2: "org.apache.hadoop.security.proto.SecurityProtos",
    rpc_pb2: f"{_IPC}RpcHeaderProtos",
}
_ELSEWHERE = {
    "ResourceBlacklistRequestProto": f"{_YARN}YarnProtos",
    "NMTokenProto": f"{_YARN}YarnServiceProtos",
    "UserInformationProto": f"{_IPC}IpcConnectionContextProtos",
    "IpcConnectionContextProto": f"{_IPC}IpcConnectionContextProtos",
    "RequestHeaderProto": f"{_IPC}ProtobufRpcEngine2Protos",
}
_DEEPEST = 5


def _all_messages() -> dict[str, type[Message]]:
    """Return our messages by the name of Hadoop's class."""
    found = {}
    for module, outer in _OUTER.items():
        for name, descriptor in module.DESCRIPTOR.message_types_by_name.items():
            java_class = f"{_ELSEWHERE.get(name, outer)}${name}"
            found[java_class] = GetMessageClass(descriptor)
            for nested in descriptor.nested_types:
                found[f"{java_class}${nested.name}"] = GetMessageClass(nested)
    return found


MESSAGES = _all_messages()


def _fill(kind: type[Message], depth: int = 0) -> Message:
    """Return a message with every field set to something that is not its default."""
    message = kind()
    descriptor = cast("Descriptor", kind.DESCRIPTOR)
    for field in descriptor.fields:
        if field.message_type is not None:
            if depth < _DEEPEST:
                _set(
                    message,
                    field,
                    _fill(GetMessageClass(field.message_type), depth + 1),
                )
            continue
        _set(message, field, _scalar(field))
    return message


def _scalar(field: FieldDescriptor) -> object:
    number = 7 * field.number + 1
    if field.enum_type is not None:
        return field.enum_type.values[-1].number
    match field.cpp_type:
        case FieldDescriptor.CPPTYPE_STRING if field.type == FieldDescriptor.TYPE_BYTES:
            return bytes([number, 0xFF, 0])
        case FieldDescriptor.CPPTYPE_STRING:
            return f"{field.name} ü {number}"
        case FieldDescriptor.CPPTYPE_BOOL:
            return not field.default_value
        case FieldDescriptor.CPPTYPE_FLOAT:
            return number + 0.5
        case FieldDescriptor.CPPTYPE_INT64 | FieldDescriptor.CPPTYPE_UINT64:
            return (1 << 40) + number
        case _:
            return number


def _set(message: Message, field: FieldDescriptor, value: object) -> None:
    if field.is_repeated:
        getattr(message, field.name).extend([value, value])
    elif isinstance(value, Message):
        getattr(message, field.name).CopyFrom(value)
    else:
        setattr(message, field.name, value)


def _split(line: str) -> tuple[str, bytes]:
    text, data = (base64.b64decode(word) for word in line.split(" "))
    return text.decode(), data


def test_hadoop_decodes_every_message_of_ours(java: Java) -> None:
    filled = {name: _fill(kind) for name, kind in MESSAGES.items()}
    lines = [
        f"decode {name} {base64.b64encode(message.SerializeToString()).decode()}"
        for name, message in filled.items()
    ]

    answers = java.run("MessageMirror", lines=lines)

    for (name, message), answer in zip(filled.items(), answers, strict=True):
        text, data = _split(answer)
        assert text_format.Parse(text, MESSAGES[name]()) == message, name
        assert data == message.SerializeToString(deterministic=True), name


def test_we_decode_every_message_of_hadoop(java: Java) -> None:
    answers = java.run("MessageMirror", lines=[f"fill {name}" for name in MESSAGES])

    for (name, kind), answer in zip(MESSAGES.items(), answers, strict=True):
        text, data = _split(answer)
        ours = kind.FromString(data)
        theirs = text_format.Parse(text, kind(), allow_unknown_field=True)
        assert len(ours.ListFields()) == len(kind.DESCRIPTOR.fields), name
        ours.DiscardUnknownFields()
        assert ours == theirs, name


def test_fields_that_we_do_not_know_survive(java: Java) -> None:
    fills = java.run("MessageMirror", lines=[f"fill {name}" for name in MESSAGES])
    originals = [_split(line) for line in fills]
    again = [
        f"decode {name} "
        + base64.b64encode(kind.FromString(data).SerializeToString()).decode()
        for (name, kind), (_, data) in zip(MESSAGES.items(), originals, strict=True)
    ]

    answers = [_split(line) for line in java.run("MessageMirror", lines=again)]

    assert [text for text, _ in answers] == [text for text, _ in originals]
