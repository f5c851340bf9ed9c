internal import CScan

/// The layouts of the lines that came by, each tried where it is likely.
struct LineLayouts: ~Copyable {
    /// How many bytes from a line's beginning on must be readable.
    static let reach = 256
    /// Layouts that are for one name, one model and one tool only.
    static let mostSpecific = 32
    private static let capacity = 48
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
    private var recent = cscan_recent()
    private let scan: LineScan

    private let keepsData: Bool
    private let mostSpecific: Int

    /// No layout yet.
    ///
    /// - Parameters:
    ///   - keepsData: Whether lines are to say where their data is.
    ///   - mostSpecific: How many layouts are for one name, one model and one tool only; those that come when there are as
    ///     many are for any.
    ///   - scan: What compares lines.
    init(keepsData: Bool, mostSpecific: Int = mostSpecific, scan: LineScan = .best) {
        self.keepsData = keepsData
        self.scan = scan
        self.mostSpecific = mostSpecific
        followers.initialize(repeating: 0, count: Self.capacity)
    }

    deinit {
        layouts.deinitialize(count: count)
        layouts.deallocate()
        followers.deallocate()
    }

    /// Reads a line that has one of these layouts; `nil` if it has another one.
    ///
    /// What is returned is valid until the next line is read or learned. ``reach`` bytes must be readable from `line` on.
    @inline(__always)
    mutating func read(_ line: UnsafePointer<UInt8>) -> UnsafeMutablePointer<LineFields>? {
        let guess = followers[last]
        if guess < count, layouts[guess].isLikely(line), let fields = layouts[guess].read(line, &recent, scan) {
            last = guess
            return fields
        }
        return search(line, guess)
    }

    private mutating func search(_ line: UnsafePointer<UInt8>, _ guess: Int) -> UnsafeMutablePointer<LineFields>? {
        var tries = 0
        for index in 0..<count where index != guess && tries < Self.mostTries && layouts[index].isLikely(line) {
            if let fields = layouts[index].read(line, &recent, scan) {
                followers[last] = index
                last = index
                return fields
            }
            tries += 1
        }
        return nil
    }

    /// Learns the layout of a line that the scanner has read as `fields`.
    mutating func learn(_ fields: LineFields) {
        misses &+= 1
        guard count < Self.capacity || misses % Self.patience == 0 else { return }
        let place = count < Self.capacity ? count : misses / Self.patience % Self.capacity
        guard let layout = LineLayout(of: fields, keepsData: keepsData, isSpecific: place < mostSpecific) else {
            return
        }
        if count < Self.capacity {
            count += 1
            (layouts + place).initialize(to: layout)
        } else {
            layouts[place] = layout
        }
        followers[last] = place
        last = place
    }
}
