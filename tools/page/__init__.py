"""Results as people see them, in pages that need no network.

content     what the page shows: trials, groups of seeds, sentences
axis        where the values of a param lie on an axis
charts      charts as specifications of Vega-Lite
parallel    the params together, on parallel axes with brushes (Vega)
importance  how much each param matters
render      the page: HTML with its CSS and scripts inside
vega        the scripts of Vega
markdown    GitHub Markdown in which text stays text
"""
