import Telemetry
import Testing

struct JSONObjectTests {
    @Test func `members stand in the order in which they were set`() {
        var object: JSONObject = ["z": 1, "a": 2]
        object["m"] = 3
        object["z"] = 4
        #expect(object.description == #"{"z":4,"a":2,"m":3}"#)
        #expect(object.keys == ["z", "a", "m"])
        #expect(object.map(\.key) == object.keys)
    }

    @Test func `setting nil removes a member, and it may come back at the end`() {
        var object: JSONObject = ["a": 1, "b": 2]
        object["a"] = nil
        object["none"] = nil
        #expect(object == ["b": 2])
        object["a"] = "again"
        #expect(object.keys == ["b", "a"])
        let missing: Int? = nil
        object["b"] = missing
        #expect(object.keys == ["a"])
    }

    @Test func `the JSON null is a value, not a removal`() {
        var object: JSONObject = ["a": 1]
        object["a"] = JSONValue.null
        #expect(object.description == #"{"a":null}"#)
    }

    @Test func `a member of another kind reads as nil`() {
        let object: JSONObject = ["text": "a", "number": 1, "object": ["x": 1]]
        #expect((object["text"] as String?) == "a")
        #expect((object["text"] as Int?) == nil)
        #expect((object["number"] as Double?) == 1)
        #expect((object["number"] as Bool?) == nil)
        #expect((object["object"] as JSONObject?) == ["x": 1])
        #expect((object["text"] as JSONObject?) == nil)
        #expect((object["none"] as String?) == nil)
    }

    @Test func `nested objects and lists are set as literals`() {
        var object = JSONObject()
        object["object"] = ["a": 42, "b": [1, "two", nil]]
        object["list"] = [1, 2]
        object["self"] = object
        #expect(object["self"]?["object"]?["b"]?[1] == "two")
        #expect(object["self"]?["list"] == [1, 2])
    }

    @Test(arguments: [3, 15, 16, 17, 40, 1000])
    func `of equal keys the last value counts at the first place`(count: Int) {
        let members = (0..<count).map { ("key\($0)", JSONValue.integer($0)) }
        let again = members.map { ($0.0, JSONValue.string($0.0)) }
        let object = JSONObject(members + again)
        #expect(object.count == count)
        #expect(object.keys == members.map(\.0))
        #expect(object.allSatisfy { $0.value == .string($0.key) })
    }

    @Test func `equality and hash don't depend on the order`() {
        let one: JSONObject = ["a": 1, "b": ["x": 1, "y": 2]]
        let other: JSONObject = ["b": ["y": 2, "x": 1], "a": 1]
        #expect(one == other)
        #expect(one.hashValue == other.hashValue)
        #expect(one != ["a": 1])
        #expect(one != ["a": 1, "c": 2])
        #expect(one != ["a": 1, "b": ["x": 1, "y": 3]])
    }

    @Test func `an object of many members is made in linear time`() {
        let object = JSONObject((0..<10_000).map { ("key\($0)", JSONValue.integer($0)) })
        #expect(object.count == 10_000)
        #expect(object["key9999"] == 9999)
    }
}
