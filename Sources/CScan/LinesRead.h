// How a line is read by its layout, for one kind of vectors; who includes this defines before
// - NAME(name): the kind's name of a function, and INLINE and TARGET: the attributes that let it use the kind's instructions;
// - NAME(vector): what bytes of texts are put together in, and NAME(has_high)(vector): whether one isn't ASCII;
// - NAME(equal)(place, bytes): whether 32 bytes are these where the mask has bits;
// - NAME(equal_usual)(place, step): the same of 16 bytes;
// - NAME(equal_id)(place, text): whether 32 bytes are the same;
// - NAME(plain)(place, seen): how many bytes stand before a quote, a backslash or a control character, WIDTH if none is
//   among as many;
// - NAME(prefetch)(place): asks for memory, where that is worth while, and AHEAD, how far before it is read;
// - NAME(hexadecimal)(place, key): the key of 16 hexadecimal digits, if they are.

INLINE bool NAME(read_id)(const uint8_t *place, uint64_t text[2], uint64_t *id) {
    uint64_t first = lines_word(place), second = lines_word(place + 8);
    if (first == text[0] && second == text[1]) return true;
    uint64_t key;
    if (!NAME(hexadecimal)(place, &key) || key == 0) return false;
    text[0] = first;
    text[1] = second;
    *id = lines_number(key);
    return true;
}

INLINE bool NAME(read_trace)(const uint8_t *place, struct cscan_recent *recent) {
    if (NAME(equal_id)(place, recent->trace_text)) return true;
    uint64_t high, low;
    if (!NAME(hexadecimal)(place, &high) || !NAME(hexadecimal)(place + 16, &low) || (high | low) == 0) return false;
    memcpy(recent->trace_text, place, sizeof recent->trace_text);
    recent->trace_high = lines_number(high);
    recent->trace_low = lines_number(low);
    return true;
}

/// Skips a string's content; returns where its closing quote is, `NULL` for what isn't a string.
INLINE const uint8_t *NAME(skip_string)(const uint8_t *place, NAME(vector) *seen, uint32_t *escape) {
    for (;;) {
        size_t count = NAME(plain)(place, seen);
        place += count;
        if (count == WIDTH) continue;
        if (*place == '"') return place;
        if (*place != '\\' || (place = lines_after_escape(place)) == NULL) return NULL;
        *escape = CSCAN_ESCAPE;
    }
}

