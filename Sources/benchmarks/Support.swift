import Foundation

/// Measurements of one thing, printed by their median.
struct Samples: CustomStringConvertible {
    private let name: String
    private let unit: String
    private var values: [Double] = []

    init(_ name: String, _ unit: String) {
        self.name = name
        self.unit = unit
    }

    mutating func append(_ value: Double) { values.append(value) }

    var description: String {
        let sorted = values.sorted()
        guard let first = sorted.first, let last = sorted.last else { return "  \(name)  nothing measured" }
        func text(_ value: Double) -> String { String(format: unit.isEmpty ? "%.3f" : "%.1f", value) }
        let unit = unit.isEmpty ? "" : " " + unit
        return "  \(name)  median \(text(sorted[sorted.count / 2]))\(unit)  (min \(text(first)), max \(text(last)))"
    }
}

/// What a benchmark was told on the command line.
struct BenchmarkOptions {
    private(set) var model = "models/SmolLM2-135M-Instruct.Q4_1.gguf"
    private var numbers: [String: Int]

    init(_ arguments: [String], benchmark: String, numbers: [String: Int]) throws {
        self.numbers = numbers
        var arguments = arguments[...]
        while let option = arguments.popFirst() {
            guard option == "--model" || numbers[option] != nil else {
                throw DecodingError("\(benchmark) \(option): no such option. Run with --help to see them.")
            }
            guard let value = arguments.popFirst() else {
                throw DecodingError("\(benchmark) \(option): its value is missing. Pass one behind it.")
            }
            if option == "--model" {
                model = value
                continue
            }
            guard let number = Int(value), (0...100_000).contains(number) else {
                throw DecodingError("\(benchmark) \(option) \(value): must be a number up to 100000. Pass such a one.")
            }
            self.numbers[option] = number
        }
    }

    subscript(_ option: String) -> Int { numbers[option] ?? 0 }
}

func milliseconds(_ duration: Duration) -> Double { duration / .milliseconds(1) }
func milliseconds(since start: ContinuousClock.Instant) -> Double { milliseconds(start.duration(to: .now)) }

/// The memory that this process occupies; 0 where that isn't known.
func residentKiB() -> Int {
    #if os(Linux)
    guard let status = try? String(contentsOfFile: "/proc/self/status", encoding: .utf8),
        let line = status.split(separator: "\n").first(where: { $0.hasPrefix("VmRSS:") })
    else { return 0 }
    return line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0
    #else
    var usage = rusage()
    return getrusage(RUSAGE_SELF, &usage) == 0 ? usage.ru_maxrss / 1024 : 0
    #endif
}
