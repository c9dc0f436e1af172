"""Servers that hold a DVC remote, on 127.0.0.1: OpenSSH's, and for S3 rclone's. Neither is a mock.

Each runs under `timeout`, and so ends even when the tests are killed.
"""

import os
import pwd
import re
import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

SSHD = shutil.which("sshd", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
RCLONE = shutil.which("rclone")

# sshd does without PAM and the system's keys, so that any user may start it.
_SSHD_CONFIG = """\
ListenAddress 127.0.0.1
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
def _running(command: list[str], log: Path, ready: str) -> Iterator[re.Match[str]]:
    """Run a server until the block ends; the block gets the match of `ready` in its log."""
    with log.open("w") as out, ExitStack() as ending:
        server = subprocess.Popen(
            ["timeout", "200", *command], stdin=subprocess.DEVNULL, stdout=out, stderr=out
        )
        ending.callback(server.wait)
        ending.callback(server.terminate)
        end = time.monotonic() + 30
        while not (found := re.search(ready, log.read_text())):
            assert server.poll() is None, f"{command} ended: {log.read_text()}"
            assert time.monotonic() < end, f"{command} does not get ready: {log.read_text()}"
            time.sleep(0.05)
        yield found


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
def ssh_server(folder: Path, key: Path) -> Iterator[str]:
    """Run OpenSSH's server until the block ends; the block gets `USER@HOST:PORT`.

    Args:
        folder: Where its own key, its settings and its log go.
        key: Where to write the one private key that it lets in, for the user of this process.
    """
    for made, path in ((folder / "host_key", folder), (key, key.parent)):
        path.mkdir(parents=True, exist_ok=True)
        subprocess.run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-f", made], check=True)
    shutil.copy(f"{key}.pub", folder / "authorized_keys")
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    settings = folder / "sshd_config"
    settings.write_text(_SSHD_CONFIG.format(port=port, folder=folder))
    command = [str(SSHD), "-D", "-e", "-f", str(settings)]
    with _privilege_separation(), _running(command, folder / "log", "Server listening"):
        yield f"{pwd.getpwuid(os.geteuid()).pw_name}@127.0.0.1:{port}"


@contextmanager
def s3_server(folder: Path, key: str, secret: str) -> Iterator[str]:
    """Serve the folders in `folder` as S3 buckets until the block ends; it gets the endpoint.

    Requests must be signed with `key` and `secret`.
    """
    auth = f"--auth-key={key},{secret}"
    command = [str(RCLONE), "serve", "s3", f"--config={os.devnull}", "--addr=127.0.0.1:0", auth]
    log = folder.with_name(f"{folder.name}.log")
    with _running([*command, str(folder)], log, r"\[(http://127\.0\.0\.1:\d+)/\]") as found:
        yield found[1]
