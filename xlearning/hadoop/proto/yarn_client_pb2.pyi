from xlearning.hadoop.proto import yarn_pb2 as _yarn_pb2
from xlearning.hadoop.proto import yarn_service_pb2 as _yarn_service_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from typing import ClassVar as _ClassVar, Iterable as _Iterable, Mapping as _Mapping, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class YarnApplicationStateProto(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    NEW: _ClassVar[YarnApplicationStateProto]
    NEW_SAVING: _ClassVar[YarnApplicationStateProto]
    SUBMITTED: _ClassVar[YarnApplicationStateProto]
    ACCEPTED: _ClassVar[YarnApplicationStateProto]
    RUNNING: _ClassVar[YarnApplicationStateProto]
    FINISHED: _ClassVar[YarnApplicationStateProto]
    FAILED: _ClassVar[YarnApplicationStateProto]
    KILLED: _ClassVar[YarnApplicationStateProto]

class YarnApplicationAttemptStateProto(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    APP_ATTEMPT_NEW: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_SUBMITTED: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_SCHEDULED: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_ALLOCATED_SAVING: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_ALLOCATED: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_LAUNCHED: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_FAILED: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_RUNNING: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_FINISHING: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_FINISHED: _ClassVar[YarnApplicationAttemptStateProto]
    APP_ATTEMPT_KILLED: _ClassVar[YarnApplicationAttemptStateProto]

class LogAggregationStatusProto(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    LOG_DISABLED: _ClassVar[LogAggregationStatusProto]
    LOG_NOT_START: _ClassVar[LogAggregationStatusProto]
    LOG_RUNNING: _ClassVar[LogAggregationStatusProto]
    LOG_SUCCEEDED: _ClassVar[LogAggregationStatusProto]
    LOG_FAILED: _ClassVar[LogAggregationStatusProto]
    LOG_TIME_OUT: _ClassVar[LogAggregationStatusProto]
    LOG_RUNNING_WITH_FAILURE: _ClassVar[LogAggregationStatusProto]

class ApplicationTimeoutTypeProto(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    APP_TIMEOUT_LIFETIME: _ClassVar[ApplicationTimeoutTypeProto]

class QueueStateProto(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    Q_STOPPED: _ClassVar[QueueStateProto]
    Q_RUNNING: _ClassVar[QueueStateProto]
    Q_DRAINING: _ClassVar[QueueStateProto]

class QueueACLProto(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    QACL_SUBMIT_APPLICATIONS: _ClassVar[QueueACLProto]
    QACL_ADMINISTER_QUEUE: _ClassVar[QueueACLProto]
NEW: YarnApplicationStateProto
NEW_SAVING: YarnApplicationStateProto
SUBMITTED: YarnApplicationStateProto
ACCEPTED: YarnApplicationStateProto
RUNNING: YarnApplicationStateProto
FINISHED: YarnApplicationStateProto
FAILED: YarnApplicationStateProto
KILLED: YarnApplicationStateProto
APP_ATTEMPT_NEW: YarnApplicationAttemptStateProto
APP_ATTEMPT_SUBMITTED: YarnApplicationAttemptStateProto
APP_ATTEMPT_SCHEDULED: YarnApplicationAttemptStateProto
APP_ATTEMPT_ALLOCATED_SAVING: YarnApplicationAttemptStateProto
APP_ATTEMPT_ALLOCATED: YarnApplicationAttemptStateProto
APP_ATTEMPT_LAUNCHED: YarnApplicationAttemptStateProto
APP_ATTEMPT_FAILED: YarnApplicationAttemptStateProto
APP_ATTEMPT_RUNNING: YarnApplicationAttemptStateProto
APP_ATTEMPT_FINISHING: YarnApplicationAttemptStateProto
APP_ATTEMPT_FINISHED: YarnApplicationAttemptStateProto
APP_ATTEMPT_KILLED: YarnApplicationAttemptStateProto
LOG_DISABLED: LogAggregationStatusProto
LOG_NOT_START: LogAggregationStatusProto
LOG_RUNNING: LogAggregationStatusProto
LOG_SUCCEEDED: LogAggregationStatusProto
LOG_FAILED: LogAggregationStatusProto
LOG_TIME_OUT: LogAggregationStatusProto
LOG_RUNNING_WITH_FAILURE: LogAggregationStatusProto
APP_TIMEOUT_LIFETIME: ApplicationTimeoutTypeProto
Q_STOPPED: QueueStateProto
Q_RUNNING: QueueStateProto
Q_DRAINING: QueueStateProto
QACL_SUBMIT_APPLICATIONS: QueueACLProto
QACL_ADMINISTER_QUEUE: QueueACLProto

class ApplicationTimeoutProto(_message.Message):
    __slots__ = ("application_timeout_type", "expire_time", "remaining_time")
    APPLICATION_TIMEOUT_TYPE_FIELD_NUMBER: _ClassVar[int]
    EXPIRE_TIME_FIELD_NUMBER: _ClassVar[int]
    REMAINING_TIME_FIELD_NUMBER: _ClassVar[int]
    application_timeout_type: ApplicationTimeoutTypeProto
    expire_time: str
    remaining_time: int
    def __init__(self, application_timeout_type: _Optional[_Union[ApplicationTimeoutTypeProto, str]] = ..., expire_time: _Optional[str] = ..., remaining_time: _Optional[int] = ...) -> None: ...

class AppTimeoutsMapProto(_message.Message):
    __slots__ = ("application_timeout_type", "application_timeout")
    APPLICATION_TIMEOUT_TYPE_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    application_timeout_type: ApplicationTimeoutTypeProto
    application_timeout: ApplicationTimeoutProto
    def __init__(self, application_timeout_type: _Optional[_Union[ApplicationTimeoutTypeProto, str]] = ..., application_timeout: _Optional[_Union[ApplicationTimeoutProto, _Mapping]] = ...) -> None: ...

class ApplicationTimeoutMapProto(_message.Message):
    __slots__ = ("application_timeout_type", "timeout")
    APPLICATION_TIMEOUT_TYPE_FIELD_NUMBER: _ClassVar[int]
    TIMEOUT_FIELD_NUMBER: _ClassVar[int]
    application_timeout_type: ApplicationTimeoutTypeProto
    timeout: int
    def __init__(self, application_timeout_type: _Optional[_Union[ApplicationTimeoutTypeProto, str]] = ..., timeout: _Optional[int] = ...) -> None: ...

class ApplicationResourceUsageReportProto(_message.Message):
    __slots__ = ("num_used_containers", "num_reserved_containers", "used_resources", "reserved_resources", "needed_resources", "memory_seconds", "vcore_seconds")
    NUM_USED_CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    NUM_RESERVED_CONTAINERS_FIELD_NUMBER: _ClassVar[int]
    USED_RESOURCES_FIELD_NUMBER: _ClassVar[int]
    RESERVED_RESOURCES_FIELD_NUMBER: _ClassVar[int]
    NEEDED_RESOURCES_FIELD_NUMBER: _ClassVar[int]
    MEMORY_SECONDS_FIELD_NUMBER: _ClassVar[int]
    VCORE_SECONDS_FIELD_NUMBER: _ClassVar[int]
    num_used_containers: int
    num_reserved_containers: int
    used_resources: _yarn_pb2.ResourceProto
    reserved_resources: _yarn_pb2.ResourceProto
    needed_resources: _yarn_pb2.ResourceProto
    memory_seconds: int
    vcore_seconds: int
    def __init__(self, num_used_containers: _Optional[int] = ..., num_reserved_containers: _Optional[int] = ..., used_resources: _Optional[_Union[_yarn_pb2.ResourceProto, _Mapping]] = ..., reserved_resources: _Optional[_Union[_yarn_pb2.ResourceProto, _Mapping]] = ..., needed_resources: _Optional[_Union[_yarn_pb2.ResourceProto, _Mapping]] = ..., memory_seconds: _Optional[int] = ..., vcore_seconds: _Optional[int] = ...) -> None: ...

class ApplicationReportProto(_message.Message):
    __slots__ = ("applicationId", "user", "queue", "name", "host", "rpc_port", "yarn_application_state", "trackingUrl", "diagnostics", "startTime", "finishTime", "final_application_status", "app_resource_Usage", "originalTrackingUrl", "currentApplicationAttemptId", "progress", "applicationType", "applicationTags", "log_aggregation_status", "unmanaged_application", "priority", "appNodeLabelExpression", "amNodeLabelExpression", "appTimeouts", "launchTime", "submitTime")
    APPLICATIONID_FIELD_NUMBER: _ClassVar[int]
    USER_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    NAME_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    RPC_PORT_FIELD_NUMBER: _ClassVar[int]
    YARN_APPLICATION_STATE_FIELD_NUMBER: _ClassVar[int]
    TRACKINGURL_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    STARTTIME_FIELD_NUMBER: _ClassVar[int]
    FINISHTIME_FIELD_NUMBER: _ClassVar[int]
    FINAL_APPLICATION_STATUS_FIELD_NUMBER: _ClassVar[int]
    APP_RESOURCE_USAGE_FIELD_NUMBER: _ClassVar[int]
    ORIGINALTRACKINGURL_FIELD_NUMBER: _ClassVar[int]
    CURRENTAPPLICATIONATTEMPTID_FIELD_NUMBER: _ClassVar[int]
    PROGRESS_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONTYPE_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONTAGS_FIELD_NUMBER: _ClassVar[int]
    LOG_AGGREGATION_STATUS_FIELD_NUMBER: _ClassVar[int]
    UNMANAGED_APPLICATION_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    APPNODELABELEXPRESSION_FIELD_NUMBER: _ClassVar[int]
    AMNODELABELEXPRESSION_FIELD_NUMBER: _ClassVar[int]
    APPTIMEOUTS_FIELD_NUMBER: _ClassVar[int]
    LAUNCHTIME_FIELD_NUMBER: _ClassVar[int]
    SUBMITTIME_FIELD_NUMBER: _ClassVar[int]
    applicationId: _yarn_pb2.ApplicationIdProto
    user: str
    queue: str
    name: str
    host: str
    rpc_port: int
    yarn_application_state: YarnApplicationStateProto
    trackingUrl: str
    diagnostics: str
    startTime: int
    finishTime: int
    final_application_status: _yarn_service_pb2.FinalApplicationStatusProto
    app_resource_Usage: ApplicationResourceUsageReportProto
    originalTrackingUrl: str
    currentApplicationAttemptId: _yarn_pb2.ApplicationAttemptIdProto
    progress: float
    applicationType: str
    applicationTags: _containers.RepeatedScalarFieldContainer[str]
    log_aggregation_status: LogAggregationStatusProto
    unmanaged_application: bool
    priority: _yarn_pb2.PriorityProto
    appNodeLabelExpression: str
    amNodeLabelExpression: str
    appTimeouts: _containers.RepeatedCompositeFieldContainer[AppTimeoutsMapProto]
    launchTime: int
    submitTime: int
    def __init__(self, applicationId: _Optional[_Union[_yarn_pb2.ApplicationIdProto, _Mapping]] = ..., user: _Optional[str] = ..., queue: _Optional[str] = ..., name: _Optional[str] = ..., host: _Optional[str] = ..., rpc_port: _Optional[int] = ..., yarn_application_state: _Optional[_Union[YarnApplicationStateProto, str]] = ..., trackingUrl: _Optional[str] = ..., diagnostics: _Optional[str] = ..., startTime: _Optional[int] = ..., finishTime: _Optional[int] = ..., final_application_status: _Optional[_Union[_yarn_service_pb2.FinalApplicationStatusProto, str]] = ..., app_resource_Usage: _Optional[_Union[ApplicationResourceUsageReportProto, _Mapping]] = ..., originalTrackingUrl: _Optional[str] = ..., currentApplicationAttemptId: _Optional[_Union[_yarn_pb2.ApplicationAttemptIdProto, _Mapping]] = ..., progress: _Optional[float] = ..., applicationType: _Optional[str] = ..., applicationTags: _Optional[_Iterable[str]] = ..., log_aggregation_status: _Optional[_Union[LogAggregationStatusProto, str]] = ..., unmanaged_application: bool = ..., priority: _Optional[_Union[_yarn_pb2.PriorityProto, _Mapping]] = ..., appNodeLabelExpression: _Optional[str] = ..., amNodeLabelExpression: _Optional[str] = ..., appTimeouts: _Optional[_Iterable[_Union[AppTimeoutsMapProto, _Mapping]]] = ..., launchTime: _Optional[int] = ..., submitTime: _Optional[int] = ...) -> None: ...

class ApplicationAttemptReportProto(_message.Message):
    __slots__ = ("application_attempt_id", "host", "rpc_port", "tracking_url", "diagnostics", "yarn_application_attempt_state", "am_container_id", "original_tracking_url", "startTime", "finishTime")
    APPLICATION_ATTEMPT_ID_FIELD_NUMBER: _ClassVar[int]
    HOST_FIELD_NUMBER: _ClassVar[int]
    RPC_PORT_FIELD_NUMBER: _ClassVar[int]
    TRACKING_URL_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_FIELD_NUMBER: _ClassVar[int]
    YARN_APPLICATION_ATTEMPT_STATE_FIELD_NUMBER: _ClassVar[int]
    AM_CONTAINER_ID_FIELD_NUMBER: _ClassVar[int]
    ORIGINAL_TRACKING_URL_FIELD_NUMBER: _ClassVar[int]
    STARTTIME_FIELD_NUMBER: _ClassVar[int]
    FINISHTIME_FIELD_NUMBER: _ClassVar[int]
    application_attempt_id: _yarn_pb2.ApplicationAttemptIdProto
    host: str
    rpc_port: int
    tracking_url: str
    diagnostics: str
    yarn_application_attempt_state: YarnApplicationAttemptStateProto
    am_container_id: _yarn_pb2.ContainerIdProto
    original_tracking_url: str
    startTime: int
    finishTime: int
    def __init__(self, application_attempt_id: _Optional[_Union[_yarn_pb2.ApplicationAttemptIdProto, _Mapping]] = ..., host: _Optional[str] = ..., rpc_port: _Optional[int] = ..., tracking_url: _Optional[str] = ..., diagnostics: _Optional[str] = ..., yarn_application_attempt_state: _Optional[_Union[YarnApplicationAttemptStateProto, str]] = ..., am_container_id: _Optional[_Union[_yarn_pb2.ContainerIdProto, _Mapping]] = ..., original_tracking_url: _Optional[str] = ..., startTime: _Optional[int] = ..., finishTime: _Optional[int] = ...) -> None: ...

class ContainerReportProto(_message.Message):
    __slots__ = ("container_id", "resource", "node_id", "priority", "creation_time", "finish_time", "diagnostics_info", "log_url", "container_exit_status", "container_state", "node_http_address")
    CONTAINER_ID_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    NODE_ID_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    CREATION_TIME_FIELD_NUMBER: _ClassVar[int]
    FINISH_TIME_FIELD_NUMBER: _ClassVar[int]
    DIAGNOSTICS_INFO_FIELD_NUMBER: _ClassVar[int]
    LOG_URL_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_EXIT_STATUS_FIELD_NUMBER: _ClassVar[int]
    CONTAINER_STATE_FIELD_NUMBER: _ClassVar[int]
    NODE_HTTP_ADDRESS_FIELD_NUMBER: _ClassVar[int]
    container_id: _yarn_pb2.ContainerIdProto
    resource: _yarn_pb2.ResourceProto
    node_id: _yarn_pb2.NodeIdProto
    priority: _yarn_pb2.PriorityProto
    creation_time: int
    finish_time: int
    diagnostics_info: str
    log_url: str
    container_exit_status: int
    container_state: _yarn_pb2.ContainerStateProto
    node_http_address: str
    def __init__(self, container_id: _Optional[_Union[_yarn_pb2.ContainerIdProto, _Mapping]] = ..., resource: _Optional[_Union[_yarn_pb2.ResourceProto, _Mapping]] = ..., node_id: _Optional[_Union[_yarn_pb2.NodeIdProto, _Mapping]] = ..., priority: _Optional[_Union[_yarn_pb2.PriorityProto, _Mapping]] = ..., creation_time: _Optional[int] = ..., finish_time: _Optional[int] = ..., diagnostics_info: _Optional[str] = ..., log_url: _Optional[str] = ..., container_exit_status: _Optional[int] = ..., container_state: _Optional[_Union[_yarn_pb2.ContainerStateProto, str]] = ..., node_http_address: _Optional[str] = ...) -> None: ...

class ApplicationSubmissionContextProto(_message.Message):
    __slots__ = ("application_id", "application_name", "queue", "priority", "am_container_spec", "unmanaged_am", "maxAppAttempts", "resource", "applicationType", "keep_containers_across_application_attempts", "applicationTags", "attempt_failures_validity_interval", "node_label_expression", "am_container_resource_request", "application_timeouts")
    APPLICATION_ID_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_NAME_FIELD_NUMBER: _ClassVar[int]
    QUEUE_FIELD_NUMBER: _ClassVar[int]
    PRIORITY_FIELD_NUMBER: _ClassVar[int]
    AM_CONTAINER_SPEC_FIELD_NUMBER: _ClassVar[int]
    UNMANAGED_AM_FIELD_NUMBER: _ClassVar[int]
    MAXAPPATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    RESOURCE_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONTYPE_FIELD_NUMBER: _ClassVar[int]
    KEEP_CONTAINERS_ACROSS_APPLICATION_ATTEMPTS_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONTAGS_FIELD_NUMBER: _ClassVar[int]
    ATTEMPT_FAILURES_VALIDITY_INTERVAL_FIELD_NUMBER: _ClassVar[int]
    NODE_LABEL_EXPRESSION_FIELD_NUMBER: _ClassVar[int]
    AM_CONTAINER_RESOURCE_REQUEST_FIELD_NUMBER: _ClassVar[int]
    APPLICATION_TIMEOUTS_FIELD_NUMBER: _ClassVar[int]
    application_id: _yarn_pb2.ApplicationIdProto
    application_name: str
    queue: str
    priority: _yarn_pb2.PriorityProto
    am_container_spec: _yarn_pb2.ContainerLaunchContextProto
    unmanaged_am: bool
    maxAppAttempts: int
    resource: _yarn_pb2.ResourceProto
    applicationType: str
    keep_containers_across_application_attempts: bool
    applicationTags: _containers.RepeatedScalarFieldContainer[str]
    attempt_failures_validity_interval: int
    node_label_expression: str
    am_container_resource_request: _containers.RepeatedCompositeFieldContainer[_yarn_pb2.ResourceRequestProto]
    application_timeouts: _containers.RepeatedCompositeFieldContainer[ApplicationTimeoutMapProto]
    def __init__(self, application_id: _Optional[_Union[_yarn_pb2.ApplicationIdProto, _Mapping]] = ..., application_name: _Optional[str] = ..., queue: _Optional[str] = ..., priority: _Optional[_Union[_yarn_pb2.PriorityProto, _Mapping]] = ..., am_container_spec: _Optional[_Union[_yarn_pb2.ContainerLaunchContextProto, _Mapping]] = ..., unmanaged_am: bool = ..., maxAppAttempts: _Optional[int] = ..., resource: _Optional[_Union[_yarn_pb2.ResourceProto, _Mapping]] = ..., applicationType: _Optional[str] = ..., keep_containers_across_application_attempts: bool = ..., applicationTags: _Optional[_Iterable[str]] = ..., attempt_failures_validity_interval: _Optional[int] = ..., node_label_expression: _Optional[str] = ..., am_container_resource_request: _Optional[_Iterable[_Union[_yarn_pb2.ResourceRequestProto, _Mapping]]] = ..., application_timeouts: _Optional[_Iterable[_Union[ApplicationTimeoutMapProto, _Mapping]]] = ...) -> None: ...

class YarnClusterMetricsProto(_message.Message):
    __slots__ = ("num_node_managers", "num_decommissioned_nms", "num_active_nms", "num_lost_nms", "num_unhealthy_nms", "num_rebooted_nms", "num_decommissioning_nms", "num_shutdown_nms")
    NUM_NODE_MANAGERS_FIELD_NUMBER: _ClassVar[int]
    NUM_DECOMMISSIONED_NMS_FIELD_NUMBER: _ClassVar[int]
    NUM_ACTIVE_NMS_FIELD_NUMBER: _ClassVar[int]
    NUM_LOST_NMS_FIELD_NUMBER: _ClassVar[int]
    NUM_UNHEALTHY_NMS_FIELD_NUMBER: _ClassVar[int]
    NUM_REBOOTED_NMS_FIELD_NUMBER: _ClassVar[int]
    NUM_DECOMMISSIONING_NMS_FIELD_NUMBER: _ClassVar[int]
    NUM_SHUTDOWN_NMS_FIELD_NUMBER: _ClassVar[int]
    num_node_managers: int
    num_decommissioned_nms: int
    num_active_nms: int
    num_lost_nms: int
    num_unhealthy_nms: int
    num_rebooted_nms: int
    num_decommissioning_nms: int
    num_shutdown_nms: int
    def __init__(self, num_node_managers: _Optional[int] = ..., num_decommissioned_nms: _Optional[int] = ..., num_active_nms: _Optional[int] = ..., num_lost_nms: _Optional[int] = ..., num_unhealthy_nms: _Optional[int] = ..., num_rebooted_nms: _Optional[int] = ..., num_decommissioning_nms: _Optional[int] = ..., num_shutdown_nms: _Optional[int] = ...) -> None: ...

class QueueInfoProto(_message.Message):
    __slots__ = ("queueName", "capacity", "maximumCapacity", "currentCapacity", "state", "childQueues", "applications", "accessibleNodeLabels", "preemptionDisabled", "intraQueuePreemptionDisabled", "queuePath", "schedulerType")
    QUEUENAME_FIELD_NUMBER: _ClassVar[int]
    CAPACITY_FIELD_NUMBER: _ClassVar[int]
    MAXIMUMCAPACITY_FIELD_NUMBER: _ClassVar[int]
    CURRENTCAPACITY_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    CHILDQUEUES_FIELD_NUMBER: _ClassVar[int]
    APPLICATIONS_FIELD_NUMBER: _ClassVar[int]
    ACCESSIBLENODELABELS_FIELD_NUMBER: _ClassVar[int]
    PREEMPTIONDISABLED_FIELD_NUMBER: _ClassVar[int]
    INTRAQUEUEPREEMPTIONDISABLED_FIELD_NUMBER: _ClassVar[int]
    QUEUEPATH_FIELD_NUMBER: _ClassVar[int]
    SCHEDULERTYPE_FIELD_NUMBER: _ClassVar[int]
    queueName: str
    capacity: float
    maximumCapacity: float
    currentCapacity: float
    state: QueueStateProto
    childQueues: _containers.RepeatedCompositeFieldContainer[QueueInfoProto]
    applications: _containers.RepeatedCompositeFieldContainer[ApplicationReportProto]
    accessibleNodeLabels: _containers.RepeatedScalarFieldContainer[str]
    preemptionDisabled: bool
    intraQueuePreemptionDisabled: bool
    queuePath: str
    schedulerType: str
    def __init__(self, queueName: _Optional[str] = ..., capacity: _Optional[float] = ..., maximumCapacity: _Optional[float] = ..., currentCapacity: _Optional[float] = ..., state: _Optional[_Union[QueueStateProto, str]] = ..., childQueues: _Optional[_Iterable[_Union[QueueInfoProto, _Mapping]]] = ..., applications: _Optional[_Iterable[_Union[ApplicationReportProto, _Mapping]]] = ..., accessibleNodeLabels: _Optional[_Iterable[str]] = ..., preemptionDisabled: bool = ..., intraQueuePreemptionDisabled: bool = ..., queuePath: _Optional[str] = ..., schedulerType: _Optional[str] = ...) -> None: ...

class QueueUserACLInfoProto(_message.Message):
    __slots__ = ("queueName", "userAcls")
    QUEUENAME_FIELD_NUMBER: _ClassVar[int]
    USERACLS_FIELD_NUMBER: _ClassVar[int]
    queueName: str
    userAcls: _containers.RepeatedScalarFieldContainer[QueueACLProto]
    def __init__(self, queueName: _Optional[str] = ..., userAcls: _Optional[_Iterable[_Union[QueueACLProto, str]]] = ...) -> None: ...
