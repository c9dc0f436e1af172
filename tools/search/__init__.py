"""`make search`: hundreds of trials in minutes, on one machine or on many.

Optuna proposes and records the trials, Dask (`distributed`) runs them in warm processes, DVC runs
the finalists as experiments.

settings     search.yaml: what is varied, and how
search       the whole search
loop         runs a study: trials out in batches, outcomes in
study        proposals in batches, pruning limits; independent of the workers
journal      the finished trials: a killed search resumes from them
trial        one trial, in a worker: train and validate, never test
pool         the workers: of this machine, or of a Dask cluster
processes    the worker processes of this machine, and their cores
preload      what those are forked from
fingerprint  what trials depend on, as digests: commit, code, lock and data
dvc          what DVC does: bring the data, run experiments
finalists    the best trials over several seeds, as DVC experiments
report       trials.csv, the tables of the terminal, the page
scheduler    `make scheduler`: hands the trials of a cluster out
worker       `make worker`: the processes of one machine serve a search
"""
