"""The machines of a search, and the programs that people start on them."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.support.processes import Running, running
from tests.support.project import Project, git

JOURNAL = "report/search/study.journal"
TRIALS = "report/search/trials.csv"


def trials_recorded(project: Project) -> int:
    """Return how many trials the journal of a search holds."""
    path = project.path(JOURNAL)
    return path.read_bytes().count(b'"intermediate_values"') if path.exists() else 0


@dataclass(frozen=True)
class Machine:
    """A clone, and the words that run a command in its network."""

    project: Project
    inside: tuple[str, ...] = ()

    @contextmanager
    def running(self, name: str, *command: str) -> Iterator[Running]:
        """Run a program in the clone until the block ends; `name` is its log's."""
        folder = self.project.folder
        with running(
            [*self.inside, *command],
            folder.with_name(f"{folder.name}-{name}.log"),
            folder=folder,
            environment=self.project.environment,
        ) as program:
            yield program


def clone(project: Project, folder: Path, *, home: Path | None = None) -> Project:
    """Return a clone of a project that nothing but git connects with it.

    Args:
        project: the first clone.
        folder: where the new one goes.
        home: its user's home; None is that of the tests.
    """
    git(folder.parent, "clone", "-q", str(project.folder), str(folder))
    alone = {"DVC_SITE_CACHE_DIR": str(folder.with_name(f"{folder.name}-site-cache"))}
    return Project(folder, project.environment | alone | ({"HOME": str(home)} if home else {}))
