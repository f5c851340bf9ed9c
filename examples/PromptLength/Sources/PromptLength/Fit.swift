import Telemetry

/// One call of the model, as the log has it.
struct Call {
    /// The prompt's tokens.
    var prompt: Double
    /// Those of them that had to be computed.
    var computed: Double
    /// The answer's tokens.
    var completion: Double
    var milliseconds: Double

    init?(_ span: Span) {
        guard span.eventType == .llmCall, let duration = span.duration,
            let prompt = span.data["prompt_tokens"]?.integer, let cached = span.data["cached_tokens"]?.integer,
            let completion = span.data["completion_tokens"]?.integer
        else { return nil }
        self.prompt = Double(prompt)
        computed = Double(prompt - cached)
        self.completion = Double(completion)
        milliseconds = duration / .milliseconds(1)
    }
}

/// `latency = base + perPromptToken × computed + perCompletionToken × completion`, by least squares.
struct Fit {
    var base: Double
    var perPromptToken: Double
    var perCompletionToken: Double
    /// The share of the variance that the line explains.
    var rSquared: Double

    /// The latency in milliseconds that is expected for so many tokens of a prompt, none of them cached, and of an answer.
    func callAsFunction(_ computed: Double, _ completion: Double) -> Double {
        base + perPromptToken * computed + perCompletionToken * completion
    }

    /// The fit, or `nil` if the calls don't differ enough to tell.
    init?(_ calls: [Call]) {
        // The normal equations, solved by elimination with pivoting.
        var rows = [[Double]](repeating: [0, 0, 0, 0], count: 3)
        for call in calls {
            let x = [1, call.computed, call.completion]
            for i in 0..<3 {
                for j in 0..<3 { rows[i][j] += x[i] * x[j] }
                rows[i][3] += x[i] * call.milliseconds
            }
        }
        for column in 0..<3 {
            guard let pivot = (column..<3).max(by: { abs(rows[$0][column]) < abs(rows[$1][column]) }),
                abs(rows[pivot][column]) > 1e-9
            else { return nil }
            rows.swapAt(column, pivot)
            for row in 0..<3 where row != column {
                let factor = rows[row][column] / rows[column][column]
                for j in 0..<4 { rows[row][j] -= factor * rows[column][j] }
            }
        }
        base = rows[0][3] / rows[0][0]
        perPromptToken = rows[1][3] / rows[1][1]
        perCompletionToken = rows[2][3] / rows[2][2]
        rSquared = 0
        let mean = calls.map(\.milliseconds).reduce(0, +) / Double(calls.count)
        var (residual, total) = (0.0, 0.0)
        for call in calls {
            let error = call.milliseconds - self(call.computed, call.completion)
            residual += error * error
            total += (call.milliseconds - mean) * (call.milliseconds - mean)
        }
        if total > 0 { rSquared = 1 - residual / total }
    }
}
