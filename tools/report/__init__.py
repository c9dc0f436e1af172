"""The report of a change: the working tree's results against those of a git revision.

revision    the files of a commit or of the working tree
results     what a run left in them, parsed and checked
significance    the paired test: is a difference more than chance?
comparison  what changed, and the verdict
gate        conditions under which a change must not pass
figures     numbers as people read them
markdown, pictures, page    how it is shown

Everything it reads is in git: no DVC remote, no cache and no network is needed.
"""
