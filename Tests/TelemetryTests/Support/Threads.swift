import Foundation

/// Runs `body` on so many threads at once, with their numbers, and waits for all of them.
func onThreads(_ count: Int, _ body: @escaping @Sendable (Int) -> Void) {
    let group = DispatchGroup()
    for place in 0..<count {
        group.enter()
        Thread {
            body(place)
            group.leave()
        }.start()
    }
    group.wait()
}
