/// JSON members in the order in which they were set.
///
/// A key stands once: setting it again replaces its value in place, setting it to `nil` removes it. Two objects are
/// equal when they have the same members, in whatever order.
///
/// - Complexity: Finding a key is linear in the number of members, which for the few that a span has is faster than
///   hashing. Making an object from many members is linear all the same.
public struct JSONObject: Sendable {
    /// A member as it is kept: arrays of structures are copied and destroyed by code that knows their parts, those of
    /// tuples by looking them up.
    struct Entry: Sendable {
        let key: String
        var value: JSONValue
        /// The same for equal keys, and another one for most that differ.
        fileprivate let tag: UInt32
        let known: KnownKeys.Place

        init(key: String, value: JSONValue) {
            self.init(key: key, value: value, TextDigest(key), .shared)
        }

        @inline(__always)
        fileprivate init(key: String, value: consuming JSONValue, _ digest: TextDigest, _ keys: KnownKeys) {
            self.key = key
            self.value = value
            tag = digest.hash
            known = keys.find(digest)
        }
    }

    private(set) var members: [Entry] = []

    /// An object without members.
    public init() {}

    /// The members in this order; of equal keys the last value counts, at the first one's place.
    public init(_ members: some Sequence<(String, JSONValue)>) {
        var places: [String: Int] = [:]
        if members.underestimatedCount > 8 { self.members.reserveCapacity(members.underestimatedCount) }
        for (key, value) in members {
            // Few members are compared one by one; many are found by hash, so that hostile input can't cost n².
            if self.members.count < 16 {
                self[key] = value
                continue
            }
            if places.isEmpty {
                for (place, member) in self.members.enumerated() { places[member.key] = place }
            }
            if let place = places[key] {
                self.members[place].value = value
            } else {
                places[key] = self.members.count
                self.members.append(Entry(key: key, value: value))
            }
        }
    }

    /// The value at `key`.
    public subscript(key: String) -> JSONValue? {
        get { place(of: key, TextDigest(key).hash).map { members[$0].value } }
        set { set(newValue, at: key) }
    }

    mutating func set(_ value: consuming JSONValue?, at key: String, keys: KnownKeys = .shared) {
        let digest = TextDigest(key)
        guard let place = place(of: key, digest.hash) else {
            guard let value else { return }
            if members.isEmpty { members.reserveCapacity(8) }  // One allocation for a typical span.
            members.append(Entry(key: key, value: value, digest, keys))
            return
        }
        if let value { members[place].value = value } else { members.remove(at: place) }
    }

    @inline(__always)
    private func place(of key: String, _ tag: UInt32) -> Int? {
        members.withUnsafeBufferPointer { members in
            for place in members.indices where members[place].tag == tag && members[place].key == key { return place }
            return nil
        }
    }

    /// The value at `key` as a Swift value; `nil` also when it is of another kind.
    public subscript<Value: JSONRepresentable>(key: String) -> Value? {
        get {
            let json: JSONValue? = self[key]
            return json.flatMap(Value.init(json:))
        }
        set {
            let json: JSONValue? = newValue?.json
            self[key] = json
        }
    }

    /// Sets the members of `other`, in linear time.
    mutating func merge(_ other: JSONObject) {
        guard !other.isEmpty else { return }
        self = JSONObject([members, other.members].joined().lazy.map { ($0.key, $0.value) })
    }

    /// The keys, in order.
    public var keys: [String] { members.map(\.key) }
}

extension JSONObject: RandomAccessCollection {
    /// The place of the first member.
    public var startIndex: Int { members.startIndex }
    /// The place after the last member.
    public var endIndex: Int { members.endIndex }
    /// The member at a place.
    public subscript(position: Int) -> (key: String, value: JSONValue) {
        (members[position].key, members[position].value)
    }
}

extension JSONObject: ExpressibleByDictionaryLiteral {
    /// The members in the order written.
    ///
    /// No `Dictionary` is built.
    public init(dictionaryLiteral elements: (String, JSONValue)...) { self.init(elements) }
}

extension JSONObject: Hashable {
    /// Whether both have the same members, in whatever order.
    public static func == (a: JSONObject, b: JSONObject) -> Bool {
        guard a.count == b.count else { return false }
        if zip(a.members, b.members).allSatisfy({ $0.key == $1.key && $0.value == $1.value }) { return true }
        let index = Dictionary(b.members.map { ($0.key, $0.value) }) { first, _ in first }
        return a.members.allSatisfy { index[$0.key] == $0.value }
    }

    /// Feeds the members to the hasher so that their order makes no difference.
    public func hash(into hasher: inout Hasher) {
        var sum = 0
        for entry in members {
            var member = Hasher()
            member.combine(entry.key)
            member.combine(entry.value)
            sum &+= member.finalize()
        }
        hasher.combine(sum)
    }
}

extension JSONObject: CustomStringConvertible {
    /// The object as compact JSON on one line.
    public var description: String { JSONValue.object(self).description }
}
