#!/usr/bin/env bash
# Builds target/bindings/Saxaul.xcframework for iOS and its simulator, on a Mac with Xcode and rustup. No test of this
# project runs it.
set -euo pipefail
cd "$(dirname "$0")/.."
command -v xcodebuild >/dev/null || { echo "xcodebuild is missing: this needs a Mac with Xcode" >&2; exit 1; }
out=target/bindings/ios
rustup target add aarch64-apple-ios aarch64-apple-ios-sim
cargo build -p bindgen
for target in aarch64-apple-ios aarch64-apple-ios-sim; do
    cargo build --profile mobile -p native --target "$target"
done
rm -rf "$out" target/bindings/Saxaul.xcframework
target/debug/bindgen generate --language swift --no-format --out-dir "$out/swift" \
    target/aarch64-apple-ios/mobile/libsaxaul_core.a
python3 -B bindings/adapt/swift.py "$out/swift"
cp bindings/swift/Async.swift "$out/swift/"
target/debug/codes swift "$out/swift/ErrorCodes.swift"
mkdir -p "$out/headers"
cp "$out/swift/SaxaulFFI.h" "$out/headers/"
cp "$out/swift/SaxaulFFI.modulemap" "$out/headers/module.modulemap"
xcodebuild -create-xcframework \
    -library target/aarch64-apple-ios/mobile/libsaxaul_core.a -headers "$out/headers" \
    -library target/aarch64-apple-ios-sim/mobile/libsaxaul_core.a -headers "$out/headers" \
    -output target/bindings/Saxaul.xcframework
echo "Add target/bindings/Saxaul.xcframework and the Swift files of $out/swift to the app."
