/* loop.c: runs loops. A worker takes blocks of positions and goes over each with the loop's
 * instructions, so what they hand to each other stays in its cache. How the positions are cut
 * depends on the shape alone, so results do not depend on the number of workers; and a block
 * without rows is a panel of a sum (ops/reduce.c). */
#include "exec/code.h"
#include "kernels/strided.h"

enum { BLOCK = 1024, LONGEST_BLOCK = 4096, FEW_COLUMNS = 32, GRAIN = 16384 };

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
    tg__cut cut = { .rows = 0, .block = BLOCK };
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

typedef struct running {
    const tg_plan *plan;
    const tg__kernel *kernel;
    const tg__loop *loop;
    tg__partial *partials;
} running;

static size_t padded(int64_t n) { return ((size_t)n + TG_PAD - 1) & ~(size_t)(TG_PAD - 1); }

/* Each row's element along its row. */
static void spread(bool tall, size_t size, const void *from, int64_t rows, int64_t columns,
                   void *to)
{
    if (tall) {
        for (int64_t c = 0; c < columns; c++)
            memcpy((char *)to + (size_t)(c * rows) * size, from, (size_t)rows * size);
        return;
    }
    for (int64_t r = 0; r < rows; r++)
        tg__fill(size, (const char *)from + (size_t)r * size, columns,
                 (char *)to + (size_t)(r * columns) * size);
}

/* The block's elements of a view into a register. */
static void load(const running *run, const tg__insn *insn, int64_t row, int64_t rows, int64_t first,
                 int64_t n, void *out)
{
    const unsigned char *from = tg__locate(run->plan, &run->plan->nodes[insn->value]);
    if (!run->loop->cut.tall) {
        tg__view_load(insn->view, insn->size, from, first, n, out);
        return;
    }
    const int64_t columns = run->kernel->columns;
    if (!insn->view) {
        tg__rows_to_columns(insn->size, from + (size_t)first * insn->size, rows, columns, out);
        return;
    }
    unsigned char *to = out;
    for (int64_t c = 0; c < columns; c++) {
        if (insn->at) {
            tg__view_load(insn->view, insn->size, from + insn->at[c] * insn->size, row, rows, to);
            to += (size_t)rows * insn->size;
            continue;
        }
        for (int64_t r = 0; r < rows; r++, to += insn->size)
            tg__view_load(insn->view, insn->size, from, first + r * columns + c, 1, to);
    }
}

static void store(const running *run, const tg__insn *insn, int64_t first, int64_t rows, int64_t n,
                  const void *in)
{
    unsigned char *to = tg__locate(run->plan, &run->plan->nodes[insn->value]);
    to += (size_t)first * insn->size;
    if (run->loop->cut.tall) tg__columns_to_rows(insn->size, in, rows, run->kernel->columns, to);
    else memcpy(to, in, (size_t)n * insn->size);
}

/* One block: positions [first, first + n), rows [row, row + rows). */
static void run_block(const running *run, void *const *reg, int64_t block)
{
    const tg__loop *loop = run->loop;
    const int64_t first = block * loop->cut.block, rest = run->kernel->count - first;
    const int64_t n = rest < loop->cut.block ? rest : loop->cut.block;
    const int64_t columns = run->kernel->columns ? run->kernel->columns : 1;
    const int64_t row = block * loop->cut.rows, rows = n / columns;
    for (uint32_t i = 0; i < loop->code_count; i++) {
        const tg__insn *insn = &loop->code[i];
        void *out = reg[insn->out];
        const void *const in[3] = { reg[insn->in[0]], reg[insn->in[1]], reg[insn->in[2]] };
        const tg__value *value = &run->plan->nodes[insn->value];
        if (insn->switches) (void)tg__fpu_enter(insn->flush);
        switch ((tg__code)insn->code) {
        case TG_DO_MAP: insn->map(padded(n), out, in); break;
        case TG_DO_MAP_ROWS: insn->map(padded(rows), out, in); break;
        case TG_DO_LOAD: load(run, insn, row, rows, first, n, out); break;
        case TG_DO_LOAD_ROWS:
            tg__view_load(insn->view, insn->size, tg__locate(run->plan, value), row, rows, out);
            break;
        case TG_DO_FILL: break; /* was done before the first block */
        case TG_DO_SPREAD: spread(loop->cut.tall, insn->size, in[0], rows, columns, out); break;
        case TG_DO_REDUCE:
            if (loop->cut.tall) insn->reduce->columns(columns, rows, in[0], out);
            else insn->reduce->rows(rows, columns, in[0], out);
            break;
        case TG_DO_WHOLE:
            insn->reduce->block(n, in[0], run->partials + insn->partial + block);
            break;
        case TG_DO_WHOLE_ROWS:
            memcpy((char *)(run->partials + insn->partial) + (size_t)row * insn->size, in[0],
                   (size_t)rows * insn->size);
            break;
        case TG_DO_STORE: store(run, insn, first, rows, n, in[0]); break;
        case TG_DO_STORE_ROWS:
            memcpy((char *)tg__locate(run->plan, value) + (size_t)row * insn->size, in[0],
                   (size_t)rows * insn->size);
            break;
        }
    }
}

