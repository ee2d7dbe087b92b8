"""Pages and JSON API, mounted by the ApplicationMaster and the history server.

`views` (pure) turns a `JobSnapshot` into HTML; `routes` is the ASGI application around
it. Whoever mounts it brings a `JobSource` (what to show, what to do) and an `Access`
(who may). All is made for YARN's web proxy: GET and PUT only, every answer has a body,
every link is relative to the base that the proxy gives, bodies of PUT are one line of
ASCII JSON (`WebAppProxyServlet` drops line ends and re-encodes as ISO-8859-1).
"""
