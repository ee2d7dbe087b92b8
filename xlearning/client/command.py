"""The program's command as words. Pure.

`--launch-cmd` is read with POSIX quoting and then run without a shell: no variable, no
pipe, no wildcard is expanded. Whoever writes those in the belief that a shell reads
them is told before the job starts.
"""

from __future__ import annotations

import re
import shlex

from xlearning.errors import ConfigError

SHELLS = frozenset({"sh", "bash", "dash", "ksh", "zsh"})

_OPERATORS = re.compile(r"(\|\|?|&&?|;|<|\d?>.*)\Z")
_BUILTINS = frozenset({"cd", "export", "source", ".", "set", "ulimit", "umask"})
_ASSIGNMENT = re.compile(r"[A-Za-z_][A-Za-z0-9_]*=")
_VARIABLE = re.compile(r"\$\{?[A-Za-z_]\w*\}?|\$\(|`")


def command_words(launch_cmd: str, command: tuple[str, ...]) -> tuple[str, ...]:
    """Return the program and its arguments.

    Args:
        launch_cmd: The value of `--launch-cmd`, "" when it was not given.
        command: The words at the end of the command line.

    Raises:
        ConfigError: There is no command, or two, or one that needs a shell.
    """
    if launch_cmd and command:
        raise ConfigError(
            f"`{command[0]}` belongs to no option, and `--launch-cmd` is given too",
            hint="put the whole command in quotes: --launch-cmd "
            + shlex.quote(f"{launch_cmd} {shlex.join(command)}"),
        )
    words = command or _split(launch_cmd)
    if not words or not words[0].strip():
        raise ConfigError(
            "Invalid launch cmd for the application: there is no command",
            hint='give --launch-cmd "python train.py", or put the command at the end',
        )
    if any("\0" in word for word in words):
        raise ConfigError("a word of the command holds a NUL character")
    if len(words) == 1 and not command and " " in words[0]:
        raise ConfigError(
            f"`{words[0]}` is quoted twice and so is one word",
            hint="leave out the inner quotes",
        )
    if _ASSIGNMENT.match(words[0]):
        raise ConfigError(
            f"`{words[0]}` is not a program: no shell reads the command",
            hint="write --conf xlearning.container.env.NAME=VALUE, or "
            "`env NAME=VALUE program …`",
        )
    if words[0] in _BUILTINS:
        raise _needs_shell(words[0], launch_cmd or shlex.join(words))
    return words


def shell_warnings(words: tuple[str, ...]) -> tuple[str, ...]:
    """Warn about variables that no shell is going to replace."""
    if words[0].rpartition("/")[2] in SHELLS:
        return ()
    found = [match[0] for word in words for match in _VARIABLE.finditer(word)]
    if not found:
        return ()
    return (
        f"`{found[0]}` in the command is passed on as it is, because no shell reads "
        f"it; write `sh -c '…'` to have it replaced",
    )


def _split(launch_cmd: str) -> tuple[str, ...]:
    try:
        words = tuple(shlex.split(launch_cmd))
    except ValueError as error:
        reason = str(error)[:1].lower() + str(error)[1:]
        raise ConfigError(
            f"`--launch-cmd {launch_cmd}` cannot be read: {reason}",
            hint="every quote needs its like, as in a shell",
        ) from error
    for word in _unquoted(launch_cmd):
        if _OPERATORS.match(word) or (word.endswith(";") and len(word) > 1):
            raise _needs_shell(word, launch_cmd)
    return words


def _unquoted(text: str) -> list[str]:
    """Return the words that hold no quote and no backslash."""
    words: list[str] = []
    current = ""
    quote = ""
    plain = True
    escaped = False
    for letter in text + " ":
        if escaped:
            escaped = False
        elif letter == "\\" and quote != "'":
            escaped, plain = True, False
        elif quote:
            quote = "" if letter == quote else quote
        elif letter in "'\"":
            quote, plain = letter, False
        elif letter.isspace():
            words += [current] if current and plain else []
            current, plain = "", True
        else:
            current += letter
    return words


def _needs_shell(word: str, command: str) -> ConfigError:
    if re.search(r"['\"$`\\]", command):
        hint = f"write `sh -c '…'`; to pass `{word}` on as it is, put it in quotes"
    else:
        hint = f"--launch-cmd \"sh -c '{command}'\""
    return ConfigError(
        f"`{word}` in the command would need a shell, and no shell reads it", hint=hint
    )
