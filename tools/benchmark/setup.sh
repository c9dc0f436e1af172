#!/bin/sh
# Make .venv-benchmark hold the peers that `make benchmark` measures, and measure.
set -eu
cd "$(dirname "$0")/../.."

lock=requirements-benchmark.lock venv=.venv-benchmark
if ! cmp -s "$lock" "$venv/installed.lock"; then
    echo "make: setting up $venv, once; this takes a minute or two"
    rm -rf "$venv"
    .venv/bin/python -m venv "$venv"
    pip="$venv/bin/python -m pip install --quiet --disable-pip-version-check"
    $pip --require-hashes -r "$lock"
    # Only the build for CPUs: the usual one needs gigabytes of CUDA libraries. pip finds it where
    # PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS say, for example at PyTorch's index for CPUs.
    $pip --no-deps "torch==2.13.0+cpu" || echo "make: measuring without PyTorch" >&2
    cp "$lock" "$venv/installed.lock" # last: a set-up that was stopped starts anew
fi
exec .venv/bin/python -m tools.benchmark "$@"
