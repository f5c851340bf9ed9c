#if canImport(Glibc)
import Glibc
internal import Synchronization

/// Memory that shows a part of a file, one part after the other: nothing is copied.
///
/// Where a file has become shorter than what is shown, or can't be read, it shows zeros: the first window of a program
/// makes ``Fault`` the handler of SIGBUS, which would end the program otherwise. Signals from elsewhere go to the handler
/// that was there before.
struct FileWindow: ~Copyable {
    private let base: UnsafeMutableRawPointer
    private let capacity: Int
    private let slot: Int

    /// Room for `capacity` bytes, rounded up to whole pages; `nil` if there is none, or no way to catch SIGBUS.
    init?(capacity: Int) {
        let capacity = (capacity + Fault.page - 1) & ~(Fault.page - 1)
        guard Fault.isCaught,
            let base = mmap(nil, capacity, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0),
            base != MAP_FAILED
        else { return nil }
        guard let slot = Fault.watch(base, capacity) else {
            munmap(base, capacity)
            return nil
        }
        (self.base, self.capacity, self.slot) = (base, capacity, slot)
    }

    deinit {
        Fault.forget(slot)
        munmap(base, capacity)
    }

    /// Shows the bytes from `offset` on, which is a multiple of the page size; `nil` if the file can't be mapped.
    func show(_ file: InputFile, at offset: Int) -> UnsafePointer<UInt8>? {
        file.withDescriptor { descriptor in
            let address = mmap(base, capacity, PROT_READ, MAP_SHARED | MAP_FIXED, descriptor, off_t(offset))
            return address == MAP_FAILED ? nil : address.map { UnsafePointer($0.assumingMemoryBound(to: UInt8.self)) }
        }
    }

    /// Where the first byte was since the last call that couldn't be shown, counted from the window's beginning.
    func takeFault() -> Int? { Fault.take(slot).map { $0 - Int(bitPattern: base) } }
}

/// SIGBUS within a window.
private enum Fault {
    static let page = max(4096, Int(sysconf(Int32(_SC_PAGESIZE))))

    /// For each window, where it begins and ends, and where the first fault was; 0 where there is none.
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

    /// Watches over a window; `nil` if there are too many.
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

    static func take(_ slot: Int) -> Int? {
        let address = slots[slot].fault.exchange(0, ordering: .relaxed)
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
            _ = slots[index].fault.compareExchange(expected: 0, desired: address, ordering: .relaxed)
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
struct FileWindow: ~Copyable {
    init?(capacity: Int) { return nil }
    func show(_ file: InputFile, at offset: Int) -> UnsafePointer<UInt8>? { nil }
    func takeFault() -> Int? { nil }
}
#endif
