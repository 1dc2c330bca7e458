/* loops.c: see loops.h. */
#include "plan/loops.h"

enum { BLOCK = 1024, LONGEST_BLOCK = 4096, FEW_COLUMNS = 32 };
enum { STRIP = 8192, STRIP_ROWS = 48, LONGEST_STRIP = 65536 };

/* ---- Reductions ------------------------------------------------------------------------- */

/* Are the reduced axes adjacent (but for axes of size 1)? Is one of them the last? */
static bool are_adjacent(const tg__view *view, uint32_t axes, bool *last)
{
    int changes = 0;
    bool inside = false;
    *last = false;
    for (int i = 0; i < view->rank; i++) {
        if (view->dim[i] == 1) continue;
        const bool reduced = axes >> i & 1;
        changes += reduced && !inside;
        inside = *last = reduced;
    }
    return changes <= 1;
}

bool tg__reduces_block(const tg__view *view, uint32_t axes)
{
    bool last;
    return are_adjacent(view, axes, &last);
}

bool tg__reduces_rows(const tg__view *view, uint32_t axes)
{
    bool last;
    return are_adjacent(view, axes, &last) && last;
}

bool tg__loop_takes(const tg_op *op, int dtype, const tg__view *view, int64_t results)
{
    const int64_t count = tg__view_count(view);
    return op->reduce[dtype].block && count > 0 &&
           (results == 1 || count / results <= TG_LOOP_COLUMNS);
}

/* ---- Blocks ----------------------------------------------------------------------------- */

static int64_t common_divisor(int64_t a, int64_t b)
{
    while (b != 0) {
        const int64_t rest = a % b;
        a = b;
        b = rest;
    }
    return a;
}

tg__cut tg__cut_loop(int64_t count, int64_t columns)
{
    tg__cut cut = { .rows = 0, .block = BLOCK, .strip = 1 };
    if (columns > 1 && columns < FEW_COLUMNS) {
        cut.rows = BLOCK / columns / TG_PAD * TG_PAD;
        cut.block = cut.rows * columns;
        cut.tall = cut.copies = true;
    } else if (columns > 0) {
        /* Whole rows; and as many as fill whole vectors, or memory is reached by copies. */
        const int64_t fills = TG_PAD / common_divisor(columns, TG_PAD);
        cut.rows = BLOCK / columns / fills * fills;
        if (cut.rows == 0 && fills * columns <= LONGEST_BLOCK) cut.rows = fills;
        if (cut.rows == 0) cut.rows = 1;
        cut.block = cut.rows * columns;
        cut.copies = cut.block % TG_PAD != 0;
        cut.strip = (STRIP_ROWS - 1) / cut.rows + 1;
        if (cut.strip < STRIP / cut.block) cut.strip = STRIP / cut.block;
        if (cut.strip > LONGEST_STRIP / cut.block) cut.strip = LONGEST_STRIP / cut.block;
    }
    cut.blocks = count ? (count + cut.block - 1) / cut.block : 0;
    return cut;
}

size_t tg__partials_of(const tg__kernel *kernel, const tg__value *x)
{
    const int64_t count = tg__view_count(x->view[0]);
    if (count == kernel->count) return (size_t)tg__cut_loop(count, kernel->columns).blocks;
    return ((size_t)count * tg_dtype_size((tg_dtype)x->dtype) - 1) / sizeof(tg__partial) + 1;
}
