#include "Lines.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,bmi,popcnt")))
#define INLINE TARGET __attribute__((always_inline)) static inline

#define NAME(name) avx2_##name
#define WIDTH 32
/// How far ahead memory is asked for. By itself a processor doesn't do so beyond a page, and waits at the beginning of each.
#define AHEAD 4096

typedef __m256i avx2_vector;

INLINE __m256i avx2_load(const void *place) { return _mm256_loadu_si256((const __m256i *)place); }
INLINE __m128i avx2_half(const void *place) { return _mm_loadu_si128((const __m128i *)place); }

/// It does no harm where there is no memory.
INLINE void avx2_prefetch(const uint8_t *place) { _mm_prefetch((const char *)place, _MM_HINT_T0); }

INLINE bool avx2_has_high(__m256i bytes) { return _mm256_movemask_epi8(bytes) != 0; }

INLINE bool avx2_equal(const uint8_t *place, const struct cscan_bytes *bytes) {
    __m256i wrong = _mm256_xor_si256(avx2_load(place), avx2_load(bytes->text));
    return _mm256_testz_si256(wrong, avx2_load(bytes->mask));
}

INLINE bool avx2_equal_usual(const uint8_t *place, const struct cscan_step *step) {
    __m128i bytes = _mm_and_si128(avx2_half(place), avx2_half(step->usual_mask));
    __m128i wrong = _mm_xor_si128(bytes, avx2_half(step->usual));
    return _mm_testz_si128(wrong, wrong);
}

INLINE bool avx2_equal_id(const uint8_t *place, const uint64_t text[4]) {
    __m256i wrong = _mm256_xor_si256(avx2_load(place), avx2_load(text));
    return _mm256_testz_si256(wrong, wrong);
}

INLINE size_t avx2_plain(const uint8_t *place, __m256i *seen) {
    __m256i bytes = avx2_load(place);
    __m256i quotes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('"'));
    __m256i backslashes = _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8('\\'));
    __m256i controls = _mm256_cmpeq_epi8(_mm256_min_epu8(bytes, _mm256_set1_epi8(0x1F)), bytes);
    *seen = _mm256_or_si256(*seen, bytes);
    uint32_t found = (uint32_t)_mm256_movemask_epi8(_mm256_or_si256(_mm256_or_si256(quotes, backslashes), controls));
    return (size_t)__builtin_ctzll(found | UINT64_C(1) << WIDTH);
}

INLINE bool avx2_hexadecimal(const uint8_t *place, uint64_t *key) {
    __m128i text = avx2_half(place);
    __m128i digits = _mm_sub_epi8(text, _mm_set1_epi8('0'));
    __m128i letters = _mm_sub_epi8(_mm_or_si128(text, _mm_set1_epi8(0x20)), _mm_set1_epi8('a'));
    __m128i is_digit = _mm_cmpeq_epi8(_mm_min_epu8(digits, _mm_set1_epi8(9)), digits);
    __m128i is_letter = _mm_cmpeq_epi8(_mm_min_epu8(letters, _mm_set1_epi8(5)), letters);
    if (_mm_movemask_epi8(_mm_or_si128(is_digit, is_letter)) != 0xFFFF) return false;
    __m128i values = _mm_add_epi8(
        _mm_and_si128(text, _mm_set1_epi8(0x0F)), _mm_and_si128(is_letter, _mm_set1_epi8(9)));
    *key = (uint64_t)_mm_cvtsi128_si64(values) << 4 | (uint64_t)_mm_extract_epi64(values, 1);
    return true;
}

#include "LinesRead.h"

/// How many bytes are looked at together.
#define BLOCK 64
/// How many bytes are looked through before the lines that end in them are judged: they are in the first cache then.
#define PART 2048

/// A bit for each newline.
INLINE uint64_t newlines(const uint8_t *block) {
    const __m256i newline = _mm256_set1_epi8('\n');
    __m256i low = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)block), newline);
    __m256i high = _mm256_cmpeq_epi8(_mm256_loadu_si256((const __m256i *)(block + 32)), newline);
    return (uint32_t)_mm256_movemask_epi8(low) | (uint64_t)(uint32_t)_mm256_movemask_epi8(high) << 32;
}

TARGET static size_t skip(const void *start, size_t from, size_t count, const struct cscan_id *id) {
    const uint8_t *text = start;
    size_t line = from, place = from;
    // For each block one place more than it has newlines may be written, which the next one writes over.
    uint16_t ends[PART + 1];
    while (place + BLOCK <= count) {
        const uint8_t *part = text + place;
        size_t length = count - place < PART ? (count - place) & ~(size_t)(BLOCK - 1) : PART;
        size_t found = 0;
        for (size_t offset = 0; offset < length; offset += BLOCK) {
            avx2_prefetch(part + offset + AHEAD);
            uint64_t places = newlines(part + offset);
            // Most blocks have one newline or none: a processor would guess wrong, were it asked which.
            ends[found] = (uint16_t)(offset + (size_t)__builtin_ctzll(places | UINT64_C(1) << 63));
            found += places != 0;
            for (places &= places - 1; __builtin_expect(places != 0, false); places &= places - 1) {
                ends[found++] = (uint16_t)(offset + (size_t)__builtin_ctzll(places));
            }
        }
        for (size_t index = 0; index < found; index++) {
            size_t end = place + ends[index];
            if (end != line && (count - end < 8 || !lines_is_other(text + line, end - line, id))) return line;
            line = end + 1;
        }
        place += length;
    }
    return line;
}

const struct cscan_lines cscan_lines_avx2 = {"AVX2", skip, avx2_read, avx2_go_on};

#endif
