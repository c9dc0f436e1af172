"""Run the suite on a branch whose params were changed and whose results were made again.

    python -m tests.changed_branch [lr=0.2 val_fraction=0 ...] [-- PYTEST_OPTION ...]

Pull requests change params, so no test may depend on those of this branch. Without arguments all
params are changed but the dataset, the device and patience, which needs a validation split. Run it
in the repository's root, whose raw data are taken.
"""

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml

from tests.support.project import ROOT, Project, clean_environment, files_of_repository, git
from tools.verify.clone import give_raw

CHANGES = [
    *("seed=1", "val_fraction=0", "batch_size=64", "epochs=20", "lr=0.2", "momentum=0.9"),
    *("weight_decay=0.0001", "lr_schedule=cosine"),
]


def main() -> None:
    """Make the branch in a temporary clone, run the suite in it, and exit with its status."""
    arguments = sys.argv[1:]
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    changes, options = arguments[:cut] or CHANGES, arguments[cut + 1 :]
    with tempfile.TemporaryDirectory(prefix="branch-") as name:
        folder = Path(name) / "clone"
        for file in files_of_repository():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / file, folder / file)
        git(folder, "init", "-q", "-b", "changed")
        branch = Project(folder, clean_environment())
        branch.commit("Start")
        params = yaml.safe_load(branch.path("params.yaml").read_text(encoding="utf-8"))
        text = yaml.safe_dump(params | yaml.safe_load("\n".join(changes).replace("=", ": ")))
        branch.path("params.yaml").write_text(text, encoding="utf-8")
        environment = branch.environment
        if raw := give_raw(folder):
            environment["DATASET_SOURCE"] = str(raw)
        subprocess.run(["dvc", "repro"], cwd=folder, env=environment, check=True)
        branch.commit(f"Set {' '.join(changes)}")
        print(f"the suite on a branch with {' '.join(changes)}", flush=True)
        command = [sys.executable, "-m", "pytest", *options]
        done = subprocess.run(command, cwd=folder, env=environment, check=False)
    sys.exit(done.returncode)


if __name__ == "__main__":
    main()
