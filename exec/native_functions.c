/* native_functions.c: the functions that stretches need, each once, each with its text. */
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

static bool are_equal(tg__function_key a, tg__function_key b)
{
    return a.word[0] == b.word[0] && a.word[1] == b.word[1];
}

/* Where in the table the function is, or would be. */
static uint32_t *place_of(const tg__native *native, tg__function_key key)
{
    size_t i = key.word[0] & (native->table_size - 1);
    while (native->table[i] && !are_equal(native->function[native->table[i] - 1], key))
        i = (i + 1) & (native->table_size - 1);
    return &native->table[i];
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
    for (uint32_t i = 0; i < native->function_count; i++)
        *place_of(native, native->function[i]) = i + 1;
    return true;
}

/* The number of the function with that key. If [is_new], its text is to be written now. TG__NONE
 * when out of memory. */
static uint32_t number_of(tg__native *native, tg__function_key key, bool *is_new)
{
    if (!grow_table(native)) return TG__NONE;
    uint32_t *place = place_of(native, key);
    *is_new = !*place;
    if (*place) return *place - 1;
    const uint32_t i = native->function_count;
    if (!tg__grow(&native->allocator, &native->function, &native->function_capacity, i + 1u,
                  sizeof *native->function))
        return TG__NONE;
    native->function[i] = key;
    *place = i + 1;
    tg__text_put(&native->source, "\nvoid f%" PRIu32, i);
    return native->function_count++;
}

/* NULL when out of memory. */
static tg__stretch *add_stretch(tg__native *native, const tg__stretch *stretch)
{
    const size_t bytes = stretch->at_count * sizeof *stretch->at;
    uint32_t *at = tg__arena_alloc(native->exe->arena, bytes + 1);
    if (!at || !tg__grow(&native->allocator, &native->stretch, &native->stretch_capacity,
                         native->stretch_count + 1, sizeof *native->stretch))
        return NULL;
    if (bytes) memcpy(at, stretch->at, bytes);
    tg__stretch *added = &native->stretch[native->stretch_count++];
    *added = *stretch;
    added->at = at;
    return added;
}

/* [text] or [function] is the text of what has that key. */
static void add(tg__native *native, const tg__stretch *stretch, tg__function_key key,
                const tg__function *function, const tg__text *text)
{
    if (native->source.length > MOST_TEXT) return;
    tg__stretch *added = add_stretch(native, stretch);
    bool is_new = false;
    const uint32_t number = added ? number_of(native, key, &is_new) : TG__NONE;
    native->failed |= number == TG__NONE;
    if (native->failed) return;
    added->function = number;
    if (is_new && function) tg__function_text(function, &native->source);
    if (is_new && text) tg__text_add(&native->source, text->at, text->length);
    native->failed |= native->source.failed;
}

void tg__native_add(tg__native *native, const tg__stretch *stretch, const tg__function *function)
{
    add(native, stretch, tg__function_key_of(function), function, NULL);
}

void tg__native_add_text(tg__native *native, const tg__stretch *stretch, const tg__text *text)
{
    native->failed |= text->failed;
    if (native->failed) return;
    const tg__function_key key = { { tg__hash(text->at, text->length, 0),
                                     tg__hash(text->at, text->length, 1) } };
    add(native, stretch, key, NULL, text);
}
