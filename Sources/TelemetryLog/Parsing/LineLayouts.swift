/// The layouts of the lines that came by, each tried where it is likely.
struct LineLayouts: ~Copyable {
    /// How many bytes from a line's beginning on must be readable.
    static let reach = 256
    private static let capacity = 32
    /// How many layouts are tried with a line before it is left to the scanner.
    private static let mostTries = 3
    /// When there is room no more, one of so many lines that no layout fits has its layout learned.
    private static let patience = 64

    private let layouts = UnsafeMutablePointer<LineLayout>.allocate(capacity: capacity)
    /// For each layout, which one came after it the last time.
    private let followers = UnsafeMutablePointer<Int>.allocate(capacity: capacity)
    private var count = 0
    private var last = 0
    private var misses = 0
    private var recent = RecentValues()

    private let keepsData: Bool

    /// No layout yet.
    ///
    /// - Parameter keepsData: Whether lines are to say where their data is.
    init(keepsData: Bool) {
        self.keepsData = keepsData
        followers.initialize(repeating: 0, count: Self.capacity)
    }

    deinit {
        layouts.deinitialize(count: count)
        layouts.deallocate()
        followers.deallocate()
    }

    /// Reads a line that has one of these layouts; returns where its newline is, or `nil`.
    ///
    /// ``reach`` bytes must be readable from `line` on.
    @inline(__always)
    mutating func read(
        _ line: UnsafePointer<UInt8>,
        into fields: UnsafeMutablePointer<LineFields>
    ) -> UnsafePointer<UInt8>? {
        let guess = followers[last]
        if guess < count, layouts[guess].isLikely(line), let newline = layouts[guess].read(line, into: fields, &recent)
        {
            last = guess
            return newline
        }
        return search(line, guess, into: fields)
    }

    private mutating func search(
        _ line: UnsafePointer<UInt8>,
        _ guess: Int,
        into fields: UnsafeMutablePointer<LineFields>
    ) -> UnsafePointer<UInt8>? {
        var tries = 0
        for index in 0..<count where index != guess && tries < Self.mostTries && layouts[index].isLikely(line) {
            if let newline = layouts[index].read(line, into: fields, &recent) {
                followers[last] = index
                last = index
                return newline
            }
            tries += 1
        }
        return nil
    }

    /// Learns the layout of a line that the scanner has read as `fields`.
    mutating func learn(_ fields: LineFields) {
        misses &+= 1
        guard count < Self.capacity || misses % Self.patience == 0,
            let layout = LineLayout(of: fields, keepsData: keepsData)
        else { return }
        var place = count
        if count < Self.capacity {
            count += 1
            (layouts + place).initialize(to: layout)
        } else {
            place = misses / Self.patience % Self.capacity
            layouts[place] = layout
        }
        followers[last] = place
        last = place
    }
}
