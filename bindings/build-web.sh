#!/usr/bin/env bash
# Packages the facade for JavaScript: target/bindings/web, and an npm package of it beside that. The module's standard library
# is built with it, for size: from rustup's source of it, or with Debian's compiler from Debian's.
set -euo pipefail
cd "$(dirname "$0")/.."
out=target/bindings/web tools=target/tools/web/node_modules
module=target/wasm32-unknown-unknown/web/saxaul_web.wasm
[ -d "$tools" ] || { echo "$tools is missing: .ci/setup languages" >&2; exit 1; }
[ -x target/debug/webgen ] || { echo "target/debug/webgen is missing: make build" >&2; exit 1; }

# Building the standard library is not stable yet, in name; nor is leaving out what only debuggers are shown.
export RUSTC_BOOTSTRAP=1 CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_RUSTFLAGS=-Zfmt-debug=shallow
cargo=cargo sysroot=$(rustc --print sysroot)
if [ ! -d "$sysroot/lib/rustlib/src/rust/library" ]; then
    [ -x /usr/bin/cargo ] || { echo "the source of Rust's standard library is missing: .ci/setup languages" >&2; exit 1; }
    export PATH=/usr/bin:$PATH RUSTC=/usr/bin/rustc RUSTDOC=/usr/bin/rustdoc
    cargo=/usr/bin/cargo sysroot=/usr
fi
if [ -z "$(find "$sysroot/lib/rustlib" -name rust-lld -print -quit)" ]; then
    export CARGO_TARGET_WASM32_UNKNOWN_UNKNOWN_LINKER=${WASM_LD:-wasm-ld-19}
fi
"$cargo" build --quiet --profile web --target wasm32-unknown-unknown -p web \
    -Zbuild-std=std,panic_abort -Zbuild-std-features=optimize_for_size

if [ ! -f "$out/core/core_bg.wasm" ] || [ "$module" -nt "$out/core/core_bg.wasm" ]; then
    rm -rf "$out/core"
    mkdir -p "$out"
    target/debug/webgen "$module" "$out/core"
    # Each feature by its name: with all of them it writes what no browser reads yet.
    "$tools/.bin/wasm-opt" -Oz --converge --strip-debug --strip-producers \
        --enable-bulk-memory --enable-nontrapping-float-to-int --enable-sign-ext --enable-mutable-globals \
        --enable-reference-types --enable-multivalue -o "$out/core/core_bg.wasm" "$out/core/core_bg.wasm"
fi
# What the core is told and shows, without the module itself: its types need a browser's.
sed '/^export class/,$d' "$out/core/core.d.ts" >"$out/core/types.d.ts"
rm -rf "$out/ts" "$out/dist"
cp -r bindings/web/ts bindings/web/{package.json,tsconfig.json,core.wasm.d.ts,README.md} LICENSE "$out/"
target/debug/codes typescript "$out/ts/error_codes.ts"
ln -sfn "$PWD/$tools" "$out/node_modules"
"$tools/.bin/tsc" --project "$out"
npm pack --silent --pack-destination target/bindings "./$out" >/dev/null
