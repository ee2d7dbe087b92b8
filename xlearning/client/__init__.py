"""From a command line to a running job.

    options, job_file, submarine [p]  what users write: words, a file, another's words
    planning, role_planning [p]  options and settings become a `SubmissionPlan`; roles
                               are XLearning's (`roles`), `--role` over them
    stream_planning [p]        what is asked of records on stdin and from stdout
    checks                     what can be known to fail fails before anything is staged
    restoring                  which save a job begins with, and whether it fits
    few_files                  as many workers as files, where that is wanted
    placement                  [p] who goes where: by YARN's constraints or by hosts
    built_environments         programs' Pythons are built where they are missing,
    source_archive             their sources packed; `archives` sends what is not there
    staging, runtime           files go to the job's folder, our Python to the user's
    whereabouts                meanwhile: which nodes hold the input
    submit, follow             the application is submitted, then watched to its end

`submit.run(plan, hadoop, rest=…, storage=…)` carries a plan out and returns the exit
code of `xl-submit`: 0 the job succeeded (or was accepted, when detached), 2 it did not;
an `XLearningError` before that is exit code 1. The Hadoop properties are plain
mappings: nothing here knows who started the cluster.
"""
