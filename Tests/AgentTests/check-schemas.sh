#!/usr/bin/env bash
# Checks what Schema prints and says with programs that know nothing of it: the Python package jsonschema, and QuickJS for
# patterns, which are those of ECMA-262. Usage: check-schemas.sh; makes what is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
environment=.build/schema-environment
samples=$(mktemp)
trap 'rm -f "$samples"' EXIT

if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" --quiet --disable-pip-version-check install jsonschema==4.26.0 quickjs==1.19.4 ||
        { rm -rf "$environment"; echo "check-schemas: no packages. Connect to a package index, and run this again." >&2; exit 1; }
fi
SCHEMA_SAMPLES=$samples swift test --filter SchemaSamplesTests >&2
"$environment/bin/python" Tests/AgentTests/check_schemas.py "$samples"
