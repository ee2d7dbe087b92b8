"""What is special about each application type. Pure.

One small module per type answers the same questions (`base.Adapter`):

    complete(job)             the client: which roles it has, and which the type adds
    shape(job)                the ApplicationMaster: who waits for whom, who holds
                              ports, who serves, whose failure counts, who may
                              restart alone
    launch(job, view, task)   the agent: environment, files, command, processes
    profile                   `xl frameworks`: roles, variables and files, in words

`registry` finds the adapter of a type word: our own in a table, a site's through the
entry points of its packages, which the client takes along to the nodes. A word that
nobody knows is a job of independent processes, or of declared roles (`generic`).
`conformance.check_adapter` takes a job through any adapter, as a site's tests can too.
Neither `am` nor `container` names a framework.
"""
