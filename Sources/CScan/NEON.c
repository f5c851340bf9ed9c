#include "Variants.h"

#if defined(__aarch64__)

#include <arm_neon.h>

#define TARGET
#define INLINE __attribute__((always_inline)) static inline
#define NAME(name) neon_##name

typedef struct {
    uint8x16_t low[3], high[2];
} neon_tables;

INLINE neon_tables neon_load(const struct cscan_windows *windows) {
    const uint8_t *low = windows->low, *high = windows->high;
    return (neon_tables){{vld1q_u8(low), vld1q_u8(low + 16), vld1q_u8(low + 32)}, {vld1q_u8(high), vld1q_u8(high + 16)}};
}

/// A table's bytes at the low halves of these; 0 for what isn't ASCII.
INLINE uint8x16_t neon_look_up(uint8x16_t table, uint8x16_t bytes) {
    return vqtbl1q_u8(table, vandq_u8(bytes, vdupq_n_u8(0x8F)));
}

/// The buckets of which a window may begin, given the bytes here, and where they are.
INLINE uint8x16_t neon_buckets(const neon_tables *tables, uint8x16_t first, const uint8_t *text) {
    uint8x16_t second = vld1q_u8(text + 1), third = vld1q_u8(text + 2);
    uint8x16_t low = vandq_u8(neon_look_up(tables->low[0], first), neon_look_up(tables->low[1], second));
    uint8x16_t high =
        vandq_u8(vqtbl1q_u8(tables->high[0], vshrq_n_u8(first, 4)), vqtbl1q_u8(tables->high[1], vshrq_n_u8(second, 4)));
    return vandq_u8(vandq_u8(low, high), neon_look_up(tables->low[2], third));
}

typedef struct {
    uint8x16_t bytes[4], buckets[4];
} neon_block;

INLINE neon_block neon_look(const neon_tables *tables, const uint8_t *text) {
    neon_block block;
    for (int part = 0; part < 4; part++) {
        const uint8_t *start = text + 16 * part;
        block.bytes[part] = vld1q_u8(start);
        block.buckets[part] = tables != NULL ? neon_buckets(tables, block.bytes[part], start) : vdupq_n_u8(0);
    }
    return block;
}

/// Whether a byte of four vectors is other than 0.
INLINE bool neon_any(const uint8x16_t parts[4]) {
    return vmaxvq_u8(vorrq_u8(vorrq_u8(parts[0], parts[1]), vorrq_u8(parts[2], parts[3]))) != 0;
}

/// A bit for each byte of four vectors, all of whose bits are 1 or 0.
INLINE uint64_t neon_bits(const uint8x16_t parts[4]) {
    static const uint8_t weights[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
    const uint8x16_t weight = vld1q_u8(weights);
    uint8x16_t lower = vpaddq_u8(vandq_u8(parts[0], weight), vandq_u8(parts[1], weight));
    uint8x16_t upper = vpaddq_u8(vandq_u8(parts[2], weight), vandq_u8(parts[3], weight));
    uint8x16_t all = vpaddq_u8(lower, upper);
    return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(all, all)), 0);
}

INLINE bool neon_may_have_window(const neon_block *block) { return neon_any(block->buckets); }

INLINE uint64_t neon_windows(const neon_block *block) {
    uint8x16_t parts[4];
    for (int part = 0; part < 4; part++) parts[part] = vtstq_u8(block->buckets[part], block->buckets[part]);
    return neon_bits(parts);
}

INLINE uint8x16_t neon_is_escaped(uint8x16_t bytes) {
    uint8x16_t marks = vorrq_u8(vceqq_u8(bytes, vdupq_n_u8('"')), vceqq_u8(bytes, vdupq_n_u8('\\')));
    return vorrq_u8(vorrq_u8(marks, vcltq_u8(bytes, vdupq_n_u8(0x20))), vceqq_u8(bytes, vdupq_n_u8(0x7F)));
}

INLINE bool neon_is_harmless(const neon_block *block) {
    uint8x16_t parts[4];
    for (int part = 0; part < 4; part++) {
        uint8x16_t other = vandq_u8(block->bytes[part], vdupq_n_u8(0x80));
        parts[part] = vorrq_u8(vorrq_u8(neon_is_escaped(block->bytes[part]), other), block->buckets[part]);
    }
    return !neon_any(parts);
}

INLINE uint64_t neon_escapes(const neon_block *block) {
    uint8x16_t parts[4];
    for (int part = 0; part < 4; part++) {
        uint8x16_t bytes = block->bytes[part];
        // 0xC2 and 0xE2 are the same but for one bit.
        uint8x16_t folded = vorrq_u8(bytes, vdupq_n_u8(0x20));
        uint8x16_t other = vorrq_u8(vceqq_u8(folded, vdupq_n_u8(0xE2)), vceqq_u8(bytes, vdupq_n_u8(0xD8)));
        parts[part] = vorrq_u8(neon_is_escaped(bytes), other);
    }
    return neon_bits(parts);
}

INLINE void neon_store(const neon_block *block, uint8_t *out) {
    for (int part = 0; part < 4; part++) vst1q_u8(out + 16 * part, block->bytes[part]);
}

static bool neon_copy_short(const void *text, size_t count, void *out, const struct cscan_windows *windows) {
    uint8_t padded[REST];
    copy_rest(padded, text, 0, count);
    const neon_tables tables = neon_load(windows);
    const neon_block block = neon_look(&tables, padded);
    // What a window may begin in isn't short of care: it comes seldom.
    if (!neon_is_harmless(&block)) return false;
    memcpy(out, padded, CSCAN_SHORT);
    return true;
}

#undef INLINE
#include "Loops.h"

const struct cscan_variant cscan_neon = {"NEON", neon_window, neon_copy, neon_copy_short};

#endif
