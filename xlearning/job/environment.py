"""Names that client, ApplicationMaster and agents pass on to each other.

Nothing secret is ever put into an environment: YARN copies `launch_container.sh` with
all its variables into readable logs. Secrets travel in YARN's credentials, under the
aliases below.
"""

from __future__ import annotations

AM_ADDRESS = "XL_AM_ADDRESS"
"""`host:port` of the ApplicationMaster's gRPC server, for agents."""
STAGING_URL = "XL_STAGING_URL"
"""The job's staging folder, where `am.json` tells where a later attempt listens."""
USER_NAME = "HADOOP_USER_NAME"
"""The submitting user, on a cluster without security."""

JOB_FILE = "job.json"
"""Name of the JobSpec in the staging folder, for whoever cleans up after the job."""
RUNTIME_LINK = "xl-runtime"
"""Link of the unpacked runtime archive in every container."""
ENVIRONMENT_LINK = "xl-env"
"""Link of the Python environment that the client built for a role."""
SOURCE_LINK = "xl-source"
"""Link of the program's unpacked sources; agents copy them to where programs start."""
AM_FILE = "am.json"
"""Name in the staging folder: attempt, host and port of the current AM."""
JOURNAL_FILE = "journal.jsonl"
"""Name of the ApplicationMaster's journal in its log folder."""


def attempt_journal(attempt: int) -> str:
    """Return the name of an attempt's journal in the staging folder."""
    return f"journal-{attempt}.jsonl"


OURS = "xlearning."
"""What the aliases of our own credentials begin with."""
JOB_SPEC = "xlearning.job.spec"
"""Credentials alias of the packed JobSpec."""
HADOOP_PROPERTIES = "xlearning.hadoop.properties"
"""Credentials alias of the packed Hadoop properties, resolved."""
JOB_SECRET = "xlearning.job.secret"
"""Credentials alias of the 32 random bytes that the job's certificates derive from."""
AGENT_CERTIFICATE = "xlearning.agent.certificate"
"""Credentials alias of one container's certificate, PEM."""
AGENT_KEY = "xlearning.agent.key"
"""Credentials alias of one container's private key, PEM."""
TASKS_SECRET = "xlearning.tasks.secret"
"""Credentials alias of what the tasks of a job, and nobody else, know: hex digits."""
CA_CERTIFICATE = "xlearning.ca.certificate"
"""Credentials alias of the job's certificate authority, PEM."""

SERVER_NAME = "am.xlearning.job"
"""The name in the ApplicationMaster's certificate, whatever its host is."""

PATH_VARIABLES = frozenset({"PATH", "PYTHONPATH", "LD_LIBRARY_PATH", "CLASSPATH"})
"""Variables whose user-given value is put before what is there already."""


def joined(name: str, given: str, present: str) -> str:
    """Return a variable's value from the user's and the one that is there already."""
    if name not in PATH_VARIABLES or not present:
        return given
    return f"{given}:{present}" if given else present
