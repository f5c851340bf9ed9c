// Two users crawl a site at the same time. Each crawl is a trace; pages are fetched concurrently, and parsed within that.

import Telemetry

extension EventType {
    static let fetch: EventType = "fetch"
    static let parse: EventType = "parse"
}

struct NotFound: Error, CustomStringConvertible { let description = "404 Not Found" }

/// The site: how long each page takes to come, and where it links to.
let site: [String: (delay: Duration, links: [String])] = [
    "/": (.milliseconds(12), ["/docs", "/blog", "/about"]),
    "/docs": (.milliseconds(30), ["/docs/spans", "/docs/traces", "/"]),
    "/docs/spans": (.milliseconds(20), ["/docs/traces"]),
    "/docs/traces": (.milliseconds(25), []),
    "/blog": (.milliseconds(18), ["/blog/2024"]),
    "/about": (.milliseconds(8), []),
]

struct Crawler {
    let telemetry: Telemetry

    /// The pages that can be reached from `start`.
    func crawl(from start: String, for user: String) async -> Set<String> {
        await telemetry.withTrace("crawl \(start)", userID: user) { trace in
            var seen: Set = [start]
            await withTaskGroup(of: [String].self) { group in
                group.addTask { await links(of: start) }
                while let links = await group.next() {
                    for page in links where seen.insert(page).inserted { group.addTask { await self.links(of: page) } }
                }
            }
            trace["pages"] = seen.count
            return seen
        }
    }

    /// Where a page links to; nowhere if it can't be fetched.
    ///
    /// The failure is on the span.
    private func links(of page: String) async -> [String] {
        let links = try? await telemetry.withSpan(.fetch, name: page) { span in
            guard let (delay, links) = site[page] else { throw NotFound() }
            try await Task.sleep(for: delay)
            span["links"] = links.count
            return telemetry.withSpan(.parse, name: page) { _ in links.sorted() }
        }
        return links ?? []
    }
}

let telemetry = try Telemetry(logFile: "crawl.jsonl")
telemetry.clear()
let crawler = Crawler(telemetry: telemetry)
async let ada = crawler.crawl(from: "/", for: "ada")
async let grace = crawler.crawl(from: "/docs", for: "grace")
print("ada reached \(await ada.count) pages, grace \(await grace.count)\n")

telemetry.close()
for root in telemetry.recentSpans() where root.data["user_id"] == "ada" {
    print(SpanTree(telemetry.spans(in: root.traceID)))
}
telemetry.printSummary()
