// The log's command line: `agentlog --help`.
import Foundation

// A reader that goes early is told by `write`, not by a signal.
signal(SIGPIPE, SIG_IGN)
let terminal = Terminal.standard
let code = AgentLog.run(Array(CommandLine.arguments.dropFirst()), terminal)
terminal.progress?.clear()
exit(code)
