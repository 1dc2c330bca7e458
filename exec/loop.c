/* loop.c: runs loops. A worker takes blocks of positions and goes over each with the loop's
 * instructions, so what they hand to each other stays in its cache. How the positions are cut
 * depends on the shape alone, so results do not depend on the number of workers; and a block
 * without rows is a panel of a sum (ops/reduce_kernels.c). */
#include "exec/code.h"
#include "kernels/strided.h"

#include <inttypes.h>

enum { GRAIN = 16384 };

typedef struct running {
    const tg__instance *instance;
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
                 int64_t n, const unsigned char *from, void *out)
{
    if (!run->loop->cut.tall) {
        tg__view_load(insn->view, insn->size, from, first, n, out);
        return;
    }
    const int64_t columns = run->kernel->columns;
    if (!insn->view) {
        tg__rows_to_columns(insn->size, from + (size_t)first * insn->size, rows, columns, out);
        return;
    }
    if (insn->at) {
        tg__view_load_columns(insn->view, insn->size, from, columns, insn->at, row, rows, out);
        return;
    }
    unsigned char *to = out;
    for (int64_t c = 0; c < columns; c++) {
        for (int64_t r = 0; r < rows; r++, to += insn->size)
            tg__view_load(insn->view, insn->size, from, first + r * columns + c, 1, to);
    }
}

static void store(const running *run, const tg__insn *insn, int64_t first, int64_t rows, int64_t n,
                  const void *in)
{
    unsigned char *to = tg__locate(run->instance, insn->value);
    to += (size_t)first * insn->size;
    if (run->loop->cut.tall) tg__columns_to_rows(insn->size, in, rows, run->kernel->columns, to);
    else memcpy(to, in, (size_t)n * insn->size);
}

/* The block's rows to the part of its unit. */
static void gather(const running *run, const tg__insn *insn, int64_t block, int64_t rows,
                   const void *in)
{
    const int64_t columns = run->kernel->columns, unit = run->loop->cut.unit;
    insn->reduce->gather(block % unit == 0, rows, columns, in,
                         run->partials + insn->partial + block / unit * columns);
}

/* The block's elements among those that the instruction is for. */
static void load_part(const tg__insn *insn, int64_t first, int64_t n, const void *from, void *out)
{
    const tg__part *part = insn->part;
    const int64_t low = part->first > first ? part->first : first;
    const int64_t high = part->end < first + n ? part->end : first + n;
    tg__inset_load(&part->inset, insn->size, from, low, high - low,
                   (unsigned char *)out + (low - first) * insn->size);
}

/* ---- Calls ------------------------------------------------------------------------------- */

static unsigned char *scratch_of(const running *run, int worker)
{
    return tg__scratch(run->instance) + (size_t)worker * run->instance->exe->worker_bytes;
}

/* The call with its operands, which [operands] has room for, and its result in this instance. */
static tg__call call_here(const running *run, const tg__loop_call *at, int worker,
                          tg__operand *operands)
{
    const tg__value *x = &run->instance->program->values[at->value];
    memcpy(operands, at->operands, sizeof *operands * (x->arity + 1u));
    for (int k = 0; k < x->arity; k++)
        if (at->turn == TG_TURN_BEFORE || k != at->operand)
            operands[k].data = tg__locate(run->instance, x->in[k]);
    if (at->turn != TG_TURN_BEFORE) operands[x->arity].data = tg__locate(run->instance, at->value);
    tg__call call = tg__call_of(x, operands);
    call.scratch = scratch_of(run, worker) + at->scratch;
    return call;
}

/* The block's rows to the call that takes them in. */
static void collect(const running *run, const tg__insn *insn, int64_t row, int64_t rows,
                    const void *in, int worker)
{
    const tg__loop_call *at = &run->loop->calls[insn->call];
    tg__operand operands[TG__LOOP_OPERANDS + 1];
    const tg__call call = call_here(run, at, worker, operands);
    operands[at->operand].data = (void *)(uintptr_t)in;
    call.op->collect->add(&call, at->operand, row, rows, run->loop->cut.tall);
}

