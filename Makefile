# The words for everything one does here; `make` alone prints them. Pre-commit and .ci/run call nothing else.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-builtin-rules --no-print-directory
export PATH := $(CURDIR)/.venv/bin:$(PATH):$(HOME)/.cargo/bin

PYTHON ?= python3
JOBS ?= 2
TESTS ?= tests
UV := .venv/bin/uv
ENGINE := media_workers/engine
ENGINE_SOURCES = $(shell find $(ENGINE) -name target -prune -o \( -name '*.rs' -o -name 'Cargo.*' -o -name pyproject.toml \) -print)
WORKER_SOURCES = deploy/build_workers.sh $(addprefix examples/workers/,node/package-lock.json go/echo_worker.go go/go.sum \
    rust/src/main.rs rust/build.rs rust/Cargo.lock) $(wildcard proto/switchroom/v1/*.proto)
CARGO := cargo --config 'term.quiet=true'
BUF_VERSION := v1.50.0
PACKAGES := switchroom sip_frontend media_workers call_workers registrar
PYTHON_SOURCES = $(shell find $(PACKAGES) -name engine -prune -o -name '*.py' -print)

.PHONY: help
help: ## print this list
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

.PHONY: setup
setup: .venv/.python .venv/.engine .venv/.workers .venv/.bytecode ## install what is missing: system packages, Python packages, the engine (seconds when nothing changed)
	@:

.venv/.system: deploy/setup.sh
	@PYTHON=$(PYTHON) deploy/setup.sh
	@mkdir -p .venv && touch $@

$(UV): requirements-uv.lock | .venv/.system
	@test -x .venv/bin/pip || $(PYTHON) -m venv .venv
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements-uv.lock
	@touch $@

.venv/.python: requirements.lock pyproject.toml $(UV)
	@echo "installing the Python packages of requirements.lock"
	@$(UV) pip install --quiet --compile-bytecode --python .venv/bin/python --require-hashes -r requirements.lock
	@$(UV) pip install --quiet --python .venv/bin/python --no-deps --no-build-isolation --editable .
	@touch $@

# Where PYTHONDONTWRITEBYTECODE is set, as in many containers, every process would compile all it imports at every start.
.venv/.bytecode: $(PYTHON_SOURCES) .venv/.python
	@.venv/bin/python -m compileall -q $(PACKAGES)
	@touch $@

.venv/.engine: $(ENGINE_SOURCES) .venv/.python
	@$(MAKE) build-release
	@touch $@

.venv/.workers: $(WORKER_SOURCES) .venv/.python
	@echo "building the example workers in Node.js, Go and Rust"
	@deploy/build_workers.sh || true
	@touch $@

.PHONY: lock
lock: $(UV) ## write requirements.lock anew from pyproject.toml (versions and hashes, no addresses)
	$(UV) pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links --group dev pyproject.toml --output-file requirements.lock
	echo "uv==$$($(UV) --version | cut -d' ' -f2)" | $(UV) pip compile --quiet --universal --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --no-emit-find-links - --output-file requirements-uv.lock

.PHONY: proto proto-check proto-baseline
proto: .venv/.python ## generate switchroom/v1 from proto/
	python -m grpc_tools.protoc -I proto --python_out=. --pyi_out=. proto/switchroom/v1/*.proto

proto-check: .venv/.python ## generated code is fresh, proto is linted, nothing breaks older workers
	proto/check.sh $(BUF_VERSION)

proto-baseline: .venv/.python ## accept the contract as it stands as the one not to break
	python -m grpc_tools.protoc -I proto --include_imports --include_source_info --descriptor_set_out=proto/baseline.binpb proto/switchroom/v1/*.proto

.PHONY: build build-release
build: .venv/.python ## build and install the engine, debug
	deploy/build_engine.sh dev

build-release: .venv/.python ## build and install the engine, release
	deploy/build_engine.sh release

.PHONY: build-compiled test-compiled
build-compiled: .venv/.python ## the SIP cores compiled by mypyc, into build/compiled (minutes; optional)
	python deploy/build_compiled.py

test-compiled: ## the tests of sip_frontend on build/compiled
	PYTHONSAFEPATH=1 PYTHONPATH=build/compiled pytest -n $(JOBS) --dist loadfile tests/sip_frontend tests/fuzz

.PHONY: format lint types
format: .venv/.python ## put every file into shape
	ruff check --quiet --fix-only . && ruff format --quiet .
	cd $(ENGINE) && cargo fmt --all

lint: .venv/.python ## ruff, import contracts, rustfmt, clippy
	ruff check . && ruff format --check .
	lint-imports
	cd $(ENGINE) && cargo fmt --all --check && $(CARGO) clippy --all-targets --locked -- -D warnings
	cd $(ENGINE)/rtp_fuzz && cargo fmt --check && $(CARGO) clippy --locked --target-dir ../target -- -D warnings

types: setup ## mypy --strict over packages and tests; the engine's stub against the built engine
	mypy
	deploy/check_stub.sh

.PHONY: test test-python test-unit test-rust miri test-e2e test-interop cov fuzz fuzz-parsers fuzz-engine chaos
test: setup ## unit, Rust and short end-to-end tests (after set-up no network)
	@$(MAKE) --jobs=2 test-python test-rust

test-python:
	@mkdir -p var/covers
	pytest -n $(JOBS) --dist loadfile -m "not long and not interop" --covers-report var/covers/pytest.json $(TESTS) \
	|| { test -n "$(CI)" && echo "once more and alone: what failed in company" && \
		pytest --last-failed --last-failed-no-failures none -m "not long and not interop" \
		--covers-report var/covers/alone.json $(TESTS); }

test-unit: setup ## everything below end-to-end
	pytest -n $(JOBS) --dist loadfile --ignore tests/e2e --ignore tests/interop $(TESTS)

test-rust: .venv/.system ## the engine's own tests
	@mkdir -p var/covers
	@cd $(ENGINE) && report=$(CURDIR)/var/covers/rust.txt && { nice cargo test --locked --workspace >$$report 2>&1 || { cat $$report; exit 1; }; }
	@grep '^test result' var/covers/rust.txt | grep -v ' 0 passed; 0 failed; 0 ignored; 0 measured; 0 filtered'

# What goes through packets, and the vector lanes. Not Opus, which is C, nor what computes on seconds of sound: hours in an interpreter.
MIRI_TESTS := clock:: codecs::codec codecs::l16 digits::telephone hearing::jitter mixing::speaker playing::soup quality:: rtcp:: rtp:: \
    signal::lanes sounds::wav_header
miri: ## the engine's tests of packets in Miri, which finds undefined behaviour (minutes; a nightly toolchain with Miri must be there)
	cd $(ENGINE) && PROPTEST_CASES=2 MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test --locked --package rtp_core \
	    --no-default-features --lib -- $(MIRI_TESTS)

test-e2e: setup ## real processes on loopback, long form
	@mkdir -p var/covers
	pytest -n $(JOBS) --dist loadfile --covers-report var/covers/e2e.json tests/e2e

test-interop: setup ## real phones, proxies, races and load: pjsua2, baresip, linphone, JsSIP, Kamailio, sippy, SIPp (SHORT=1 as CI does)
	@mkdir -p var/covers
	@tests/interop/setup.sh
	pytest -n 3 --dist loadfile -m interop --covers-report var/covers/interop.json $(if $(SHORT),-m "interop and not long") tests/interop

cov: setup ## line coverage of the Python packages
	pytest -n $(JOBS) --dist loadfile -m "not long and not interop" $(PACKAGES:%=--cov=%) --cov-report=term:skip-covered --cov-report=html:var/coverage $(TESTS)

FUZZ_S ?= 60
SEEDS_message := tests/data/rfc4475 tests/data/rfc5118
SEEDS_stream := $(SEEDS_message)
SEEDS_sdp := tests/fuzz/seeds/sdp
FUZZED := message stream sdp spec
fuzz: setup ## property tests with 100 times the examples, then each parser for FUZZ_S seconds
	HYPOTHESIS_PROFILE=fuzz pytest -n $(JOBS) --timeout 3600 -k "fuzz or hypothesis or property" $(TESTS)
	@$(MAKE) fuzz-parsers fuzz-engine FUZZ_S=$(FUZZ_S)

fuzz-parsers: $(FUZZED:%=fuzz-%) ## only the latter; CI gives them a minute together

fuzz-engine: setup ## the engine's parsers: packets, reports, payloads, sound files, tones
	@FUZZ_S=$(FUZZ_S) $(ENGINE)/rtp_fuzz/run.sh

fuzz-%: setup
	@mkdir -p var/fuzz/$*
	python -m tests.fuzz.fuzz_$* -max_total_time=$(FUZZ_S) -max_len=8192 -rss_limit_mb=1024 -verbosity=0 \
	    -print_final_stats=1 -artifact_prefix=var/fuzz/$*- var/fuzz/$* $(SEEDS_$*)

chaos: setup ## kill, stop and starve each process during calls
	pytest -m chaos tests/e2e

.PHONY: bench
bench: setup ## calls, registrations, RTP, memory and start-up time into benchmarks/results (ONLY="calls register" for some)
	python -m benchmarks $(ONLY)

.PHONY: run call
run: .venv/.python .venv/.engine .venv/.bytecode ## the demo exchange in the foreground; Ctrl-C ends it
	@switchroom run

call: .venv/.python .venv/.engine .venv/.bytecode ## call 600 of the running exchange and hear the echo (TO=sip:601@127.0.0.1)
	@switchroom call $(or $(TO),sip:600@127.0.0.1)

.PHONY: docs conformance package check clean
docs: setup ## the table of files in docs/architecture.md; check that what documents name exists
	python -m tests.docs.rows
	pytest tests/docs

conformance: .venv/.python ## docs/conformance.md from the ledger and the last test reports
	python -m tests.conformance

package: setup ## wheels of both build units, imported from a fresh environment
	deploy/package.sh

check: lint types proto-check docs conformance ## all that CI checks besides the tests

clean: ## remove everything that was built (not var/)
	rm -rf examples/workers/*/{node_modules,build,target,v1} .venv/.workers
	rm -rf dist build $(ENGINE)/{target,rtp_fuzz/target} .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .venv/.python .venv/.engine .venv/.bytecode
	find $(PACKAGES) -name __pycache__ -prune -exec rm -rf {} +
