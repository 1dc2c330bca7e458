/* health_memory.c: memory of a health report: until the report is made, and as long as it. And what
 * is printed of a path. */
#include "health.h"

void *tg__health_zeroed(tg_tape *tape, size_t count, size_t size)
{
    if (size && count >= SIZE_MAX / size) return NULL;
    void *block = tg_scratch(tape, count * size + 1);
    return block ? memset(block, 0, count * size + 1) : NULL;
}

void *tg__health_room(const tg__health *h, size_t count, size_t size)
{
    return tg__health_zeroed(h->room, count, size);
}

void *tg__health_keep(const tg__health *h, size_t count, size_t size)
{
    return tg__health_zeroed(h->out->memory, count, size);
}

const char *tg__health_text(const tg__health *h, const char *text)
{
    const size_t size = strlen(text) + 1;
    char *copy = tg__health_keep(h, size, 1);
    return copy ? memcpy(copy, text, size) : NULL;
}

const char *tg__health_base(const char *path)
{
    const char *slash = strrchr(path, '/');
    return slash ? slash + 1 : path;
}
