"""The table at the end of `make repro`; the oracle is DVC's own."""

from tests.support.project import FirstRun


def test_the_table_is_that_of_dvc(first_run: FirstRun) -> None:
    """The scores are printed as `dvc metrics show` prints them."""
    project = first_run.project
    wanted = project.run("dvc", "metrics", "show", "metrics/evaluate.json").stdout
    found = project.run("python", "-m", "tools.scores").stdout.splitlines()
    assert found[:-1] == [line.rstrip() for line in wanted.splitlines()]
