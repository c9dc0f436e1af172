"""The stages of the pipeline, each run as `python -m stages.NAME` in the repository's root.

This file is in no stage's deps: nothing in it can change a result.
"""

import signal
import sys

# "-m" says that Python is on its way to run a stage. Its imports take up to two seconds, in which nothing is written
# yet: until run_stage takes over, Ctrl-C ends it at once, without a traceback of whatever was being imported.
if sys.argv[0] == "-m" and signal.getsignal(signal.SIGINT) is signal.default_int_handler:
    signal.signal(signal.SIGINT, signal.SIG_DFL)
