#!/usr/bin/env bash
# Opens agentlog's report in a real Chromium without a head, and uses it as a reader would.
# Usage: check-report.sh [AGENTLOG [FOLDER]]; screenshots go to FOLDER. Installs Debian's chromium when it is missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
agentlog=${1:-.build/debug/agentlog}
work=$(mktemp -d)
pictures=${2:-$work}
trap 'rm -rf "$work"' EXIT

[ -x "$agentlog" ] || swift build --product agentlog
if ! command -v chromium >/dev/null; then
    { apt-get update && apt-get install -y --no-install-recommends chromium; } >/dev/null 2>&1 ||
        { echo "check-report: no chromium. Install it (apt-get install chromium), and run this again." >&2; exit 1; }
fi
environment=.build/report-environment
if [ ! -x "$environment/bin/python" ]; then
    python3 -m venv "$environment"
    "$environment/bin/pip" --quiet --disable-pip-version-check install websockets==13.1 ||
        { rm -rf "$environment"; echo "check-report: no packages. Connect to a package index, and run this again." >&2; exit 1; }
fi
python3 Tests/agentlogTests/make-log.py 38000000 "$work/log.jsonl"
timeout 1800 "$environment/bin/python" Tests/agentlogTests/check_report.py "$agentlog" "$work" "$pictures"
