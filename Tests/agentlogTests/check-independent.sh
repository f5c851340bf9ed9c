#!/usr/bin/env bash
# Checks agentlog's answers with programs that know nothing of it: Python's own modules, the Python package
# opentelemetry-proto, and DuckDB. Usage: check-independent.sh [AGENTLOG [LOG]]; makes what is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
agentlog=${1:-.build/debug/agentlog}
log=${2:-}
environment=.build/check-environment
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -x "$agentlog" ] || swift build --product agentlog
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" --quiet --disable-pip-version-check install opentelemetry-proto==1.45.2 duckdb==2.0.0 ||
        { rm -rf "$environment"; echo "check-independent: no packages. Connect to a package index, and run this again." >&2; exit 1; }
fi
if [ -z "$log" ]; then
    log=$work/log.jsonl
    python3 Tests/agentlogTests/make-log.py 2000000 "$log"
fi
"$environment/bin/python" Tests/agentlogTests/check_independent.py "$agentlog" "$log" "$work"
