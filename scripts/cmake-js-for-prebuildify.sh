#!/usr/bin/env bash
# prebuildify calls its build tool as it would call node-gyp; cmake-js has other words for the same things. Options
# that it does not know, or that mean something else to it, are left out.
set -euo pipefail
arguments=()
for argument in "$@"; do
  case "$argument" in
    --target=* | --devdir=* | --dist-url=* | --runtime=* | --release | rebuild | --arch=*) ;;
    *) arguments+=("$argument") ;;
  esac
done
cd "$(dirname "$0")/.."
exec node scripts/build.mjs "${arguments[@]}"
