import Telemetry

/// Lines that a process left in its buffer beside the log, and that no recorder has brought in yet.
enum PendingLines {
    /// The whole lines that wait beside the log at `path`, each with its line end, in the order of their recording.
    ///
    /// They are read after the log, as if they stood at its end; what the log has already counts once.
    static func beside(_ path: String) -> [UInt8] { WaitingLines.beside(path) }
}
