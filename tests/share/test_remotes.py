"""What docs/share.md says about DVC remotes, typed in two clones: a folder, SSH, and S3."""

from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.project import Project
from tests.support.remotes import RCLONE, SSHD, s3_server, ssh_server
from tests.support.sharing import colleague, documented, type_in

pytestmark = pytest.mark.slow


def check_the_colleague(sender: Project, clone: Project, log_in: str = "") -> None:
    """A colleague who pulls has the outputs; `dvc repro` runs nothing and changes nothing."""
    assert not clone.path(".dvc/cache").exists()
    said = type_in(clone, log_in + documented("Push and pull", 1))
    assert said.endswith("Data and pipelines are up to date.\n")
    assert "Running stage" not in said
    assert clone.run("git", "status", "--porcelain").stdout == ""
    assert clone.path("dvc.lock").read_bytes() == sender.path("dvc.lock").read_bytes()
    assert clone.path("data/model/weight.npy").exists()


def test_a_folder(team: Project, tmp_path: Path) -> None:
    """Through a folder a colleague gets the results."""
    check_the_colleague(team, colleague(team, tmp_path / "b"))


@pytest.mark.skipif(SSHD is None, reason="there is no sshd: install openssh-server")
@pytest.mark.skipif(not find_spec("dvc_ssh"), reason="there is no dvc-ssh: make setup ADD=remotes")
def test_ssh(sender: Project, tmp_path: Path) -> None:
    """Through a real OpenSSH server a colleague gets the results."""
    home, storage = tmp_path / "home", tmp_path / "storage"
    with ssh_server(tmp_path / "server", home / ".ssh/id_ed25519") as address:
        words = {"ann@host.example:22/srv/dvc": f"{address}{storage}"}
        sender.environment["HOME"] = str(home)
        type_in(sender, documented("A remote over SSH", words=words))
        type_in(sender, documented("Push and pull"))
        assert (storage / "runs").is_dir()
        check_the_colleague(sender, colleague(sender, tmp_path / "b"))


@pytest.mark.skipif(RCLONE is None, reason="there is no rclone: make test installs it")
@pytest.mark.skipif(not find_spec("dvc_s3"), reason="there is no dvc-s3: make setup ADD=remotes")
def test_s3(sender: Project, tmp_path: Path) -> None:
    """Through rclone's S3 server, a real one that checks signatures, a colleague gets them."""
    (tmp_path / "served/bucket").mkdir(parents=True)
    key, secret = "ann", "a-secret"
    log_in = documented("A remote in S3", 1, {"=KEY": f"={key}", "=SECRET": f"={secret}"})
    with s3_server(tmp_path / "served", key, secret) as endpoint:
        sender.environment["HOME"] = str(tmp_path)
        type_in(sender, documented("A remote in S3", words={"https://s3.example": endpoint}))
        type_in(sender, log_in + documented("Push and pull"))
        assert (tmp_path / "served/bucket/dvc/runs").is_dir()
        check_the_colleague(sender, colleague(sender, tmp_path / "b"), log_in)
