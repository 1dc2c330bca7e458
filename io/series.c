/* series.c: scalars in memory, by name. A hash table finds names, because a file may have as many
 * names as lines. */
#include "io/logger.h"

#include <string.h>

static uint64_t hash_of(const char *name)
{
    uint64_t h = 0xcbf29ce484222325u; /* FNV-1a */
    for (; *name; name++) h = (h ^ (unsigned char)*name) * 0x100000001b3u;
    return h ^ h >> 32;
}

/* The slot of the name, or the free slot where it is to be inserted. There must be a free slot. */
static size_t *slot_of(const tg__book *book, const char *name)
{
    size_t i = (size_t)hash_of(name) & (book->slot_count - 1);
    while (book->slots[i] && strcmp(book->entries[book->slots[i] - 1].name, name) != 0)
        i = (i + 1) & (book->slot_count - 1);
    return &book->slots[i];
}

/* Makes at least twice as many slots as there are names, with room for one more name. */
static bool make_slots(tg__book *book)
{
    enum { FEWEST = 16 };
    size_t bytes;
    if (2 * (book->count + 1) <= book->slot_count) return true;
    const size_t count = book->slot_count ? book->slot_count * 2 : FEWEST;
    if (!tg__size_mul(count, sizeof *book->slots, &bytes)) return false;
    size_t *slots = tg__alloc_zero(book->allocator, bytes);
    if (!slots) return false;
    tg__free(book->allocator, book->slots);
    book->slots = slots;
    book->slot_count = count;
    for (size_t i = 0; i < book->count; i++) *slot_of(book, book->entries[i].name) = i + 1;
    return true;
}

static tg__entry_points *new_entry(tg__book *book, const char *name)
{
    if (!make_slots(book) || !tg__grow(book->allocator, &book->entries, &book->capacity,
                                       book->count + 1, sizeof *book->entries))
        return NULL;
    const size_t size = strlen(name) + 1;
    char *copy = tg__alloc(book->allocator, size);
    if (!copy) return NULL;
    memcpy(copy, name, size);
    *slot_of(book, name) = book->count + 1;
    tg__entry_points *entry = &book->entries[book->count++];
    *entry = (tg__entry_points){ .name = copy };
    return entry;
}

static tg__entry_points *entry_of(const tg__book *book, const char *name)
{
    const size_t place = book->slot_count ? *slot_of(book, name) : 0;
    return place ? &book->entries[place - 1] : NULL;
}

static void append(tg__growing *numbers, double value)
{
    memcpy((unsigned char *)numbers->data + numbers->used, &value, sizeof value);
    numbers->used += sizeof value;
}

bool tg__book_add(tg__book *book, const char *name, double x, double y)
{
    tg__entry_points *entry = entry_of(book, name);
    if (!entry) entry = new_entry(book, name);
    if (!entry || !tg__reserve(book->allocator, &entry->x, sizeof x, PTRDIFF_MAX) ||
        !tg__reserve(book->allocator, &entry->y, sizeof y, PTRDIFF_MAX))
        return false;
    append(&entry->x, x);
    append(&entry->y, y);
    return true;
}

static tg_series series_of(const tg__entry_points *entry)
{
    return (tg_series){ .name = entry->name,
                        .count = (int64_t)(entry->y.used / sizeof(double)),
                        .x = entry->x.data,
                        .y = entry->y.data };
}

tg_series tg__book_find(const tg__book *book, const char *name)
{
    const tg__entry_points *entry = name ? entry_of(book, name) : NULL;
    return entry ? series_of(entry) : (tg_series){ .name = name };
}

void tg__book_free(tg__book *book)
{
    for (size_t i = 0; i < book->count; i++) {
        tg__free(book->allocator, book->entries[i].name);
        tg__free(book->allocator, book->entries[i].x.data);
        tg__free(book->allocator, book->entries[i].y.data);
    }
    tg__free(book->allocator, book->entries);
    tg__free(book->allocator, book->slots);
    *book = (tg__book){ .allocator = book->allocator };
}

bool tg__book_close(tg__book *book, tg_scalars *out)
{
    size_t bytes;
    *out = (tg_scalars){ .allocator = *book->allocator };
    if (!tg__size_mul(book->count, sizeof *out->series, &bytes)) return false;
    out->series = tg__alloc(book->allocator, bytes);
    if (!out->series && bytes > 0) return false;
    for (size_t i = 0; i < book->count; i++) out->series[i] = series_of(&book->entries[i]);
    out->count = (int64_t)book->count;
    book->count = 0; /* their points belong to [out] now */
    tg__book_free(book);
    return true;
}

/* ---- Public ----------------------------------------------------------------------------- */

tg_series tg_scalars_find(const tg_scalars *scalars, const char *name)
{
    for (int64_t i = 0; scalars && name && i < scalars->count; i++)
        if (strcmp(scalars->series[i].name, name) == 0) return scalars->series[i];
    return (tg_series){ .name = name };
}

void tg_scalars_free(tg_scalars *scalars)
{
    if (!scalars) return;
    for (int64_t i = 0; i < scalars->count; i++) {
        const tg_series *series = &scalars->series[i];
        tg__free(&scalars->allocator, (void *)(uintptr_t)series->name);
        tg__free(&scalars->allocator, (void *)(uintptr_t)series->x);
        tg__free(&scalars->allocator, (void *)(uintptr_t)series->y);
    }
    if (scalars->series) tg__free(&scalars->allocator, scalars->series);
    *scalars = (tg_scalars){ .count = 0 };
}
