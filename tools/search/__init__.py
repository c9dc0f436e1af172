"""`make search`: hundreds of trials in minutes, on one machine or on many.

Optuna proposes and records the trials, Dask (`distributed`) runs them in warm processes, DVC runs
the finalists as experiments.

settings     search.yaml: what is varied, and how
loop         the whole search
study        proposals in batches, pruning limits; independent of the workers
run          batches out, outcomes in
journal      the finished trials, in Optuna's journal: what a killed search goes on from
trial        one trial, in a worker: train and validate, never test
pool         the workers: of this machine, or of a Dask cluster
processes    the worker processes of this machine
preload      what those are forked from
fingerprint  what must be the same on every machine: commit, code, lock and data
prepared     reuse, pull or make data/prepared
dvc          runs DVC's commands
worker       `make worker`: the processes of one machine serve a search
finalists    the best params over several seeds, as DVC experiments
verdict      how the finalists did
table        the trials as a table
report       the page of a search
"""
