/// The recorders in which traces may wait to be decided, so that the process's exit can decide them.
enum UndecidedTraces {
    private struct Weak {
        weak var telemetry: Telemetry?
    }

    private static let recorders: Monitor<[ObjectIdentifier: Weak]> = {
        System.atExit { UndecidedTraces.exit() }
        return Monitor([:])
    }()

    static func add(_ telemetry: Telemetry) {
        recorders.withLock { $0[ObjectIdentifier(telemetry)] = Weak(telemetry: telemetry) }
    }

    static func remove(_ telemetry: Telemetry) {
        recorders.withLock { $0[ObjectIdentifier(telemetry)] = nil }
    }

    private static func exit() {
        // In a forked child, the lock may be one that a thread had which isn't here.
        let open = recorders.withLock(within: .zero) { $0.values.compactMap(\.telemetry) } ?? []
        for telemetry in open { telemetry.decideAtExit() }
    }
}
