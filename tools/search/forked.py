"""What the workers of this machine are forked from; imported in that process alone.

MXNet takes seconds to load: here it is loaded once for all workers. It is not used yet, and so can
be forked. A process group of their own keeps Ctrl-C from the workers: the search ends them.
"""

import os

os.setpgrp()

# There is a worker for each core, so each computes on its own thread: MXNet's default engine has
# threads beside Python's, and those of one worker would wait for another's. The bits are the same.
os.environ["MXNET_ENGINE_TYPE"] = "NaiveEngine"

import threading  # noqa: E402

import distributed  # noqa: E402, F401
from tqdm import tqdm  # noqa: E402

_terminal = os.dup(2)
os.dup2(os.open(os.devnull, os.O_WRONLY), 2)  # where MXNet says which engine it starts
try:
    import stages.common.gluon.training  # noqa: F401
finally:
    os.dup2(_terminal, 2)

# The default is a semaphore of the system, which a worker that is killed would leave behind.
tqdm.set_lock(threading.RLock())
