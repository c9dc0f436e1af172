"""Results as people see them, in pages that need no network.

html        the one skeleton of a page, its text and tables
figures     charts and pictures as parts of a page
table       a table, made once for pages and for Markdown
content     what the page of trials shows: trials, groups of seeds, sentences
axis        where the values of a param lie on an axis
charts      what charts have in common, the history, the importance: specifications of Vega-Lite
curves      learning curves
sweep       the loss over one param, or heat maps over two or three
parallel    the params together, on parallel axes with brushes (Vega)
confusion   the change between two confusion matrices
importance  how much each param matters
render      the page of trials: of a search, or of a comparison
vega        the scripts of Vega, and charts as PNG
terminal    a table in a terminal
markdown    GitHub Markdown in which text stays text
"""
