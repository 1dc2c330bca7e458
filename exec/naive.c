/* naive.c: the backend of naive programs (plan/naive.c), the reference. Elementwise kernels are
 * those of loops, so their results agree to the last bit; reductions and products are written out
 * here again, or by the operation's definition. It is also the debugging mode: it can stop at the
 * first value that is not finite and say where that came from. */
#include <inttypes.h>
#include <math.h>

#include "exec/backend.h"
#include "kernels/strided.h"

static const tg__value *value_of(const tg__program *program, uint32_t k)
{
    return &program->values[tg__kernel_first(program, &program->kernels[k])];
}

static bool takes(const tg__program *program, const tg__kernel *kernel)
{
    (void)program;
    return kernel->kind == TG_KERNEL_NODE;
}

/* The operands of a call. */
static void describe(const tg__program *program, const tg__value *x, tg__operand *operands)
{
    for (int i = 0; i < x->arity; i++) {
        const tg__value *from = &program->values[x->in[i]];
        operands[i] = (tg__operand){ .rank = from->rank,
                                     .dim = from->dim,
                                     .dtype = (tg_dtype)from->dtype,
                                     .view = tg__view_dense(from->rank, from->dim) };
    }
}

static tg__call call_of(const tg__value *x, const tg__operand *operands)
{
    return (tg__call){ .op = x->op,
                       .attr = x->attr,
                       .arity = x->arity,
                       .in = operands,
                       .out = { .rank = x->rank, .dim = x->dim, .dtype = (tg_dtype)x->dtype } };
}

/* A reduction gathers one row at a time. */
static bool prepare(tg__preparing *p, uint32_t k)
{
    const tg__program *program = p->exe->program;
    const tg__value *x = value_of(program, k);
    size_t bytes;
    if (x->op->kind == TG_KIND_REDUCE) {
        const tg__value *from = &program->values[x->in[0]];
        if (!tg__padded_bytes(from->count, tg_dtype_size((tg_dtype)from->dtype), &bytes))
            return false;
        tg__needs_workers(p, (bytes + 63) & ~(size_t)63);
    }
    if (x->op->kind != TG_KIND_CALL) return true;
    if (x->op->scratch) {
        tg__operand *operands = tg__arena_alloc(&p->scratch, sizeof *operands * (x->arity + 1u));
        if (!operands) return false;
        describe(program, x, operands);
        const tg__call call = call_of(x, operands);
        tg__needs_call(p, x->op->scratch(&call, 1));
    }
    return tg__needs_state(p, k, sizeof(tg__operand) * (x->arity + 1u));
}

/* ---- One operation of each kind --------------------------------------------------------- */

/* Inputs, constants and numbers are where they are; of variables the run sees what they were when
 * it began. */
static void run_leaf(const tg__instance *instance, const tg__value *x, void *out)
{
    const size_t bytes = (size_t)x->count * tg_dtype_size((tg_dtype)x->dtype);
    if (x->op == &tg__op_read && bytes) memcpy(out, instance->leaf[x->leaf], bytes);
}

static void run_map(const tg__instance *instance, const tg__value *x, void *out)
{
    const tg__program *program = instance->program;
    const tg__map *map = x->op->map;
    const int dtype = program->values[x->in[x->arity - 1]].dtype;
    const void *in[3] = { NULL, NULL, NULL };
    for (int i = 0; i < x->arity; i++) in[i] = tg__locate(instance, x->in[i]);
    if (tg__is_scalar(x->dtype, x->count, dtype)) {
        double s[3] = { 0, 0, 0 };
        for (int i = 0; i < x->arity; i++)
            s[i] = tg__load_scalar(program->values[x->in[i]].dtype, in[i]);
        tg__store_scalar(x->dtype, map->scalar(s[0], s[1], s[2]), out);
        return;
    }
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(program, x->dtype, dtype));
    const size_t padded = ((size_t)x->count + TG_PAD - 1) & ~(size_t)(TG_PAD - 1);
    map->way[dtype][TG_MAP_VECTORS](padded, out, in);
    tg__fpu_leave(fpu);
}

static void run_view(const tg__instance *instance, const tg__value *x, void *out)
{
    const tg__value *from = &instance->program->values[x->in[0]];
    const tg__view dense = tg__view_dense(from->rank, from->dim);
    tg__view view;
    (void)x->op->view(x->op, x->attr, x->rank, x->dim, &dense, &view);
    view = tg__view_collapse(&view);
    tg__view_load(&view, tg_dtype_size((tg_dtype)x->dtype), tg__locate(instance, x->in[0]), 0,
                  x->count, out);
}

