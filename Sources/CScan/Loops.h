// The loops over a text, for one kind of vectors: CScan.c includes this once for each, and defines before
// - NAME(name): the kind's name of a function, and TARGET: the attribute that lets it use the kind's instructions;
// - NAME(tables) and NAME(load): the windows' tables in registers;
// - NAME(block) and NAME(look): 64 bytes, and in which buckets they may be windows, if there are tables;
// - NAME(may_have_window) and NAME(windows): whether, and at which of these bytes, a window may begin;
// - NAME(is_harmless): whether none may, and all bytes are ASCII that needs no escape;
// - NAME(escapes): which bytes must be escaped or looked at;
// - NAME(store): writes them.
//
// 32 bytes behind the 64 may be read.

#define INLINE TARGET __attribute__((always_inline)) static inline
#define BLOCK CSCAN_BLOCK
#define BEHIND 32
// How many bytes more than the byte itself an escape has at most.
#define LONGEST 5

_Static_assert(CSCAN_ROOM >= (1 + LONGEST) * BLOCK + BEHIND, "a block of escapes has room");

/// The first of the places that have a bit at which a window may begin; -1 if there is none.
INLINE ptrdiff_t NAME(first)(uint64_t places, const uint8_t *text, const struct cscan_windows *windows) {
    for (; places != 0; places &= places - 1) {
        int place = __builtin_ctzll(places);
        if (may_be_window(text + place, windows)) return place;
    }
    return -1;
}

TARGET static size_t NAME(window)(
    const void *start, size_t from, size_t count, const struct cscan_windows *windows
) {
    const NAME(tables) tables = NAME(load)(windows);
    const uint8_t *text = start;
    size_t place = from;
    for (; place + BLOCK + BEHIND <= count; place += BLOCK) {
        const NAME(block) block = NAME(look)(&tables, text + place);
        if (!NAME(may_have_window)(&block)) continue;
        ptrdiff_t found = NAME(first)(NAME(windows)(&block), text + place, windows);
        if (found >= 0) return place + (size_t)found;
    }
    uint8_t rest[REST];
    copy_rest(rest, text, place, count);
    for (size_t done = 0; place + done + 3 <= count; done += BLOCK) {
        const NAME(block) block = NAME(look)(&tables, rest + done);
        ptrdiff_t found = NAME(first)(NAME(windows)(&block), rest + done, windows);
        if (found < 0) continue;
        size_t window = place + done + (size_t)found;
        return window + 3 <= count ? window : count;
    }
    return count;
}

/// Copies the first `length` bytes of a block.
INLINE enum cscan_stop NAME(copy_block)(
    struct cscan_copy *copy, const uint8_t *text, size_t length, const uint64_t *escapes,
    const NAME(tables) *tables, const struct cscan_windows *windows
) {
    uint8_t *out = copy->out;
    size_t room = (size_t)((uint8_t *)copy->end - out);
    if (room < BLOCK) return CSCAN_NEEDS_ROOM;
    const NAME(block) block = NAME(look)(tables, text);
    if (NAME(is_harmless)(&block)) {
        NAME(store)(&block, out);
        copy->out = out + length;
        copy->place += length;
        return CSCAN_END;
    }
    if (windows != NULL) {
        size_t passed = copy->window > copy->place ? copy->window - copy->place : 0;
        uint64_t places = passed < BLOCK ? NAME(windows)(&block) >> passed << passed : 0;
        ptrdiff_t found = NAME(first)(places, text, windows);
        if (found >= 0) {
            copy->window = copy->place + (size_t)found;
            if (copy->window + 3 <= copy->count) return CSCAN_AT_WINDOW;
        }
    }
    uint64_t places = NAME(escapes)(&block);
    if (length < BLOCK) places &= (UINT64_C(1) << length) - 1;
    if (room < length + LONGEST * (size_t)__builtin_popcountll(places) + BEHIND) return CSCAN_NEEDS_ROOM;
    // Between escapes whole vectors are copied; what was too much, the next one is written over.
    size_t done = 0;
    for (; places != 0; places &= places - 1) {
        size_t place = (size_t)__builtin_ctzll(places);
        memcpy(out, text + done, BEHIND);
        if (place - done > BEHIND) memcpy(out + BEHIND, text + done + BEHIND, BEHIND);
        out += place - done;
        uint64_t escape = escapes[text[place]];
        if (escape == 0) {
            copy->out = out;
            copy->place += place;
            return CSCAN_AT_SCALAR;
        }
        memcpy(out, &escape, sizeof escape);
        out += escape >> 56;
        done = place + 1;
    }
    memcpy(out, text + done, BEHIND);
    if (length - done > BEHIND) memcpy(out + BEHIND, text + done + BEHIND, BEHIND);
    copy->out = out + (length - done);
    copy->place += length;
    return CSCAN_END;
}

