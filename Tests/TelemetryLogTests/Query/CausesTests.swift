import Testing

@testable import TelemetryLog

@Suite struct CausesTests {
    @Test(arguments: [
        ("timed out after 3021 ms", "timed out after N ms"),
        ("connection to 127.0.0.1:80 refused", "connection to N refused"),
        ("trace 4bf92f3577b34da6 at 0x7f3a", "trace N at N"), ("llama3 failed", "llamaN failed"),
        ("2026-01-15T10:30:00: no", "NTN: no"), ("no numbers here", "no numbers here"), ("", ""),
        ("Zürich 12 °", "Zürich N °"),
        ("deadbeef is a word", "deadbeef is a word"), ("1.5 and 2", "N and N"),
    ]) func `what differs from failure to failure is left out`(text: String, cause: String) {
        #expect(Causes.normalise(text) == cause)
    }
}
