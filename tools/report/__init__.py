"""`make report`: the working tree's results beside those of a git revision.

results     what a run left in git, parsed and checked
comparison  what changed
gate        conditions under which a change must not pass
formatting  numbers, the same wherever they are shown
verdict     sentences
tables      tables
links       links to the pictures of a commit
markdown    the comment on a pull request
images      the images that became wrong or right
page        one HTML page
"""
