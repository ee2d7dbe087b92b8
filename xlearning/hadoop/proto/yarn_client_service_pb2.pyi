from xlearning.hadoop.proto import yarn_pb2 as _yarn_pb2
from xlearning.hadoop.proto import yarn_client_pb2 as _yarn_client_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class GetNewApplicationResponseProto(_message.Message):
    __slots__ = ("application_id", "maximumCapability")
    APPLICATION_ID_FIELD_NUMBER: _ClassVar[int]
    MAXIMUMCAPABILITY_FIELD_NUMBER: _ClassVar[int]
    application_id: _yarn_pb2.ApplicationIdProto
    maximumCapability: _yarn_pb2.ResourceProto
    def __init__(self, application_id: _Optional[_Union[_yarn_pb2.ApplicationIdProto, _Mapping]] = ..., maximumCapability: _Optional[_Union[_yarn_pb2.ResourceProto, _Mapping]] = ...) -> None: ...

class SubmitApplicationRequestProto(_message.Message):
    __slots__ = ("application_submission_context",)
    APPLICATION_SUBMISSION_CONTEXT_FIELD_NUMBER: _ClassVar[int]
    application_submission_context: _yarn_client_pb2.ApplicationSubmissionContextProto
    def __init__(self, application_submission_context: _Optional[_Union[_yarn_client_pb2.ApplicationSubmissionContextProto, _Mapping]] = ...) -> None: ...

