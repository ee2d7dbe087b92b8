from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from xlearning.client.option_table import OPTIONS
from xlearning.client.options import Options, parse_options
from xlearning.config.load import Entry
from xlearning.errors import ConfigError

OPTIONS_AND_WORDS = [f"--{name}" for name in OPTIONS] + ["--", "a=b", "/a#b", "-1"]


def parse(line: str) -> Options:
    return parse_options(line.split())


@pytest.mark.parametrize(
    "spelling", ["-appName", "--appName", "-app-name", "--app-name"]
)
def test_both_names_with_one_dash_or_two(spelling: str) -> None:
    assert parse_options([spelling, "demo"]).app_name == "demo"


def test_a_value_may_be_attached() -> None:
    options = parse("--worker-num=2 -psNum=1")
    assert [entry.text for entry in options.settings] == ["2", "1"]


def test_options_that_are_settings_keep_their_origin() -> None:
    options = parse("--worker-gpus 1 -workerMemory 2G --output-index -1")
    assert options.settings == (
        Entry("xlearning.worker.gcores", "1", "`--worker-gpus`"),
        Entry("xlearning.worker.memory", "2G", "`--worker-memory`"),
        Entry("xlearning.output.index", "-1", "`--output-index`"),
    )


def test_a_blank_value_is_no_setting() -> None:
    assert parse_options(["--queue", " "]).settings == ()


def test_lists_have_commas_and_add_up() -> None:
    options = parse("--files a.py,b.py, --files c.py --cache-file /x#y")
    assert options.files == ("a.py", "b.py", "c.py")
    assert options.cache_files == ("/x#y",)


def test_conf_takes_the_words_with_an_equals_sign_that_follow() -> None:
    options = parse_options(
        ["--conf", "a=b", "c=d=e", "e=", "f=a b", "--app-type", "x", "--conf", "g=1"]
    )
    assert options.conf == (
        Entry("a", "b", "`--conf a`"),
        Entry("c", "d=e", "`--conf c`"),
        Entry("e", "", "`--conf e`"),
        Entry("f", "a b", "`--conf f`"),
        Entry("g", "1", "`--conf g`"),
    )
    assert options.app_type == "X"


def test_conf_without_a_value_is_refused() -> None:
    with pytest.raises(ConfigError, match="`--conf a` sets nothing") as caught:
        parse("--conf a")
    assert caught.value.hint == "--conf a=VALUE"


def test_mappings_keep_their_order_and_add_up() -> None:
    options = parse("--input /b#d1 /a#d2 --input /c --output /o#true")
    assert options.inputs == ("/b#d1", "/a#d2", "/c")
    assert options.outputs == ("/o#true",)


def test_hboxs_mappings_of_s3_are_mappings() -> None:
    options = parse("--s3input b/a#d --input /c --s3output /b/o#m --s3input s3://b/x")
    assert options.inputs == ("/c", "s3://b/a#d", "s3://b/x")
    assert options.outputs == ("s3://b/o#m",)


def test_the_first_word_of_no_option_begins_the_command() -> None:
    options = parse("--worker-num 2 python train.py --worker-num 9 -- x")
    assert options.command == ("python", "train.py", "--worker-num", "9", "--", "x")
    assert parse("--worker-num 2 -- -x y").command == ("-x", "y")
    assert parse("- x").command == ("-", "x")


def test_the_first_of_a_repeated_option_counts_with_a_warning() -> None:
    options = parse("--queue a --queue b --queue a")
    assert options.settings[0].text == "a"
    assert options.warnings == ("`--queue` is given twice: `a` counts, `b` does not",)


def test_quotes_in_a_value_stay() -> None:
    options = parse_options(["--launch-cmd", 'sh a.sh "x"'])
    assert options.launch_cmd == 'sh a.sh "x"'


@pytest.mark.parametrize(
    ("word", "hint"),
    [
        ("--inRenameInputFile", "did you mean `--isRenameInputFile`?"),
        ("--app_name", "did you mean `--app-name`?"),
        ("--APPNAME", "did you mean `--app-name`?"),
        ("--launchcmd", "did you mean `--launch-cmd`?"),
        ("--wroker-num", "did you mean `--worker-num`"),
        ("--zzzzzzzz", "all options: `xl-submit --help`"),
    ],
)
def test_an_unknown_option_is_refused(word: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=f"unknown option `{word}`") as caught:
        parse_options([word, "x"])
    assert (caught.value.hint or "").startswith(hint)


def test_two_near_options_are_both_shown_with_their_dashes() -> None:
    with pytest.raises(ConfigError) as caught:
        parse_options(["--output-indx", "1"])
    assert "`--output-index`" in (caught.value.hint or "")
    assert "--`" not in (caught.value.hint or "")


@pytest.mark.parametrize("line", ["--queue", "--queue --detach", "--queue -appName x"])
def test_a_missing_value_is_told(line: str) -> None:
    with pytest.raises(ConfigError, match="`--queue` needs a value"):
        parse(line)


def test_a_flag_takes_no_value() -> None:
    with pytest.raises(ConfigError, match="`--detach` takes no value"):
        parse("--detach=true")


def test_flags() -> None:
    options = parse("--detach --dry-run --json --version --help")
    assert options.detach
    assert options.dry_run
    assert options.as_json
    assert options.version
    assert options.help


def test_nothing_at_all_asks_for_the_help() -> None:
    assert parse_options([]).help
    assert not parse("--detach").help


def test_the_rest_of_the_line() -> None:
    options = parse(
        "--user bob --conf-dir /c --hadoop-conf /h --user-path /b "
        "--user-ldlibrarypath /l --jars a.jar --cacheArchive /e.tgz#e --hbox-cmd run"
    )
    assert options.user == "bob"
    assert options.conf_dir == "/c"
    assert options.hadoop_conf == "/h"
    assert options.user_path == "/b"
    assert options.user_ld_library_path == "/l"
    assert options.jars == ("a.jar",)
    assert options.cache_archives == ("/e.tgz#e",)
    assert options.launch_cmd == "run"
    assert options.app_type == ""
    assert options.application_type == "XLEARNING"


@given(st.lists(st.sampled_from([*OPTIONS_AND_WORDS]) | st.text(), max_size=8))
def test_any_line_is_read_or_refused_in_our_words(words: list[str]) -> None:
    try:
        options = parse_options(words)
    except ConfigError:
        return
    assert options.command == tuple(words)[len(words) - len(options.command) :]


def test_an_environment_is_not_a_variable() -> None:
    assert parse_options(["--env", "./a=b.txt", "run"]).environment == "./a=b.txt"
    with pytest.raises(ConfigError, match="`--env A=b` is no file") as caught:
        parse_options(["--env", "A=b", "run"])
    assert caught.value.hint == (
        "to set a variable: --conf xlearning.container.env.A=b"
    )


def test_roles_are_spread_or_packed() -> None:
    found = parse_options(["--spread", "a,b", "--role", "a:num=2", "run"])
    assert found.roles["a"].num == 2
    assert found.roles["b"].placement == "spread"
    with pytest.raises(ConfigError, match="`placement` is given twice"):
        parse_options(["--spread", "a", "--pack", "a", "run"])
    with pytest.raises(ConfigError, match="`A` cannot name a role"):
        parse_options(["--pack", "A", "run"])
