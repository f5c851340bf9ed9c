/// How long the parts of a remote call may take.
public struct RemoteTimeouts: Sendable, Hashable {
    /// Until there is a connection, its encryption included.
    public var connect: Duration
    /// From then on, until the server begins to answer.
    ///
    /// Many servers do so only when they have read the whole prompt.
    public var firstByte: Duration
    /// From then on, between any two parts of the answer; comments that keep the connection alive count.
    ///
    /// The time in which the caller doesn't take what came isn't the server's, and doesn't count.
    public var idle: Duration
    /// For the whole call, with all its attempts and the waits between them.
    public var total: Duration

    /// 10 s to connect, 5 min until the answer begins, 1 min between its parts, 30 min in all, unless told otherwise.
    public init(
        connect: Duration = .seconds(10),
        firstByte: Duration = .seconds(300),
        idle: Duration = .seconds(60),
        total: Duration = .seconds(1800)
    ) {
        self.connect = connect
        self.firstByte = firstByte
        self.idle = idle
        self.total = total
    }
}
