#!/bin/sh
# Make .venv hold what the locks say: `dev/setup/setup.sh [GROUP...]` installs requirements/base.lock,
# or requirements/gpu.lock with GPU=1, and requirements/GROUP.lock of each group on top.
# Does nothing when .venv holds them already. PYTHON=... names the interpreter to use.
set -eu
cd "$(dirname "$0")/../.."

stop() {
    echo "make: $*" >&2
    exit 1
}

# In a clone of another user git refuses to work: show git's advice on ownership, which DVC hides.
advice=$(LC_ALL=C git rev-parse --git-dir 2>&1) || case $advice in
    *"dubious ownership"*) echo "$advice" >&2 && exit 1 ;;
esac

# Use the base interpreter: `python3` may belong to .venv, which may be deleted.
find_python='import sys
assert (3, 10) <= sys.version_info[:2] <= (3, 12)
print(sys._base_executable)'
python=
if [ "${PYTHON:-}" ] && ! python=$("$PYTHON" -I -c "$find_python" 2>/dev/null); then
    stop "PYTHON=$PYTHON is not a Python 3.10, 3.11 or 3.12"
fi

holds() {
    [ -x .venv/bin/python ] && [ "$(cat .venv/installed/folder 2>&1)" = "$(pwd -P)" ] || return 1
    for lock; do cmp -s "$lock" ".venv/installed/${lock##*/}" || return 1; done
}
is_of_python() { [ -z "$python" ] || [ .venv/bin/python -ef "$python" ]; }

case "${GPU:-}" in
    1) base=requirements/gpu.lock ;;
    0) base=requirements/base.lock ;;
    "") # whatever was asked for last, as long as it is up to date
        base=requirements/base.lock
        if holds requirements/gpu.lock; then base=requirements/gpu.lock; fi ;;
    *) stop "GPU must be 1 or 0, and is '$GPU'" ;;
esac
for group; do
    shift
    [ -e "requirements/$group.lock" ] || stop "there is no requirements/$group.lock to add"
    set -- "$@" "requirements/$group.lock"
done
set -- "$base" "$@"
if holds "$@" && is_of_python; then exit 0; fi

system=$(uname -s) machine=$(uname -m)
case "$system $machine" in
    "Linux x86_64" | "Darwin x86_64") ;;
    *) stop "this is $system on $machine, for which MXNet has no wheel;" \
        "use x86-64 Linux (a container or WSL2 will do) or an Intel Mac" ;;
esac
if [ "$base" = requirements/gpu.lock ] && [ "$system" != Linux ]; then
    stop "GPU=1 needs Linux: there is no mxnet-cu112 for $system"
fi

for candidate in python3.12 python3.11 python3.10 python3 python; do
    [ -z "$python" ] || break
    python=$("$candidate" -I -c "$find_python" 2>/dev/null) || python=
done
if [ -z "$python" ] && command -v uv >/dev/null; then
    uv python install --quiet 3.12 && python=$(uv python find --managed-python 3.12) ||
        stop "uv could not provide Python 3.12; install Python 3.10, 3.11 or 3.12"
fi
[ "$python" ] || stop "no Python 3.10, 3.11 or 3.12 found;" \
    "install one, or uv, or name one: make PYTHON=/path/to/python3.12"

exec "$python" -Es -m dev.setup.install "$@"
