#include "Lines.h"

#define TARGET
#define INLINE ALWAYS
#define NAME(name) plain_##name
#define WIDTH 8
#define AHEAD 4096

typedef struct {
    uint64_t bytes;
} plain_vector;

#define ONES UINT64_C(0x0101010101010101)
#define HIGHS UINT64_C(0x8080808080808080)

INLINE uint64_t plain_native(const uint8_t *place) {
    uint64_t word;
    memcpy(&word, place, sizeof word);
    return word;
}

INLINE void plain_prefetch(const uint8_t *place) { __builtin_prefetch(place); }

INLINE bool plain_has_high(plain_vector seen) { return (seen.bytes & HIGHS) != 0; }

INLINE bool plain_equal(const uint8_t *place, const struct cscan_bytes *bytes) {
    uint64_t wrong = 0;
    for (int word = 0; word < 4; word++) {
        wrong |= (plain_native(place + 8 * word) ^ bytes->text[word]) & bytes->mask[word];
    }
    return wrong == 0;
}

INLINE bool plain_equal_usual(const uint8_t *place, const struct cscan_step *step) {
    return (((lines_word(place) & step->usual_mask[0]) ^ step->usual[0])
            | ((lines_word(place + 8) & step->usual_mask[1]) ^ step->usual[1]))
           == 0;
}

INLINE bool plain_equal_id(const uint8_t *place, const uint64_t text[4]) { return memcmp(place, text, 32) == 0; }

INLINE size_t plain_plain(const uint8_t *place, plain_vector *seen) {
    uint64_t word = lines_word(place);
    seen->bytes |= word;
    // With two bits changed, quotes and control characters are the bytes below 0x21. What is borrowed from the next byte
    // makes only bytes beyond the first one found wrong.
    uint64_t low = (word ^ ONES * 0x02) - ONES * 0x21;
    uint64_t backslashes = (word ^ ONES * 0x5C) - ONES;
    uint64_t found = (low | backslashes) & ~word & HIGHS;
    return found == 0 ? WIDTH : (size_t)__builtin_ctzll(found) >> 3;
}

INLINE bool plain_hexadecimal(const uint8_t *place, uint64_t *key) {
    uint64_t values[2], right = HIGHS;
    for (int half = 0; half < 2; half++) {
        uint64_t word = lines_word(place + 8 * half), lower = word | ONES * 0x20;
        // A byte's high bit says of `word + n` whether the byte is at least 0x80 - n.
        uint64_t is_digit = (word + ONES * 0x50) & ~(word + ONES * 0x46);
        uint64_t is_letter = (lower + ONES * 0x1F) & ~(lower + ONES * 0x19);
        right &= (is_digit | is_letter) & ~word;
        // Letters have bit 6: 1, and 9 more than what their lower half says.
        uint64_t letters = word & ONES * 0x40;
        values[half] = (word & ONES * 0x0F) + (letters >> 6) + (letters >> 3);
    }
    *key = values[0] << 4 | values[1];
    return right == HIGHS;
}

#include "LinesRead.h"

static size_t skip(const void *start, size_t from, size_t count, const struct cscan_id *id) {
    const uint8_t *text = start;
    size_t line = from;
    while (line < count) {
        const uint8_t *newline = memchr(text + line, '\n', count - line);
        if (newline == NULL) return line;
        size_t end = (size_t)(newline - text);
        if (end != line && (count - end < 8 || !lines_is_other(text + line, end - line, id))) return line;
        line = end + 1;
    }
    return line;
}

const struct cscan_lines cscan_lines_plain = {"plain C", skip, plain_read, plain_go_on};
