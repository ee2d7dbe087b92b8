from __future__ import annotations

import pytest

from xlearning.client.role_request import (
    FIELDS,
    RoleRequest,
    joined_requests,
    overlaid,
    parse_role,
)
from xlearning.errors import ConfigError
from xlearning.job.spec import Placement


def test_every_field_is_read() -> None:
    text = (
        "ps:num=2,memory=4g,cores=3,gpus=1,label=gpu,cmd=python ps.py,env=A=1,files=a"
        ",cache-files=/b#b,cache-archives=/c.tgz#c,python-env=c,ports=2,service=true"
        ",placement=pack,attribute=os=a,disk!=ssd"
    )
    name, request = parse_role(text)
    assert name == "ps"
    assert request == RoleRequest(
        num=2,
        memory="4g",
        cores=3,
        gpus=1,
        label="gpu",
        cmd="python ps.py",
        env={"A": "1"},
        files=["a"],
        cache_files=["/b#b"],
        cache_archives=["/c.tgz#c"],
        python_env="c",
        ports=2,
        service=True,
        placement=Placement.PACK,
        attribute=["os=a", "disk!=ssd"],
    )
    assert parse_role("a:environment=r.txt")[1].environment == "r.txt"
    assert len(FIELDS) == 16


def test_a_field_keeps_commas_that_begin_no_other() -> None:
    request = parse_role("w:cmd=run --layers 64,32,x=1,env=A=1,2,env=B=,files=a,b")[1]
    assert request.cmd == "run --layers 64,32,x=1"
    assert request.env == {"A": "1,2", "B": ""}
    assert request.files == ["a", "b"]


@pytest.mark.parametrize(
    ("text", "message", "hint"),
    [
        ("ps", "asks for nothing", "NAME:num"),
        ("ps:", "asks for nothing", "NAME:num"),
        ("Ps:num=1", "cannot name a role", "small letter"),
        ("am:num=1", "cannot name a role", "`am` is taken"),
        ("ps:memroy=1", "no field `memroy`", "`memory`"),
        ("ps:num=1,memroy=1", "no field `memroy`", "`memory`"),
        ("ps:num=1,zzzz=1", "no field `zzzz`", "fields: num"),
        ("ps:num", "no field `num`", "`num`"),
        ("ps:zzzz=1", "no field `zzzz`", "fields: num"),
        ("ps:num=two", "num: expected a whole number, got a text", ""),
        ("ps:num=-1", "num: expected a whole number >= 0", ""),
        ("ps:placement=near", "placement: invalid enum value 'near'", ""),
        ("ps:num=1,num=2", "`num` is given twice", ""),
        ("ps:env=r.txt", "`env=r.txt` sets no variable", "environment=r.txt"),
        ("ps:env=A=1,env=A=2", "variable `A` is given twice", ""),
        ("ps:env=1A=1", "`1A` cannot name a variable", "env=NAME"),
    ],
)
def test_what_is_wrong_is_named(text: str, message: str, hint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        parse_role(text)
    assert message in caught.value.message
    assert hint in (caught.value.hint or "")


def test_the_upper_request_wins_and_variables_are_joined() -> None:
    under = RoleRequest(num=1, memory="1g", env={"A": 1, "B": 1}, files=["a"])
    over = RoleRequest(num=2, env={"B": 2})
    assert overlaid(under, over) == RoleRequest(
        num=2, memory="1g", env={"A": 1, "B": 2}, files=["a"]
    )


def test_requests_side_by_side_may_not_differ() -> None:
    one, other = RoleRequest(num=1, env={"A": 1}), RoleRequest(cores=2, env={"A": 1})
    joined = joined_requests([("w", one), ("w", other)], "--role")
    assert joined == {"w": RoleRequest(num=1, cores=2, env={"A": 1})}
    for clash in (RoleRequest(num=2), RoleRequest(env={"A": 2})):
        with pytest.raises(ConfigError, match=r"--role w: `.*` is given twice"):
            joined_requests([("w", one), ("w", clash)], "--role")
