# Everything that users and CI run. Each target sets up .venv first if it is missing or out of date.
#   make repro [GPU=1] [PYTHON=/path/to/python3.12]

# PYTHON, GPU and DATASET_SOURCE may come from the environment. These come from the command line
# only: a variable that the environment happens to have, such as NAME, is not meant.
settings := ADD BASE FAIL_IF FOLDER FORCE IMAGES LABELLED LINE NAME ONLY RELEASE REV SCHEDULER
settings += UPGRADE YES
from = $(firstword $(origin $(1)))
$(foreach name,$(settings),$(if $(filter command,$(call from,$(name))),,\
    $(eval override $(name) :=)))
# Values from the command line are passed literally: make would run a `$(shell ...)` in one.
$(foreach name,$(.VARIABLES),$(if $(filter command,$(call from,$(name))),\
    $(eval override export $(name) := $$(value $(name)))))
# Python is the one of .venv, with its packages alone, and caches the code that it compiles.
unexport PYTHONDONTWRITEBYTECODE PYTHONHOME PYTHONINSPECT PYTHONOPTIMIZE PYTHONPATH
unexport PYTHONPLATLIBDIR PYTHONSAFEPATH PYTHONSTARTUP PYTHONWARNINGS
# Quoted wherever it is used: the path may have spaces.
export PATH := $(CURDIR)/.venv/bin:$(PATH)

setup := dev/setup/setup.sh
everything := test export search remotes

.PHONY: help setup repro restore compare report verify comment predict import export
.PHONY: search scheduler worker test test-slow lint torture benchmark transcripts audit lock

help:  ## list the targets
	@sed -n 's/^\([a-z-]*\):.*## /make \1\t/p' Makefile | expand -t 18
	@echo
	@echo "Set values on the command line: make compare ONLY='sweep-*'"
	@echo "PYTHON, GPU and DATASET_SOURCE are also read from the environment."

setup:  ## install the locked packages in .venv (GPU=1 ADD=remotes)
	@$(setup) $$ADD

repro: setup  ## run the pipeline: only what changed
	@dvc repro && echo && python -m tools.scores

restore: setup  ## bring params, results and data back to the last commit
	@python -m tools.restore $${YES:+--yes}

compare: setup  ## rank the recorded experiments (ONLY='sweep-* main')
	@set -f; python -m tools.compare $$ONLY

report: setup  ## compare with BASE=main (FAIL_IF='val_loss > 0.6')
	@python -m tools.report "$${BASE:-main}" --fail-if "$$FAIL_IF"

verify: setup  ## rerun every stage, compare with committed results (REV=main)
	@python -m tools.verify $${REV:+"$$REV"} $${LINE:+--line "$$LINE"}

comment:  ## put report/report.md on its pull request (in GitHub Actions)
	@python3 dev/comment.py

predict: setup  ## classify IMAGES='shoe.jpg photos/', judge on LABELLED=photos/
	@set -f; [ ! -e "$$IMAGES" ] || IFS=; \
	python -m tools.predict $${LABELLED:+"--labelled=$$LABELLED"} $$IMAGES

import: setup  ## make a dataset of class folders: FOLDER=path NAME=birds
	@python -m tools.import_images "$$FOLDER" --name "$$NAME" $(if $(filter 1,$(FORCE)),--force)

export:  ## write export/: ONNX, card, playground (RELEASE=1: of a commit)
	@$(setup) export
	@python -m tools.export $(if $(filter 1,$(RELEASE)),--release)

search:  ## search for good params (SCHEDULER=tls://HOST:8786)
	@$(setup) search
	@python -m tools.search $${SCHEDULER:+--scheduler "$$SCHEDULER"}

scheduler:  ## start a cluster's scheduler (SCHEDULER=tls://HOST:8786)
	@$(setup) search
	@python -m tools.search.scheduler "$${SCHEDULER:-tcp://127.0.0.1:8786}"

worker:  ## run a cluster's trials here (SCHEDULER=tls://HOST:8786)
	@$(setup) search remotes
	@python -m tools.search.worker "$${SCHEDULER:-tcp://127.0.0.1:8786}"

test:  ## run the tests, all but the slow ones
	@$(setup) $(everything)
	@python -m pytest

test-slow:  ## run the slow tests: pull requests, queues, searches
	@$(setup) $(everything)
	@python -m pytest -m slow

lint:  ## check style, types, workflows and schemas
	@$(setup) $(everything)
	@ruff check .
	@ruff format --check .
	@mypy
	@oxlint --quiet --deny-warnings -D correctness -D suspicious -D perf tools/export
	@check-jsonschema --quiet --builtin-schema vendor.github-workflows .github/workflows/*.yml
	@check-jsonschema --quiet --builtin-schema vendor.dependabot .github/dependabot.yml
	@check-jsonschema --quiet --builtin-schema vendor.citation-file-format CITATION.cff
	@zizmor --quiet --offline .github

torture:  ## kill, starve and repeat the pipeline for some minutes
	@$(setup) $(everything)
	@python -m tests.faults.torture

benchmark:  ## write docs/benchmark.md, in 20 quiet minutes (ONLY=search)
	@$(setup) search
	@dev/benchmark/setup.sh $${ONLY:+--only $$ONLY}

transcripts: setup  ## rerun the commands in the docs, write what they print
	@python -m dev.transcripts

audit:  ## check the locks for known vulnerabilities
	@$(setup) test
	@dev/setup/audit.sh

lock:  ## resolve the locks from pyproject.toml (UPGRADE=1: anew)
	@$(setup)
	@dev/setup/lock.sh $${UPGRADE:+--upgrade}
