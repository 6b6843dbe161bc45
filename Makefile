.DEFAULT_GOAL := help
.PHONY: demo test lint bench build setup help

CARGO ?= cargo

# The encrypted journal has a build of its own: with it, every SQLite of the same build would be SQLCipher.
ENCRYPTED := --workspace --features sync-core/encryption --test encryption

demo: build ## Replay a recorded week through a real server and real replicas, and show what comes out
	@$(CARGO) run --quiet --bin saxaul -- demo

test: lint build ## Run every check and every test
	@.ci/setup test
	$(CARGO) test --workspace
	$(CARGO) test $(ENCRYPTED)

lint: ## Check format, lints, documentation, dependencies and their licences
	@.ci/setup lint
	$(CARGO) fmt --check
	$(CARGO) clippy --workspace --all-targets -- -D warnings
	$(CARGO) clippy $(ENCRYPTED) -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet
	$(CARGO) deny --log-level error check bans licenses sources

bench: setup ## Measure speed and size, each against a floor or a peer in the same run
	$(CARGO) bench --workspace

build: setup
	$(CARGO) build --workspace

setup:
	@.ci/setup

help: ## Show what can be done here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## */\1|/' | awk -F'|' '{printf "make %-8s %s\n", $$1, $$2}'
