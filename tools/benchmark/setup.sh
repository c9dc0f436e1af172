#!/bin/sh
# Make .venv-benchmark hold the peers that `make benchmark` measures, with the Python of .venv, and measure.
# A peer that cannot be installed becomes a row that says so.
set -eu
cd "$(dirname "$0")/../.."

lock=requirements-benchmark.lock venv=.venv-benchmark
if ! cmp -s "$lock" "$venv/installed.lock"; then
    echo "make: setting up $venv, once; this takes a minute or two"
    rm -rf "$venv"
    .venv/bin/python -m venv "$venv"
    done=$lock
    "$venv/bin/python" -m pip install --disable-pip-version-check --require-hashes -r "$lock" >"$venv/install.log" 2>&1 || {
        done=
        echo "make: pip could not install $lock (all it said is in $venv/install.log); measuring without what is missing" >&2
    }
    # Only the build for CPUs: the usual one needs gigabytes of CUDA libraries. pip finds it where its own settings say
    # (PIP_EXTRA_INDEX_URL or PIP_FIND_LINKS), for example at the index that PyTorch's site names for CPUs.
    "$venv/bin/python" -m pip install --disable-pip-version-check --no-deps "torch==2.13.0+cpu" >>"$venv/install.log" 2>&1 ||
        echo "make: no PyTorch for CPUs where pip looks (set PIP_EXTRA_INDEX_URL to the index that PyTorch's site names for CPUs); measuring without it" >&2
    if [ "$done" ]; then cp "$done" "$venv/installed.lock"; fi # last: a setting up that was stopped starts anew
fi
exec .venv/bin/python -m tools.benchmark "$@"
