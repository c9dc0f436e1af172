#!/bin/sh
# Run a stage: `sh stages/run.sh train`. dvc.yaml does, so that Ctrl-C never shows a traceback.
#
# Python answers SIGINT with a traceback from its first milliseconds on, before any line of ours; SIGTERM ends it there
# in silence. So it is started deaf to what the keyboard sends, and gets SIGTERM from here instead.

# The pause is for dash: a process that it has just started drops signals until Python is in its place.
trap 'sleep 0.1; kill "$!" 2>/dev/null || exit 143' INT QUIT TERM
(trap '' INT QUIT && exec python -m "stages.$1") &
until # a signal ends `wait` as well, and then Python is still there
    wait "$!" 2>/dev/null # bash would add a line on how it ended
    status=$?
    ! kill -0 "$!" 2>/dev/null
do :; done
exit "$status"
