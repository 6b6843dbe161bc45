#!/usr/bin/env bash
# Builds the library for Android into target/bindings/android: jniLibs and the Kotlin sources of a Gradle module. Needs
# the NDK (ANDROID_NDK_HOME), cargo-ndk and rustup's Android targets on a developer's own machine. No test of this
# project runs it.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${ANDROID_NDK_HOME:?name the directory of the NDK}"
command -v python3 >/dev/null || { echo "python3 is missing" >&2; exit 1; }
command -v cargo-ndk >/dev/null || { echo "cargo-ndk is missing: cargo install cargo-ndk" >&2; exit 1; }
out=target/bindings/android
rustup target add aarch64-linux-android armv7-linux-androideabi x86_64-linux-android
cargo build -p bindgen
mkdir -p "$out/src/main"
cargo ndk -t arm64-v8a -t armeabi-v7a -t x86_64 --platform 23 -o "$out/src/main/jniLibs" build --profile mobile -p native
# The symbols are read before they are stripped; Gradle strips what goes into the AAR.
target/debug/bindgen generate --language kotlin --no-format --out-dir "$out/src/main/kotlin" \
    target/aarch64-linux-android/mobile/libsaxaul_core.so
python3 -B bindings/adapt/kotlin.py "$out/src/main/kotlin/saxaul"
target/debug/codes kotlin "$out/src/main/kotlin/saxaul/ErrorCodes.kt"
cp bindings/kotlin/*.kt "$out/src/main/kotlin/saxaul/"
cp bindings/android/build.gradle.kts "$out/"
echo "$out is a Gradle module: include it, or run gradle assembleRelease there for an AAR."
