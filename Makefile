.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
ARCH ?= x86_64
FUZZ_SECONDS ?= 60
# numpy's threads only wait for each other where other suites use the cores
PYTEST := env OPENBLAS_NUM_THREADS=1 $(BIN)/pytest
INSTALL := $(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes
LOCK := UV_CUSTOM_COMPILE_COMMAND="make lock" $(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
	--generate-hashes $(if $(UPGRADE),--upgrade)
# tests that mostly wait for processes they start; they run beside the others, which mostly compute, as do the builds of
# the package among those of the stand
LAB_TESTS := tests/lab
BENCH_TESTS := tests/bench tests/serve tests/app/storage tests/support/s3
LIVE_TESTS := tests/live
STAND_TESTS := tests/infra/package tests/infra/test_zappa_callbacks.py tests/stand
# tests that only compute; they give way to all others, which take longer
IMAGING_TESTS := tests/app/imaging
ALL_TESTS := test-live test-lab test-bench test-stand test-fast test-imaging
# all at once on two cores, because four of them mostly wait; each one's output in one piece where make can do that
AT_ONCE := $(MAKE) --jobs=7 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.dev  ## create .venv with all development dependencies

run: $(VENV)/.run  ## run the app with flask run on 127.0.0.1:5000
	$(BIN)/flask run --host 127.0.0.1 --port $(PORT)

serve: $(VENV)/.serve  ## run the app on every core, for clients fast and slow
	$(BIN)/python -m serve --port $(PORT)

test: $(VENV)/.dev  ## lint, check types and run all tests, on two cores
	$(AT_ONCE) $(ALL_TESTS) lint types

test-fast: $(VENV)/.dev  ## run the tests that are in none of the other five
	$(PYTEST) tests $(addprefix --ignore=,$(LAB_TESTS) $(BENCH_TESTS) $(LIVE_TESTS) $(STAND_TESTS) $(IMAGING_TESTS))

test-imaging: $(VENV)/.dev  ## run the tests of the imaging engine
	nice $(PYTEST) $(IMAGING_TESTS)

test-lab: $(VENV)/.dev  ## run the tests of the lab
	$(PYTEST) $(LAB_TESTS)

test-bench: $(VENV)/.dev  ## run the tests of the bench, the server and storages
	$(PYTEST) $(BENCH_TESTS)

test-live: $(VENV)/.dev  ## run the tests with browsers and whole packages
	$(PYTEST) $(LIVE_TESTS)

test-stand: $(VENV)/.dev  ## build the package, and test zappa deploy against a local AWS
	$(PYTEST) $(STAND_TESTS)

coverage: $(VENV)/.dev  ## run all tests and list the lines and branches that none of them runs
	rm -rf build/coverage
	$(AT_ONCE) $(ALL_TESTS) PYTEST="$(BIN)/coverage run -m pytest"
	$(BIN)/coverage combine --quiet
	rm -f build/coverage/data.*  # incomplete files of processes that were killed
	$(BIN)/coverage report
	@for package in app infra lab measurement serve; do \
		echo "$$package: $$($(BIN)/coverage report --format=total --include="$$package/*") %"; \
	done

lint: $(VENV)/.dev  ## check style with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## check types with mypy --strict
	nice $(BIN)/mypy

fuzz: $(VENV)/.dev  ## look for input that shows a bug, for a minute at every door; FUZZ_SECONDS=600 for longer
	$(BIN)/python -m tests.fuzz --seconds $(FUZZ_SECONDS)

conform: $(VENV)/.dev  ## send thousands of requests that /openapi.json describes, and check the answers
	$(BIN)/python -m tests.app.openapi.conformance

bench: $(VENV)/.dev  ## compare with sharp, pyvips, thumbor, naive Pillow and a bare Flask app
	$(BIN)/python -m bench

load: $(VENV)/.dev  ## a minute of mixed work on the server and on the lab, and the server beside its peers
	$(BIN)/python -m bench load server

lab: $(VENV)/.dev  ## start a local Lambda with many containers
	$(BIN)/python -m lab serve

package: $(VENV)/.dev  ## build dist/monolambda.zip for Lambda, and list what is in it; ARCH=arm64 for Graviton
	$(BIN)/python -m infra.package --arch $(ARCH)
	$(BIN)/python -m infra.package --pins --arch $(ARCH) | $(BIN)/cyclonedx-py requirements \
		--pyproject pyproject.toml --output-reproducible --output-file dist/monolambda.cdx.json -

lock: $(VENV)/.dev  ## pin what requirements*.in bring, with hashes; UPGRADE=1 for newer versions of it
	$(LOCK) requirements-lambda.in --output-file requirements-lambda.txt
	$(LOCK) requirements.in --constraints requirements-lambda.txt --output-file requirements.txt
	$(LOCK) requirements-serve.in --constraints requirements.txt --output-file requirements-serve.txt
	$(LOCK) requirements-dev.in --constraints requirements.txt --output-file requirements-dev.txt

audit: $(VENV)/.dev  ## look the pinned packages up in a database of vulnerabilities
	$(BIN)/python -m infra.audit

secrets: $(VENV)/.run  ## make the secret and the first API key of STAGE in SSM, and print the key
	@$(BIN)/python -m infra.deploy.secrets $(STAGE)

# the key is read from the environment, where make puts it, so that no list of processes shows it
smoke: $(VENV)/.run  ## upload, resize and delete an image at URL with KEY, and print how long it took
	@$(BIN)/python -m infra.smoke $(URL)

prove: $(VENV)/.run  ## deploy STAGE, try it with KEY, measure cold starts, write docs/aws-proof.json, undeploy
	@$(BIN)/python -m infra.prove $(STAGE) $(COLD_STARTS)

docs: $(VENV)/.dev  ## generate tables, charts, figures and policies again
	$(BIN)/python -m docs.generate

golden: $(VENV)/.dev  ## pin the pixels of results again, after ENGINE was raised
	$(BIN)/python -m tests.golden

clean:  ## delete everything that was generated
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=/path/to/python3.13" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.run: requirements.txt | $(VENV)/.python
	$(INSTALL) -r requirements.txt
	touch $@

$(VENV)/.serve: requirements-serve.txt | $(VENV)/.python
	$(INSTALL) -r requirements-serve.txt
	touch $@

# with what running and serving need; uv takes 20 seconds for what takes pip 90, but does not know the mirrors and
# certificates that pip is set up with: it comes by pip, and so does everything where it fails
$(VENV)/.dev: requirements-dev.txt | $(VENV)/.python
	sed -n '/^uv==/,/[^\\]$$/p' requirements-dev.txt > $(VENV)/uv.txt
	$(INSTALL) -r $(VENV)/uv.txt
	$(BIN)/uv pip install --python $(BIN)/python --quiet --compile-bytecode --require-hashes -r requirements-dev.txt \
		|| $(INSTALL) -r requirements-dev.txt
	touch $@ $(VENV)/.run $(VENV)/.serve

.PHONY: help setup run serve test $(ALL_TESTS) coverage lint types fuzz conform bench load lab package lock audit secrets smoke prove \
	docs golden clean
