from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class State(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    STATE_UNSPECIFIED: _ClassVar[State]
    LOCALISING: _ClassVar[State]
    READY: _ClassVar[State]
    RUNNING: _ClassVar[State]
    SAVING: _ClassVar[State]
    ENDED: _ClassVar[State]
STATE_UNSPECIFIED: State
LOCALISING: State
READY: State
RUNNING: State
SAVING: State
ENDED: State

class AgentMessage(_message.Message):
    __slots__ = ("sequence", "hello", "report", "telemetry", "log_chunk", "alive")
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    HELLO_FIELD_NUMBER: _ClassVar[int]
    REPORT_FIELD_NUMBER: _ClassVar[int]
    TELEMETRY_FIELD_NUMBER: _ClassVar[int]
    LOG_CHUNK_FIELD_NUMBER: _ClassVar[int]
    ALIVE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    hello: Hello
    report: TaskReport
    telemetry: Telemetry
    log_chunk: LogChunk
    alive: Alive
    def __init__(self, sequence: _Optional[int] = ..., hello: _Optional[_Union[Hello, _Mapping]] = ..., report: _Optional[_Union[TaskReport, _Mapping]] = ..., telemetry: _Optional[_Union[Telemetry, _Mapping]] = ..., log_chunk: _Optional[_Union[LogChunk, _Mapping]] = ..., alive: _Optional[_Union[Alive, _Mapping]] = ...) -> None: ...

class MasterMessage(_message.Message):
    __slots__ = ("welcome", "received", "assignment", "start", "stop", "read_log", "release", "save", "cancel_save")
    WELCOME_FIELD_NUMBER: _ClassVar[int]
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    ASSIGNMENT_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    STOP_FIELD_NUMBER: _ClassVar[int]
    READ_LOG_FIELD_NUMBER: _ClassVar[int]
    RELEASE_FIELD_NUMBER: _ClassVar[int]
    SAVE_FIELD_NUMBER: _ClassVar[int]
    CANCEL_SAVE_FIELD_NUMBER: _ClassVar[int]
    welcome: Welcome
    received: Received
    assignment: Assignment
    start: Start
    stop: Stop
    read_log: ReadLog
    release: Release
    save: Save
    cancel_save: CancelSave
    def __init__(self, welcome: _Optional[_Union[Welcome, _Mapping]] = ..., received: _Optional[_Union[Received, _Mapping]] = ..., assignment: _Optional[_Union[Assignment, _Mapping]] = ..., start: _Optional[_Union[Start, _Mapping]] = ..., stop: _Optional[_Union[Stop, _Mapping]] = ..., read_log: _Optional[_Union[ReadLog, _Mapping]] = ..., release: _Optional[_Union[Release, _Mapping]] = ..., save: _Optional[_Union[Save, _Mapping]] = ..., cancel_save: _Optional[_Union[CancelSave, _Mapping]] = ...) -> None: ...

class Hello(_message.Message):
    __slots__ = ("protocol_version", "container_id", "host", "pid")
    PROTOCOL_VERSION_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_ID_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    PID_FIELD_NUMBER: _ClassVar[int]
    protocol_version: int
    container_id: str
    host: str
    pid: int
    def __init__(self, protocol_version: _Optional[int] = ..., container_id: _Optional[str] = ..., host: _Optional[str] = ..., pid: _Optional[int] = ...) -> None: ...

class TaskReport(_message.Message):
    __slots__ = ("try_number", "state", "address", "gpus", "cause_kind", "cause_code", "cause_detail", "stderr_tail", "uploads", "waiting_for", "save")
    TRY_NUMBER_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ADDRESS_FIELD_NUMBER: _ClassVar[int]
    GPUS_FIELD_NUMBER: _ClassVar[int]
    CAUSE_KIND_FIELD_NUMBER: _ClassVar[int]
    CAUSE_CODE_FIELD_NUMBER: _ClassVar[int]
    CAUSE_DETAIL_FIELD_NUMBER: _ClassVar[int]
    STDERR_TAIL_FIELD_NUMBER: _ClassVar[int]
    UPLOADS_FIELD_NUMBER: _ClassVar[int]
    WAITING_FOR_FIELD_NUMBER: _ClassVar[int]
    SAVE_FIELD_NUMBER: _ClassVar[int]
    try_number: int
    state: State
    address: str
    gpus: _containers.RepeatedScalarFieldContainer[str]
    cause_kind: str
    cause_code: int
    cause_detail: str
    stderr_tail: str
    uploads: _containers.RepeatedCompositeFieldContainer[Upload]
    waiting_for: str
    save: SaveReport
    def __init__(self, try_number: _Optional[int] = ..., state: _Optional[_Union[State, str]] = ..., address: _Optional[str] = ..., gpus: _Optional[_Iterable[str]] = ..., cause_kind: _Optional[str] = ..., cause_code: _Optional[int] = ..., cause_detail: _Optional[str] = ..., stderr_tail: _Optional[str] = ..., uploads: _Optional[_Iterable[_Union[Upload, _Mapping]]] = ..., waiting_for: _Optional[str] = ..., save: _Optional[_Union[SaveReport, _Mapping]] = ...) -> None: ...

class SaveReport(_message.Message):
    __slots__ = ("number", "files", "bytes", "copied_bytes", "left_out", "left_out_count", "problem")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    COPIED_BYTES_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_FIELD_NUMBER: _ClassVar[int]
    LEFT_OUT_COUNT_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    number: int
    files: int
    bytes: int
    copied_bytes: int
    left_out: _containers.RepeatedScalarFieldContainer[str]
    left_out_count: int
    problem: str
    def __init__(self, number: _Optional[int] = ..., files: _Optional[int] = ..., bytes: _Optional[int] = ..., copied_bytes: _Optional[int] = ..., left_out: _Optional[_Iterable[str]] = ..., left_out_count: _Optional[int] = ..., problem: _Optional[str] = ...) -> None: ...

class Upload(_message.Message):
    __slots__ = ("output_url", "files", "bytes")
    OUTPUT_URL_FIELD_NUMBER: _ClassVar[int]
    FILES_FIELD_NUMBER: _ClassVar[int]
    BYTES_FIELD_NUMBER: _ClassVar[int]
    output_url: str
    files: int
    bytes: int
    def __init__(self, output_url: _Optional[str] = ..., files: _Optional[int] = ..., bytes: _Optional[int] = ...) -> None: ...

class Telemetry(_message.Message):
    __slots__ = ("try_number", "progress", "memory_bytes", "peak_memory_bytes", "cpu_percent", "moved_bytes", "total_bytes", "problem", "read_records", "written_records", "written_bytes", "wait", "saved_bytes")
    TRY_NUMBER_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    PEAK_MEMORY_BYTES_FIELD_NUMBER: _ClassVar[int]
    CPU_PERCENT_FIELD_NUMBER: _ClassVar[int]
    MOVED_BYTES_FIELD_NUMBER: _ClassVar[int]
    TOTAL_BYTES_FIELD_NUMBER: _ClassVar[int]
    PROBLEM_FIELD_NUMBER: _ClassVar[int]
    READ_RECORDS_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_RECORDS_FIELD_NUMBER: _ClassVar[int]
    WRITTEN_BYTES_FIELD_NUMBER: _ClassVar[int]
    WAIT_FIELD_NUMBER: _ClassVar[int]
    SAVED_BYTES_FIELD_NUMBER: _ClassVar[int]
    try_number: int
    progress: float
    memory_bytes: int
    peak_memory_bytes: int
    cpu_percent: float
    moved_bytes: int
    total_bytes: int
    problem: str
    read_records: int
    written_records: int
    written_bytes: int
    wait: Wait
    saved_bytes: int
    def __init__(self, try_number: _Optional[int] = ..., progress: _Optional[float] = ..., memory_bytes: _Optional[int] = ..., peak_memory_bytes: _Optional[int] = ..., cpu_percent: _Optional[float] = ..., moved_bytes: _Optional[int] = ..., total_bytes: _Optional[int] = ..., problem: _Optional[str] = ..., read_records: _Optional[int] = ..., written_records: _Optional[int] = ..., written_bytes: _Optional[int] = ..., wait: _Optional[_Union[Wait, _Mapping]] = ..., saved_bytes: _Optional[int] = ...) -> None: ...

class Wait(_message.Message):
    __slots__ = ("what", "reason", "since_ms", "until_ms")
    WHAT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    SINCE_MS_FIELD_NUMBER: _ClassVar[int]
    UNTIL_MS_FIELD_NUMBER: _ClassVar[int]
    what: str
    reason: str
    since_ms: int
    until_ms: int
    def __init__(self, what: _Optional[str] = ..., reason: _Optional[str] = ..., since_ms: _Optional[int] = ..., until_ms: _Optional[int] = ...) -> None: ...

class LogChunk(_message.Message):
    __slots__ = ("request", "data", "offset", "size", "error")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    DATA_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    SIZE_FIELD_NUMBER: _ClassVar[int]
    ERROR_FIELD_NUMBER: _ClassVar[int]
    request: int
    data: bytes
    offset: int
    size: int
    error: str
    def __init__(self, request: _Optional[int] = ..., data: _Optional[bytes] = ..., offset: _Optional[int] = ..., size: _Optional[int] = ..., error: _Optional[str] = ...) -> None: ...

class Alive(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class Welcome(_message.Message):
    __slots__ = ("received", "attempt")
    RECEIVED_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FIELD_NUMBER: _ClassVar[int]
    received: int
    attempt: int
    def __init__(self, received: _Optional[int] = ..., attempt: _Optional[int] = ...) -> None: ...

class Received(_message.Message):
    __slots__ = ("sequence",)
    SEQUENCE_FIELD_NUMBER: _ClassVar[int]
    sequence: int
    def __init__(self, sequence: _Optional[int] = ...) -> None: ...

class Assignment(_message.Message):
    __slots__ = ("role", "index", "try_number", "command", "environment", "input", "aliases", "outputs", "ports", "job", "hadoop", "splits")
    class EnvironmentEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    class HadoopEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: str
        def __init__(self, key: _Optional[str] = ..., value: _Optional[str] = ...) -> None: ...
    ROLE_FIELD_NUMBER: _ClassVar[int]
    INDEX_FIELD_NUMBER: _ClassVar[int]
    TRY_NUMBER_FIELD_NUMBER: _ClassVar[int]
    COMMAND_FIELD_NUMBER: _ClassVar[int]
    ENVIRONMENT_FIELD_NUMBER: _ClassVar[int]
    INPUT_FIELD_NUMBER: _ClassVar[int]
    ALIASES_FIELD_NUMBER: _ClassVar[int]
    OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    PORTS_FIELD_NUMBER: _ClassVar[int]
    JOB_FIELD_NUMBER: _ClassVar[int]
    HADOOP_FIELD_NUMBER: _ClassVar[int]
    SPLITS_FIELD_NUMBER: _ClassVar[int]
    role: str
    index: int
    try_number: int
    command: _containers.RepeatedScalarFieldContainer[str]
    environment: _containers.ScalarMap[str, str]
    input: _containers.RepeatedCompositeFieldContainer[InputFile]
    aliases: _containers.RepeatedScalarFieldContainer[str]
    outputs: _containers.RepeatedCompositeFieldContainer[Output]
    ports: int
    job: bytes
    hadoop: _containers.ScalarMap[str, str]
    splits: _containers.RepeatedCompositeFieldContainer[StreamSplit]
    def __init__(self, role: _Optional[str] = ..., index: _Optional[int] = ..., try_number: _Optional[int] = ..., command: _Optional[_Iterable[str]] = ..., environment: _Optional[_Mapping[str, str]] = ..., input: _Optional[_Iterable[_Union[InputFile, _Mapping]]] = ..., aliases: _Optional[_Iterable[str]] = ..., outputs: _Optional[_Iterable[_Union[Output, _Mapping]]] = ..., ports: _Optional[int] = ..., job: _Optional[bytes] = ..., hadoop: _Optional[_Mapping[str, str]] = ..., splits: _Optional[_Iterable[_Union[StreamSplit, _Mapping]]] = ...) -> None: ...

class StreamSplit(_message.Message):
    __slots__ = ("alias", "pieces", "payload", "payload_length", "label")
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    PIECES_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_FIELD_NUMBER: _ClassVar[int]
    PAYLOAD_LENGTH_FIELD_NUMBER: _ClassVar[int]
    LABEL_FIELD_NUMBER: _ClassVar[int]
    alias: str
    pieces: _containers.RepeatedCompositeFieldContainer[Piece]
    payload: bytes
    payload_length: int
    label: str
    def __init__(self, alias: _Optional[str] = ..., pieces: _Optional[_Iterable[_Union[Piece, _Mapping]]] = ..., payload: _Optional[bytes] = ..., payload_length: _Optional[int] = ..., label: _Optional[str] = ...) -> None: ...

class Piece(_message.Message):
    __slots__ = ("url", "start", "length", "file_length")
    URL_FIELD_NUMBER: _ClassVar[int]
    START_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    FILE_LENGTH_FIELD_NUMBER: _ClassVar[int]
    url: str
    start: int
    length: int
    file_length: int
    def __init__(self, url: _Optional[str] = ..., start: _Optional[int] = ..., length: _Optional[int] = ..., file_length: _Optional[int] = ...) -> None: ...

class InputFile(_message.Message):
    __slots__ = ("alias", "url", "length", "relative_path", "modified_ms")
    ALIAS_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    LENGTH_FIELD_NUMBER: _ClassVar[int]
    RELATIVE_PATH_FIELD_NUMBER: _ClassVar[int]
    MODIFIED_MS_FIELD_NUMBER: _ClassVar[int]
    alias: str
    url: str
    length: int
    relative_path: str
    modified_ms: int
    def __init__(self, alias: _Optional[str] = ..., url: _Optional[str] = ..., length: _Optional[int] = ..., relative_path: _Optional[str] = ..., modified_ms: _Optional[int] = ...) -> None: ...

class Output(_message.Message):
    __slots__ = ("url", "local", "upload_url")
    URL_FIELD_NUMBER: _ClassVar[int]
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    UPLOAD_URL_FIELD_NUMBER: _ClassVar[int]
    url: str
    local: str
    upload_url: str
    def __init__(self, url: _Optional[str] = ..., local: _Optional[str] = ..., upload_url: _Optional[str] = ...) -> None: ...

class Start(_message.Message):
    __slots__ = ("generation", "view")
    GENERATION_FIELD_NUMBER: _ClassVar[int]
    VIEW_FIELD_NUMBER: _ClassVar[int]
    generation: int
    view: bytes
    def __init__(self, generation: _Optional[int] = ..., view: _Optional[bytes] = ...) -> None: ...

class Stop(_message.Message):
    __slots__ = ("grace_s", "keep_outputs")
    GRACE_S_FIELD_NUMBER: _ClassVar[int]
    KEEP_OUTPUTS_FIELD_NUMBER: _ClassVar[int]
    grace_s: float
    keep_outputs: bool
    def __init__(self, grace_s: _Optional[float] = ..., keep_outputs: bool = ...) -> None: ...

class Save(_message.Message):
    __slots__ = ("number", "previous", "folders")
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    PREVIOUS_FIELD_NUMBER: _ClassVar[int]
    FOLDERS_FIELD_NUMBER: _ClassVar[int]
    number: int
    previous: int
    folders: _containers.RepeatedCompositeFieldContainer[SaveFolder]
    def __init__(self, number: _Optional[int] = ..., previous: _Optional[int] = ..., folders: _Optional[_Iterable[_Union[SaveFolder, _Mapping]]] = ...) -> None: ...

class SaveFolder(_message.Message):
    __slots__ = ("local", "url", "folder", "list_url")
    LOCAL_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    FOLDER_FIELD_NUMBER: _ClassVar[int]
    LIST_URL_FIELD_NUMBER: _ClassVar[int]
    local: str
    url: str
    folder: str
    list_url: str
    def __init__(self, local: _Optional[str] = ..., url: _Optional[str] = ..., folder: _Optional[str] = ..., list_url: _Optional[str] = ...) -> None: ...

class CancelSave(_message.Message):
    __slots__ = ("number",)
    NUMBER_FIELD_NUMBER: _ClassVar[int]
    number: int
    def __init__(self, number: _Optional[int] = ...) -> None: ...

class ReadLog(_message.Message):
    __slots__ = ("request", "file", "offset", "limit")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    FILE_FIELD_NUMBER: _ClassVar[int]
    OFFSET_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    request: int
    file: str
    offset: int
    limit: int
    def __init__(self, request: _Optional[int] = ..., file: _Optional[str] = ..., offset: _Optional[int] = ..., limit: _Optional[int] = ...) -> None: ...

class Release(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...