static void run_native(const tg__native_code *native, void *const *reg, int64_t n)
{
    void *at[TG__FUNCTION_PARAMETERS];
    for (uint32_t i = 0; i < native->count; i++) at[i] = reg[native->at[i]];
    native->run.map(padded(n), at);
}

/* One block: positions [first, first + n), rows [row, row + rows). */
static void run_block(const running *run, void *const *reg, int64_t block, int worker)
{
    const tg__loop *loop = run->loop;
    const tg__cut *cut = &loop->cut;
    const int64_t part = block % cut->unit, begin = block / cut->unit * cut->span;
    const int64_t first = begin + part * cut->block, end = begin + cut->span;
    const int64_t rest = (end < run->kernel->count ? end : run->kernel->count) - first;
    const int64_t positions = rest < cut->block ? rest : cut->block;
    const int64_t columns = run->kernel->columns ? run->kernel->columns : 1;
    const int64_t row = first / columns, rows = positions / columns;
    for (uint32_t i = 0; i < loop->code_count; i++) {
        const tg__insn *insn = &loop->code[i];
        const int64_t n = insn->count ? insn->count : positions;
        void *out = reg[insn->out];
        const void *const in[3] = { reg[insn->in[0]], reg[insn->in[1]], reg[insn->in[2]] };
        if (insn->switches) (void)tg__fpu_enter(insn->flush);
        switch ((tg__code)insn->code) {
        case TG_DO_MAP: insn->map(padded(n), out, in); break;
        case TG_DO_MAP_ROWS: insn->map(padded(rows), out, in); break;
        case TG_DO_NATIVE: run_native(insn->native, reg, n); break;
        case TG_DO_NATIVE_ROWS: run_native(insn->native, reg, rows); break;
        case TG_DO_LOAD: load(run, insn, row, rows, first, n, in[0], out); break;
        case TG_DO_LOAD_ROWS: tg__view_load(insn->view, insn->size, in[0], row, rows, out); break;
        case TG_DO_INSET: load_part(insn, first, n, in[0], out); break;
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
        case TG_DO_COLUMNS: gather(run, insn, block, rows, in[0]); break;
        case TG_DO_COLLECT: collect(run, insn, row, rows, in[0], worker); break;
        case TG_DO_STORE: store(run, insn, first, rows, n, in[0]); break;
        case TG_DO_STORE_ROWS:
            memcpy((char *)tg__locate(run->instance, insn->value) + (size_t)row * insn->size, in[0],
                   (size_t)rows * insn->size);
            break;
        }
    }
}

/* ---- Strips ------------------------------------------------------------------------------ */

typedef struct strip {
    int64_t blocks, first, rows; /* its blocks, its first row, its rows */
} strip;

/* From [block] on: not beyond its unit, if that has several blocks, nor beyond the last block. */
static strip strip_at(const running *run, int64_t block, int64_t last)
{
    const tg__cut *cut = &run->loop->cut;
    const int64_t part = block % cut->unit, begin = block / cut->unit * cut->span;
    int64_t blocks = last - block < cut->strip ? last - block : cut->strip;
    if (cut->unit > 1 && blocks > cut->unit - part) blocks = cut->unit - part;
    const int64_t first = begin + part * cut->block;
    int64_t end = first + blocks * cut->block;
    if (cut->unit > 1 && end > begin + cut->span) end = begin + cut->span;
    if (end > run->kernel->count) end = run->kernel->count;
    const int64_t columns = run->kernel->columns;
    return (strip){ blocks, first / columns, (end - first) / columns };
}

