"""Servers that hold a DVC remote: OpenSSH's, and for S3 rclone's. Neither is a mock."""

import os
import pwd
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from tests.support.processes import free_port, running

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
RCLONE = shutil.which("rclone")

# sshd does without PAM and the system's keys, so that any user may start it.
_SSHD_CONFIG = """\
ListenAddress {host}
Port {port}
HostKey "{folder}/host_key"
AuthorizedKeysFile "{folder}/authorized_keys"
PidFile none
StrictModes no
UsePAM no
AuthenticationMethods publickey
Subsystem sftp internal-sftp
"""


@contextmanager
def _privilege_separation() -> Iterator[None]:
    """Make the empty folder that sshd asks for when root starts it; Debian's service makes it."""
    folder = Path("/run/sshd")
    if os.geteuid() != 0 or folder.exists():
        yield
        return
    folder.mkdir(mode=0o755)
    try:
        yield
    finally:
        folder.rmdir()


@contextmanager
def ssh_server(
    folder: Path, key: Path, *, host: str = "127.0.0.1", inside: Sequence[str] = ()
) -> Iterator[str]:
    """Run OpenSSH's server until the block ends; the block gets `USER@HOST:PORT`.

    Args:
        folder: Where its own key, its settings and its log go.
        key: Where to write the one private key that it lets in, for the user of this process.
        host: The address that it listens at.
        inside: The words that run a command in the network of that address.
    """
    for made, path in ((folder / "host_key", folder), (key, key.parent)):
        path.mkdir(parents=True, exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", made], check=True)
    shutil.copy(f"{key}.pub", folder / "authorized_keys")
    port = free_port()
    settings = folder / "sshd_config"
    settings.write_text(_SSHD_CONFIG.format(host=host, port=port, folder=folder), encoding="utf-8")
    command = [*inside, str(SSHD), "-D", "-e", "-f", str(settings)]
    with _privilege_separation(), running(command, folder / "log") as server:
        server.said("Server listening")
        yield f"{pwd.getpwuid(os.geteuid()).pw_name}@{host}:{port}"


@contextmanager
def s3_server(folder: Path, key: str, secret: str) -> Iterator[str]:
    """Serve the folders in `folder` as S3 buckets until the block ends; it gets the endpoint.

    Requests must be signed with `key` and `secret`.
    """
    auth = f"--auth-key={key},{secret}"
    command = [str(RCLONE), "serve", "s3", f"--config={os.devnull}", "--addr=127.0.0.1:0", auth]
    log = folder.with_name(f"{folder.name}.log")
    with running([*command, str(folder)], log) as server:
        yield server.said(r"\[(http://127\.0\.0\.1:\d+)/\]")[1]
