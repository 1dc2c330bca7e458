/* native_functions.c: the functions that stretches need, each once, as text. */
#include "exec/native.h"

#include "kernels/hash.h"

#include <inttypes.h>

/* More text than this would take compilers minutes: what is behind it is left to the interpreter.
 */
enum { MOST_TEXT = 4 << 20 };

uint32_t *tg__native_numbers(tg__native *native, size_t count)
{
    uint32_t *list = tg__arena_alloc(&native->scratch, (count + 1) * sizeof *list);
    if (list) memset(list, 0, (count + 1) * sizeof *list);
    native->failed |= !list;
    return list;
}

static uint32_t *place_of(const tg__native *native, uint64_t hash)
{
    return &native->table[hash & (native->table_size - 1)];
}

static uint32_t *next_place(const tg__native *native, uint32_t *place)
{
    return ++place == native->table + native->table_size ? native->table : place;
}

/* Half of the table stays free. */
static bool grow_table(tg__native *native)
{
    if (2 * ((size_t)native->function_count + 1) <= native->table_size) return true;
    const size_t size = native->table_size ? 2 * native->table_size : 256;
    uint32_t *table = tg__alloc_zero(&native->allocator, size * sizeof *table);
    if (!table) return false;
    tg__free(&native->allocator, native->table);
    native->table = table;
    native->table_size = size;
    for (uint32_t i = 0; i < native->function_count; i++) {
        uint32_t *place = place_of(native, native->function[i].hash);
        while (*place) place = next_place(native, place);
        *place = i + 1;
    }
    return true;
}

/* The function of that text; a new one if there is none yet. TG__NONE when out of memory. */
static uint32_t function_of(tg__native *native, const tg__text *text)
{
    const uint64_t hash = tg__hash(text->at, text->length, 0);
    if (!grow_table(native)) return TG__NONE;
    uint32_t *place = place_of(native, hash);
    for (; *place; place = next_place(native, place)) {
        const struct tg__native_function *known = &native->function[*place - 1];
        if (known->hash == hash && known->length == text->length &&
            memcmp(native->source.at + known->begin, text->at, text->length) == 0)
            return *place - 1;
    }
    const uint32_t i = native->function_count;
    if (!tg__grow(&native->allocator, &native->function, &native->function_capacity, i + 1u,
                  sizeof *native->function))
        return TG__NONE;
    tg__text_put(&native->source, "\nvoid f%" PRIu32, i);
    native->function[i] = (struct tg__native_function){ hash, native->source.length, text->length };
    tg__text_add(&native->source, text->at, text->length);
    if (native->source.failed) return TG__NONE;
    *place = i + 1;
    return native->function_count++;
}

void tg__native_add(tg__native *native, const tg__stretch *stretch, const tg__text *text)
{
    if (native->source.length > MOST_TEXT) return;
    const size_t bytes = stretch->at_count * sizeof *stretch->at;
    uint32_t *at = tg__arena_alloc(native->exe->arena, bytes + 1);
    native->failed |= text->failed || !at ||
                      !tg__grow(&native->allocator, &native->stretch, &native->stretch_capacity,
                                native->stretch_count + 1, sizeof *native->stretch);
    if (native->failed) return;
    if (bytes) memcpy(at, stretch->at, bytes);
    tg__stretch *added = &native->stretch[native->stretch_count++];
    *added = *stretch;
    added->at = at;
    added->function = function_of(native, text);
    native->failed |= added->function == TG__NONE;
}
