# PocketSeg. `make` lists what there is; scripts/setup fills .venv, everything else runs in it.

PY := .venv/bin/python
PYTEST_ARGS ?=

.PHONY: help setup setup-onnx2tf quickstart test test-slow test-matrix check readme lock clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' Makefile

setup: ## Make or complete the environment in .venv (PYTHON=... chooses the Python 3.11)
	@./scripts/setup

setup-onnx2tf: ## Add the second TFLite route: onnx2tf and TensorFlow, 2 GB
	@./scripts/setup onnx2tf

quickstart: setup ## Export both networks to every target and measure every file, into runs/quickstart
	@.venv/bin/pocketseg quickstart --out runs/quickstart

test: setup ## Run the tests that take seconds (PYTEST_ARGS="-k name")
	@$(PY) -m pytest $(PYTEST_ARGS)

test-slow: setup ## Run the tests that take minutes
	@$(PY) -m pytest -m slow $(PYTEST_ARGS)

test-matrix: setup ## Every file of every released network, a real search, a real cluster (more than half an hour)
	@$(PY) -m pytest -m matrix $(PYTEST_ARGS)

check: setup ## Lint, format, types, layers
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

readme: setup ## Rewrite the tables of README.md from runs/quickstart and the model cards
	@$(PY) -m scripts.readme

lock: setup ## Resolve requirements/*.txt again from pyproject.toml (UPGRADE=1 takes newer releases)
	@./scripts/lock

clean: ## Remove caches and builds; keeps .venv and runs/
	@rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
