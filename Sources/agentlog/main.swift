// The log's command line: `agentlog --help`.
Terminal.begin()
let terminal = Terminal.standard
let code = AgentLog.run(Array(CommandLine.arguments.dropFirst()), terminal)
terminal.progress?.clear()
Terminal.end(code)
