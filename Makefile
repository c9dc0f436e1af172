# Everything a user or CI runs. Each target sets up .venv first if it is missing or stale.
#   make repro [GPU=1] [PYTHON=/path/to/python3.12]

BASE ?= main
export GPU PYTHON BASE FAIL_IF
# Quoted wherever it is used: the path may have spaces.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

.PHONY: help setup repro compare report comment test torture audit lint benchmark lock

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 18

setup:  ## make .venv hold what the lock says (GPU=1 for NVIDIA GPUs)
	@tools/setup/setup.sh

repro: setup  ## run the pipeline: only what changed
	@dvc repro
	@echo; dvc metrics show metrics/evaluate.json; echo "pictures: plots/*.png"

compare: setup  ## compare the recorded experiments (ONLY='sweep-* main' takes those names)
	@set -f; python -m tools.compare $(ONLY)

report: setup  ## compare with a revision: BASE=main FAIL_IF='test_accuracy < base - 0.005'
	@python -m tools.report "$$BASE" --fail-if "$$FAIL_IF"

comment:  ## put report/report.md on its pull request (GitHub Actions calls this)
	@python3 tools/comment.py

test: setup  ## run the whole test suite
	@python -m pytest

torture: setup  ## kill, starve and repeat the pipeline for a quarter of an hour, and count what it survives
	@python -m tests.faults.torture

audit: setup  ## look the locked packages up in a database of vulnerabilities
	@tools/setup/audit.sh

lint: setup  ## check style, types and workflows
	@ruff check .
	@ruff format --check .
	@mypy
	@check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@zizmor --quiet --offline .github/workflows

benchmark: setup  ## measure against the peers and write docs/benchmark.md (6 quiet minutes)
	@tools/benchmark/setup.sh

lock: setup  ## resolve the locks anew from pyproject.toml (needs uv)
	@tools/setup/lock.sh
