/* loops.c: see loops.h. */
#include "plan/loops.h"

enum { BLOCK = 1024, LONGEST_BLOCK = 4096, FEW_COLUMNS = 32 };
/* Strips have 32 rows or more, whatever the columns, and so sums few chains (docs/sums.md). */
enum { STRIP = 8192, STRIP_ROWS = 48, LONGEST_STRIP = 32 * TG_LOOP_COLUMNS };
/* Of reductions down columns: the positions of a unit, unless it would have too few rows; and the
 * most rows of a block. Longer rows, or fewer, are gathered no faster than memory is read again. */
enum { UNIT = 32768, UNIT_ROWS = 32, BLOCK_ROWS = 32 };
enum { MOST_COLUMNS = 2048, FEWEST_ROWS = 64 };
enum { LINE = 64 }; /* partial results begin at lines of the cache */
enum { MOST_PARTS = 4, SHORTEST_LINE = 16 };

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

bool tg__gathers_columns(const tg__value *x, int dtype)
{
    const tg__view *view = x->view[0];
    const uint32_t axes = ((const tg__reduce_attr *)x->attr)->axes;
    bool kept = false;
    for (int i = 0; i < view->rank; i++) {
        if (view->dim[i] == 1) continue;
        const bool reduced = axes >> i & 1;
        if (reduced && kept) return false;
        kept |= !reduced;
    }
    const int64_t count = tg__view_count(view), columns = x->count;
    if (!x->op->reduce[dtype].gather || columns < FEW_COLUMNS || columns > MOST_COLUMNS ||
        count / columns < FEWEST_ROWS)
        return false;
    const tg__kernel loop = { .count = count, .columns = columns, .gathers = true };
    return !tg__cut_loop(&loop).copies;
}

/* ---- Calls that collect ----------------------------------------------------------------- */

static bool fits_loop(const tg__row_shape *shape)
{
    return shape->columns > 1 && shape->columns * shape->line <= TG_LOOP_COLUMNS &&
           (!shape->strips || shape->columns >= FEW_COLUMNS);
}

bool tg__collects(const tg__program *program, uint32_t v, int *operand, tg__row_shape *shape)
{
    const tg__value *x = &program->values[v];
    if (x->op->kind != TG_KIND_CALL || !x->op->collect || x->count == 0) return false;
    tg__operand operands[TG__LOOP_OPERANDS + 1];
    tg__describe_call(program, v, operands);
    const tg__call call = tg__call_of(x, operands);
    for (int i = 0; i < x->arity; i++) {
        const tg__value *in = &program->values[x->in[i]];
        if ((in->op->kind != TG_KIND_MAP && in->op->kind != TG_KIND_REDUCE) ||
            in->constant != x->constant || !x->op->collect->rows(&call, i, shape) ||
            !fits_loop(shape) || (shape->strips && in->op->kind != TG_KIND_MAP))
            continue;
        *operand = i;
        return true;
    }
    return false;
}

/* ---- Moves ------------------------------------------------------------------------------ */

tg__inset tg__inset_of(const tg__value *x, int i)
{
    tg__inset inset = { .rank = x->rank, .view = *x->view[i] };
    for (int axis = 0; axis < x->rank; axis++) {
        inset.dim[axis] = x->dim[axis];
        inset.every[axis] = 1;
    }
    x->op->inset(x->attr, i, x->view, (tg_dtype)x->dtype, &inset);
    return tg__inset_collapse(&inset);
}

bool tg__loop_moves(const tg__value *x)
{
    if (!x->op->inset || x->arity > MOST_PARTS) return false;
    for (int i = 0; i < x->arity; i++) {
        const tg__inset inset = tg__inset_of(x, i);
        if (inset.dim[inset.rank - 1] < SHORTEST_LINE) return false;
    }
    return true;
}

/* ---- Blocks ----------------------------------------------------------------------------- */

