#!/usr/bin/env bash
# Packages the facade for the JVM: target/bindings/saxaul.jar, with the native library of this platform inside, and
# saxaul-sources.jar beside it, in which an editor finds the documentation. Further arguments are sources that are compiled
# beside it, into target/bindings/program.jar.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-debug} out=target/bindings tools=target/tools/kotlin/node_modules/kotlin-compiler
lib=target/$profile/libsaxaul_core.so
jna=${JNA_JAR:-/usr/share/java/jna.jar}
[ -f "$lib" ] || { echo "$lib is missing: make build" >&2; exit 1; }
[ -d "$tools" ] || { echo "the Kotlin compiler is missing: .ci/setup languages" >&2; exit 1; }
classpath=$jna:$tools/lib/kotlinx-coroutines-core-jvm.jar
kotlinc() { JAVA_OPTS="-Xmx1g -XX:TieredStopAtLevel=1" bash "$tools/bin/kotlinc" -no-reflect -nowarn "$@"; }

is_old() {
    [ ! -f "$out/saxaul.jar" ] || [ "$lib" -nt "$out/saxaul.jar" ] || [ -n "$(find bindings/kotlin bindings/adapt -type f -newer "$out/saxaul.jar")" ]
}

if is_old; then
    rm -rf "$out/kotlin" "$out/classes"
    mkdir -p "$out"
    target/debug/bindgen generate --language kotlin --no-format --out-dir "$out/kotlin" "$lib"
    python3 -B bindings/adapt/kotlin.py "$out/kotlin/saxaul"
    target/debug/codes kotlin "$out/kotlin/saxaul/ErrorCodes.kt"
    kotlinc -cp "$classpath" -d "$out/classes" "$out"/kotlin/saxaul/*.kt bindings/kotlin/*.kt
    # JNA finds the library in the jar by the platform's name. UniFFI reads its symbols: strip only the copy.
    resources=$out/classes/linux-x86-64
    [ "$(uname -m)" = aarch64 ] && resources=$out/classes/linux-aarch64
    mkdir -p "$resources"
    cp "$lib" "$resources/libsaxaul_core.so"
    strip --strip-unneeded "$resources/libsaxaul_core.so"
    cp LICENSE "$out/classes/META-INF/"
    jar --create --file "$out/saxaul-sources.jar" -C "$out/kotlin" . -C bindings/kotlin Suspending.kt
    jar --create --file "$out/saxaul.jar" -C "$out/classes" .
fi
if [ $# -gt 0 ]; then
    kotlinc -cp "$classpath:$out/saxaul.jar" -d "$out/program.jar" "$@"
fi
