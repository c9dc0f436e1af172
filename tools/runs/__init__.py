"""A recorded run, read in one way.

git           git, run as a program
revision      the files of a commit, or of the working tree
lock          dvc.lock
record        a run: its params, code, metrics and learning curve
predictions   what its model took the images of a split for
ranking       runs ranked by their validation loss, all seeds of the same params as one
freshness     whether results are those of the params, code and data
model         whether data/model is the model of the commit that is checked out
edits         how to apply an experiment, and what that would discard
significance  paired tests: is a difference more than chance?
"""
