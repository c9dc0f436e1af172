#!/bin/sh
# Make .venv hold exactly what a lock says: `tools/setup/setup.sh` for CPUs, `GPU=1 tools/setup/setup.sh` for NVIDIA GPUs.
# Does nothing when it does already. PYTHON=... names the interpreter to use.
set -eu
cd "$(dirname "$0")/../.."

stop() {
    echo "make: $*" >&2
    exit 1
}

stamp=.venv/installed.lock
current() { [ -x .venv/bin/python ] && cmp -s "$1" "$stamp"; }

case "${GPU:-}" in
    1) lock=requirements-gpu.lock ;;
    0) lock=requirements.lock ;;
    "") # whatever was asked for last, as long as it is up to date
        lock=requirements.lock
        if current requirements-gpu.lock; then lock=requirements-gpu.lock; fi ;;
    *) stop "GPU must be 1 or 0, and is '$GPU'" ;;
esac
if current "$lock"; then exit 0; fi

case "$(uname -s) $(uname -m)" in
    "Linux x86_64" | "Darwin x86_64") ;;
    *) stop "this is $(uname -s) on $(uname -m), for which MXNet has no wheel; use x86-64 Linux (a container or WSL2 will do) or an Intel Mac" ;;
esac
if [ "$lock" = requirements-gpu.lock ] && [ "$(uname -s)" != Linux ]; then
    stop "GPU=1 needs Linux: there is no mxnet-cu112 for $(uname -s)"
fi

supported() { "$1" -c 'import sys; sys.exit(not (3, 10) <= sys.version_info[:2] <= (3, 12))' >/dev/null 2>&1; }
python=
for candidate in ${PYTHON:+"$PYTHON"} python3.12 python3.11 python3.10 python3 python; do
    if supported "$candidate"; then python=$candidate && break; fi
    if [ "$candidate" = "${PYTHON:-}" ]; then stop "PYTHON=$PYTHON is not a Python 3.10, 3.11 or 3.12"; fi
done

if [ -z "$python" ] && ! command -v uv >/dev/null 2>&1; then
    stop "no Python 3.10, 3.11 or 3.12 found; install one, or uv, or name one: make PYTHON=/path/to/python3.12"
fi

rm -rf .venv
if [ -n "$python" ]; then
    echo "make: setting up .venv with $("$python" --version 2>&1), once; this takes a minute or two"
    "$python" -m venv .venv >/dev/null 2>&1 ||
        stop "$python cannot make a virtual environment; install its venv module (Debian, Ubuntu: apt-get install python3-venv)"
else
    echo "make: setting up .venv with uv's Python 3.12, once; this takes a minute or two"
    uv venv --quiet --seed --python 3.12 .venv || stop "uv could not provide Python 3.12; install Python 3.10, 3.11 or 3.12"
fi

.venv/bin/python -m pip install --disable-pip-version-check --require-hashes -r "$lock" >.venv/install.log 2>&1 || {
    grep -i error .venv/install.log >&2 || tail -n 5 .venv/install.log >&2
    stop "pip could not install $lock (all it said is in .venv/install.log); mend the cause and run make again"
}

if [ "$(uname -s)" = Linux ]; then
    for library in libgomp.so.1:libgomp1:libgomp libquadmath.so.0:libquadmath0:libquadmath; do
        file=${library%%:*} names=${library#*:}
        .venv/bin/python -c "import ctypes; ctypes.CDLL('$file')" 2>/dev/null ||
            stop "MXNet needs the system library $file; install the package ${names%%:*} (Debian, Ubuntu) or ${names#*:} (Fedora)"
    done
fi
.venv/bin/python -m tools.setup.plots_template || stop "the page template of dvc plots could not be written (see above)"
cp "$lock" "$stamp"
