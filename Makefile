# `make run` plays, `make test` proves. Everything else is a part of them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

CARGO ?= cargo
WARDLIGHT := $(or $(CARGO_TARGET_DIR),target)/debug/wardlight

.PHONY: help redteam-short run client server test test-rust test-client e2e beside redteam posture autobahn wapiti nightly blackbox fuzz lint fmt tidy bench bench-vision bench-sign-in bench-store deploy-test scan kill-test noninterference clean

help: ## List the targets
	@awk -F':.*## ' '/^[a-z0-9-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

run: server client ## Build, start, and print the links (data in ./data)
	@exec $(WARDLIGHT) serve --tls self-signed $(ARGS)

client: ## Build the browser client
	@scripts/client.sh

server: ## Build the server
	@scripts/server.sh

test: lint test-rust test-client e2e redteam-short posture blackbox fuzz ## Everything that a checkout must pass
	@scripts/nightly.sh --when

test-rust: client ## Unit, property, contract and integration tests, structure rules included
	@scripts/need.sh cargo
	@scripts/postgres.sh </dev/null >/dev/null
	@$(CARGO) test --quiet --locked --workspace

test-client: client ## The client's own tests
	@cd client && npm test --silent

e2e: server client beside ## A game master and two players in real browsers
	@scripts/e2e.sh

# With BESIDE=COMMAND that runs on the time that browsers leave.
beside:
	@$(if $(BESIDE),scripts/aside.sh $(BESIDE) </dev/null >/dev/null 2>&1 &)

redteam: server client ## Attack a running server in every way of the catalogue, and a sham that refuses nothing
	@scripts/redteam.sh

redteam-short: server client
	@scripts/redteam.sh --short --quiet

blackbox: server ## The HTTP interface, asked by what it says of itself
	@scripts/blackbox.sh

deploy-test: server client ## The images and the manifests, as they are deployed: containers, a real API server, scanners (needs root)
	@scripts/deploy-test.sh

scan: ## Known weaknesses, licences and sources of what others wrote (ADVISORIES=DIRECTORY for a copy of RustSec's list)
	@scripts/scan.sh

posture: server client ## What MDN's HTTP Observatory and SSLyze say of a server over TLS
	@scripts/posture.sh

autobahn: ## The Autobahn suite of WebSockets (needs Python 2.7)
	@scripts/autobahn.sh

wapiti: server client ## A scanner of web applications (needs Python 3.12)
	@scripts/wapiti.sh

nightly: server client ## What takes too long for every change; PARTS="redteam kyverno …" chooses
	@scripts/nightly.sh $(PARTS)

fuzz: ## Each parser of peer input, for FUZZ_SECONDS (default 20) each
	@scripts/fuzz.sh $${FUZZ_SECONDS:-20}

lint: client ## Formatting, clippy, structure rules, client types and lint
	@scripts/need.sh cargo
	@$(CARGO) fmt --all --check
	@$(CARGO) clippy --quiet --locked --workspace --all-targets -- --deny warnings
	@$(CARGO) run --quiet --locked --package xtask -- tidy
	@cd client && npm run --silent check && npm run --silent lint

fmt: ## Format everything
	@$(CARGO) fmt --all

tidy: ## The structure rules alone
	@$(CARGO) run --quiet --locked --package xtask -- tidy

bench: ## Throughput, latency and memory beside a raw broadcast, and the kernels' benches
	@scripts/bench.sh

bench-vision: ## Sight beside CGAL's (libcgal-dev), on the tests' maps or on MAPS="…"
	@scripts/bench-vision.sh $(MAPS)

bench-store: ## What storing events costs, in the embedded database and on a server
	@$(CARGO) bench --quiet --package store --bench append

bench-sign-in: client ## What signing in costs, and what a table notices of it
	@scripts/bench-sign-in.sh

kill-test: server ## kill -9 during a stream of commands, KILLS times (default 100)
	@KILLS=$${KILLS:-100} $(CARGO) test --quiet --locked --package server --test it -- --nocapture kill_nine

noninterference: ## Pairs of worlds that differ in secrets alone, N of them (default 100000)
	@scripts/need.sh cargo
	@PROPTEST_CASES=$$(( $${N:-100000} / 4 )) $(CARGO) test --quiet --locked --package protocol --test noninterference

clean: ## Remove what was built, not the data
	@rm -rf target client/dist client/node_modules e2e/node_modules e2e/out
