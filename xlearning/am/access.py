"""Who may see and change a job through its page.

The page is reached through YARN's proxy, which checks no ACL and only says who comes.
Whoever does not come from the proxy is sent to it; on one machine that cannot be told
apart, and `/proxy/redirect/` would make the ResourceManager think it calls itself, so
local addresses pass (`AmIpFilter`, `WebAppProxyServlet`).
"""

from __future__ import annotations

import ipaddress
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

    from xlearning.job.spec import JobSpec


def allows(acl: str, user: str) -> bool:
    """Say whether a Hadoop ACL (`user1,user2 group1`, `*` for all) names a user.

    Groups are not looked up: they are the ResourceManager's to know.
    """
    if acl.strip() == "*":
        return True
    users = acl.partition(" ")[0].split(",")
    return user != "" and user in [name.strip() for name in users]


class ProxyAccess:
    """The rules of one job's page.

    Attributes:
        base: Path of the page behind the proxy, with a slash at its end.
    """

    def __init__(
        self,
        spec: JobSpec,
        *,
        base: str,
        proxy_url: str,
        proxy_addresses: Iterable[str],
        acl_enabled: bool,
    ) -> None:
        """Let in who comes from the proxy's addresses.

        Args:
            spec: The job, with its owner and ACLs.
            base: `/proxy/application_…/`.
            proxy_url: `http://host:port` of the proxy.
            proxy_addresses: IP addresses that the proxy may come from.
            acl_enabled: `yarn.acl.enable`.
        """
        self.base = base
        self._spec = spec
        self._proxy_url = proxy_url
        self._proxies = frozenset(proxy_addresses)
        self._acl_enabled = acl_enabled

    def redirect(self, client: str) -> str | None:
        """Return the proxy's address for a client that does not come through it."""
        if client in self._proxies or not self._proxy_url or _is_local(client):
            return None
        path = self.base.replace("/proxy/", "/proxy/redirect/", 1)
        return f"{self._proxy_url}{path}"

    def may_view(self, user: str) -> bool:
        """Say whether a user may look."""
        return self._may(user, self._spec.view_acl)

    def may_modify(self, user: str) -> bool:
        """Say whether a user may change."""
        return self._may(user, self._spec.modify_acl)

    def _may(self, user: str, acl: str) -> bool:
        return not self._acl_enabled or user == self._spec.user or allows(acl, user)


def _is_local(client: str) -> bool:
    try:
        return ipaddress.ip_address(client).is_loopback
    except ValueError:
        return False
