#include "Variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx2,bmi,popcnt,prfchw")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define NAME(name) avx2_##name

// Tables of 16 bytes: one for the lower half of a byte, one for the upper. Of the third byte the lower one says enough.
typedef struct {
    __m256i low[3], high[2];
} avx2_tables;

INLINE __m256i avx2_twice(const uint8_t *bytes) {
    return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)bytes));
}

INLINE avx2_tables avx2_load(const struct cscan_windows *windows) {
    const uint8_t *low = windows->low, *high = windows->high;
    return (avx2_tables){
        {avx2_twice(low), avx2_twice(low + 16), avx2_twice(low + 32)}, {avx2_twice(high), avx2_twice(high + 16)}};
}

INLINE __m256i avx2_bytes(const uint8_t *place) { return _mm256_loadu_si256((const __m256i *)place); }

INLINE __m256i avx2_high_halves(__m256i bytes) {
    return _mm256_and_si256(_mm256_srli_epi16(bytes, 4), _mm256_set1_epi8(15));
}

/// The buckets of which a window may begin. A shuffle takes a byte's low half, and makes 0 of what isn't ASCII.
INLINE __m256i avx2_buckets(const avx2_tables *tables, __m256i first, __m256i second, __m256i third) {
    __m256i low = _mm256_and_si256(
        _mm256_shuffle_epi8(tables->low[0], first), _mm256_shuffle_epi8(tables->low[1], second));
    __m256i high = _mm256_and_si256(
        _mm256_shuffle_epi8(tables->high[0], avx2_high_halves(first)),
        _mm256_shuffle_epi8(tables->high[1], avx2_high_halves(second)));
    return _mm256_and_si256(_mm256_and_si256(low, high), _mm256_shuffle_epi8(tables->low[2], third));
}

typedef struct {
    __m256i bytes[2], buckets[2];
} avx2_block;

INLINE avx2_block avx2_look(const avx2_tables *tables, const uint8_t *text) {
    const __m256i none = _mm256_setzero_si256();
    avx2_block block = {{avx2_bytes(text), avx2_bytes(text + 32)}, {none, none}};
    for (int half = 0; tables != NULL && half < 2; half++) {
        const uint8_t *start = text + 32 * half;
        block.buckets[half] = avx2_buckets(tables, block.bytes[half], avx2_bytes(start + 1), avx2_bytes(start + 2));
    }
    return block;
}

INLINE bool avx2_may_have_window(const avx2_block *block) {
    __m256i any = _mm256_or_si256(block->buckets[0], block->buckets[1]);
    return !_mm256_testz_si256(any, any);
}

/// A bit for each byte that has its highest bit set.
INLINE uint64_t avx2_bits(__m256i first, __m256i second) {
    return (uint32_t)_mm256_movemask_epi8(first) | (uint64_t)(uint32_t)_mm256_movemask_epi8(second) << 32;
}

INLINE uint64_t avx2_windows(const avx2_block *block) {
    const __m256i none = _mm256_setzero_si256();
    return ~avx2_bits(_mm256_cmpeq_epi8(block->buckets[0], none), _mm256_cmpeq_epi8(block->buckets[1], none));
}

/// Says of each byte whether it is one of ASCII that is escaped, and no control.
INLINE __m256i avx2_is_escaped(__m256i bytes) {
    // For each low half the only one that has it.
    const __m256i escaped = _mm256_broadcastsi128_si256(
        _mm_setr_epi8(-1, -1, '"', -1, -1, -1, -1, -1, -1, -1, -1, -1, '\\', -1, -1, 0x7F));
    return _mm256_cmpeq_epi8(bytes, _mm256_shuffle_epi8(escaped, bytes));
}

/// Says of each byte whether it is other than ASCII, or must be escaped.
INLINE __m256i avx2_is_not_plain(__m256i bytes) {
    // As signed numbers, what isn't ASCII is below 0.
    __m256i below = _mm256_cmpgt_epi8(_mm256_set1_epi8(0x20), bytes);
    // Clang would make truth values of both, and bytes again of these.
    __asm__("" : "+x"(below));
    return _mm256_or_si256(below, avx2_is_escaped(bytes));
}

