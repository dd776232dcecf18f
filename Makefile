.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PORT ?= 5000
PYTEST := $(BIN)/pytest
# tests that start processes of their own and wait for them, while the others compute
WHOLE := tests/lab tests/live tests/stand tests/app/storage tests/support/s3
# two targets at once, each with its output in one piece where this make can do that
BOTH := $(MAKE) --jobs=2 $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)

help:  ## print the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup: $(VENV)/.dev  ## create .venv with everything development needs

run: $(VENV)/.run  ## start the app on 127.0.0.1:5000 with flask run
	$(BIN)/flask run --host 127.0.0.1 --port $(PORT)

serve: $(VENV)/.dev  ## start the app under gunicorn
	$(BIN)/gunicorn --bind 127.0.0.1:$(PORT) --workers 1 --threads 8 --timeout 60 wsgi:app

test: lint types $(VENV)/.dev  ## lint, check types, run every test, on two cores
	$(BOTH) test-parts test-whole

test-parts: $(VENV)/.dev  ## run the tests of the app, the package and the bench
	$(PYTEST) tests $(addprefix --ignore=,$(WHOLE))

test-whole: $(VENV)/.dev  ## run the tests of servers, containers, storage and the deploy
	$(PYTEST) $(WHOLE)

coverage: $(VENV)/.dev  ## run every test again and print which lines and branches none of them runs
	rm -rf build/coverage
	$(BOTH) test-parts test-whole PYTEST="$(BIN)/coverage run -m pytest"
	$(BIN)/coverage combine --quiet
	rm -f build/coverage/data.*  # what killed processes left half written
	$(BIN)/coverage report
	@for package in app infra lab measurement; do \
		echo "$$package: $$($(BIN)/coverage report --format=total --include="$$package/*") %"; \
	done

lint: $(VENV)/.dev  ## check style with ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.dev  ## check types with mypy --strict
	$(BIN)/mypy

bench: $(VENV)/.dev  ## measure against sharp, pyvips, thumbor, naive Pillow and a bare Flask app
	$(BIN)/python -m bench

lab: $(VENV)/.dev  ## start a local Lambda of many containers
	$(BIN)/python -m lab serve

package: $(VENV)/.run  ## build dist/monolambda.zip, what Lambda runs
	$(BIN)/python -m infra.package

deploy-test: $(VENV)/.dev  ## deploy with the real Zappa CLI to an AWS on this machine
	$(BIN)/pytest tests/stand

docs: $(VENV)/.dev  ## write the reference tables from the code
	$(BIN)/python docs/generate.py

clean:  ## remove everything that was made
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

.PHONY: help setup run serve test test-parts test-whole coverage lint types bench lab package deploy-test docs clean
