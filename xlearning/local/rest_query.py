"""What of a query or a body is refused, in YARN's words. Pure.

`RMWebServices` and `WebServices` of YARN's. Several refusals are answered with 503: the
ResourceManager lets exceptions of bad input through.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

from xlearning.hadoop.records import NodeState
from xlearning.hadoop.reports import Json, text
from xlearning.local.applications import AppState
from xlearning.local.cluster import BAD_REQUEST, refusal

if TYPE_CHECKING:
    from collections.abc import Mapping

    from xlearning.errors import ClusterError
    from xlearning.local.cluster import Cluster

    Query = Mapping[str, list[str]]

ILLEGAL_ARGUMENT = "java.lang.IllegalArgumentException"
UNDECLARED = "java.lang.reflect.UndeclaredThrowableException"
NULL_POINTER = "java.lang.NullPointerException"
NO_DATE = "java.time.format.DateTimeParseException"
_RECORDS = "org.apache.hadoop.yarn.api.records"
_STATES = (
    *("NEW", "NEW_SAVING", "SUBMITTED", "ACCEPTED"),
    *("RUNNING", "FINISHED", "FAILED", "KILLED"),
)
_FINAL = ("UNDEFINED", "SUCCEEDED", "FAILED", "KILLED", "ENDED")


def check_applications(cluster: Cluster, query: Query) -> None:
    """Refuse a query of `/apps` with values that are none.

    Raises:
        ClusterError: In YARN's words.
    """
    _check_limit(query)
    _check_times(query)
    for key in ("states", "state"):
        for given in query.get(key, ()):
            states(given)
    for word in _words(query, "finalStatus"):
        if word not in _FINAL:
            raise _no_constant(f"FinalApplicationStatus.{word}")
    for queue in _words(query, "queue"):
        if cluster.queue(queue) is None and queue != "root":
            raise refusal(BAD_REQUEST, f"Unknown queue: {queue}")


def states(given: str) -> list[str]:
    """Read states of applications, all where none is named.

    Raises:
        ClusterError: One is none.
    """
    words = [word for word in given.split(",") if word]
    for word in words:
        if word.upper() not in _STATES:
            raise refusal(
                BAD_REQUEST,
                f"Invalid application-state {word} specified. It should be one of "
                f"[{', '.join(_STATES)}]",
            )
    return [word.upper() for word in words] or list(_STATES)


def _words(query: Query, key: str) -> list[str]:
    return [word for given in query.get(key, ()) for word in given.split(",") if word]


def _no_constant(name: str) -> ClusterError:
    return refusal(ILLEGAL_ARGUMENT, f"No enum constant {_RECORDS}.{name}")


def _integer(query: Query, key: str, name: str) -> int | None:
    given = query.get(key, [""])[0]
    if not given:
        return None
    try:
        return int(given)
    except ValueError as error:
        raise refusal(BAD_REQUEST, f"{name} value must be a number!") from error


def _check_limit(query: Query) -> None:
    limit = _integer(query, "limit", "limit")
    if limit is not None and limit <= 0:
        raise refusal(BAD_REQUEST, "limit value must be greater then 0")


def _check_times(query: Query) -> None:
    for name in ("started", "finished"):
        begin = _integer(query, f"{name}TimeBegin", f"{name}TimeBegin")
        end = _integer(query, f"{name}TimeEnd", f"{name}TimeEnd")
        for key, value in (("Begin", begin), ("End", end)):
            if value is not None and value < 0:
                raise refusal(BAD_REQUEST, f"{name}Time{key} must be greater than 0")
        if begin is not None and end is not None and begin > end:
            # The missing `ed` of the second name is YARN's.
            short = "startTimeBegin" if name == "started" else "finishTimeBegin"
            raise refusal(BAD_REQUEST, f"{name}TimeEnd must be greater than {short}")


def check_nodes(states: frozenset[str]) -> None:
    """Refuse states that no node can have.

    Raises:
        ClusterError: In YARN's words.
    """
    known = {*NodeState, "NEW"}
    for state in sorted(states - known):
        raise _no_constant(f"NodeState.{state}")


def check_node_id(name: str) -> None:
    """Refuse what is no `host:port`.

    Raises:
        ClusterError: In YARN's words.
    """
    if not name.rpartition(":")[0] or not name.rpartition(":")[2].isdecimal():
        raise refusal(ILLEGAL_ARGUMENT, f"Invalid NodeId [{name}]. Expected host:port")


def target_state(body: Json) -> str:
    """Return the state that a body asks for: only KILLED may be.

    Raises:
        ClusterError: Another one, or none.
    """
    state = text(body, "state")
    if not state:
        raise refusal(
            NULL_POINTER,
            'Cannot invoke "String.equals(Object)" because the return value of '
            '"org.apache.hadoop.yarn.server.resourcemanager.webapp.dao.AppState.'
            'getState()" is null',
        )
    if state != AppState.KILLED:
        raise refusal(BAD_REQUEST, "Only 'KILLED' is allowed as a target state.")
    return state


def lifetime_ms(timeout: Json, now: int) -> int | None:
    """Return the end of a lifetime; None where YARN answers with plain text.

    Raises:
        ClusterError: It is no time, or over.
    """
    if not timeout:
        raise refusal(
            NULL_POINTER,
            'Cannot invoke "org.apache.hadoop.yarn.server.resourcemanager.webapp.dao.'
            'AppTimeoutInfo.getTimeoutType()" because "appTimeout" is null',
        )
    given = text(timeout, "expiryTime")
    if text(timeout, "type") != "LIFETIME" or not given:
        return None
    try:
        at = datetime.strptime(given, "%Y-%m-%dT%H:%M:%S.%f%z")
    except ValueError as error:
        raise refusal(
            NO_DATE, f"Text '{given}' could not be parsed at index 0"
        ) from error
    end = int(at.timestamp() * 1000)
    if end < now:
        raise refusal(
            UNDECLARED,
            f"Expire time is less than current time, current-time={_time(now)} "
            f"expire-time={_time(end)}",
        )
    return end


def _time(ms: int) -> str:
    at = datetime.fromtimestamp(ms / 1000, UTC)
    return f"{at:%Y-%m-%dT%H:%M:%S}.{ms % 1000:03d}+0000"