/* The columns in which the mask is as it should be in one row at least, and those between. */
static tg__range needed_columns(const running *run, const tg__loop_call *at, const strip *s)
{
    const int64_t columns = run->kernel->columns;
    if (!at->mask) return (tg__range){ 0, columns };
    const uint8_t hidden = !at->shown;
    const void *mask = tg__locate(run->instance, at->mask_value);
    uint8_t row[TG_LOOP_COLUMNS], any[TG_LOOP_COLUMNS];
    memset(any, 0, (size_t)columns);
    for (int64_t i = 0; i < s->rows; i++) {
        tg__view_load(at->mask, 1, mask, (s->first + i) * columns, columns, row);
        for (int64_t j = 0; j < columns; j++) any[j] |= row[j] ^ hidden;
    }
    tg__range needed = { 0, columns };
    while (needed.first < columns && !any[needed.first]) needed.first++;
    while (needed.last > needed.first && !any[needed.last - 1]) needed.last--;
    return needed;
}

/* Where the strip's rows are that a call computes or takes in: in a register, or in memory. */
static void *rows_of(const running *run, const tg__loop_call *at, const strip *s, int worker)
{
    if (at->reg != TG__NONE) return scratch_of(run, worker) + run->loop->regs[at->reg].offset;
    const tg__value *values = run->instance->program->values;
    const uint32_t v = at->turn == TG_TURN_BEFORE ? at->value : values[at->value].in[at->operand];
    return (unsigned char *)tg__locate(run->instance, v) +
           (size_t)(s->first * run->kernel->columns) * tg_dtype_size((tg_dtype)values[v].dtype);
}

/* The registers of a strip begin anew, and calls compute its rows. */
static void begin_strip(const running *run, void **reg, const strip *s, int worker)
{
    const tg__loop *loop = run->loop;
    for (uint32_t i = 0; i < loop->call_count; i++) {
        const tg__loop_call *at = &loop->calls[i];
        if (at->turn == TG_TURN_BLOCK) continue;
        void *out = rows_of(run, at, s, worker);
        if (at->reg != TG__NONE) reg[at->reg] = out;
        if (at->turn != TG_TURN_BEFORE) continue;
        tg__operand operands[TG__LOOP_OPERANDS + 1];
        const tg__call call = call_here(run, at, worker, operands);
        const tg__fpu fpu = tg__fpu_enter(at->flush);
        call.op->rows->compute(&call, s->first, s->rows, needed_columns(run, at, s), out);
        tg__fpu_leave(fpu);
    }
}

/* Calls take in its rows. */
static void end_strip(const running *run, const strip *s, int worker)
{
    const tg__loop *loop = run->loop;
    for (uint32_t i = 0; i < loop->call_count; i++) {
        const tg__loop_call *at = &loop->calls[i];
        if (at->turn != TG_TURN_BEHIND) continue;
        tg__operand operands[TG__LOOP_OPERANDS + 1];
        const tg__call call = call_here(run, at, worker, operands);
        operands[at->operand].data = rows_of(run, at, s, worker);
        const tg__fpu fpu = tg__fpu_enter(at->flush);
        call.op->collect->add(&call, at->operand, s->first, s->rows, false);
        tg__fpu_leave(fpu);
    }
}

static void run_units(void *context, int64_t first, int64_t last, int worker)
{
    const running *run = context;
    const tg__loop *loop = run->loop;
    const tg__cut *cut = &loop->cut;
    const int64_t from = first * cut->unit;
    const int64_t to = last < cut->units ? last * cut->unit : cut->blocks;
    const tg__instance *instance = run->instance;
    const tg__fpu fpu = tg__fpu_enter(loop->flush);
    unsigned char *scratch = scratch_of(run, worker);
    void **reg = (void **)scratch;
    const size_t table = tg__loop_table(loop);
    for (uint32_t i = 0; i < loop->reg_count; i++) {
        const tg__reg *r = &loop->regs[i];
        if (r->kind == TG_REG_TEMP || r->kind == TG_REG_SHIFTED) {
            const int64_t shift = r->kind == TG_REG_SHIFTED ? r->step * r->size : 0;
            reg[i] = scratch + table + (size_t)r->offset * loop->slot_bytes + loop->margin + shift;
            continue;
        }
        if (r->kind == TG_REG_STRIP) continue; /* each strip begins there anew */
        unsigned char *memory = r->leaf == TG__NONE ? instance->block : instance->leaf[r->leaf];
        reg[i] = memory + r->offset + from * r->step;
    }
    for (uint32_t i = 0; i < loop->before_count; i++) {
        const tg__insn *insn = &loop->before[i];
        tg__fill(insn->size, reg[insn->in[0]], (int64_t)padded(loop->longest), reg[insn->out]);
    }
    strip s = { to - from, 0, 0 };
    for (int64_t block = from; block < to; block += s.blocks) {
        if (loop->strips) {
            s = strip_at(run, block, to);
            begin_strip(run, reg, &s, worker);
        }
        for (int64_t part = 0; part < s.blocks; part++) {
            run_block(run, reg, block + part, worker);
            for (uint32_t i = 0; i < loop->move_count; i++) {
                void **at = &reg[loop->moves[i].reg];
                *at = (unsigned char *)*at + loop->moves[i].step;
            }
        }
        if (loop->strips) end_strip(run, &s, worker);
    }
    tg__fpu_leave(fpu);
}

