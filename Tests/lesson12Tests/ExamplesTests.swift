import Foundation
import Testing

extension NewcomerTests {
    /// The packages in `examples/`; what each must print and log stands in `examples/check.py`.
    @Suite struct ExamplesTests {
        @Test(
            .endsIfStuck,
            arguments: [
                "TelemetryOnly", "YourOwnModel", "MultiStepTrace", "FindTheFailure", "ParseRate", "PromptLength",
            ]
        )
        func `an example builds and runs, and prints and logs what it should`(name: String) throws {
            let script = Program.package.appendingPathComponent("examples/check.py").path
            let output = try Program.run("nice", ["python3", script, name], in: Folder())
            #expect(output.status == 0, "\(output.stdout)\n\(output.stderr)")
        }
    }
}
