// A test that imports this module has all that it needs: agents, recorders, and the recorder's memory sink, ids and clock.
@_exported public import Agent
@_exported public import Telemetry
