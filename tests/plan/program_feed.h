/* program_feed.h: feeds a random program with values for one of its steps. */
#ifndef TG_TESTS_PROGRAM_FEED_H
#define TG_TESTS_PROGRAM_FEED_H

#include "program_record.h"

/* Whole numbers of a range, one of them bad if this is the step for it. */
static inline void draw_range(rng *r, const feed *f, bool bad, void *out)
{
    const tg_dtype dtype = tg_dtype_of(f->x);
    const int64_t count = tg_count(f->x);
    const int64_t where = bad ? rng_below(r, (int)count) : -1;
    for (int64_t i = 0; i < count; i++) {
        const int value = i == where ? f->bad : f->low + rng_below(r, f->high - f->low);
        if (dtype == TG_I64) ((int64_t *)out)[i] = value;
        else if (dtype == TG_I32) ((int32_t *)out)[i] = value;
        else ((uint8_t *)out)[i] = (uint8_t)value;
    }
}

/* Feeds all that the program needs in the step; the status of the first feed that fails. */
static inline tg_status feed_all(const program *p, int step)
{
    static char memory[MAX_ELEMENTS * sizeof(double)];
    tg_status status = TG_OK;
    for (int i = 0; i < p->fed_count && status == TG_OK; i++) {
        rng r = rng_of(p->seed, (uint64_t)(2000 + step * 100 + i));
        const feed *f = &p->fed[i];
        const tg_dtype dtype = tg_dtype_of(f->x);
        const int64_t count = tg_count(f->x);
        if (f->low < f->high) draw_range(&r, f, f->faulty && step == FAULT_STEP, memory);
        else draw_values(&r, p->kind, dtype, count, memory);
        status = tg_feed_as(f->x, dtype, memory, (size_t)count);
    }
    return status;
}

#endif
