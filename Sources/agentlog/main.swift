// The log's command line: `agentlog --help`.
import Foundation

// A reader that goes early is told by `write`, not by a signal.
signal(SIGPIPE, SIG_IGN)
exit(AgentLog.run(Array(CommandLine.arguments.dropFirst()), .standard))
