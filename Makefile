.DEFAULT_GOAL := help
.PHONY: demo test lint count bench fuzz build setup help kotlin python web swift android ios arm64 codes release size

CARGO ?= cargo
SECONDS ?= 60

# The encrypted journal has a build of its own: with it, every SQLite of the same build would be SQLCipher.
ENCRYPTED := --workspace --features sync-core/encryption --test encryption

demo: web ## Replay a recorded week through a real server and real replicas, and show what comes out
	@$(CARGO) run --quiet --profile demo --package saxaul -- demo

test: lint build ## Run every check and every test
	@.ci/setup test
	bindings/build-web.sh
	server/web/build.sh
	$(CARGO) build --workspace
	$(CARGO) test --workspace
	$(CARGO) test $(ENCRYPTED)
	$(MAKE) --no-print-directory count

lint: ## Check format, lints, documentation, dependencies and their licences
	@.ci/setup lint
	$(CARGO) fmt --check
	$(CARGO) clippy --workspace --all-targets --features fuzz/targets -- -D warnings
	$(CARGO) clippy $(ENCRYPTED) -- -D warnings
	RUSTDOCFLAGS="-D warnings" $(CARGO) doc --workspace --no-deps --quiet
	$(CARGO) deny --log-level error check bans licenses sources

# Without the pieces of an incremental build the same source makes the same program, and the same counts.
count: ## Count the work of a few acts; fail where it is over its budget in tests/benches/counted/budgets.toml
	@.ci/setup count
	CARGO_INCREMENTAL=0 $(CARGO) --config .ci/counted.toml bench --quiet --profile dev --workspace --bench counted

bench: setup ## Measure speed and size, each against a floor or a peer in the same run
	@.ci/setup languages
	$(CARGO) build -p bindgen
	bindings/build-web.sh
	$(CARGO) bench --workspace

kotlin: build ## Package the library for Kotlin on the JVM: target/bindings/saxaul.jar
	@.ci/setup languages
	bindings/build-kotlin.sh

python: build ## Package the library for Python: a wheel in target/bindings/wheels
	@.ci/setup languages
	bindings/build-python.sh

web: setup ## Package the library for JavaScript (target/bindings/web, an npm package beside it), and build the web apps that the server carries
	@.ci/setup web
	$(CARGO) build --quiet -p bindgen
	bindings/build-web.sh
	server/web/build.sh

swift: build ## Package the library for Swift, and run its program where there is a Swift compiler
	bindings/build-swift.sh

android: ## Build for Android with cargo-ndk; no test of this project runs it
	bindings/build-android.sh

ios: ## Build an XCFramework on a Mac; no test of this project runs it
	bindings/build-ios.sh

codes: build ## Write docs/errors.md anew from the library's table of error codes
	target/debug/codes markdown docs/errors.md

release: web ## Build the program for others' machines: target/packages/saxaul, and its debug symbols beside it
	CARGO="$(CARGO)" bindings/build-release.sh

arm64: web ## Build the server for a Raspberry Pi; no test of this project runs it
	bindings/build-arm64.sh

size: setup ## Report the sizes of the native library and the module for browsers; fail when one is over its budget
	@.ci/setup languages
	$(CARGO) build --profile mobile -p native
	$(CARGO) build -p bindgen
	bindings/build-web.sh
	bindings/size.sh

fuzz: ## Search for bytes that nothing survives: every target for SECONDS=60, or TARGETS="change csv"
	@.ci/setup fuzz
	$(CARGO) run --quiet --package fuzz --bin seed
	@.ci/fuzz $(SECONDS) $(TARGETS)

build: setup
	$(CARGO) build --workspace

setup:
	@.ci/setup

help: ## Show what can be done here
	@grep -hE '^[a-z0-9]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z0-9]+):[^#]*## */\1|/' | awk -F'|' '{printf "make %-8s %s\n", $$1, $$2}'
