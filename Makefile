# `make run` and `make test` do everything on a fresh machine; the rest is for daily work.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
# tests run side by side; many of them wait for a server
JOBS ?= 2
CITRA := $(BIN)/citra

.PHONY: help install install-all run airflow test check format bench clean

help:
	@echo "make run      install what is needed and run the whole main job, offline, on the demonstration newsroom"
	@echo "make airflow  the same by Airflow's schedule, with its web page, on this machine (PORT=8080)"
	@echo "make test     install everything and run all checks and tests"
	@echo "make check    ruff and mypy only"
	@echo "make bench    benchmarks (by hand; results go to docs/benchmarks.md)"

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("Citra needs Python 3.11 or newer, this is " + sys.version.split()[0]) if sys.version_info < (3, 11) else None'
	$(PYTHON) -m venv $(VENV)

# a stamp for each set of dependencies: a second `make run` installs nothing
$(VENV)/.run: pyproject.toml | $(BIN)/python
	@echo "Installing what 'make run' needs (a minute or two) ..."
	$(BIN)/python -m pip install --quiet --editable .
	@touch $@

$(VENV)/.all: pyproject.toml | $(BIN)/python
	@echo "Installing everything, with torch and Airflow (a few minutes) ..."
	$(BIN)/python -m pip install --quiet --editable '.[train,airflow,elasticsearch,research,dev]'
	@touch $@ $(VENV)/.run

install: $(VENV)/.run

install-all: $(VENV)/.all

run: install
	$(CITRA) run

airflow: install-all
	$(BIN)/python deploy/airflow_local.py --port $(or $(PORT),8080)

check: install-all
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: check
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

format: install-all
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

bench: install-all
	for file in benchmarks/*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

clean:
	rm -rf $(VENV) data build dist .mypy_cache .ruff_cache .pytest_cache
