#!/usr/bin/env bash
# Packages the facade for Python: a wheel in target/bindings/wheels, for any Python 3 on this platform.
set -euo pipefail
cd "$(dirname "$0")/.."
profile=${PROFILE:-debug} out=target/bindings python=${PYTHON:-target/tools/python/bin/python}
lib=target/$profile/libsaxaul_core.so
[ -f "$lib" ] || { echo "$lib is missing: make build" >&2; exit 1; }
[ -x "$python" ] || { echo "$python is missing: .ci/setup languages" >&2; exit 1; }
rm -rf "$out/python"
mkdir -p "$out/python" "$out/wheels"
cp -r bindings/python/. LICENSE "$out/python/"
target/debug/bindgen generate --language python --no-format --out-dir "$out/python/saxaul" "$lib"
target/debug/codes python "$out/python/saxaul/error_codes.py"
cp "$lib" "$out/python/saxaul/"
strip --strip-unneeded "$out/python/saxaul/libsaxaul_core.so"
"$python" -B bindings/adapt/python.py "$out/python/saxaul"
"$python" -m pip wheel --quiet --no-index --no-build-isolation --no-deps --wheel-dir "$out/wheels" "$out/python"