/* Gathers the elements of each result into a row, however far apart they are. */
static void run_reduce(const tg__instance *instance, const tg__value *x, void *out)
{
    const tg__value *from = &instance->program->values[x->in[0]];
    const uint32_t axes = ((const tg__reduce_attr *)x->attr)->axes;
    const size_t size = tg_dtype_size((tg_dtype)from->dtype);
    const size_t result = tg_dtype_size((tg_dtype)x->dtype);
    const tg__view dense = tg__view_dense(from->rank, from->dim);
    tg__view kept = { 0 }, reduced = { 0 };
    for (int i = 0; i < from->rank; i++) {
        tg__view *to = axes >> i & 1 ? &reduced : &kept;
        to->dim[to->rank] = from->dim[i];
        to->stride[to->rank++] = dense.stride[i];
    }
    const int64_t results = tg__view_count(&kept), n = tg__view_count(&reduced);
    reduced = tg__view_collapse(&reduced);
    void *row = tg__scratch(instance);
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(instance->program, from->dtype, from->dtype));
    for (int64_t i = 0; i < results; i++) {
        int64_t rest = i;
        reduced.offset = 0;
        for (int k = kept.rank - 1; k >= 0; k--) {
            reduced.offset += rest % kept.dim[k] * kept.stride[k];
            rest /= kept.dim[k];
        }
        tg__view_load(&reduced, size, tg__locate(instance, x->in[0]), 0, n, row);
        x->op->reduce[from->dtype].rows(1, n, row, (unsigned char *)out + (size_t)i * result);
    }
    tg__fpu_leave(fpu);
}

static tg_status run_call(tg__instance *instance, uint32_t k, const tg__value *x, void *out)
{
    tg__operand *operands = tg__state(instance, k);
    describe(instance->program, x, operands);
    for (int i = 0; i < x->arity; i++) operands[i].data = tg__locate(instance, x->in[i]);
    tg__call call = call_of(x, operands);
    call.out.data = out;
    call.scratch = tg__scratch(instance);
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(instance->program, x->dtype, x->dtype));
    const tg_status status = tg__call_run(instance, &call, *x->site, true);
    tg__fpu_leave(fpu);
    return status;
}

/* ---- The trap --------------------------------------------------------------------------- */

static bool is_finite(const tg__value *x, const void *value)
{
    const size_t size = tg_dtype_size((tg_dtype)x->dtype);
    const int64_t count = tg__is_float(x->dtype) ? x->count : 0;
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(tg__load_scalar(x->dtype, (const unsigned char *)value + (size_t)i * size)))
            return false;
    return true;
}

/* Shape, dtype and range of a value. */
static void add_summary(tg_error *error, const tg__instance *instance, uint32_t v)
{
    const tg__value *x = &instance->program->values[v];
    char shape[TG_SHAPE_TEXT];
    const unsigned char *value = tg__locate(instance, v);
    const size_t size = tg_dtype_size((tg_dtype)x->dtype);
    double low = (double)INFINITY, high = -(double)INFINITY;
    int64_t nans = 0;
    for (int64_t i = 0; i < x->count; i++) {
        const double element = tg__load_scalar(x->dtype, value + (size_t)i * size);
        nans += element != element;
        low = element < low ? element : low;
        high = element > high ? element : high;
    }
    tg__error_add(error, "%s %s", tg__shape_text(shape, x->rank, x->dim),
                  tg_dtype_name((tg_dtype)x->dtype));
    if (low <= high) tg__error_add(error, " from %g to %g", low, high);
    if (nans) tg__error_add(error, ", %" PRId64 " NaN", nans);
}

static tg_status trapped(tg__instance *instance, uint32_t v)
{
    const tg__program *program = instance->program;
    const tg__value *x = &program->values[v];
    const tg__origin *origin = &program->origins[v];
    tg_error *error = &instance->error;
    tg__error_set(error, TG_ERR_NUMERIC,
                  "%s:%d: node %%%u, %s%s%s, is the first that is not finite: ",
                  x->site->file ? x->site->file : "?", x->site->line, origin->id, x->op->name,
                  origin->name ? " " : "", origin->name ? origin->name : "");
    add_summary(error, instance, v);
    for (int i = 0; i < x->arity && i < 8; i++) {
        const tg__value *operand = &program->values[x->in[i]];
        const tg__origin *from = &program->origins[x->in[i]];
        tg__error_add(error, "\n    operand %%%u %s%s%s  ", from->id, operand->op->name,
                      from->var ? " " : "", from->var ? from->var : "");
        add_summary(error, instance, x->in[i]);
        if (operand->site->file)
            tg__error_add(error, "  %s:%d", operand->site->file, operand->site->line);
    }
    return TG_ERR_NUMERIC;
}

/* ---- Running ---------------------------------------------------------------------------- */

static tg_status run(tg__instance *instance, uint32_t k)
{
    const tg__program *program = instance->program;
    const uint32_t v = tg__kernel_first(program, &program->kernels[k]);
    const tg__value *x = &program->values[v];
    void *out = tg__locate(instance, v);
    tg_status status = TG_OK;
    switch (x->op->kind) {
    case TG_KIND_LEAF: run_leaf(instance, x, out); break;
    case TG_KIND_MAP: run_map(instance, x, out); break;
    case TG_KIND_REDUCE: run_reduce(instance, x, out); break;
    case TG_KIND_VIEW: run_view(instance, x, out); break;
    case TG_KIND_CALL: status = run_call(instance, k, x, out); break;
    case TG_KIND_ASSIGN: break; /* there are none: they land when the run ends */
    }
    if (status == TG_OK && instance->exe->trap && !is_finite(x, out)) return trapped(instance, v);
    return status;
}

static void print(const tg__executable *exe, uint32_t k, FILE *out)
{
    fprintf(out, "node %s", value_of(exe->program, k)->op->name);
}

const tg__backend tg__naive_backend = {
    .name = "naive", .takes = takes, .prepare = prepare, .run = run, .print = print
};
