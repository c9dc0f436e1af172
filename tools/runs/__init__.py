"""A recorded run, read in one way.

revision      the files of a commit, or of the working tree
lock          dvc.lock
model         whether data/model is what dvc.lock records
record        params, code, data and figures of a run
seeds         runs as tables: one row for all seeds of the same params
freshness     whether results are those of the params, code and data
edits         what `dvc exp apply` would discard
significance  paired tests: is a difference more than chance?
"""
