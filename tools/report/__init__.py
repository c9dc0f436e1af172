"""`make report`: the working tree's results beside those of a git revision.

change    what changes from one run to another
split     the images that a split holds in two runs, as both models see them
gate      what fails a change
text      a change in sentences, and numbers as people read them
tables    tables
links     links to the pictures of a commit
markdown  the comment on a pull request
images    the images that became wrong or right
page      one HTML page
"""
