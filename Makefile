# Everything that users and CI run. Each target sets up .venv first if it is missing or out of date.
#   make repro [GPU=1] [PYTHON=/path/to/python3.12]

BASE ?= main
export BASE
# Values from the command line are handed on as they are: make would run a `$(shell ...)` in one.
$(foreach name,$(.VARIABLES),$(if $(filter command,$(firstword $(origin $(name)))),\
    $(eval override export $(name) := $$(value $(name)))))
# What `make import` does is never decided by a variable of the environment.
$(foreach name,FOLDER NAME FORCE,$(if $(filter command override,$(firstword $(origin $(name)))),,\
    $(eval override $(name) :=)$(eval unexport $(name))))
# Quoted wherever it is used: the path may have spaces.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

setup := dev/setup/setup.sh
everything := test export search remotes

.PHONY: help setup repro compare report verify comment predict import export search scheduler worker
.PHONY: test test-slow lint torture benchmark transcripts audit lock

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 18

setup:  ## make .venv hold what the locks say (GPU=1 for NVIDIA GPUs, ADD='remotes' for SSH and S3)
	@$(setup) $$ADD

repro: setup  ## run the pipeline: only what changed
	@dvc repro && echo && dvc metrics show metrics/evaluate.json && echo "pictures: plots/*.png"

compare: setup  ## compare the recorded experiments (ONLY='sweep-* main' takes those names)
	@set -f; python -m tools.compare $$ONLY

report: setup  ## compare with a revision: BASE=main FAIL_IF='test_accuracy < base - 0.005'
	@python -m tools.report "$$BASE" --fail-if "$$FAIL_IF"

verify: setup  ## run every stage from nothing and compare with the committed results (REV=main)
	@python -m tools.verify $${REV:+"$$REV"} $${LINE:+--line "$$LINE"}

comment:  ## put report/report.md on its pull request (GitHub Actions calls this)
	@python3 dev/comment.py

predict: setup  ## classify pictures: IMAGES='shoe.jpg photos/'
	@[ ! -e "$$IMAGES" ] || IFS=; python -m tools.predict $$IMAGES

import: setup  ## make a dataset of pictures, one sub-folder a class: FOLDER=path NAME=birds
	@python -m tools.import_images "$$FOLDER" --name "$$NAME" $(if $(filter 1,$(FORCE)),--force)

export:  ## write export/: the model as ONNX, its model card, the playground
	@$(setup) export
	@python -m tools.export

search:  ## search for good params as search.yaml says (SCHEDULER=tls://HOST:8786 for a cluster)
	@$(setup) search
	@python -m tools.search $${SCHEDULER:+--scheduler "$$SCHEDULER"}

scheduler:  ## start the scheduler of a cluster: SCHEDULER=tls://HOST:8786 (default: this machine)
	@$(setup) search
	@dask scheduler --host "$${SCHEDULER:-tcp://127.0.0.1:8786}" --dashboard-address 127.0.0.1:0

worker:  ## join the searches of a cluster: SCHEDULER=tls://HOST:8786 (default: this machine)
	@$(setup) search remotes
	@python -m tools.search.worker "$${SCHEDULER:-tcp://127.0.0.1:8786}"

test:  ## run the tests, but for those that take longest
	@$(setup) $(everything)
	@python -m pytest

test-slow:  ## run the tests that `make test` leaves out: whole pull requests, queues, searches
	@$(setup) $(everything)
	@python -m pytest -m slow

lint:  ## check style, types, workflows and the schemas of the repository's own files
	@$(setup) $(everything)
	@ruff check .
	@ruff format --check .
	@mypy
	@oxlint --quiet --deny-warnings -D correctness -D suspicious -D perf tools/export
	@check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff
	@zizmor --quiet --offline .github

torture:  ## kill, starve and repeat the pipeline for some minutes, and count what it survives
	@$(setup) $(everything)
	@python -m tests.faults.torture

benchmark:  ## measure against the peers and write docs/benchmark.md (20 quiet minutes; ONLY=search)
	@$(setup) search
	@dev/benchmark/setup.sh $${ONLY:+--only $$ONLY}

transcripts: setup  ## type the commands of the docs anew and write down what they print
	@python -m dev.transcripts

audit:  ## look the locked packages up in a database of vulnerabilities
	@$(setup) test
	@dev/setup/audit.sh

lock:  ## resolve the locks anew from pyproject.toml (UPGRADE=1: to the newest versions)
	@$(setup)
	@dev/setup/lock.sh $${UPGRADE:+--upgrade}
