"""The command line: it parses, calls one room and prints; it decides nothing.

`main` is the group `xl`, whose commands are imported when they are used; `submit` is
`xl-submit` and `xl submit`; `text` prints errors, hints and warnings the same way for
all. Data goes to stdout, everything else to stderr.
"""
