"""The report of a change: the working tree's results beside those of a git revision.

revision       the files of a commit, or of the working tree
freshness      are results those of the params, code and data beside them?
results        what a run left in git, parsed and checked
significance   the paired test: is a difference more than chance?
comparison     what changed
gate           conditions under which a change must not pass
formatting, verdict, tables  numbers, sentences and tables, the same wherever they are shown
markdown       the comment on a pull request
pictures, page  one self-contained HTML page

Everything it reads is in git: it needs no DVC remote, no cache and no network.
"""
