extension ReadingSession {
    /// What came up, with lines numbered.
    func report<Consumer: LineConsumer>(of workers: UnsafeMutableBufferPointer<LineWorker<Consumer>>) -> ReadingReport {
        var report = ReadingReport()
        report.files = reader.files
        var refused: [LineCounts.Refused] = []
        for index in workers.indices {
            let count = workers[index].count
            report.bytes += count.bytes
            report.lines += count.spans + count.refused
            report.badLineCount += count.refused
            report.duplicates += count.duplicates
            report.tornLines += count.torn
            refused += count.firstRefused
        }
        refused.sort { ($0.file, $0.block, $0.line) < ($1.file, $1.block, $1.line) }
        var (file, block, before) = (-1, 0, 0)
        for line in refused.prefix(1000) {
            if line.file != file { (file, block, before) = (line.file, 0, 0) }
            while block < line.block {
                before += linesInBlocks[file][block]
                block += 1
            }
            report.badLines.append(
                BadLine(file: reader.files[file], line: before + line.line + 1, reason: line.reason)
            )
        }
        return report
    }
}
