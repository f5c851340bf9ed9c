/// Values by their keys, of which the least recently used go first.
struct NewestValues<Key: Hashable, Value> {
    private var values: [Key: (value: Value, use: Int)] = [:]
    private var uses = 0
    private let maximumCount: Int

    /// Room for so many values, at least one.
    init(maximumCount: Int) { self.maximumCount = max(1, maximumCount) }

    /// The value of a key, which thereby is the newest.
    mutating func use(_ key: Key) -> Value? {
        guard let value = values[key]?.value else { return nil }
        insert(value, for: key)
        return value
    }

    /// Keeps a value as the newest.
    ///
    /// - Complexity: Linear in the number of values when there is no room, otherwise constant.
    mutating func insert(_ value: Value, for key: Key) {
        uses += 1
        values[key] = (value, uses)
        guard values.count > maximumCount, let oldest = values.min(by: { $0.value.use < $1.value.use }) else { return }
        values[oldest.key] = nil
    }
}
