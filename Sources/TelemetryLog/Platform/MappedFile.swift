#if canImport(Glibc)
import Glibc
internal import Synchronization

/// A file as memory, for all threads that read it: nothing is copied.
///
/// Where the file has become shorter, or can't be read, it shows zeros from there on: the first such file of a program
/// makes ``Fault`` the handler of SIGBUS, which would end the program otherwise. Signals from elsewhere go to the handler
/// that was there before.
final class MappedFile: Sendable {
    /// Addresses are all that threads share.
    nonisolated(unsafe) private let base: UnsafeMutableRawPointer
    private let count: Int
    private let slot: Int

    /// The first `count` bytes of a file; `nil` if they can't be mapped, or SIGBUS can't be caught.
    init?(_ file: InputFile, count: Int) {
        guard Fault.isCaught,
            let base = file.withDescriptor({ mmap(nil, count, PROT_READ, MAP_SHARED, $0, 0) }), base != MAP_FAILED
        else { return nil }
        guard let slot = Fault.watch(base, count) else {
            munmap(base, count)
            return nil
        }
        (self.base, self.count, self.slot) = (base, count, slot)
    }

    deinit {
        Fault.forget(slot)
        munmap(base, count)
    }

    /// The bytes from a place on.
    func bytes(at offset: Int) -> UnsafePointer<UInt8> {
        UnsafePointer(base.assumingMemoryBound(to: UInt8.self) + offset)
    }

    /// Where the first byte is that couldn't be shown; behind the last one if all could that were looked at.
    var fault: Int { Fault.first(slot).map { $0 - Int(bitPattern: base) } ?? .max }

    /// Gives back the memory that a part takes, and some behind it; all of it can still be read.
    ///
    /// What was looked at behind it may have brought a large page there, whose owner may be done with it.
    func forget(_ range: Range<Int>) {
        let start = (range.lowerBound + Fault.page - 1) & ~(Fault.page - 1)
        let end = min(count, (range.upperBound + Platform.largePage) & ~(Platform.largePage - 1))
        if start < end, end <= fault { madvise(base + start, end - start, MADV_DONTNEED) }
    }
}

/// SIGBUS within a mapped file.
private enum Fault {
    static let page = max(4096, Int(sysconf(Int32(_SC_PAGESIZE))))

    /// For each file, where it begins and ends, and where the first fault was; 0 where there is none.
    private struct Slot: ~Copyable {
        let start = Atomic<Int>(0)
        let end = Atomic<Int>(0)
        let fault = Atomic<Int>(0)
    }

    private static let slotCount = 64
    // A signal handler can't wait: it reads atomics, in memory that is never given back.
    nonisolated(unsafe) private static let slots: UnsafeMutablePointer<Slot> = {
        let slots = UnsafeMutablePointer<Slot>.allocate(capacity: slotCount)
        for index in 0..<slotCount { (slots + index).initialize(to: Slot()) }
        return slots
    }()
    nonisolated(unsafe) private static let before = UnsafeMutablePointer<sigaction>.allocate(capacity: 1)

    /// Whether SIGBUS comes here; installs the handler at first.
    static let isCaught: Bool = {
        // Made before any signal can come: a handler can't be the first to ask for them.
        _ = (slots, page)
        before.initialize(to: sigaction())
        guard sigaction(SIGBUS, nil, before) == 0 else { return false }
        var action = sigaction()
        action.__sigaction_handler.sa_sigaction = { signal, info, context in Fault.handle(signal, info, context) }
        action.sa_flags = SA_SIGINFO | SA_ONSTACK | Int32(bitPattern: UInt32(SA_NODEFER))
        return sigaction(SIGBUS, &action, nil) == 0
    }()

    /// Watches over a file's memory; `nil` if there are too many.
    static func watch(_ base: UnsafeMutableRawPointer, _ count: Int) -> Int? {
        let start = Int(bitPattern: base)
        for index in 0..<slotCount {
            guard slots[index].start.compareExchange(expected: 0, desired: start, ordering: .relaxed).exchanged else {
                continue
            }
            slots[index].fault.store(0, ordering: .relaxed)
            slots[index].end.store(start + count, ordering: .releasing)
            return index
        }
        return nil
    }

    static func forget(_ slot: Int) {
        slots[slot].end.store(0, ordering: .relaxed)
        slots[slot].start.store(0, ordering: .releasing)
    }

    static func first(_ slot: Int) -> Int? {
        let address = slots[slot].fault.load(ordering: .relaxed)
        return address == 0 ? nil : address
    }

    private static func handle(
        _ signal: Int32,
        _ info: UnsafeMutablePointer<siginfo_t>?,
        _ context: UnsafeMutableRawPointer?
    ) {
        let address = Int(bitPattern: info?.pointee._sifields._sigfault.si_addr)
        for index in 0..<slotCount {
            let (start, end) = (slots[index].start.load(ordering: .relaxed), slots[index].end.load(ordering: .relaxed))
            guard start > 0, start <= address, address < end else { continue }
            let here = address & ~(page - 1)
            let zeros = mmap(
                UnsafeMutableRawPointer(bitPattern: here),
                end - here,
                PROT_READ,
                MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
                -1,
                0
            )
            guard zeros != MAP_FAILED else { break }
            var first = slots[index].fault.load(ordering: .relaxed)
            while first == 0 || address < first {
                let (isSet, other) = slots[index].fault.compareExchange(
                    expected: first,
                    desired: address,
                    ordering: .relaxed
                )
                if isSet { break }
                first = other
            }
            return
        }
        passOn(signal, info, context)
    }

    private static func passOn(
        _ signal: Int32,
        _ info: UnsafeMutablePointer<siginfo_t>?,
        _ context: UnsafeMutableRawPointer?
    ) {
        if before.pointee.sa_flags & SA_SIGINFO != 0, let handler = before.pointee.__sigaction_handler.sa_sigaction {
            return handler(signal, info, context)
        }
        // With what was there before, the fault comes again.
        sigaction(signal, before, nil)
    }
}
#else
/// No file is mapped here: what a signal handler may do has been looked into for the GNU C library only.
final class MappedFile: Sendable {
    init?(_ file: InputFile, count: Int) { return nil }
    func bytes(at offset: Int) -> UnsafePointer<UInt8> { preconditionFailure("TelemetryLog: no file is mapped here.") }
    var fault: Int { .max }
    func forget(_ range: Range<Int>) {}
}
#endif
