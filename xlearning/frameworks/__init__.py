"""What is special about each application type. Pure.

One small module per type answers the same few questions (`base.Adapter`): which tasks
need a common view of the cluster and a port, which end the job and which serve it, and
what a task's environment is once the view is known. `registry.adapter` finds the module
for a type word; a word that nobody knows is a generic job of independent processes.
Neither `am` nor `container` names a framework.
"""
