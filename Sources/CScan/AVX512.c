#include "Variants.h"

#if defined(__x86_64__)

#include <immintrin.h>

#define TARGET __attribute__((target("avx512f,avx512bw,avx512vbmi,avx2,bmi,popcnt,prfchw")))
#define INLINE TARGET __attribute__((always_inline)) static inline
#define NAME(name) avx512_##name

// Tables of all 128 bytes of ASCII.
typedef struct {
    __m512i lower[3], upper[3];
} avx512_tables;

INLINE __m512i avx512_bytes(const uint8_t *place) { return _mm512_loadu_si512(place); }

INLINE avx512_tables avx512_load(const struct cscan_windows *windows) {
    avx512_tables tables;
    for (int place = 0; place < 3; place++) {
        tables.lower[place] = avx512_bytes(windows->bytes + 128 * place);
        tables.upper[place] = avx512_bytes(windows->bytes + 128 * place + 64);
    }
    return tables;
}

INLINE __m512i avx512_look_up(const avx512_tables *tables, int place, __m512i bytes) {
    // What isn't ASCII is looked up as if it were: it may let a place pass, and hides none.
    return _mm512_permutex2var_epi8(tables->lower[place], bytes, tables->upper[place]);
}

INLINE uint64_t avx512_is_escaped(__m512i bytes) {
    const __m512i escaped = _mm512_broadcast_i32x4(
        _mm_setr_epi8(-1, -1, '"', -1, -1, -1, -1, -1, -1, -1, -1, -1, '\\', -1, -1, 0x7F));
    return _mm512_cmpeq_epi8_mask(bytes, _mm512_shuffle_epi8(escaped, bytes));
}

typedef struct {
    // Of the buckets' bits `CSCAN_NOT_PLAIN` is one.
    __m512i bytes, buckets;
    uint64_t not_harmless;
} avx512_block;

INLINE avx512_block avx512_look(const avx512_tables *tables, const uint8_t *text) {
    avx512_block block = {avx512_bytes(text), _mm512_setzero_si512(), 0};
    if (tables == NULL) {
        uint64_t other = _mm512_cmplt_epi8_mask(block.bytes, _mm512_set1_epi8(0x20));
        block.not_harmless = other | avx512_is_escaped(block.bytes);
        return block;
    }
    __m512i second = avx512_look_up(tables, 1, avx512_bytes(text + 1));
    __m512i third = avx512_look_up(tables, 2, avx512_bytes(text + 2));
    block.buckets = _mm512_and_si512(_mm512_and_si512(avx512_look_up(tables, 0, block.bytes), second), third);
    __m512i other = _mm512_and_si512(block.bytes, _mm512_set1_epi8((char)0x80));
    __m512i any = _mm512_or_si512(block.buckets, other);
    block.not_harmless = _mm512_test_epi8_mask(any, any);
    return block;
}

INLINE bool avx512_is_harmless(const avx512_block *block) { return block->not_harmless == 0; }

INLINE uint64_t avx512_windows(const avx512_block *block) {
    return _mm512_test_epi8_mask(block->buckets, _mm512_set1_epi8((char)~CSCAN_NOT_PLAIN));
}

INLINE bool avx512_may_have_window(const avx512_block *block) { return avx512_windows(block) != 0; }

INLINE uint64_t avx512_escapes(const avx512_block *block) {
    __m512i bytes = block->bytes;
    // 0xC2 and 0xE2 are the same but for one bit.
    __m512i folded = _mm512_or_si512(bytes, _mm512_set1_epi8(0x20));
    return avx512_is_escaped(bytes) | _mm512_cmplt_epu8_mask(bytes, _mm512_set1_epi8(0x20))
           | _mm512_cmpeq_epi8_mask(folded, _mm512_set1_epi8((char)0xE2))
           | _mm512_cmpeq_epi8_mask(bytes, _mm512_set1_epi8((char)0xD8));
}

INLINE void avx512_store(const avx512_block *block, uint8_t *out) { _mm512_storeu_si512(out, block->bytes); }

#undef INLINE
#include "Loops.h"

const struct cscan_variant cscan_avx512 = {"AVX-512", avx512_window, avx512_copy, cscan_avx2_copy_short};

#endif
