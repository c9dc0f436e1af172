#!/bin/sh
# Resolve the locks anew from pyproject.toml, with hashes and without the address of any index. Needs uv.
set -eu
cd "$(dirname "$0")/../.."

lock() {
    output=$1
    shift
    uv pip compile "$@" --output-file "$output" --universal --python-version 3.10 --generate-hashes \
        --no-header --no-annotate --no-emit-index-url --no-emit-find-links --quiet
}

lock requirements.lock pyproject.toml --extra cpu --group dev
lock requirements-gpu.lock pyproject.toml --extra gpu --group dev
lock requirements-benchmark.lock --group benchmark
