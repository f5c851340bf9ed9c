// What the kinds of vectors have in common.
//
// How windows are found: each byte says by a table in which buckets' windows it can be the first, the second and the third
// one; a window may begin where three bytes in a row agree on a bucket. It is the first half of "Teddy", by Geoffrey
// Langdale, in Hyperscan.

#ifndef VARIANTS_H
#define VARIANTS_H

#include "CScan.h"

#include <string.h>

#if defined(__x86_64__)
extern const struct cscan_variant cscan_avx2, cscan_avx512;
bool cscan_avx2_copy_short(const void *text, size_t count, void *out, const struct cscan_windows *windows);
#elif defined(__aarch64__)
extern const struct cscan_variant cscan_neon;
#endif

/// Whether a window may begin here.
static inline bool may_be_window(const uint8_t *text, const struct cscan_windows *windows) {
    uint32_t bytes = text[0] | (uint32_t)text[1] << 8 | (uint32_t)text[2] << 16;
    return windows->triples[cscan_hash(bytes)] != 0;
}

/// At the text's end, where a block and what is read behind it no longer fit, letters follow.
#define REST 192

static inline void copy_rest(uint8_t *rest, const uint8_t *text, size_t place, size_t count) {
    memset(rest, 'A', REST);
    if (place < count) memcpy(rest, text + place, count - place);
}

#endif
