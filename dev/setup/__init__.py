"""Sets up .venv from the locks in requirements/.

install         installs locks into .venv
plots_template  the page template of `dvc plots`
"""
