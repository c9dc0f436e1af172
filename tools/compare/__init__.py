"""`make compare`: the recorded experiments as a table, a page and pictures.

experiments  which runs started from a commit
text         a comparison in words
page         the page of a comparison
"""
