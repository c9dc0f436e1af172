"""Bad input, counted: the suite's cases, and each wrong param given to a real `dvc exp run -S`."""

import re
import subprocess
import sys
from collections import Counter

from tests.common.test_params import WRONG_VALUES
from tests.faults.results import differences, results
from tests.support.project import ROOT, Project

# The suite's tests of input that must be refused, by their names.
REFUSALS = "refused or given_up or is_named or noticed"
ALLOWED_BY_S = ("1_000",)  # what -S reads as a sound value, here as 1000


def refuse_in_the_suite() -> int:
    """Run the suite's tests of refused input; return how many there are."""
    command = [sys.executable, "-m", "pytest", "-q", "-k", REFUSALS]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout
    return int(re.findall(r"(\d+) passed", done.stdout)[-1])


def refuse_setting(project: Project, key: str, value: str) -> str:
    """Give a wrong param to `dvc exp run -S`; assert that it is refused in one line that names it; say by whom.

    What is no value in the grammar of -S is refused by DVC. What Python holds equal to the param's value, as 0.0 and 0,
    DVC takes for no change, and no stage runs.
    """
    done = project.run("dvc", "exp", "run", "-S", f"{key}={value}", status=None)
    told = f"-S {key}={value}:\n{done.stdout}\n{done.stderr}"
    assert "Traceback" not in done.stderr, told
    ours = re.findall(
        rf"^\w+: params\.yaml: {key}: .* is not allowed; it must be .*$", done.stderr, re.MULTILINE
    )
    if ours:
        assert done.returncode != 0, told
        assert len(ours) == 1, told
        return "refused by the stage"
    assert "Running stage" not in done.stdout, told
    if done.returncode:
        assert done.stderr.startswith("ERROR: "), told
        return "refused by DVC"
    return "taken by DVC for the value that is there"


def refuse_settings(project: Project) -> Counter[str]:
    """Give each of the suite's wrong params to a real `dvc exp run -S`; return the counts.

    After each, `git checkout` and `dvc checkout` must bring the committed results back.
    """
    wanted = results(project)
    counts: Counter[str] = Counter()
    for key, value, *_ in WRONG_VALUES:
        if value in ALLOWED_BY_S:
            continue
        counts[refuse_setting(project, key, value)] += 1
        project.run("git", "checkout", "-q", ".")
        project.run("dvc", "checkout", "-q", "--force")
        assert not differences(results(project), wanted), f"after -S {key}={value}"
    return counts
