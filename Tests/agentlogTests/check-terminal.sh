#!/usr/bin/env bash
# Uses agentlog as people do: in terminals and pipes, with bad logs, interrupted, and completed by real shells.
# Usage: check-terminal.sh [AGENTLOG]; installs Debian's zsh and fish when they are missing.
set -euo pipefail
cd "$(dirname "$0")/../.."
agentlog=${1:-.build/debug/agentlog}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

[ -x "$agentlog" ] || swift build --product agentlog
agentlog=$(realpath "$agentlog")
if ! command -v zsh >/dev/null || ! command -v fish >/dev/null; then
    { [ "$(id -u)" = 0 ] && apt-get update && apt-get install -y --no-install-recommends zsh fish; } >/dev/null 2>&1 ||
        echo "check-terminal: SKIPPED: completion in zsh and fish. Install both (apt-get install zsh fish), and run this again." >&2
fi
python3 Tests/agentlogTests/make-log.py 300000 "$work/log.jsonl"
python3 Tests/agentlogTests/check_top.py "$agentlog" "$work/log.jsonl"
python3 Tests/agentlogTests/check_terminal.py "$agentlog" "$work"
python3 Tests/agentlogTests/check_bad_logs.py "$agentlog" "$work"
python3 Tests/agentlogTests/check_completions.py "$agentlog" "$work"
