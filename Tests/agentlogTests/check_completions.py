"""Checks of check-terminal.sh: what bash, zsh and fish complete, against what help says."""
import os
import re
import shutil
import subprocess
import sys

from pseudo_terminal import Terminal

agentlog, work = sys.argv[1:]
checks = 0


def check(what, is_so, details=""):
    global checks
    checks += 1
    if not is_so:
        sys.exit(f"check_completions: {what}: {details!r}"[:2000])


def output(*words):
    return subprocess.run([agentlog, *words], check=True, capture_output=True, text=True).stdout


commands = re.findall(r"^  (\w+) +\w", output("--help").split("Options")[0], re.M)
check("commands", len(commands) == 12, commands)
options = {}
for command in commands:
    text = output(command, "--help").split("\nOptions:\n")[1].split("\nJSON:")[0]
    options[command] = set(re.findall(r"^  (?:-\w, |    )(--[\w-]+)", text, re.M))
    check(f"options of {command}", {"--log", "--json", "--color", "--utc", "--help"} <= options[command], options[command])
folder = f"{work}/completions"
os.makedirs(f"{folder}/logs")
for name in ["a log.jsonl", "another.jsonl"]:
    open(f"{folder}/logs/{name}", "w").close()
for shell, name in [("bash", "agentlog.bash"), ("zsh", "_agentlog"), ("fish", "agentlog.fish")]:
    with open(f"{folder}/{name}", "w") as file:
        file.write(output("completions", shell))
environment = {"PATH": f"{os.path.dirname(agentlog)}:{os.environ['PATH']}", "HOME": folder, "TERM": "dumb", "LC_ALL": "C.UTF-8"}


def bash(line):
    """What bash offers for the last word of a line, split as readline would."""
    words = [word for part in re.split(r" ", line) for word in re.split(r"(=)", part) if word or part == ""]
    script = f'. {folder}/agentlog.bash; cd {folder}; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _agentlog; printf "%s\\n" "${{COMPREPLY[@]}}"'
    result = subprocess.run(["bash", "--norc", "-c", script, "bash", *words], capture_output=True, text=True, env=environment)
    check(f"bash, {line!r}", result.stderr == "", result.stderr)
    return set(filter(None, result.stdout.split("\n")))


def fish(line):
    result = subprocess.run(["fish", "--no-config", "-c", f"source {folder}/agentlog.fish; cd {folder}; complete -C '{line}'"],
                            capture_output=True, text=True, env=environment)
    check(f"fish, {line!r}", result.stderr == "", result.stderr)
    return {found.split("\t")[0] for found in result.stdout.splitlines()}


class Zsh:
    """A zsh that lists, on Tab, what it would complete."""

    def __init__(self):
        self.terminal = Terminal(["zsh", "-f", "-i"], columns=200, rows=500, environment={**environment, "PS1": "ready> "}, cwd=folder)
        self.line(f"fpath=({folder} $fpath); autoload -Uz compinit; compinit -D -u; unsetopt beep")
        # What the completion adds is kept in a file, which is there when all of it is.
        self.line("compadd() { if (( ! ${@[(I)-(O|A|D)]} )); then local -a hits; builtin compadd -A hits \"$@\"; "
                  "print -rl -- $hits >> adding; fi; builtin compadd \"$@\"; }")
        self.line("list() { : > adding; zle list-choices; mv adding added }; zle -N list; bindkey '^I' list; LISTMAX=100000")

    def line(self, text):
        count = self.terminal.output.count(b"ready> ")
        self.terminal.wait_for(lambda output: b"ready> " in output)
        self.terminal.type(text + "\n")
        self.terminal.wait_for(lambda output: output.count(b"ready> ") > count)

    def __call__(self, line):
        added = f"{folder}/added"
        # Ctrl-U empties the line, Tab lists.
        self.terminal.type("\x15" + line + "\t")
        self.terminal.wait_for(lambda output: os.path.exists(added))
        with open(added) as file:
            words = set(file.read().split("\n")) - {""}
        os.remove(added)
        return words


shells = {"bash": bash}
for name, complete in [("zsh", Zsh), ("fish", fish)]:
    if shutil.which(name):
        shells[name] = complete() if name == "zsh" else complete
for name, complete in shells.items():
    check(f"{name}: commands", complete("agentlog ") == {*commands, "help"}, complete("agentlog "))
    check(f"{name}: the beginning of a command", complete("agentlog tr") == {"trace", "traces"}, complete("agentlog tr"))
    check(f"{name}: help", complete("agentlog help s") == {"span", "summary"}, complete("agentlog help s"))
    check(f"{name}: options without a command", complete("agentlog --") == options["summary"] | {"--version"}, complete("agentlog --"))
    for command in commands:
        found = {word.rstrip("=") for word in complete(f"agentlog {command} --")}
        check(f"{name}: options of {command}", found == options[command], found ^ options[command])
    check(f"{name}: values", complete("agentlog summary --by m") == {"model"}, complete("agentlog summary --by m"))
    check(f"{name}: values of a common option", complete("agentlog traces --color a") == {"auto", "always"})
    check(f"{name}: values behind =", {w.split("=")[-1] for w in complete("agentlog summary --by=t")} == {"type", "tool"})
    check(f"{name}: a command behind options", complete("agentlog --json tr") == {"trace", "traces"}, complete("agentlog --json tr"))
    check(f"{name}: shells", complete("agentlog completions ") == {"bash", "zsh", "fish"})
    files = {os.path.basename(found.replace("\\", "")) for found in complete("agentlog --log logs/a")}
    check(f"{name}: files, also with spaces", files == {"a log.jsonl", "another.jsonl"}, files)
    check(f"{name}: files of -l", len(complete("agentlog traces -l logs/a")) == 2, complete("agentlog traces -l logs/a"))
    check(f"{name}: files to compare", len(complete("agentlog compare logs/a")) == 2, complete("agentlog compare logs/a"))
    check(f"{name}: nothing where a number stands", complete("agentlog traces --limit ") == set(), complete("agentlog traces --limit "))
print(f"check_completions: {checks} checks of {len(commands)} commands in {', '.join(shells)}")
