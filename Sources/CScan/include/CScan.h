// What the recorder does with every byte of a text, in vector instructions that Swift has no words for: it compiles for
// the oldest processor of an architecture, and can't choose when the program runs.
//
// Nothing is read or written outside of the given memory.

#ifndef CSCAN_H
#define CSCAN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// Windows of three bytes of ASCII to look for, in seven buckets, which are the lower bits.
struct cscan_windows {
    /// For the first, the second and the third byte: by the byte, the buckets that have it there. Those bytes of ASCII that
    /// must be escaped have `CSCAN_NOT_PLAIN` as the first one, and all bytes have it as the second and the third one, so
    /// that it is found as windows are.
    const uint8_t *_Nonnull bytes;
    /// The buckets by the byte's low half; and for the first and the second byte by its high half.
    const uint8_t *_Nonnull low, *_Nonnull high;
    /// By the hash of three bytes, other than 0 if they may be a window.
    const uint8_t *_Nonnull triples;
};

#define CSCAN_NOT_PLAIN 0x80

/// Where `triples` has three bytes, of which the first is the lowest.
static inline size_t cscan_hash(uint32_t bytes) { return (bytes * 0x9E3779B1u) >> 20; }

/// A text that is copied as it stands in JSON.
struct cscan_copy {
    const void *_Nonnull text;
    size_t count;
    /// How many bytes of it are copied.
    size_t place;
    /// Windows that begin before aren't looked for.
    size_t window;
    /// Where the copy goes on, and where its room ends. Behind what is copied anything may be written.
    void *_Nonnull out, *_Nonnull end;
    /// Where the copy will be copied to in its turn. That memory is fetched meanwhile, if it can be; it isn't touched.
    const void *_Nonnull ahead[2];
};

/// Why copying stopped.
enum cscan_stop {
    /// All is copied.
    CSCAN_END,
    /// A window may begin at `window`. The bytes before it are not all copied.
    CSCAN_AT_WINDOW,
    /// The byte at `place` has no escape: it begins a scalar that may have to be escaped.
    CSCAN_AT_SCALAR,
    /// There is too little room; `CSCAN_ROOM` bytes are enough to go on.
    CSCAN_NEEDS_ROOM,
};
#define CSCAN_ROOM 416

/// How many bytes are looked at together.
#define CSCAN_BLOCK 64

/// The most bytes of a short text.
#define CSCAN_SHORT 32

struct cscan_variant {
    const char *_Nonnull name;

    /// The first place from `from` on at which a window may begin; `count` if there is none. No place where one begins is
    /// passed over.
    size_t (*_Nonnull window)(
        const void *_Nonnull text, size_t from, size_t count, const struct cscan_windows *_Nonnull windows);

    /// Copies a text with what must not stand in JSON escaped. `escapes` has for each byte what is written for it, the
    /// first byte lowest, and in the highest byte how many these are; 0 for those that begin a scalar to be looked at.
    enum cscan_stop (*_Nonnull copy)(
        struct cscan_copy *_Nonnull copy, const uint64_t *_Nonnull escapes,
        const struct cscan_windows *_Nullable windows);

    /// Copies 1 to `CSCAN_SHORT` bytes, if all are ASCII that is not escaped, and no window may begin among them; `out` has
    /// room for `CSCAN_SHORT` bytes, of which any may be written.
    bool (*_Nonnull copy_short)(
        const void *_Nonnull text, size_t count, void *_Nonnull out, const struct cscan_windows *_Nonnull windows);
};

/// What this processor can run, the fastest one at place 0; `NULL` behind the last one, if there is any.
const struct cscan_variant *_Nullable cscan_variant_at(size_t place);

#endif
