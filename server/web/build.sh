#!/usr/bin/env bash
# Builds the web apps that the program carries: server/web/field/dist. The library for browsers is built before.
set -euo pipefail
cd "$(dirname "$0")/field"
[ -f ../../../target/bindings/web/dist/index.js ] || { echo "the library for browsers is missing: make web" >&2; exit 1; }
if ! cmp -s package-lock.json node_modules/.installed; then
    npm ci --no-audit --no-fund --silent
    cp package-lock.json node_modules/.installed
fi
npm run --silent build