INLINE bool avx2_is_harmless(const avx2_block *block) {
    __m256i first = _mm256_or_si256(avx2_is_not_plain(block->bytes[0]), block->buckets[0]);
    __m256i any = _mm256_or_si256(_mm256_or_si256(avx2_is_not_plain(block->bytes[1]), block->buckets[1]), first);
    return _mm256_testz_si256(any, any);
}

INLINE __m256i avx2_needs_look(__m256i bytes) {
    const __m256i control = _mm256_set1_epi8(0x1F);
    __m256i ascii = _mm256_or_si256(_mm256_cmpeq_epi8(_mm256_min_epu8(bytes, control), bytes), avx2_is_escaped(bytes));
    // 0xC2 and 0xE2 are the same but for one bit.
    __m256i other = _mm256_or_si256(
        _mm256_cmpeq_epi8(_mm256_or_si256(bytes, _mm256_set1_epi8(0x20)), _mm256_set1_epi8((char)0xE2)),
        _mm256_cmpeq_epi8(bytes, _mm256_set1_epi8((char)0xD8)));
    return _mm256_or_si256(ascii, other);
}

INLINE uint64_t avx2_escapes(const avx2_block *block) {
    return avx2_bits(avx2_needs_look(block->bytes[0]), avx2_needs_look(block->bytes[1]));
}

INLINE void avx2_store(const avx2_block *block, uint8_t *out) {
    _mm256_storeu_si256((__m256i *)out, block->bytes[0]);
    _mm256_storeu_si256((__m256i *)(out + 32), block->bytes[1]);
}

INLINE uint64_t avx2_word(const uint8_t *place, size_t size) {
    uint64_t word = 0;
    memcpy(&word, place, size);
    return word;
}

/// A text of at most 32 bytes, with zeros behind its end: its first and its last bytes are loaded, which may overlap.
INLINE __m256i avx2_short(const uint8_t *text, size_t count) {
    if (count >= 16) {
        static const int8_t places[32] = {0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15,
                                          -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1, -1};
        __m128i first = _mm_loadu_si128((const __m128i *)text);
        __m128i last = _mm_loadu_si128((const __m128i *)(text + count - 16));
        // Of the last 16 bytes those that don't belong to the first 16.
        __m128i rest = _mm_shuffle_epi8(last, _mm_loadu_si128((const __m128i *)(places + 32 - count)));
        return _mm256_inserti128_si256(_mm256_castsi128_si256(first), rest, 1);
    }
    uint64_t low = 0, high = 0;
    if (count > 8) {
        low = avx2_word(text, 8);
        high = avx2_word(text + count - 8, 8) >> (8 * (16 - count));
    } else if (count >= 4) {
        low = avx2_word(text, 4) | avx2_word(text + count - 4, 4) << (8 * (count - 4));
    } else {
        low = text[0] | (uint64_t)text[count / 2] << (8 * (count / 2)) | (uint64_t)text[count - 1] << (8 * (count - 1));
    }
    return _mm256_zextsi128_si256(_mm_set_epi64x((int64_t)high, (int64_t)low));
}

TARGET bool cscan_avx2_copy_short(
    const void *text, size_t count, void *out, const struct cscan_windows *windows
) {
    const avx2_tables tables = avx2_load(windows);
    __m256i first = avx2_short(text, count);
    _mm256_storeu_si256((__m256i *)out, first);
    uint64_t not_plain = (uint32_t)_mm256_movemask_epi8(avx2_is_not_plain(first));
    if ((not_plain & ((UINT64_C(1) << count) - 1)) != 0) return false;
    __m256i behind = _mm256_permute2x128_si256(first, first, 0x81);
    __m256i any = avx2_buckets(
        &tables, first, _mm256_alignr_epi8(behind, first, 1), _mm256_alignr_epi8(behind, first, 2));
    if (_mm256_testz_si256(any, any)) return true;
    for (size_t place = 0; place + 3 <= count; place++) {
        if (may_be_window((const uint8_t *)text + place, windows)) return false;
    }
    return true;
}

#undef INLINE
#include "Loops.h"

const struct cscan_variant cscan_avx2 = {"AVX2", avx2_window, avx2_copy, cscan_avx2_copy_short};

#endif