/* Of a reduction of everything: all blocks together, or all rows, whose values were gathered. Of
 * columns: all units. */
static void finish(const running *run, const tg__insn *insn)
{
    const bool columns = insn->code == TG_DO_COLUMNS, blocks = insn->code == TG_DO_WHOLE;
    if (!columns && !blocks && insn->code != TG_DO_WHOLE_ROWS) return;
    const tg__value *value = &run->instance->program->values[insn->value];
    const int64_t count = tg__view_count(value->view[0]);
    tg__partial *partials = run->partials + insn->partial;
    const tg__cut *cut = &run->loop->cut;
    void *out = tg__locate(run->instance, insn->value);
    const tg__fpu fpu = tg__fpu_enter(insn->flush);
    if (columns) insn->reduce->join(cut->units, count / value->count, value->count, partials, out);
    else if (blocks) insn->reduce->finish(cut->blocks, count, partials, out);
    else insn->reduce->rows(1, count, partials, out);
    tg__fpu_leave(fpu);
}

/* ---- The backend ------------------------------------------------------------------------ */

static bool takes(const tg__program *program, const tg__kernel *kernel)
{
    (void)program;
    return kernel->kind == TG_KERNEL_LOOP;
}

static tg_status run_loop(tg__instance *instance, uint32_t k)
{
    const tg__kernel *kernel = &instance->program->kernels[k];
    const tg__loop *loop = instance->exe->kernels[k].code;
    running run = { .instance = instance,
                    .kernel = kernel,
                    .loop = loop,
                    .partials = (tg__partial *)(void *)(instance->block + kernel->partials) };
    const tg__cut *cut = &loop->cut;
    for (int worker = 0; worker < tg__pool_threads(instance->pool); worker++)
        for (uint32_t i = 0; i < loop->call_count; i++)
            memset(scratch_of(&run, worker) + loop->calls[i].scratch, 0, sizeof(int64_t));
    int64_t grain = GRAIN / (cut->unit * cut->block * (1 + (int64_t)loop->code_count / 8));
    if (loop->strips && grain * cut->unit < cut->strip)
        grain = (cut->strip + cut->unit - 1) / cut->unit;
    tg__parallel(instance->pool, cut->units, grain > 1 ? grain : 1, run_units, &run);
    for (uint32_t i = 0; i < loop->code_count; i++) finish(&run, &loop->code[i]);
    return TG_OK;
}

static void print(const tg__executable *exe, uint32_t k, FILE *out)
{
    const tg__kernel *kernel = &exe->program->kernels[k];
    const tg__loop *loop = exe->kernels[k].code;
    const uint32_t count = loop->before_count + loop->code_count;
    fprintf(out, "loop over %" PRId64, kernel->count);
    if (kernel->columns) fprintf(out, " in rows of %" PRId64, kernel->columns);
    fprintf(out, ", blocks of %" PRId64 ", %u instruction%s", loop->cut.block, count,
            count == 1 ? "" : "s");
}

const tg__backend tg__loop_backend = {
    .name = "loop", .takes = takes, .prepare = tg__emit_loop, .run = run_loop, .print = print
};