/// Reads the steps from one on, as far as `state` says that the line is read; `is_read` says that the first one's value is
/// read already.
INLINE enum cscan_read NAME(read_steps)(
    struct cscan_progress state, struct cscan_progress *progress, struct cscan_recent *recent, uint8_t *fields,
    struct cscan_step *step, bool is_read
) {
    const uint8_t *line = state.line, *place = state.place;
    // Where the object begins whose members are being compared, and its last step.
    const uint8_t *object = state.object;
    struct cscan_step *object_end = state.object_end;
    NAME(vector) seen = {0};
    enum cscan_read stop = CSCAN_VALUE;
    for (;; step++) {
        const uint8_t *start = place;
        size_t guess = step->usual_length;
        if (is_read) {
            is_read = false;
        } else if (NAME(equal_usual)(start, step)) {
            // The field still has it.
            place = start + guess;
        } else {
            uint32_t escape = 0;
            switch (step->kind) {
            case CSCAN_INTEGER: {
                struct lines_digits digits = lines_find_digits(start);
                if (!lines_is_number(digits)) goto other;
                lines_store(fields, step->target, lines_value(digits));
                place = lines_go(step, start, digits.count, guess);
                lines_keep(step, start, digits.count);
                break;
            }
            case CSCAN_NUMBER: {
                struct lines_digits digits = lines_find_digits(start);
                size_t count = digits.count;
                if (!lines_is_number(digits)) goto stop;
                if (start[count] == '.') {
                    struct lines_digits decimals = lines_find_digits(start + count + 1);
                    if (decimals.count == 0 || decimals.count > 7) goto stop;
                    count += 1 + decimals.count;
                }
                if ((start[count] | 0x20) == 'e' || start[count] == '.') goto stop;
                place = lines_go(step, start, count, guess);
                lines_keep(step, start, count);
                break;
            }
            case CSCAN_IGNORED_STRING: {
                const uint8_t *end = NAME(skip_string)(start, &seen, &escape);
                if (end == NULL) goto other;
                size_t count = (size_t)(end - start);
                place = lines_go(step, start, count, guess);
                lines_keep(step, start, count);
                break;
            }
            case CSCAN_STRING:
            case CSCAN_STATUS: {
                const uint8_t *end = NAME(skip_string)(start, &seen, &escape);
                if (end == NULL) goto other;
                size_t count = (size_t)(end - start);
                place = lines_go(step, start, count, guess);
                lines_store_slice(fields, step->target, start - line, (uint32_t)count | escape);
                if (step->kind == CSCAN_STATUS) fields[step->constant] = memcmp(start - 1, "\"running\"", 9) == 0;
                break;
            }
            case CSCAN_CONSTANT: lines_store_slice(fields, step->target, start - line, step->constant); break;
            case CSCAN_SPAN_ID: {
                uint64_t key;
                if (!NAME(hexadecimal)(start, &key) || key == 0) goto other;
                lines_store(fields, step->target, key);
                place = start + 16;
                break;
            }
            case CSCAN_PARENT_ID:
                if (!NAME(read_id)(start, recent->parent_text, &recent->parent)) goto other;
                lines_store(fields, step->target, recent->parent);
                place = start + 16;
                break;
            case CSCAN_TRACE_ID:
                if (!NAME(read_trace)(start, recent)) goto other;
                lines_store(fields, step->target, recent->trace_high);
                lines_store(fields, step->constant, recent->trace_low);
                place = start + 32;
                break;
            case CSCAN_TIMESTAMP: {
                int64_t time = lines_time(start, recent);
                if (time == LINES_NO_TIME) {
                    stop = CSCAN_TIME;
                    goto stop;
                }
                lines_store(fields, step->target, (uint64_t)time);
                place = start + 27;
                break;
            }
            case CSCAN_DURATION: {
                struct lines_digits digits = lines_find_digits(start);
                size_t count = digits.count;
                stop = CSCAN_LENGTH;
                // Who goes on there puts another value into the field.
                lines_forget(step);
                if (!lines_is_number(digits)) goto stop;
                uint64_t time = lines_value(digits) * 1000;
                if (start[count] == '.') {
                    struct lines_digits decimals = lines_find_digits(start + count + 1);
                    if (decimals.count == 0 || decimals.count > 3) goto stop;
                    // As many zeros before the first digit as make the last one stand for microseconds, and zeros behind.
                    time += lines_eight((decimals.values & ((UINT64_C(1) << 8 * decimals.count) - 1)) << 40);
                    count += 1 + decimals.count;
                }
                if ((start[count] | 0x20) == 'e') goto stop;
                stop = CSCAN_VALUE;
                lines_store(fields, step->target, time);
                place = lines_go(step, start, count, guess);
                lines_keep(step, start, count);
                break;
            }
            case CSCAN_DATA_START: lines_store_slice(fields, step->target, start - line, 0); break;
            case CSCAN_DATA_END: {
                uint32_t slice[2];
                memcpy(slice, fields + step->target, sizeof slice);
                slice[1] = (uint32_t)(start - line) - slice[0];
                memcpy(fields + step->target, slice, sizeof slice);
                break;
            }
            case CSCAN_TEXT: break;
            case CSCAN_VALUE_STEP: goto stop;
            case CSCAN_OBJECT:
                object = start;
                object_end = step + step->target;
                break;
            case CSCAN_OBJECT_END: object = NULL; break;
            case CSCAN_LINE_END:
                for (const uint8_t *block = line; block < start; block += 64) NAME(prefetch)(block + AHEAD);
                progress->place = start - 1;
                progress->has_high = state.has_high || NAME(has_high)(seen);
                return CSCAN_READ;
            }
        }
        if (NAME(equal)(place, &step->bytes)) {
            place += step->length;
            size_t more = step->more;
            for (; more > 0 && NAME(equal)(place, &step[1].bytes); more--) {
                step++;
                place += step->length;
            }
            if (more == 0) continue;
        }
    other:
        // An object with other members is a value like any other.
        if (object == NULL) return CSCAN_OTHER;
        place = object;
        step = object_end;
        object = NULL;
    stop:
        *progress = (struct cscan_progress){
            line, place, step, object, object_end, state.has_high || NAME(has_high)(seen)};
        return stop;
    }
}

TARGET static enum cscan_read NAME(read)(
    const void *line, const struct cscan_layout *layout, struct cscan_recent *recent, void *fields,
    struct cscan_progress *progress
) {
    const uint8_t *text = line;
    for (size_t block = 0; block < layout->head_blocks; block++) {
        if (!NAME(equal)(text + 32 * block, layout->head + block)) return CSCAN_OTHER;
    }
    uint64_t key;
    if (layout->span_id > 0) {
        if (!NAME(hexadecimal)(text + layout->span_id, &key) || key == 0) return CSCAN_OTHER;
        lines_store(fields, layout->span_target, key);
    }
    if (layout->trace_id > 0) {
        if (!NAME(read_trace)(text + layout->trace_id, recent)) return CSCAN_OTHER;
        lines_store(fields, layout->high_target, recent->trace_high);
        lines_store(fields, layout->low_target, recent->trace_low);
    }
    if (layout->parent_id > 0) {
        if (!NAME(read_id)(text + layout->parent_id, recent->parent_text, &recent->parent)) return CSCAN_OTHER;
        lines_store(fields, layout->parent_target, recent->parent);
    }
    const struct cscan_progress state = {text, text + layout->head_length, NULL, NULL, NULL, false};
    if (layout->timestamp > 0) {
        int64_t time = lines_time(text + layout->timestamp, recent);
        if (time == LINES_NO_TIME) {
            *progress = state;
            return CSCAN_TIME;
        }
        lines_store(fields, layout->timestamp_target, (uint64_t)time);
    }
    return NAME(read_steps)(state, progress, recent, fields, layout->steps, false);
}

TARGET static enum cscan_read NAME(go_on)(
    const struct cscan_layout *layout, struct cscan_recent *recent, void *fields, struct cscan_progress *progress
) {
    bool is_head = progress->step == NULL;
    struct cscan_step *step = is_head ? layout->steps : progress->step;
    return NAME(read_steps)(*progress, progress, recent, fields, step, !is_head);
}
