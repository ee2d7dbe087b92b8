# The trainer of the bench: its first line is the time. $1: file for a copy of it (its
# end goes to $1.end), $2: how many seconds to run.
date +%s.%N | tee -a "$1"
sleep "${2:-0}"
date +%s.%N >> "$1.end"
