#!/bin/sh
# Fuzz the IDX reader for FUZZ_SECONDS, then add to the corpus the few inputs that reach something new.
# An input that breaks the reader is kept as tests/fuzz/crash-*, and fails the run.
set -eu
cd "$(dirname "$0")/../.."
found=$(mktemp -d)
trap 'rm -rf "$found"' EXIT

fuzz() { python -m tests.fuzz.fuzz_idx -max_len=4096 -artifact_prefix=tests/fuzz/ "$@"; }
fuzz -max_total_time="${FUZZ_SECONDS:-600}" -use_value_profile=1 -print_final_stats=1 "$found" tests/fuzz/corpus
fuzz -merge=1 tests/fuzz/corpus "$found"
