"""Looks at the programs of a job: will they be found, and can they run?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from xlearning.client.limits import Problem

if TYPE_CHECKING:
    from xlearning.client.plan import SubmissionPlan, Upload
    from xlearning.job.spec import RoleSpec


def program_problems(plan: SubmissionPlan) -> list[Problem]:
    """Return why the program of a role is certain not to start."""
    return [problem for role in plan.job.roles for problem in _program(plan, role)]


def local_warnings(plan: SubmissionPlan, directory: Path) -> list[str]:
    """Name files in the commands that are here and will not be in the containers.

    Args:
        plan: What is going to be done.
        directory: The working directory.
    """
    paths = [
        path
        for role in plan.job.roles
        for path in _named_paths(role)
        if path.partition("/")[0] not in _top_names(plan, role) | {"", ".."}
        and not _in_source(plan, path)
    ]
    return [
        f"`{path}` in the command is a file on this machine only: "
        f"ship it with --files {path}"
        for path in dict.fromkeys(paths)
        if (directory / path).is_file()
    ]


def _named_paths(role: RoleSpec) -> list[str]:
    words = [word for text in role.command[1:] for word in text.split()]
    return [word.rpartition("=")[2].removeprefix("./") for word in words]


def _program(plan: SubmissionPlan, role: RoleSpec) -> list[Problem]:
    """Look at the first word of a role's command."""
    program = role.command[0]
    name = program.removeprefix("./")
    uploads = {upload.link: upload for upload in plan.uploads if _has(upload, role)}
    if "/" not in program:
        search = role.environment.get("PATH", "").split(":")
        if name in uploads and "." not in search:
            hint = f"write `./{name}`, or start it with its interpreter"
            return [Problem(f"`{program}` is a file of the job, not on PATH", hint)]
        return []
    if program.startswith("/") or ".." in program.split("/"):
        return []
    if name in uploads:
        return _executable(program, Path(uploads[name].path))
    if name.partition("/")[0] in _top_names(plan, role) or _in_source(plan, name):
        return []
    hint = f"add --files {name}" if "/" not in name else ""
    return [Problem(f"`{program}` will not be in the working directory", hint)]


def _executable(program: str, path: Path) -> list[Problem]:
    """YARN makes every file executable; what it also needs is a `#!` or a binary."""
    with path.open("rb") as file:
        start = file.read(4)
    if start.startswith((b"#!", b"\x7fELF")):
        return []
    interpreter = "sh" if path.suffix == ".sh" else "python"
    name = program.removeprefix("./")
    hint = f"start it with its interpreter: `{interpreter} {name}`"
    return [Problem(f"`{program}` is no program: it has no `#!` line", hint)]


def _in_source(plan: SubmissionPlan, name: str) -> bool:
    """Say whether a name may be one of the sources; a repository's are not here yet."""
    if not plan.source.startswith("/"):
        return bool(plan.source)
    return Path(plan.source, name).exists()


def _has(upload: Upload, role: RoleSpec) -> bool:
    return not upload.roles or role.name in upload.roles


def _top_names(plan: SubmissionPlan, role: RoleSpec) -> set[str]:
    names = {upload.link for upload in plan.uploads if _has(upload, role)}
    names |= {
        entry.link
        for entry in plan.cache
        if not entry.roles or role.name in entry.roles
    }
    names |= {spec.alias for spec in plan.job.inputs}
    names |= {spec.local for spec in plan.job.outputs}
    names |= {role.python_env}
    return {name.partition("/")[0] for name in names}