class SubmitApplicationResponseProto(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class GetApplicationReportRequestProto(_message.Message):
    __slots__ = ("application_id",)
    APPLICATION_ID_FIELD_NUMBER: _ClassVar[int]
    application_id: _yarn_pb2.ApplicationIdProto
    def __init__(self, application_id: _Optional[_Union[_yarn_pb2.ApplicationIdProto, _Mapping]] = ...) -> None: ...

class GetApplicationReportResponseProto(_message.Message):
    __slots__ = ("application_report",)
    APPLICATION_REPORT_FIELD_NUMBER: _ClassVar[int]
    application_report: _yarn_client_pb2.ApplicationReportProto
    def __init__(self, application_report: _Optional[_Union[_yarn_client_pb2.ApplicationReportProto, _Mapping]] = ...) -> None: ...

class GetApplicationsRequestProto(_message.Message):
    __slots__ = ("application_types", "application_states", "users", "queues", "limit", "start_begin", "start_end", "finish_begin", "finish_end", "applicationTags", "name")
    APPLICATION_TYPES_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_STATES_FIELD_NUMBER: _ClassVar[int]
    USERS_FIELD_NUMBER: _ClassVar[int]
    QUEUES_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    START_BEGIN_FIELD_NUMBER: _ClassVar[int]
    START_END_FIELD_NUMBER: _ClassVar[int]
    FINISH_BEGIN_FIELD_NUMBER: _ClassVar[int]
    FINISH_END_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONTAGS_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    application_types: _containers.RepeatedScalarFieldContainer[str]
    application_states: _containers.RepeatedScalarFieldContainer[_yarn_client_pb2.YarnApplicationStateProto]
    users: _containers.RepeatedScalarFieldContainer[str]
    queues: _containers.RepeatedScalarFieldContainer[str]
    limit: int
    start_begin: int
    start_end: int
    finish_begin: int
    finish_end: int
    applicationTags: _containers.RepeatedScalarFieldContainer[str]
    name: str
    def __init__(self, application_types: _Optional[_Iterable[str]] = ..., application_states: _Optional[_Iterable[_Union[_yarn_client_pb2.YarnApplicationStateProto, str]]] = ..., users: _Optional[_Iterable[str]] = ..., queues: _Optional[_Iterable[str]] = ..., limit: _Optional[int] = ..., start_begin: _Optional[int] = ..., start_end: _Optional[int] = ..., finish_begin: _Optional[int] = ..., finish_end: _Optional[int] = ..., applicationTags: _Optional[_Iterable[str]] = ..., name: _Optional[str] = ...) -> None: ...

class GetApplicationsResponseProto(_message.Message):
    __slots__ = ("applications",)
    APPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    applications: _containers.RepeatedCompositeFieldContainer[_yarn_client_pb2.ApplicationReportProto]
    def __init__(self, applications: _Optional[_Iterable[_Union[_yarn_client_pb2.ApplicationReportProto, _Mapping]]] = ...) -> None: ...

class KillApplicationRequestProto(_message.Message):
    __slots__ = ("application_id", "diagnostics")
    APPLICATION_ID_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    application_id: _yarn_pb2.ApplicationIdProto
    diagnostics: str
    def __init__(self, application_id: _Optional[_Union[_yarn_pb2.ApplicationIdProto, _Mapping]] = ..., diagnostics: _Optional[str] = ...) -> None: ...

class KillApplicationResponseProto(_message.Message):
    __slots__ = ("is_kill_completed",)
    IS_KILL_COMPLETED_FIELD_NUMBER: _ClassVar[int]
    is_kill_completed: bool
    def __init__(self, is_kill_completed: bool = ...) -> None: ...

class GetClusterMetricsResponseProto(_message.Message):
    __slots__ = ("cluster_metrics",)
    CLUSTER_METRICS_FIELD_NUMBER: _ClassVar[int]
    cluster_metrics: _yarn_client_pb2.YarnClusterMetricsProto
    def __init__(self, cluster_metrics: _Optional[_Union[_yarn_client_pb2.YarnClusterMetricsProto, _Mapping]] = ...) -> None: ...

class GetClusterNodesRequestProto(_message.Message):
    __slots__ = ("nodeStates",)
    NODESTATES_FIELD_NUMBER: _ClassVar[int]
    nodeStates: _containers.RepeatedScalarFieldContainer[_yarn_pb2.NodeStateProto]
    def __init__(self, nodeStates: _Optional[_Iterable[_Union[_yarn_pb2.NodeStateProto, str]]] = ...) -> None: ...

class GetClusterNodesResponseProto(_message.Message):
    __slots__ = ("nodeReports",)
    NODEREPORTS_FIELD_NUMBER: _ClassVar[int]
    nodeReports: _containers.RepeatedCompositeFieldContainer[_yarn_pb2.NodeReportProto]
    def __init__(self, nodeReports: _Optional[_Iterable[_Union[_yarn_pb2.NodeReportProto, _Mapping]]] = ...) -> None: ...

class GetQueueInfoRequestProto(_message.Message):
    __slots__ = ("queueName", "includeApplications", "includeChildQueues", "recursive")
    QUEUENAME_FIELD_NUMBER: _ClassVar[int]
    INCLUDEAPPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    INCLUDECHILDQUEUES_FIELD_NUMBER: _ClassVar[int]
    RECURSIVE_FIELD_NUMBER: _ClassVar[int]
    queueName: str
    includeApplications: bool
    includeChildQueues: bool
    recursive: bool
    def __init__(self, queueName: _Optional[str] = ..., includeApplications: bool = ..., includeChildQueues: bool = ..., recursive: bool = ...) -> None: ...

class GetQueueInfoResponseProto(_message.Message):
    __slots__ = ("queueInfo",)
    QUEUEINFO_FIELD_NUMBER: _ClassVar[int]
    queueInfo: _yarn_client_pb2.QueueInfoProto
    def __init__(self, queueInfo: _Optional[_Union[_yarn_client_pb2.QueueInfoProto, _Mapping]] = ...) -> None: ...

class GetQueueUserAclsInfoResponseProto(_message.Message):
    __slots__ = ("queueUserAcls",)
    QUEUEUSERACLS_FIELD_NUMBER: _ClassVar[int]
    queueUserAcls: _containers.RepeatedCompositeFieldContainer[_yarn_client_pb2.QueueUserACLInfoProto]
    def __init__(self, queueUserAcls: _Optional[_Iterable[_Union[_yarn_client_pb2.QueueUserACLInfoProto, _Mapping]]] = ...) -> None: ...

class GetApplicationAttemptReportRequestProto(_message.Message):
    __slots__ = ("application_attempt_id",)
    APPLICATION_ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    application_attempt_id: _yarn_pb2.ApplicationAttemptIdProto
    def __init__(self, application_attempt_id: _Optional[_Union[_yarn_pb2.ApplicationAttemptIdProto, _Mapping]] = ...) -> None: ...

class GetApplicationAttemptReportResponseProto(_message.Message):
    __slots__ = ("application_attempt_report",)
    APPLICATION_ATTEMPT_REPORT_FIELD_NUMBER: _ClassVar[int]
    application_attempt_report: _yarn_client_pb2.ApplicationAttemptReportProto
    def __init__(self, application_attempt_report: _Optional[_Union[_yarn_client_pb2.ApplicationAttemptReportProto, _Mapping]] = ...) -> None: ...

class GetApplicationAttemptsRequestProto(_message.Message):
    __slots__ = ("application_id",)
    APPLICATION_ID_FIELD_NUMBER: _ClassVar[int]
    application_id: _yarn_pb2.ApplicationIdProto
    def __init__(self, application_id: _Optional[_Union[_yarn_pb2.ApplicationIdProto, _Mapping]] = ...) -> None: ...

class GetApplicationAttemptsResponseProto(_message.Message):
    __slots__ = ("application_attempts",)
    APPLICATION_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    application_attempts: _containers.RepeatedCompositeFieldContainer[_yarn_client_pb2.ApplicationAttemptReportProto]
    def __init__(self, application_attempts: _Optional[_Iterable[_Union[_yarn_client_pb2.ApplicationAttemptReportProto, _Mapping]]] = ...) -> None: ...

class GetContainersRequestProto(_message.Message):
    __slots__ = ("application_attempt_id",)
    APPLICATION_ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    application_attempt_id: _yarn_pb2.ApplicationAttemptIdProto
    def __init__(self, application_attempt_id: _Optional[_Union[_yarn_pb2.ApplicationAttemptIdProto, _Mapping]] = ...) -> None: ...

class GetContainersResponseProto(_message.Message):
    __slots__ = ("containers",)
    CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    containers: _containers.RepeatedCompositeFieldContainer[_yarn_client_pb2.ContainerReportProto]
    def __init__(self, containers: _Optional[_Iterable[_Union[_yarn_client_pb2.ContainerReportProto, _Mapping]]] = ...) -> None: ...

class GetContainerReportRequestProto(_message.Message):
    __slots__ = ("container_id",)
    CONTAINER_ID_FIELD_NUMBER: _ClassVar[int]
    container_id: _yarn_pb2.ContainerIdProto
    def __init__(self, container_id: _Optional[_Union[_yarn_pb2.ContainerIdProto, _Mapping]] = ...) -> None: ...

class GetContainerReportResponseProto(_message.Message):
    __slots__ = ("container_report",)
    CONTAINER_REPORT_FIELD_NUMBER: _ClassVar[int]
    container_report: _yarn_client_pb2.ContainerReportProto
    def __init__(self, container_report: _Optional[_Union[_yarn_client_pb2.ContainerReportProto, _Mapping]] = ...) -> None: ...

class GetAllResourceTypeInfoResponseProto(_message.Message):
    __slots__ = ("resource_type_info",)
    RESOURCE_TYPE_INFO_FIELD_NUMBER: _ClassVar[int]
    resource_type_info: _containers.RepeatedCompositeFieldContainer[_yarn_pb2.ResourceTypeInfoProto]
    def __init__(self, resource_type_info: _Optional[_Iterable[_Union[_yarn_pb2.ResourceTypeInfoProto, _Mapping]]] = ...) -> None: ...
