from __future__ import annotations

import os

import pytest

from tests.local.world import SMALL, STARTED, attempt_id, fixed_bytes
from xlearning.hadoop.ids import ContainerId, NodeId
from xlearning.hadoop.records import Token
from xlearning.local.tokens import (
    ContainerGrant,
    InvalidToken,
    Tokens,
    UnreadableToken,
    amrm_owner,
    nm_owner,
)

ATTEMPT = attempt_id()
NODE = NodeId("n1", 1001)


@pytest.fixture
def tokens() -> Tokens:
    return Tokens(os.urandom)


def test_the_identifier_is_hadoop_s() -> None:
    """Bytes of a token file that a Hadoop 3.4.2 ResourceManager wrote."""
    identifier = bytes.fromhex("0a0d0a09082a1080d095ffbc31100110b960")
    owner, key = amrm_owner(identifier)
    assert (str(owner), key) == ("appattempt_1700000000000_0042_000001", 12345)
    made = Tokens(fixed_bytes)
    made.amrm.current = 12345
    made.amrm.keys[12345] = bytes(20)
    assert made.begin(owner).identifier == identifier


def test_an_application_master_s_token(tokens: Tokens) -> None:
    token = tokens.begin(ATTEMPT)
    assert tokens.check_amrm(token.identifier) == (ATTEMPT, 1, token.password)
    assert (token.kind, token.service) == ("YARN_AM_RM_TOKEN", "")


def test_a_newer_token_is_offered_until_it_is_used_and_the_old_one_ends(
    tokens: Tokens,
) -> None:
    old = tokens.begin(ATTEMPT)
    assert tokens.newer_amrm_token(ATTEMPT, 1) is None
    tokens.amrm.announce()
    newer = tokens.newer_amrm_token(ATTEMPT, 1)
    assert newer is not None
    assert newer == tokens.newer_amrm_token(ATTEMPT, 1)
    assert tokens.newer_amrm_token(ATTEMPT, 2) is None
    assert tokens.check_amrm(old.identifier)[2] == old.password
    tokens.amrm.activate()
    with pytest.raises(InvalidToken, match="Invalid AMRMToken from appattempt_"):
        tokens.check_amrm(old.identifier)
    assert tokens.check_amrm(newer.identifier)[2] == newer.password


def test_a_node_s_token_is_for_one_node(tokens: Tokens) -> None:
    token = tokens.nm_token(ATTEMPT, NODE, "alice")
    assert nm_owner(token.identifier) == ATTEMPT
    assert tokens.check_nm(token.identifier, NODE) == (ATTEMPT, token.password)
    with pytest.raises(InvalidToken, match="is not valid for current node manager"):
        tokens.check_nm(token.identifier, NodeId("n2", 1002))


def test_the_token_of_the_last_start_stays_good(tokens: Tokens) -> None:
    used, unused = (
        tokens.nm_token(attempt_id(number), NODE, "alice") for number in (1, 2)
    )
    tokens.nm_token_used(used.identifier)
    for _ in range(3):
        tokens.nm.announce()
        tokens.nm.activate(kept=1)
    assert tokens.check_nm(used.identifier, NODE)[1] == used.password
    assert tokens.check_nm(unused.identifier, NODE)[1] != unused.password


def test_a_container_s_token_says_what_was_granted(tokens: Tokens) -> None:
    grant = ContainerGrant(
        ContainerId(ATTEMPT, 2), str(NODE), "alice", SMALL, STARTED, STARTED, 3, 4
    )
    token = tokens.container_token(grant)
    assert tokens.check_container(token) == grant
    forged = Token(token.identifier, bytes(20), token.kind, token.service)
    with pytest.raises(InvalidToken, match="Invalid container token"):
        tokens.check_container(forged)


def test_no_identifier_is_too_bad(tokens: Tokens) -> None:
    for identifier in (b"\xff", b""):
        with pytest.raises(UnreadableToken):
            tokens.check_amrm(identifier)
        with pytest.raises(UnreadableToken):
            tokens.check_nm(identifier, NODE)
