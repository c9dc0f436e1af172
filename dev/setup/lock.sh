#!/bin/sh
# Resolve the locks anew from pyproject.toml, with hashes and without the address of any index.
# A version that is locked already stays, if it can: `dev/setup/lock.sh --upgrade` takes the newest.
set -eu
cd "$(dirname "$0")/../.."

lock() {
    output=$1
    shift
    uv pip compile "$@" --output-file "$output" --universal --python-version 3.10 \
        --generate-hashes --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet
}

lock requirements/base.lock pyproject.toml --extra cpu "$@"

# Locks that may meet in one environment agree: each is held to those before it. bootstrap.lock is
# installed first; the others but gpu.lock on top of base.lock: they leave out what that holds for
# every platform.
agreeing="--constraint requirements/base.lock"
lock requirements/bootstrap.lock --group bootstrap $agreeing "$@"
base=$(sed -n 's/^\([a-z0-9-]*\)==[^ ]* \\$/--no-emit-package \1/p' requirements/base.lock)
for group in test export search remotes; do
    lock "requirements/$group.lock" --group "$group" $agreeing $base "$@"
    agreeing="$agreeing --constraint requirements/$group.lock"
done
# Whole: no requirements file can take `mxnet` away, whose files those of mxnet-cu112 would overwrite.
lock requirements/gpu.lock pyproject.toml --extra gpu --constraint requirements/base.lock "$@"
lock requirements/benchmark.lock --group benchmark "$@"
