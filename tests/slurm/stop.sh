#!/bin/sh
# Ends what start.sh has started in the folder given.
for pid in slurmd.pid slurmctld.pid munge/pid; do
    if [ -f "$1/$pid" ]; then
        kill "$(cat "$1/$pid")" 2> /dev/null
    fi
done
exit 0
