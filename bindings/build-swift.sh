#!/usr/bin/env bash
# Writes the Swift package to target/bindings/swift-package, and where there is a Swift compiler builds and runs the
# program of tests/languages with it: see run-swift.sh. On Linux and macOS; not part of `make test`.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-debug} out=target/bindings package=target/bindings/swift-package
lib=target/$profile/libsaxaul_core.so
[ -e "$lib" ] || lib=target/$profile/libsaxaul_core.dylib
[ -e "$lib" ] || { echo "the library is missing: make build" >&2; exit 1; }
rm -rf "$out/swift" "$package"
target/debug/bindgen generate --language swift --no-format --out-dir "$out/swift" "$lib"
python3 -B bindings/adapt/swift.py "$out/swift"
mkdir -p "$package/Sources/Saxaul" "$package/Sources/SaxaulFFI/include" "$package/Sources/Program" "$package/lib"
cp bindings/swift/Package.swift "$package/"
cp "$out"/swift/*.swift bindings/swift/Async.swift "$package/Sources/Saxaul/"
target/debug/codes swift "$package/Sources/Saxaul/ErrorCodes.swift"
cp "$out/swift/SaxaulFFI.h" "$package/Sources/SaxaulFFI/include/"
cp "$out/swift/SaxaulFFI.modulemap" "$package/Sources/SaxaulFFI/include/module.modulemap"
echo '// The library itself is linked.' >"$package/Sources/SaxaulFFI/empty.c"
cp tests/languages/main.swift "$package/Sources/Program/"
cp "$lib" "$package/lib/"
command -v swift >/dev/null || { echo "$package is written. There is no Swift compiler here: nothing was compiled."; exit 0; }
bindings/run-swift.sh
