#!/usr/bin/env bash
# Reports how large the native library is, stripped as an app ships it, and fails when that is over its budget.
set -euo pipefail
cd "$(dirname "$0")/.."
budget=$((6 * 1024 * 1024))
stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip --strip-unneeded -o "$stripped" target/mobile/libsaxaul_core.so
bytes=$(stat -c %s "$stripped")
echo "native library, stripped: $bytes bytes ($(gzip -9 -c "$stripped" | wc -c) gzipped); the budget is $budget"
[ "$bytes" -le "$budget" ] || { echo "that is over the budget" >&2; exit 1; }
