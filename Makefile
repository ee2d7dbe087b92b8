# Everything sets up what it needs; `make` alone lists the targets.
.DEFAULT_GOAL := help
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:

BIN := .venv/bin
READY := .venv/.ready
PYTEST := $(BIN)/pytest
ARGS ?=

.PHONY: help setup format check unit test e2e test-matrix test-frameworks coverage protos bench bench-local bench-transfers bench-formats bench-ports scale demo demo-hadoop clean java tensorflow distributed-shell mapreduce

help: ## list the targets
	@grep -hE '^[a-z0-9-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9-]+):.*## /\1\t/' | expand -t 17

setup: $(READY) ## make .venv with all dependencies and development tools

$(READY): pyproject.toml scripts/setup
	scripts/setup
	@touch $@

java:
	@scripts/ensure-java

distributed-shell: $(READY) java
	@scripts/ensure-distributed-shell

mapreduce: $(READY) java
	@scripts/ensure-mapreduce

tensorflow:
	@scripts/ensure-tensorflow > /dev/null

format: $(READY) ## format the code, sort imports, fix what can be fixed
	$(BIN)/ruff check --fix-only --quiet .
	$(BIN)/ruff format .

check: $(READY) ## lint, formatting, types, imports, twin tests, generated files
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	PYTHONPATH=. $(BIN)/lint-imports
	$(BIN)/python scripts/check_twins.py
	scripts/protos --check

unit: $(READY) ## the tests that need no Hadoop, in a minute or two
	$(PYTEST) -m "not hadoop and not java and not tensorflow and not frameworks" $(ARGS)

test: $(READY) java tensorflow distributed-shell mapreduce ## all tests, on a real Hadoop that they start themselves
	scripts/java-bridge --check
	XLEARNING_CONTRACT=both scripts/with-hadoop $(PYTEST) $(ARGS)

e2e: $(READY) java tensorflow ## only the tests that submit jobs to that Hadoop
	scripts/with-hadoop $(PYTEST) tests/e2e $(ARGS)

test-matrix: $(READY) java tensorflow distributed-shell mapreduce ## all tests on every Hadoop release and protection
	XLEARNING_CONTRACT=both XLEARNING_E2E_MATRIX=full scripts/with-hadoop $(PYTEST) $(ARGS)

test-frameworks: $(READY) java ## every framework's example on a real cluster, as a table
	scripts/with-hadoop $(BIN)/python -m tests.run_frameworks.run $(ARGS)

coverage: $(READY) ## branch coverage of the unit tests; pure modules must be complete
	$(PYTEST) -q -m "not hadoop and not java and not tensorflow and not frameworks" --cov --cov-report= $(ARGS)
	$(BIN)/coverage report --skip-covered
	$(BIN)/python scripts/pure_coverage.py

protos: $(READY) ## generate the protobuf code anew
	scripts/protos

bench: $(READY) java ## speed beside the least that YARN allows
	$(BIN)/python tests/bench/run.py $(ARGS)

bench-local: $(READY) ## the first line on `--master local`, cold and warm, beside the floor
	$(BIN)/python tests/bench/local_start.py $(ARGS)

bench-transfers: $(READY) java ## downloads and uploads beside raw hdfs-native and `hadoop fs`
	scripts/with-hadoop $(BIN)/python tests/bench/transfers.py $(ARGS)
	scripts/with-hadoop $(BIN)/python -m tests.bench.agent_memory

bench-formats: $(READY) java mapreduce ## record formats beside the raw file, a pipe and Hadoop's readers
	scripts/with-hadoop $(BIN)/python tests/bench/formats.py $(ARGS)

bench-ports: $(READY) ## how often a port is lost to a program that takes ports, by how long it is held
	$(BIN)/python -m tests.faults.port_storm

scale: $(READY) ## one ApplicationMaster with 100, 1,000 and 5,000 simulated agents
	$(BIN)/python tests/scale/run.py $(ARGS)

demo: $(READY) tensorflow ## train a model on a YARN of our own, measure the model
	scripts/demo

demo-hadoop: $(READY) java tensorflow ## bring up Hadoop, train a model on it, measure the model
	scripts/demo hadoop

clean: ## delete what can be made again in this folder
	rm -rf .venv .venv-protos .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis .coverage dist
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