/// Copies blocks as they are, as long as nothing in them has to be looked at.
INLINE void NAME(copy_harmless)(struct cscan_copy *copy, const NAME(tables) *tables) {
    const uint8_t *text = (const uint8_t *)copy->text + copy->place;
    uint8_t *out = copy->out;
    size_t room = (size_t)((uint8_t *)copy->end - out), left = copy->count - copy->place - BEHIND;
    const uint8_t *end = text + (left < room ? left : room) / BLOCK * BLOCK;
    const uint8_t *first = (const uint8_t *)copy->ahead[0] + copy->place;
    const uint8_t *second = (const uint8_t *)copy->ahead[1] + copy->place;
    for (; text < end; text += BLOCK, out += BLOCK, first += BLOCK, second += BLOCK) {
        const NAME(block) block = NAME(look)(tables, text);
        if (!NAME(is_harmless)(&block)) break;
        __builtin_prefetch(first, 1, 3);
        __builtin_prefetch(second, 1, 3);
        NAME(store)(&block, out);
    }
    copy->place = (size_t)(text - (const uint8_t *)copy->text);
    copy->out = out;
}

INLINE enum cscan_stop NAME(copy_all)(
    struct cscan_copy *given, const uint64_t *escapes, const struct cscan_windows *windows
) {
    // One of our own, of which the compiler knows that nothing is written over it.
    struct cscan_copy copy = *given;
    const NAME(tables) loaded = windows != NULL ? NAME(load)(windows) : (NAME(tables)){0};
    const NAME(tables) *tables = windows != NULL ? &loaded : NULL;
    const uint8_t *text = copy.text;
    enum cscan_stop stop = CSCAN_END;
    // Behind a block with escapes mostly stands another one, which need not be looked at twice.
    bool may_be_harmless = true;
    while (stop == CSCAN_END && copy.place + BLOCK + BEHIND <= copy.count) {
        if (may_be_harmless) {
            NAME(copy_harmless)(&copy, tables);
            if (copy.place + BLOCK + BEHIND > copy.count) break;
        }
        const uint8_t *out = copy.out;
        stop = NAME(copy_block)(&copy, text + copy.place, BLOCK, escapes, tables, windows);
        may_be_harmless = (const uint8_t *)copy.out - out == BLOCK;
    }
    if (stop == CSCAN_END && copy.place < copy.count) {
        size_t start = copy.place;
        uint8_t rest[REST];
        copy_rest(rest, text, start, copy.count);
        while (stop == CSCAN_END && copy.place < copy.count) {
            size_t left = copy.count - copy.place;
            size_t length = left < BLOCK ? left : BLOCK;
            stop = NAME(copy_block)(&copy, rest + (copy.place - start), length, escapes, tables, windows);
        }
    }
    *given = copy;
    return stop;
}

TARGET static enum cscan_stop NAME(copy)(
    struct cscan_copy *copy, const uint64_t *escapes, const struct cscan_windows *windows
) {
    return windows == NULL ? NAME(copy_all)(copy, escapes, NULL) : NAME(copy_all)(copy, escapes, windows);
}

#undef INLINE
#undef BLOCK
#undef BEHIND
#undef LONGEST
