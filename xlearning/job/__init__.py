"""The nouns that client, ApplicationMaster, agents and pages share. Pure.

`spec` is what a job is, made by the client and read by the ApplicationMaster; `ids`,
`resources`, `states` and `causes` are its small change; `snapshot` is what pages and
command line show of it, `waits` what is tried again, `outputs` what is kept of an ended
job; `environment` names the variables that are passed on.
Everything here is a frozen value that msgspec turns into JSON and back.
"""
