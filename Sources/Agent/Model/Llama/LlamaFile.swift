import Foundation

/// Checks a model's file before llama.cpp sees it, whose own errors say less.
enum LlamaFile {
    private static let remedy = "Run models/setup.sh to get the default model, or pass the path of another one."

    /// A name for the log: the file's name without directories and ending.
    static func name(of path: String) -> String {
        URL(fileURLWithPath: path).deletingPathExtension().lastPathComponent
    }

    /// Checks that there is a regular file that begins as GGUF does, and whose metadata llama.cpp survives.
    ///
    /// - Throws: ``ModelError`` with ``ModelError/Code/modelNotFound``, ``ModelError/Code/notAModel`` or
    ///   ``ModelError/Code/damagedModel``.
    static func check(_ path: String) throws(ModelError) {
        var isDirectory = ObjCBool(false)
        guard !path.isEmpty, FileManager.default.fileExists(atPath: path, isDirectory: &isDirectory) else {
            throw ModelError(.modelNotFound, "\(path.isEmpty ? "model path" : path): no such file. \(remedy)")
        }
        guard !isDirectory.boolValue else {
            throw ModelError(.modelNotFound, "\(path): is a directory. Pass the path of a .gguf file in it.")
        }
        let target = URL(fileURLWithPath: path).resolvingSymlinksInPath().path
        // Opening a FIFO would wait for a writer for ever.
        let type = try? FileManager.default.attributesOfItem(atPath: target)[.type] as? FileAttributeType
        guard type == .typeRegular else {
            throw ModelError(.notAModel, "\(path): not a regular file. \(remedy)")
        }
        let magic: Data
        do {
            let file = try FileHandle(forReadingFrom: URL(fileURLWithPath: path))
            defer { try? file.close() }
            magic = try file.read(upToCount: 4) ?? Data()
        } catch {
            throw ModelError(
                .modelNotFound,
                "\(path): can't be read. Check its permissions with: ls -l '\(path)', or pass the path of another one."
            )
        }
        guard magic != Data() else {
            throw ModelError(.notAModel, "\(path): the file is empty. \(remedy)")
        }
        guard magic == Data("GGUF".utf8) else {
            throw ModelError(
                .notAModel,
                "\(path): not in the GGUF format, which begins with the letters GGUF. \(remedy)"
            )
        }
        // Mapped, so that only the metadata is read, a few megabytes at the beginning.
        if let file = try? Data(contentsOf: URL(fileURLWithPath: path), options: .alwaysMapped),
            let flaw = file.withUnsafeBytes({ GGUFMetadata.flaw(in: $0) })
        {
            throw ModelError(
                .damagedModel,
                "\(path): the file is damaged: \(flaw). Download it again; models/setup.sh does that for the "
                    + "default model."
            )
        }
    }
}
