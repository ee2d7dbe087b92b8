"""Names of formats."""

from __future__ import annotations

import pytest

from xlearning.errors import ConfigError
from xlearning.io.formats.java_input import JavaInput
from xlearning.io.formats.java_output import JavaOutput
from xlearning.io.formats.python import PythonInput, PythonOutput
from xlearning.io.formats.registry import (
    INPUT_CLASSES,
    INPUT_FORMATS,
    OUTPUT_CLASSES,
    OUTPUT_FORMATS,
    find_input_format,
    find_output_format,
    needs_java,
)


@pytest.mark.parametrize("name", INPUT_FORMATS)
def test_input_formats_have_their_names(name: str) -> None:
    assert type(find_input_format(f" {name.upper()} ")) is type(find_input_format(name))
    assert isinstance(find_input_format(name).looks_into_files, bool)
    assert not needs_java(name)


@pytest.mark.parametrize("name", OUTPUT_FORMATS)
def test_output_formats_have_their_names(name: str) -> None:
    assert callable(find_output_format(name).open)


def test_java_classes_that_we_have_need_no_java() -> None:
    for java_class, name in INPUT_CLASSES.items():
        assert type(find_input_format(java_class)) is type(find_input_format(name))
        assert not needs_java(java_class)
    for java_class, name in OUTPUT_CLASSES.items():
        assert type(find_output_format(java_class)) is type(find_output_format(name))
        assert not needs_java(java_class)


def test_other_java_classes_run_in_java() -> None:
    for name in ("com.shop.Carts", "com.shop.Carts$Old", "java:Carts", "java:a.B"):
        assert isinstance(find_input_format(name), JavaInput)
        assert isinstance(find_output_format(name), JavaOutput)
        assert needs_java(name)


def test_a_reader_of_ours_can_be_passed_by() -> None:
    java_class = next(iter(INPUT_CLASSES))
    assert isinstance(find_input_format(f"java:{java_class}"), JavaInput)
    assert needs_java(f"java:{java_class}")


def test_classes_in_python() -> None:
    assert isinstance(find_input_format("my.module:Reader"), PythonInput)
    assert isinstance(find_output_format("my.module:Writer"), PythonOutput)
    assert not needs_java("my.module:Reader")


def test_unknown_words_are_refused() -> None:
    with pytest.raises(ConfigError, match="`sequencefil` is no input") as refused:
        find_input_format("sequencefil")
    assert refused.value.hint == "did you mean `sequencefile`?"
    with pytest.raises(ConfigError, match="`xyz` is no output format") as refused:
        find_output_format("xyz")
    assert "multitext" in str(refused.value.hint)
