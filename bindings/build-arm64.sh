#!/usr/bin/env bash
# Builds the server for a Raspberry Pi (64-bit, musl, static) with cargo-zigbuild and rustup. No test of this project
# runs it.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v cargo-zigbuild >/dev/null || { echo "cargo-zigbuild is missing: pip install ziglang cargo-zigbuild" >&2; exit 1; }
rustup target add aarch64-unknown-linux-musl
cargo zigbuild --release --package saxaul --target aarch64-unknown-linux-musl
ls -l target/aarch64-unknown-linux-musl/release/saxaul
