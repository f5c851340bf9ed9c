import Foundation
import Testing

extension Duration {
    /// How long a test waits for what must come, before it fails instead of hanging.
    ///
    /// It proves nothing: a machine that is shared may take a hundred times as long as usual for anything.
    static let patience = Duration.seconds(600)
}

extension Trait where Self == TimeLimitTrait {
    /// Ends a test that hangs.
    ///
    /// The time counts from when the test could begin, and others may have the threads that it needs for minutes.
    static var endsIfStuck: Self { .timeLimit(.minutes(60)) }
}

/// Asks again and again until it is so; fails when that takes longer than our patience.
func waitUntil(
    sourceLocation: SourceLocation = #_sourceLocation,
    pause milliseconds: UInt32 = 1,
    _ isSo: () throws -> Bool
) throws {
    let end = ContinuousClock.now + .patience
    while try !isSo() {
        try #require(.now < end, "This never came to be.", sourceLocation: sourceLocation)
        usleep(milliseconds * 1000)
    }
}
