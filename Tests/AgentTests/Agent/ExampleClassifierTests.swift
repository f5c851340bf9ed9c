import Testing

@testable import Agent

@Suite struct ExampleClassifierTests {
    @Test func `What all vectors have in common makes no difference`() {
        let common: [Float] = [100, -50, 7]
        func vector(_ x: Float, _ y: Float) -> [Float] { [common[0] + x, common[1] + y, common[2]] }
        let classifier = ExampleClassifier([[vector(1, 0), vector(2, 0.5)], [vector(-1, 0)], [vector(0, 3)]])
        #expect(classifier.scores(of: vector(1.5, -0.2)).largest == 0)
        #expect(classifier.scores(of: vector(-2, -1)).largest == 1)
        #expect(classifier.scores(of: vector(0.1, 5)).largest == 2)
    }

    @Test func `A class with many examples isn't favoured`() {
        let many = (0..<50).map { [1, Float($0) / 1000] as [Float] }
        let classifier = ExampleClassifier([many, [[-1, 0]]])
        #expect(classifier.scores(of: [-0.2, 0]).largest == 1)
        #expect(classifier.scores(of: [0.2, 0]).largest == 0)
    }

    @Test func `Vectors that are all the same decide nothing, and are no trouble`() {
        let scores = ExampleClassifier([[[1, 2]], [[1, 2], [1, 2]]]).scores(of: [1, 2])
        #expect(scores == [0, 0])
    }
}

extension [Double] {
    fileprivate var largest: Int? { indices.max { self[$0] < self[$1] } }
}
