public import Telemetry

/// A tool that adds, subtracts, multiplies and divides two numbers.
///
/// Integers are computed exactly; a result that is whole is an integer: `42 * 7` is `294`, `6 / 4` is `1.5`.
public struct Calculator: Tool {
    /// What to do with the two numbers.
    public enum Operation: String, Sendable, Hashable, CaseIterable, Decodable {
        /// `a + b`.
        case add
        /// `a - b`.
        case subtract
        /// `a * b`.
        case multiply
        /// `a / b`.
        case divide
    }

    /// The two numbers and the operation.
    public struct Arguments: Sendable, Decodable {
        fileprivate let a: Operand
        fileprivate let b: Operand
        fileprivate let operation: Operation
    }

    /// `calculator`.
    public let name = "calculator"
    /// What the model is told.
    public let description = "Adds, subtracts, multiplies or divides two numbers, a and b."
    /// An operation and two numbers.
    ///
    /// The operation comes first: a small model chooses it better while it still has the question in view.
    public let parameters = Schema.object([
        .required("operation", .oneOf(Operation.allCases.map { .string($0.rawValue) })),
        .required("a", .number),
        .required("b", .number),
    ])
    /// One for each operation.
    public let examples = [
        ToolExample("What is 12 plus 30?", arguments: ["operation": "add", "a": 12, "b": 30]),
        ToolExample("What is 81 minus 5?", arguments: ["operation": "subtract", "a": 81, "b": 5]),
        ToolExample("What is 6 times 9?", arguments: ["operation": "multiply", "a": 6, "b": 9]),
        ToolExample("What is 144 divided by 12?", arguments: ["operation": "divide", "a": 144, "b": 12]),
    ]

    /// A calculator.
    public init() {}

    /// Computes the result.
    ///
    /// - Throws: ``CalculatorError`` for a division by zero, and for a result that no number can hold.
    public func call(_ arguments: Arguments) throws(CalculatorError) -> JSONValue {
        let (a, b) = (arguments.a, arguments.b)
        if arguments.operation == .divide, b.value == 0 {
            throw CalculatorError(message: "division of \(a.value) by zero. Use a divisor other than 0")
        }
        if let a = a.integer, let b = b.integer, let exact = arguments.operation.exactly(a, b) {
            return .integer(exact)
        }
        let result = arguments.operation.approximately(a.value, b.value)
        guard result.isFinite else { throw CalculatorError(message: "the result is too large for a number") }
        // Beyond 2^53 a Double's digits aren't all significant, and an integer would pretend that they are.
        if let whole = Int(exactly: result), whole.magnitude <= 1 << 53 { return .integer(whole) }
        return .number(result)
    }
}

/// Why a calculator has no result.
public struct CalculatorError: Error, Sendable, Hashable, CustomStringConvertible {
    /// What was wrong, and what to do next.
    public var message: String
    /// The message.
    public var description: String { message }
}

/// A number, and the exact integer if it is one.
private struct Operand: Sendable, Decodable {
    let integer: Int?
    let value: Double

    init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        integer = try? container.decode(Int.self)
        value = try container.decode(Double.self)
    }
}

extension Calculator.Operation {
    /// The result, if it is an integer of 64 bits.
    fileprivate func exactly(_ a: Int, _ b: Int) -> Int? {
        let result =
            switch self {
            case .add: a.addingReportingOverflow(b)
            case .subtract: a.subtractingReportingOverflow(b)
            case .multiply: a.multipliedReportingOverflow(by: b)
            case .divide: a.dividedReportingOverflow(by: b)
            }
        if result.overflow || (self == .divide && !a.isMultiple(of: b)) { return nil }
        return result.partialValue
    }

    fileprivate func approximately(_ a: Double, _ b: Double) -> Double {
        switch self {
        case .add: a + b
        case .subtract: a - b
        case .multiply: a * b
        case .divide: a / b
        }
    }
}
