// What the ways to read lines have in common.

#ifndef LINES_H
#define LINES_H

#include "CScanLines.h"

#include <stdbool.h>
#include <string.h>

#if defined(__x86_64__)
extern const struct cscan_lines cscan_lines_avx2;
#endif
extern const struct cscan_lines cscan_lines_plain;

#define ALWAYS __attribute__((always_inline)) static inline

/// The first eight bytes, the first one lowest.
ALWAYS uint64_t lines_word(const uint8_t *text) {
    uint64_t word;
    memcpy(&word, text, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/// Whether a line can't be meant, of which `count` bytes are given and eight more may be read.
ALWAYS bool lines_is_other(const uint8_t *line, size_t count, const struct cscan_id *id) {
    // {"span_id":"16 digits","trace_id":"32 digits","event… or "paren…
    if (count <= 76 || memcmp(line, "{\"span_id\":\"", 12) != 0 || memcmp(line + 28, "\",\"trace_id\":\"", 14) != 0
        || (memcmp(line + 74, "\",\"event", 8) != 0 && memcmp(line + 74, "\",\"paren", 8) != 0)) {
        return false;
    }
    // Of a digit in lower case the bit is set already: it makes others so.
    return (((lines_word(line + id->place) | 0x2020202020202020) ^ id->digits) & id->mask) != 0;
}

/// The number that a key of 16 hexadecimal digits stands for: the values of the last eight in the lower halves of its bytes.
ALWAYS uint64_t lines_number(uint64_t key) {
    uint64_t number = 0;
    for (int half = 0; half < 2; half++) {
        // Pairs of digits, then of pairs, then of these.
        uint64_t value = __builtin_bswap64(key >> (half == 0 ? 4 : 0) & 0x0F0F0F0F0F0F0F0F);
        value = (value | value >> 4) & 0x00FF00FF00FF00FF;
        value = (value | value >> 8) & 0x0000FFFF0000FFFF;
        number = number << 32 | ((value | value >> 16) & 0xFFFFFFFF);
    }
    return number;
}

/// The values of digits, the first in the lowest byte, and how many there are; eight, or more, count as 8.
struct lines_digits {
    uint64_t values;
    size_t count;
};

ALWAYS struct lines_digits lines_find_digits(const uint8_t *place) {
    uint64_t values = lines_word(place) ^ 0x3030303030303030;
    // A byte's highest bit says that it is no digit; beyond the first such byte it may be wrong.
    uint64_t others = (values | (values + 0x7676767676767676)) & 0x8080808080808080;
    return (struct lines_digits){values, others == 0 ? 8 : (size_t)__builtin_ctzll(others) >> 3};
}

/// Whether they are a number of up to seven digits, without a needless 0.
ALWAYS bool lines_is_number(struct lines_digits digits) {
    return digits.count - 1 < 7 && ((digits.values & 0xFF) != 0 || digits.count == 1);
}

/// The number that eight digits make: D. Lemire, "Quickly parsing eight digits", 2018.
ALWAYS uint64_t lines_eight(uint64_t digits) {
    uint64_t pairs = digits * 10 + (digits >> 8);
    return ((pairs & 0x000000FF000000FF) * 0x000F424000000064 + (pairs >> 16 & 0x000000FF000000FF) * 0x0000271000000001)
           >> 32;
}

/// The number that one to seven digits make.
ALWAYS uint64_t lines_value(struct lines_digits digits) { return lines_eight(digits.values << 8 * (8 - digits.count)); }

#define LINES_NO_TIME INT64_MIN

/// Microseconds since 1970, of a timestamp in the minute that was the last one's.
ALWAYS int64_t lines_time(const uint8_t *place, const struct cscan_recent *recent) {
    // :00.1234  .123456Z
    uint64_t seconds = lines_word(place + 16) ^ 0x303030302E30303A;
    uint64_t fraction = lines_word(place + 19) ^ 0x5A3030303030302E;
    uint64_t second = (seconds >> 8 & 0xFF) * 10 + (seconds >> 16 & 0xFF);
    uint64_t bad = (seconds | (seconds + 0x767676767F76767F) | fraction | (fraction + 0x7F7676767676767F))
                   & 0x8080808080808080;
    uint64_t other = (lines_word(place) ^ recent->minute_text[0]) | (lines_word(place + 8) ^ recent->minute_text[1]);
    if ((bad | other) != 0 || second >= 60) return LINES_NO_TIME;
    return recent->minute + (int64_t)(second * 1000000 + lines_eight(fraction << 8));
}

/// What is behind `\u` and its digits; `NULL` if they aren't.
__attribute__((noinline, cold)) static const uint8_t *lines_after_unicode(const uint8_t *backslash) {
    if (backslash[1] != 'u') return NULL;
    for (int digit = 2; digit < 6; digit++) {
        uint8_t byte = backslash[digit];
        if ((uint8_t)(byte - '0') > 9 && (uint8_t)((byte | 0x20) - 'a') > 5) return NULL;
    }
    return backslash + 6;
}

/// What is behind an escape; `NULL` if it isn't one.
ALWAYS const uint8_t *lines_after_escape(const uint8_t *backslash) {
    switch (backslash[1]) {
    case '"': case '\\': case '/': case 'b': case 'f': case 'n': case 'r': case 't': return backslash + 2;
    default: return lines_after_unicode(backslash);
    }
}

ALWAYS void lines_store(void *fields, size_t target, uint64_t value) {
    memcpy((uint8_t *)fields + target, &value, sizeof value);
}

ALWAYS void lines_store_slice(void *fields, size_t target, ptrdiff_t place, uint32_t length) {
    uint32_t slice[2] = {(uint32_t)place, length};
    memcpy((uint8_t *)fields + target, slice, sizeof slice);
}

/// Where a value ends that begins at `start` and has `count` bytes.
///
/// Most values are as long as the last one. A processor guesses that they are, and reads on behind them while it still finds
/// out; it can't, if the place depends on what was counted.
ALWAYS const uint8_t *lines_go(struct cscan_step *step, const uint8_t *start, size_t count, size_t guess) {
    if (count == guess) {
        // So that the compiler doesn't know them to be the same.
        __asm__("" : "+r"(guess));
        return start + guess;
    }
    step->usual_length = (uint32_t)count;
    return start + count;
}

/// Forgets the last value. What isn't in the mask is never found.
ALWAYS void lines_forget(struct cscan_step *step) {
    step->usual[0] = step->usual[1] = 1;
    step->usual_mask[0] = step->usual_mask[1] = 0;
}

/// Keeps a value of so many bytes, to know it again; one that keeps changing, now and then only.
ALWAYS void lines_keep(struct cscan_step *step, const uint8_t *place, size_t count) {
    uint32_t changes = ++step->changes;
    if (step->usual_mask[0] != 0) lines_forget(step);
    if (count >= 16 || (changes >= 8 && (changes & 63) != 0)) return;
    uint64_t usual[2], mask[2];
    for (size_t word = 0; word < 2; word++) {
        size_t bytes = count + 1 < 8 * word ? 0 : count + 1 - 8 * word;
        mask[word] = bytes >= 8 ? UINT64_MAX : (UINT64_C(1) << 8 * bytes) - 1;
        usual[word] = lines_word(place + 8 * word) & mask[word];
    }
    // The line may turn out not to be UTF-8, and then nobody asks again.
    if (((usual[0] | usual[1]) & 0x8080808080808080) != 0) return;
    memcpy(step->usual, usual, sizeof usual);
    memcpy(step->usual_mask, mask, sizeof mask);
}

#endif
