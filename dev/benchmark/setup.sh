#!/bin/sh
# Make .venv-benchmark hold the peers that `make benchmark` measures, and measure.
set -eu
cd "$(dirname "$0")/../.."

lock=requirements/benchmark.lock venv=.venv-benchmark
if ! cmp -s "$lock" "$venv/installed.lock"; then
    echo "make: setting up $venv, once; this takes a minute or two"
    rm -rf "$venv"
    .venv/bin/python -m venv "$venv"
    "$venv/bin/python" -m pip install --quiet --disable-pip-version-check --require-hashes -r "$lock"
    cp "$lock" "$venv/installed.lock" # last: a set-up that was stopped starts anew
fi
exec .venv/bin/python -m dev.benchmark "$@"
