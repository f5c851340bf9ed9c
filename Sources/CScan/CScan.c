#include "Lines.h"
#include "Variants.h"

#if defined(__x86_64__)
static bool has_avx2(void) {
    __builtin_cpu_init();
    return __builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi") && __builtin_cpu_supports("popcnt");
}
#endif

const struct cscan_variant *cscan_variant_at(size_t place) {
#if defined(__x86_64__)
    bool has_avx512 = has_avx2() && __builtin_cpu_supports("avx512bw") && __builtin_cpu_supports("avx512vbmi");
    if (has_avx512 && place == 0) return &cscan_avx512;
    return has_avx2() && place == (has_avx512 ? 1 : 0) ? &cscan_avx2 : NULL;
#elif defined(__aarch64__)
    return place == 0 ? &cscan_neon : NULL;
#else
    (void)place;
    return NULL;
#endif
}

const struct cscan_lines *cscan_lines_at(size_t place) {
#if defined(__x86_64__)
    if (has_avx2()) {
        if (place == 0) return &cscan_lines_avx2;
        place--;
    }
#endif
    return place == 0 ? &cscan_lines_plain : NULL;
}
