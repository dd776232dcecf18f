.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
ARCH ?= x86_64
# tests that mostly wait for processes they start; they run beside the others, which mostly compute
SLOW_TESTS := tests/lab tests/live tests/stand tests/app/storage

help:  ## list the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.dev  ## create .venv with all development dependencies

run: $(VENV)/.run  ## run the app with flask run on 127.0.0.1:5000
	$(BIN)/flask run --host 127.0.0.1 --port $(PORT)

serve: $(VENV)/.dev  ## run the app under gunicorn
	$(BIN)/gunicorn --bind 127.0.0.1:$(PORT) --workers 1 --threads 8 --timeout 60 wsgi:app

test: lint types $(VENV)/.dev  ## lint, check types and run all tests, on two cores
	$(MAKE) --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target) test-fast test-slow

test-fast: $(VENV)/.dev  ## run the tests that mostly compute
	$(BIN)/pytest tests $(addprefix --ignore=,$(SLOW_TESTS))

test-slow: $(VENV)/.dev  ## run the tests that start servers, containers or deployments
	$(BIN)/pytest $(SLOW_TESTS)

lint: $(VENV)/.dev  ## check style with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## check types with mypy --strict
	$(BIN)/mypy

bench: $(VENV)/.dev  ## compare with sharp, pyvips, thumbor, naive Pillow and a bare Flask app
	$(BIN)/python -m bench

lab: $(VENV)/.dev  ## start a local Lambda with many containers
	$(BIN)/python -m lab serve

package: $(VENV)/.run  ## build dist/monolambda.zip for Lambda; ARCH=arm64 for Graviton
	$(BIN)/python -m infra.package --arch $(ARCH)

deploy-test: $(VENV)/.dev  ## test zappa deploy against a local AWS
	$(BIN)/pytest tests/stand

docs: $(VENV)/.dev  ## generate the reference tables from the code
	$(BIN)/python docs/generate.py

clean:  ## delete everything that was generated
	rm -rf $(VENV) build dist .pytest_cache .mypy_cache .ruff_cache

$(VENV)/.python:
	$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=/path/to/python3.13" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)
	touch $@

$(VENV)/.run: requirements.txt requirements-lambda.txt | $(VENV)/.python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements.txt
	touch $@

$(VENV)/.dev: requirements-dev.txt requirements-heic.txt $(VENV)/.run | $(VENV)/.python
	$(BIN)/pip install --quiet --disable-pip-version-check -r requirements-dev.txt
	touch $@

.PHONY: help setup run serve test test-fast test-slow lint types bench lab package deploy-test docs clean