static void run_blocks(void *context, int64_t first, int64_t last, int worker)
{
    const running *run = context;
    const tg__loop *loop = run->loop;
    const tg_plan *plan = run->plan;
    const tg__fpu fpu = tg__fpu_enter(loop->flush);
    unsigned char *scratch = plan->block + plan->scratch + (size_t)worker * plan->scratch_each;
    void **reg = (void **)scratch;
    const size_t table = tg__loop_table(loop);
    for (uint32_t i = 0; i < loop->reg_count; i++) {
        const tg__reg *r = &loop->regs[i];
        if (r->kind == TG_REG_TEMP) {
            reg[i] = scratch + table + (size_t)r->offset * loop->slot_bytes;
            continue;
        }
        unsigned char *memory = r->leaf == TG_NO_VALUE ? plan->block : plan->leaves[r->leaf].data;
        reg[i] = memory + r->offset + first * r->step;
    }
    for (uint32_t i = 0; i < loop->before_count; i++) {
        const tg__insn *insn = &loop->before[i];
        tg__fill(insn->size, reg[insn->in[0]], (int64_t)padded(loop->cut.block), reg[insn->out]);
    }
    for (int64_t block = first; block < last; block++) {
        run_block(run, reg, block);
        for (uint32_t i = 0; i < loop->move_count; i++) {
            void **at = &reg[loop->moves[i].reg];
            *at = (unsigned char *)*at + loop->moves[i].step;
        }
    }
    tg__fpu_leave(fpu);
}

/* Of a reduction of everything: all blocks together, or all rows, whose values were gathered. */
static void finish(const running *run, const tg__insn *insn)
{
    if (insn->code != TG_DO_WHOLE && insn->code != TG_DO_WHOLE_ROWS) return;
    const tg__value *value = &run->plan->nodes[insn->value];
    const int64_t count = tg__view_count(value->view[0]);
    const tg__partial *partials = run->partials + insn->partial;
    void *out = tg__locate(run->plan, value);
    const tg__fpu fpu = tg__fpu_enter(insn->flush);
    if (insn->code == TG_DO_WHOLE)
        insn->reduce->finish(run->loop->cut.blocks, count, partials, out);
    else insn->reduce->rows(1, count, partials, out);
    tg__fpu_leave(fpu);
}

void tg__loop_run(tg_plan *plan, const tg__kernel *kernel)
{
    const tg__loop *loop = kernel->loop;
    running run = { .plan = plan,
                    .kernel = kernel,
                    .loop = loop,
                    .partials = (tg__partial *)(void *)(plan->block + kernel->partials) };
    int64_t grain = GRAIN / (loop->cut.block * (1 + (int64_t)loop->code_count / 8));
    tg__parallel(plan->pool, loop->cut.blocks, grain > 1 ? grain : 1, run_blocks, &run);
    for (uint32_t i = 0; i < loop->code_count; i++) finish(&run, &loop->code[i]);
}
