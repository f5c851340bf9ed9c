import Telemetry

/// A schema compiled to instructions that ``DecodingState`` follows byte by byte.
///
/// The text is canonical, that of `JSONValue.text`: keys in the order of the schema, one space after each `:` and `,`
/// and none elsewhere. A schema is a tree, so where an instruction leads is known when it is made, and a state needs no
/// stack: a place in the program, and a count for each array that is open.
///
/// - Complexity: Linear in the size of the schema.
final class SchemaProgram: Sendable {
    /// What comes next.
    ///
    /// Places are indices of ``instructions``.
    enum Instruction: Sendable {
        /// Exactly these bytes of ``text``.
        case bytes(start: Int, end: Int, next: Int)
        /// The contents of a string and its closing quote.
        case string(minimum: Int, maximum: Int, next: Int)
        /// The contents of a string that matches the pattern at this index of ``patterns``, and its closing quote.
        case pattern(Int, next: Int)
        /// A number of the form at this index of ``numbers``.
        case number(Int, next: Int)
        /// Either of two places.
        case either(Int, Int)
        /// An element of the array that counts at `slot` is complete: another one, or the end of the array.
        case element(slot: Int, minimum: Int, maximum: Int, another: Int, exit: Int)
        /// The value is complete.
        case end
    }

    let instructions: [Instruction]
    let text: [UInt8]
    let numbers: [NumberForm]
    let patterns: [StringPattern]
    /// Where the program begins.
    let start: Int
    /// How many arrays are open at once, at most.
    let slots: Int

    init(_ schema: Schema) {
        var compiler = Compiler()
        let end = compiler.add(.end)
        start = compiler.compile(schema, next: end, slot: 0)
        instructions = compiler.instructions
        text = compiler.text
        numbers = compiler.numbers
        patterns = compiler.patterns
        slots = compiler.slots
    }
}

/// Makes instructions from the end to the beginning, as each has to know what follows it.
private struct Compiler {
    var instructions: [SchemaProgram.Instruction] = []
    var text: [UInt8] = []
    var numbers: [NumberForm] = []
    var patterns: [StringPattern] = []
    var slots = 0

    mutating func add(_ instruction: SchemaProgram.Instruction) -> Int {
        instructions.append(instruction)
        return instructions.count - 1
    }

    private mutating func bytes(_ string: String, next: Int) -> Int {
        let start = text.count
        text.append(contentsOf: string.utf8)
        return add(.bytes(start: start, end: text.count, next: next))
    }

    /// One of several places, of which there is at least one.
    private mutating func anyOf(_ places: [Int]) -> Int {
        var result = places[places.count - 1]
        for place in places.dropLast().reversed() { result = add(.either(place, result)) }
        return result
    }

    /// Where a value of that shape begins, after which `next` comes.
    mutating func compile(_ schema: Schema, next: Int, slot: Int) -> Int {
        switch schema.kind {
        case .null: return bytes("null", next: next)
        case .boolean: return anyOf([bytes("true", next: next), bytes("false", next: next)])
        case .integer(let range): return number(NumberForm(range), next: next)
        case .number(let range):
            if let form = NumberForm(range) { return number(form, next: next) }
            // No decimal digits of a sensible count: 1e300.. has only the bound itself.
            let bound = range.lowerBound.isFinite ? range.lowerBound : range.upperBound
            return bytes(JSONValue.number(bound).text, next: next)
        case .string(let length):
            let maximum =
                length.upperBound == .max ? max(Schema.defaultMaximumLength, length.lowerBound) : length.upperBound
            let contents = add(.string(minimum: length.lowerBound, maximum: maximum, next: next))
            return bytes("\"", next: contents)
        case .pattern(let pattern):
            patterns.append(pattern)
            return bytes("\"", next: add(.pattern(patterns.count - 1, next: next)))
        case .literal(let value): return bytes(value.text, next: next)
        case .array(let element, let count): return array(of: element, count, next: next, slot: slot)
        case .object(let properties): return object(properties, next: next, slot: slot)
        case .anyOf(let alternatives):
            return anyOf(alternatives.map { compile($0, next: next, slot: slot) })
        }
    }

    private mutating func number(_ form: NumberForm, next: Int) -> Int {
        numbers.append(form)
        return add(.number(numbers.count - 1, next: next))
    }

    private mutating func array(of element: Schema, _ count: ClosedRange<Int>, next: Int, slot: Int) -> Int {
        guard count.upperBound > 0 else { return bytes("[]", next: next) }
        slots = max(slots, slot + 1)
        let maximum = count.upperBound == .max ? max(Schema.defaultMaximumCount, count.lowerBound) : count.upperBound
        let exit = bytes("]", next: next)
        let afterElement = add(.end)  // Until it is known where the element begins.
        let body = compile(element, next: afterElement, slot: slot + 1)
        let another = bytes(", ", next: body)
        instructions[afterElement] = .element(
            slot: slot,
            minimum: count.lowerBound,
            maximum: maximum,
            another: another,
            exit: exit
        )
        return bytes("[", next: count.lowerBound == 0 ? anyOf([exit, body]) : body)
    }

    private mutating func object(_ properties: [Schema.Property], next: Int, slot: Int) -> Int {
        // Two places before each key: `first` where no key stands yet, `rest` where a comma is due. What follows the
        // key is shared, so that the program stays linear.
        let close = bytes("}", next: next)
        var rest = close
        var first: Int? = close
        for (index, property) in properties.enumerated().reversed() {
            let key = JSONValue.string(property.name).text + ": "
            let value = compile(property.schema, next: rest, slot: slot)
            let canBeFirst = !properties[..<index].contains(where: \.isRequired)
            if canBeFirst {
                let member = bytes(key, next: value)
                first = property.isRequired ? member : anyOf([member, first ?? close])
            }
            if index > 0 {
                let member = bytes(", " + key, next: value)
                rest = property.isRequired ? member : anyOf([member, rest])
            }
        }
        return bytes("{", next: first ?? close)
    }
}
