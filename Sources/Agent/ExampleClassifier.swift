/// Tells of which class's examples a text reminds, by what a model's vectors say that they are about.
///
/// The vectors of one model all have much in common, which the mean of the classes' means takes away. What is left of a
/// vector and of a class's mean is compared by direction: the nearest class mean, by the cosine.
struct ExampleClassifier {
    private let center: [Float]
    private let directions: [[Float]]

    /// - Parameter classes: The vectors of each class's examples, at least one; all have as many elements.
    init(_ classes: [[[Float]]]) {
        let means = classes.map(Self.mean)
        let center = Self.mean(means)
        self.center = center
        directions = means.map { Self.direction(of: $0, from: center) }
    }

    /// How much a vector is like the examples of each class, from -1 to 1.
    func scores(of vector: [Float]) -> [Double] {
        let direction = Self.direction(of: vector, from: center)
        return directions.map { zip($0, direction).reduce(0) { $0 + Double($1.0) * Double($1.1) } }
    }

    private static func mean(_ vectors: [[Float]]) -> [Float] {
        guard let first = vectors.first else { return [] }
        var sum = first
        for vector in vectors.dropFirst() { for (index, element) in vector.enumerated() { sum[index] += element } }
        return sum.map { $0 / Float(vectors.count) }
    }

    /// The unit vector from `center` to `vector`; zero where they are the same.
    private static func direction(of vector: [Float], from center: [Float]) -> [Float] {
        let difference = zip(vector, center).map { $0 - $1 }
        let length = difference.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return length > 0 ? difference.map { $0 / length } : difference
    }
}
