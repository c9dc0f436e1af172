"""What the workers of this machine are forked from; imported in that process alone.

MXNet takes seconds to load: here it is loaded once for all workers. It is not used yet, and so can
be forked. A process group of their own keeps Ctrl-C from the workers: the search ends them.
"""

import os

os.setpgrp()

import threading  # noqa: E402

import distributed  # noqa: E402, F401
from tqdm import tqdm  # noqa: E402

import stages.common.gluon.training  # noqa: E402, F401

# The default is a semaphore of the system, which a worker that is killed would leave behind.
tqdm.set_lock(threading.RLock())
