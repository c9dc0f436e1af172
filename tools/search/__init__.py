"""`make search`: hundreds of trials of other params in minutes, on one machine or on many.

Optuna proposes and records the trials, Dask (`distributed`) runs them in warm processes, DVC runs
the finalists as experiments.

    settings.py    search.yaml: what is varied, and how
    study.py       proposals in batches, pruning limits; nothing in it depends on the workers
    record.py      the finished trials, in Optuna's journal: what a killed search goes on from
    trial.py       one trial, in a worker: train and validate, never test
    pool.py        the workers: of this machine, or of any Dask cluster
    identity.py    what must be the same on every machine: commit, code, lock and data
    worker.py      `make worker`: the processes of one machine serve a search
    finalists.py   the best params over several seeds, as DVC experiments
    __main__.py    the command
"""
