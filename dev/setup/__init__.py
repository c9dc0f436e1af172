"""Sets up .venv from the locks in requirements/.

install         installs locks into .venv
steps           runs programs, with a log and a word to whoever waits
reach           what pip's and uv's settings say of reaching packages
finish          imports what the pipeline imports, so that it is compiled once
plots_template  the page template of `dvc plots`
"""
