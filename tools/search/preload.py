"""What the workers of this machine are forked from; imported in that process alone.

Dask and MXNet take a second to load: here they are loaded, once for all workers. MXNet is not used
yet, and so can be forked. A process group of their own keeps Ctrl-C from the workers: the search
ends them.
"""

import os

os.setpgrp()

import distributed  # noqa: E402, F401

import stages.common.gluon.training  # noqa: E402, F401
