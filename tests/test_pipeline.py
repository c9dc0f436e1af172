"""The real DAG, run by real dvc in a temporary clone on a small dataset."""

from tests.project import Project


def test_repro_runs_all_stages_and_then_none(project: Project) -> None:
    """`dvc repro` runs the four stages, and a second one finds nothing to do."""
    first = project.run("dvc", "repro")
    assert [line for line in first.stdout.splitlines() if line.startswith("Running")] == [
        f"Running stage '{stage}':" for stage in ("download", "preprocess", "train", "evaluate")
    ]
    assert "Data and pipelines are up to date." in project.run("dvc", "repro").stdout
