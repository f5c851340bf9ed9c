// What the reader does with every byte of a log, in vector instructions of the processor that it runs on.
//
// Nothing is written outside of the given memory, or read, unless it says otherwise.

#ifndef CSCAN_LINES_H
#define CSCAN_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// How an id begins that is looked for.
struct cscan_id {
    /// Where ids of its kind stand in our own lines.
    size_t place;
    /// Up to eight digits, letters in lower case, the first one lowest; and the bits that count.
    uint64_t digits, mask;
};

/// Some bytes, and which of them count; those that don't are 0.
struct cscan_bytes {
    uint64_t text[4], mask[4];
};

/// What is read before the bytes of a step.
enum cscan_kind : uint8_t {
    /// Nothing: more bytes.
    CSCAN_TEXT,
    /// 16 hexadecimal digits, not all of them 0.
    CSCAN_SPAN_ID,
    CSCAN_PARENT_ID,
    /// 32 hexadecimal digits, not all of them 0. The second half goes where the constant says.
    CSCAN_TRACE_ID,
    /// A string's content.
    CSCAN_STRING,
    /// As `CSCAN_STRING`, but nobody asks for it.
    CSCAN_IGNORED_STRING,
    /// As `CSCAN_STRING`; whether it is `running` goes where the constant says.
    CSCAN_STATUS,
    /// Nothing: a string's content is the beginning of the bytes, and the constant its length.
    CSCAN_CONSTANT,
    /// A whole number of up to seven digits.
    CSCAN_INTEGER,
    /// Any value, most likely a number.
    CSCAN_NUMBER,
    /// 27 characters.
    CSCAN_TIMESTAMP,
    CSCAN_DURATION,
    /// Nothing: the data begins here.
    CSCAN_DATA_START,
    /// Nothing: the data ended here.
    CSCAN_DATA_END,
    /// Nothing: an object began, which the next steps read; they may fail, because it is a value like any other.
    CSCAN_OBJECT,
    /// Nothing: the object ended here.
    CSCAN_OBJECT_END,
    /// Any value.
    CSCAN_VALUE_STEP,
    /// Nothing: the newline has been compared.
    CSCAN_LINE_END,
};

/// In a length: that a string has escapes.
#define CSCAN_ESCAPE 0x80000000u

/// A value of some kind, and bytes that have to be behind it.
struct cscan_step {
    struct cscan_bytes bytes;
    /// The last value, and the byte behind it, if these are at most 16 bytes; what no bytes are otherwise.
    uint64_t usual[2], usual_mask[2];
    /// How many bytes the last value had.
    uint32_t usual_length;
    /// How many bytes are compared.
    uint32_t length;
    uint32_t changes;
    uint32_t constant;
    /// Where the value goes, in bytes; with an object, how many steps it has.
    uint16_t target;
    enum cscan_kind kind;
    /// How many steps follow that have nothing but bytes.
    uint8_t more;
};

/// How lines of a kind look: the bytes that begin them, ids and times within them left out, and steps.
struct cscan_layout {
    const struct cscan_bytes *_Nonnull head;
    size_t head_blocks, head_length;
    struct cscan_step *_Nonnull steps;
    /// Where ids and the timestamp stand in the head; 0 where they don't.
    uint16_t span_id, trace_id, parent_id, timestamp;
    /// Where they go, in bytes.
    uint16_t span_target, high_target, low_target, parent_target, timestamp_target;
};

/// What lines that come one after the other often have in common, so that it is read once.
struct cscan_recent {
    uint64_t trace_text[4], trace_high, trace_low;
    uint64_t parent_text[2], parent;
    /// `2026-01-15T10:30`, and when that minute began, in microseconds since 1970; no timestamp begins with zeros.
    uint64_t minute_text[2];
    int64_t minute;
};

/// How far a line is read, where something else has to be done.
struct cscan_progress {
    const uint8_t *_Nullable line, *_Nullable place;
    /// The step whose value is to be read; `NULL` for the head's timestamp.
    struct cscan_step *_Nullable step;
    /// Where an object began whose members are compared, and its last step.
    const uint8_t *_Nullable object;
    struct cscan_step *_Nullable object_end;
    /// Whether a byte beyond ASCII came by.
    bool has_high;
};

enum cscan_read {
    /// The line is read; its newline is at `place`.
    CSCAN_READ,
    /// It has another layout.
    CSCAN_OTHER,
    /// At `place`, if anything, a value stands that is to be skipped, a duration, or a timestamp.
    CSCAN_VALUE,
    CSCAN_LENGTH,
    CSCAN_TIME,
};

struct cscan_lines {
    const char *_Nonnull name;

    /// Goes over lines that can't be meant: empty ones, and those that begin as our writer's lines do and have another id.
    /// A line begins at `from`, which may be behind the text, and at what is returned, if that is before `count`: the first one that may be meant, or one
    /// that stands too near the end to be told.
    size_t (*_Nonnull skip)(
        const void *_Nonnull text, size_t from, size_t count, const struct cscan_id *_Nonnull id);

    /// Reads a line by its layout. Behind its newline 64 bytes may be read, and 256 from its beginning on.
    enum cscan_read (*_Nonnull read)(
        const void *_Nonnull line, const struct cscan_layout *_Nonnull layout, struct cscan_recent *_Nonnull recent,
        void *_Nonnull fields, struct cscan_progress *_Nonnull progress);

    /// Goes on with a line when the value that it stopped at has been read, and `place` is behind it.
    enum cscan_read (*_Nonnull go_on)(
        const struct cscan_layout *_Nonnull layout, struct cscan_recent *_Nonnull recent, void *_Nonnull fields,
        struct cscan_progress *_Nonnull progress);
};

/// What this processor can run, the fastest one at place 0; the last one runs on any. `NULL` behind it.
const struct cscan_lines *_Nullable cscan_lines_at(size_t place);

#endif
