# PocketSeg. `make` lists what there is; scripts/setup fills .venv, everything else runs in it.

PY := .venv/bin/python
PYTEST_ARGS ?=
PROMISES_ARGS ?=
KTLINT := 1.8.0
# Whatever the environment says, compiled code is kept: thousands of processes would compile it, and tests, anew.
unexport PYTHONDONTWRITEBYTECODE
# A worker a core, up to four: each may hold a network's conversion, 2 GB. Short tests stay with their neighbours, whose
# fixtures they share; long ones go one by one to whoever is free, or as the group that they are marked to be.
# At the end it lists the thirty slowest, with what they set up.
PYTEST := $(PY) -m pytest --numprocesses logical --maxprocesses 4 --durations 30

.PHONY: help setup setup-onnx2tf quickstart test test-documents test-slow test-phones test-matrix test-exhaustive \
	test-android test-android-core test-android-python test-ios test-web test-promises web-page setup-web \
	lint-android-core android-apk check readme pictures conformance lock clean

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-17s %s\n", $$1, $$2}' Makefile

setup: ## Make or complete the environment in .venv (PYTHON=... chooses the Python 3.11)
	@./scripts/setup

setup-onnx2tf: ## Add the second TFLite route: onnx2tf and TensorFlow, 2 GB
	@./scripts/setup onnx2tf

quickstart: setup ## Export both networks to every target and measure every file, into runs/quickstart
	@.venv/bin/pocketseg quickstart --out runs/quickstart

test: setup ## Run the tests that take seconds (PYTEST_ARGS="-k name")
	@$(PYTEST) --dist worksteal $(PYTEST_ARGS)

test-documents: setup ## Run the tests, short and long, that read README.md or docs/
	@$(PYTEST) --dist loadgroup -m documents $(PYTEST_ARGS)

test-slow: setup ## Run the tests that take minutes
	@$(PYTEST) --dist loadgroup -m slow $(PYTEST_ARGS)

test-phones: setup ## Bundles and records: a round trip by adb, thousands of damaged ones (five minutes)
	@$(PYTEST) --dist loadgroup -m phones $(PYTEST_ARGS)

test-matrix: setup ## Every pair of target and precision of a released network, a real search, a real cluster (ten minutes)
	@$(PYTEST) --dist loadgroup -m matrix $(PYTEST_ARGS)

test-exhaustive: setup ## What the matrix leaves out: every pair of the other network, more sizes (an hour)
	@$(PYTEST) --dist loadgroup -m exhaustive $(PYTEST_ARGS)

android-apk: setup ## The Android app as an APK, unsigned and signed with a throw-away key (Maven and Java 17; ten minutes at first)
	@$(PY) -m scripts.android apk

test-android: setup ## All of the Android app that needs no phone: tests, ktlint, the APK twice and its checks (minutes)
	@$(PY) -m scripts.android test

test-android-core: ## The core of the Android app, on this computer's JVM (Maven and Java 17; a minute or two)
	@rm -rf android_harness/core/target
	@mvn -B -q -f android_harness/pom.xml -pl core test
	@awk -F '[:,]' '/^Tests run/ {run += $$2; skipped += $$8} END {printf "android core: %d tests passed, %d skipped\n", \
		run - skipped, skipped}' android_harness/core/target/surefire-reports/*.txt

test-android-python: setup ## The same core beside Python: what one writes or refuses, the other reads or refuses (three minutes)
	@$(PYTEST) --dist loadgroup -m android $(PYTEST_ARGS)

test-ios: setup ## All of the iOS harness that needs no Mac: Swift's build and tests, the Xcode project (minutes; Debian or Ubuntu)
	@$(PY) -m scripts.ios test

setup-web: setup ## Fetch the WebAssembly of the runtimes that `pocketseg serve` hands out, 45 MB to fetch
	@$(PY) -m scripts.web runtimes

web-page: setup ## Build the page of web_harness into pocketseg/web/page, which is committed (Node.js)
	@$(PY) -m scripts.web page

test-web: setup ## All of the page that needs no phone: its tests, and real browsers (Node.js; minutes)
	@$(PY) -m scripts.web test

test-promises: setup setup-web ## Execute what README and docs/ promise (ten minutes; PROMISES_ARGS="README.md" for one page)
	@$(PY) -m scripts.promises run $(PROMISES_ARGS)

lint-android-core: ## ktlint over the Kotlin sources (fetches it, 71 MB)
	@mvn -B -q org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy -DoutputDirectory=$(CURDIR)/android_harness/target \
		-Dartifact=com.pinterest.ktlint:ktlint-cli:$(KTLINT):jar:all
	@java -jar android_harness/target/ktlint-cli-$(KTLINT)-all.jar "android_harness/**/src/**/*.kt"

check: setup ## Lint, format, types, layers
	@$(PY) -m ruff check .
	@$(PY) -m ruff format --check .
	@$(PY) -m mypy
	@$(PY) -c 'from importlinter.cli import lint_imports_command; lint_imports_command()'

readme: setup ## Rewrite the figures of README.md and docs/results.md from runs/quickstart and committed files
	@$(PY) -m scripts.readme runs/quickstart

pictures: setup ## Draw README's pictures again from runs/quickstart (Chromium, Maven; minutes)
	@$(PY) -m scripts.pictures runs/quickstart

conformance: setup ## Write conformance/cases again, what runtimes give too (minutes)
	@$(PY) -m scripts.conformance

lock: setup ## Resolve requirements/*.txt again from pyproject.toml (UPGRADE=1 takes newer releases)
	@./scripts/lock

clean: ## Remove caches and builds; keeps .venv and runs/
	@rm -rf build dist *.egg-info .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	@find . -path ./.venv -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
