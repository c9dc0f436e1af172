"""End a set-up: write the page template of `dvc plots`, and import what the pipeline imports.

Python then writes the bytecode, once. Where it may not write it later, as in many containers, each
start would compile all of it. To compile every package here would take three times as long.
"""

import importlib

from dvc.cli import main as dvc

from dev.setup import plots_template

# What DVC does not import for `dvc repro`, but for `dvc exp run`.
OF_EXPERIMENTS = (
    "dulwich.porcelain",
    "dvc.repo.brancher",
    "dvc.repo.experiments.executor.local",
    "dvc.repo.experiments.queue.celery",
    "dvc.repo.experiments.queue.tempdir",
    "dvc.repo.experiments.queue.workspace",
    "dvc.repo.experiments.run",
    "dvc_task.proc.manager",
    "hydra",
    "hydra.core.override_parser.overrides_parser",
    "pygit2",
)


def main() -> None:
    """Write the template, and import the rest."""
    plots_template.main()
    dvc(["repro", "--dry", "--quiet"])
    stages = (f"stages.{name}" for name in ("download", "preprocess", "train", "evaluate"))
    for name in (*stages, *OF_EXPERIMENTS):
        importlib.import_module(name)


if __name__ == "__main__":
    main()
