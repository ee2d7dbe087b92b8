"""Who may see and change a job through its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from msgspec.structs import replace

from xlearning.am.access import ProxyAccess, allows

if TYPE_CHECKING:
    from collections.abc import Callable

    from xlearning.job.spec import JobSpec

BASE = "/proxy/application_1700000000000_0001/"
RM = "http://rm:8088"


@pytest.mark.parametrize(
    ("acl", "user", "allowed"),
    [
        ("*", "bob", True),
        (" * ", "bob", True),
        ("alice,bob", "bob", True),
        ("alice, bob admins", "bob", False),
        ("alice,bob admins", "bob", True),
        ("alice admins", "admins", False),
        (" admins", "admins", False),
        ("", "bob", False),
        (" ", "bob", False),
        ("alice", "ali", False),
    ],
)
def test_a_list_of_users_names_a_user(acl: str, user: str, allowed: bool) -> None:
    assert allows(acl, user) is allowed


@pytest.fixture
def access(job: Callable[..., JobSpec]) -> Callable[..., ProxyAccess]:
    """Return the maker of rules: `access(acl_enabled=True, proxy_url=…)`."""
    spec = replace(job(worker=1), view_acl="bob,carol", modify_acl="carol")

    def make(*, acl_enabled: bool = True, proxy_url: str = RM) -> ProxyAccess:
        return ProxyAccess(
            spec,
            base=BASE,
            proxy_url=proxy_url,
            proxy_addresses=["10.0.0.1", "10.0.0.2"],
            acl_enabled=acl_enabled,
        )

    return make


@pytest.mark.parametrize(
    ("user", "views", "modifies"),
    [
        ("alice", True, True),
        ("bob", True, False),
        ("carol", True, True),
        ("mallory", False, False),
    ],
)
def test_the_owner_and_those_who_are_named(
    access: Callable[..., ProxyAccess], user: str, views: bool, modifies: bool
) -> None:
    rules = access()
    assert (rules.may_view(user), rules.may_modify(user)) == (views, modifies)


def test_a_cluster_without_acls_lets_everybody(
    access: Callable[..., ProxyAccess],
) -> None:
    rules = access(acl_enabled=False)
    assert rules.may_view("")
    assert rules.may_modify("mallory")


@pytest.mark.parametrize(
    ("client", "passes"),
    [
        ("10.0.0.1", True),
        ("10.0.0.2", True),
        ("127.0.0.1", True),
        ("127.0.2.1", True),
        ("::1", True),
        ("10.0.0.9", False),
        ("", False),
        ("testclient", False),
    ],
)
def test_who_does_not_come_from_the_proxy_is_sent_there(
    access: Callable[..., ProxyAccess], client: str, passes: bool
) -> None:
    there = f"{RM}/proxy/redirect/application_1700000000000_0001/"
    assert access().redirect(client) == (None if passes else there)
    assert access().base == BASE


def test_without_a_proxy_nobody_is_sent_anywhere(
    access: Callable[..., ProxyAccess],
) -> None:
    assert access(proxy_url="").redirect("10.0.0.9") is None


def test_an_empty_acl_lets_nobody_in_without_a_name() -> None:
    assert not allows("", "")
    assert not allows(" ", "")
    assert allows("*", "")