/* Rows of a power of two, because kernels take some rows at a time; and so many blocks in a unit
 * that its part is small beside it. */
static void cut_units(tg__cut *cut, int64_t columns)
{
    int64_t rows = 1;
    while (2 * rows <= cut->rows && 2 * rows <= BLOCK_ROWS) rows *= 2;
    cut->rows = rows;
    cut->block = rows * columns;
    cut->copies = cut->block % TG_PAD != 0;
    cut->unit = (UNIT / columns > UNIT_ROWS ? UNIT / columns : UNIT_ROWS) / rows;
}

/* Whole units of rows, or lines of one. Blocks of one unit are about equally long. */
static void cut_collected(tg__cut *cut, const tg__kernel *kernel)
{
    if (kernel->unit <= cut->rows) {
        cut->rows = cut->rows / kernel->unit * kernel->unit;
    } else {
        const int64_t lines = kernel->unit / kernel->line;
        const int64_t most = cut->rows > kernel->line ? cut->rows / kernel->line : 1;
        const int64_t parts = (lines + most - 1) / most;
        cut->rows = (lines + parts - 1) / parts * kernel->line;
        cut->unit = (kernel->unit + cut->rows - 1) / cut->rows;
    }
    cut->block = cut->rows * kernel->columns;
    cut->copies |= cut->block % TG_PAD != 0 || (cut->unit > 1 && kernel->unit % cut->rows != 0);
}

static void cut_strips(tg__cut *cut)
{
    cut->strip = (STRIP_ROWS - 1) / cut->rows + 1;
    if (cut->strip < STRIP / cut->block) cut->strip = STRIP / cut->block;
    if (cut->strip > LONGEST_STRIP / cut->block) cut->strip = LONGEST_STRIP / cut->block;
}

tg__cut tg__cut_loop(const tg__kernel *kernel)
{
    const int64_t count = kernel->count, columns = kernel->columns;
    tg__cut cut = { .rows = 0, .block = BLOCK, .strip = 1, .unit = 1 };
    if (columns > 1 && columns < FEW_COLUMNS) {
        cut.rows = BLOCK / columns / TG_PAD * TG_PAD;
        cut.block = cut.rows * columns;
        cut.tall = cut.copies = true;
    } else if (columns > 0) {
        /* Whole rows; and as many as fill whole vectors, or memory is reached by copies. */
        const int64_t fills = TG_PAD / tg__common_divisor(columns, TG_PAD);
        cut.rows = BLOCK / columns / fills * fills;
        if (cut.rows == 0 && fills * columns <= LONGEST_BLOCK) cut.rows = fills;
        if (cut.rows == 0) cut.rows = 1;
        cut.block = cut.rows * columns;
        cut.copies = cut.block % TG_PAD != 0;
        if (kernel->gathers) cut_units(&cut, columns);
    }
    if (kernel->unit) cut_collected(&cut, kernel);
    if (kernel->strips) cut_strips(&cut);
    const bool uneven = kernel->unit && cut.unit > 1;
    cut.span = uneven ? kernel->unit * columns : cut.unit * cut.block;
    cut.units = count ? (count + cut.span - 1) / cut.span : 0;
    cut.blocks = uneven ? cut.units * cut.unit : (count + cut.block - 1) / cut.block;
    return cut;
}

size_t tg__partials_of(const tg__kernel *kernel, const tg__value *x)
{
    const int64_t count = tg__view_count(x->view[0]);
    const tg__cut cut = tg__cut_loop(kernel);
    size_t bytes = (size_t)count * tg_dtype_size((tg_dtype)x->dtype);
    if (x->count > 1) bytes = (size_t)(cut.units * x->count) * sizeof(tg__partial);
    else if (count == kernel->count) bytes = (size_t)cut.blocks * sizeof(tg__partial);
    return (bytes + LINE - 1) / LINE * LINE / sizeof(tg__partial);
}
