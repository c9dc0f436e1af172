"""The trials of a search, or a set of experiments, as one page that needs no network.

content.py     what the page shows: trials, groups of seeds, sentences
axis.py        where the values of a param lie on an axis
charts.py      the charts, as specifications of Vega-Lite
parallel.py    the params together, on parallel axes with brushes, as a specification of Vega
importance.py  how much each param matters
render.py      the page: HTML, with page.css, page.js and Vega's scripts inside
"""
