#!/usr/bin/env bash
# Reports how large the libraries are, as an app ships them, and fails when one is over its budget.
set -euo pipefail
cd "$(dirname "$0")/.."
over=0

within() {
    local name=$1 bytes=$2 budget=$3
    echo "$name: $bytes bytes; the budget is $budget"
    [ "$bytes" -le "$budget" ] || { echo "that is over the budget" >&2; over=1; }
}

stripped=$(mktemp)
trap 'rm -f "$stripped"' EXIT
strip --strip-unneeded -o "$stripped" target/mobile/libsaxaul_core.so
within "native library, stripped" "$(stat -c %s "$stripped")" $((6160 * 1024))
echo "the same, gzipped: $(gzip -9 -c "$stripped" | wc -c) bytes"

module=target/bindings/web/core/core_bg.wasm
echo "WebAssembly module: $(stat -c %s "$module") bytes"
brotli='const { brotliCompressSync, constants } = require("node:zlib");
    const params = { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 };
    console.log(brotliCompressSync(require("node:fs").readFileSync(process.argv[1]), { params }).length);'
within "the same, as brotli" "$(node -e "$brotli" "$module")" $((760 * 1024))
exit $over
