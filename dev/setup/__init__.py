"""Sets up .venv from the locks in requirements/.

install         installs locks into .venv
steps           runs programs, with a log and a word to whoever waits
reach           what pip's and uv's settings say of reaching packages
plots_template  the page template of `dvc plots`
"""
