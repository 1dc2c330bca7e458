/* naive.c: the reference executor. One node after the other in the order of the tape, each
 * with memory of its own, nothing merged, fused, reused or threaded. Elementwise kernels are
 * the planned executor's, so those results agree to the last bit; sums and products are
 * written out here again. It is also the debugging mode: it can stop at the first value that
 * is not finite and say where it came from. */
#include <inttypes.h>
#include <math.h>

#include "ops/dot.h"
#include "exec/run.h"
#include "kernels/strided.h"

struct tg__naive {
    tg_tensor **nodes; /* what is needed, in order */
    void **values;     /* by place in [nodes] */
    uint32_t *place;   /* by tape node */
    size_t count;
    void *row;             /* one reduced row */
    tg__operand *operands; /* of the call that runs */
    void *scratch;         /* for the call that runs */
    tg_tensor *const *assigns;
    size_t assign_count;
};

static void *value_at(const tg_plan *plan, const tg_tensor *x)
{
    return plan->naive_state->values[plan->naive_state->place[x->id]];
}

void *tg__naive_value(const tg_plan *plan, const tg_tensor *x) { return value_at(plan, x); }

/* ---- Preparing -------------------------------------------------------------------------- */

/* Memory for the node's value; inputs and constants have theirs. */
static bool add_value(tg_plan *plan, tg_tensor *x, size_t *longest)
{
    struct tg__naive *naive = plan->naive_state;
    size_t bytes;
    if (!tg__padded_bytes(tg__elements(x), tg_dtype_size((tg_dtype)x->dtype), &bytes)) return false;
    *longest = bytes > *longest ? bytes : *longest;
    naive->place[x->id] = (uint32_t)naive->count;
    naive->nodes[naive->count] = x;
    void *value = x->op == &tg__op_input || x->op == &tg__op_constant ? x->data : NULL;
    if (x->op == &tg__op_assign) value = naive->values[naive->place[x->in[0]->id]];
    if (!value) {
        value = tg__arena_values(&plan->arena, bytes);
        plan->block_bytes += bytes;
    }
    naive->values[naive->count++] = value;
    return value != NULL;
}

/* The call that computes [x] into [out]. */
static tg__call call_of(const tg_plan *plan, const tg_tensor *x, void *out)
{
    tg__operand *in = plan->naive_state->operands;
    for (int i = 0; i < x->arity; i++)
        in[i] = (tg__operand){ .data = value_at(plan, x->in[i]),
                               .rank = x->in[i]->rank,
                               .dim = x->in[i]->dim,
                               .dtype = (tg_dtype)x->in[i]->dtype,
                               .view = tg__view_dense(x->in[i]->rank, x->in[i]->dim) };
    return (tg__call){
        .op = x->op,
        .attr = x->attr,
        .arity = x->arity,
        .in = in,
        .out = { .data = out, .rank = x->rank, .dim = x->dim, .dtype = (tg_dtype)x->dtype },
        .scratch = plan->naive_state->scratch
    };
}

tg_status tg__naive_prepare(tg_plan *plan, const tg__wanted *wanted, const bool *needed)
{
    struct tg__naive *naive = plan->naive_state = tg__plan_alloc(plan, sizeof *naive);
    size_t count = 0, longest = 64, most_operands = 0, scratch = 0;
    bool ok = naive != NULL;
    if (ok) {
        for (size_t p = 1; p <= wanted->count; p++) {
            if (!needed[p]) continue;
            const tg_tensor *x = wanted->nodes[p - 1];
            count++;
            if (x->arity > most_operands) most_operands = x->arity;
        }
        *naive = (struct tg__naive){ .assign_count = wanted->assign_count };
        naive->nodes = tg__plan_alloc(plan, sizeof *naive->nodes * count);
        naive->values = tg__plan_alloc(plan, sizeof *naive->values * count);
        naive->place = tg__plan_alloc(plan, sizeof *naive->place * plan->tape->count);
        naive->operands = tg__plan_alloc(plan, sizeof *naive->operands * most_operands);
        tg_tensor **assigns = tg__plan_alloc(plan, sizeof *assigns * wanted->assign_count);
        ok = naive->nodes && naive->values && naive->place && naive->operands && assigns;
        for (size_t i = 0; ok && i < wanted->assign_count; i++) assigns[i] = wanted->assigns[i];
        naive->assigns = assigns;
    }
    for (size_t p = 1; ok && p <= wanted->count; p++) {
        if (!needed[p]) continue;
        const tg_tensor *x = wanted->nodes[p - 1];
        ok = add_value(plan, wanted->nodes[p - 1], &longest);
        if (!ok || !x->op->scratch) continue;
        const tg__call call = call_of(plan, x, NULL);
        const size_t wants = x->op->scratch(&call, 1);
        if (wants > scratch) scratch = wants;
    }
    if (ok) ok = (naive->row = tg__arena_values(&plan->arena, longest)) != NULL;
    if (ok && scratch) ok = (naive->scratch = tg__arena_values(&plan->arena, scratch)) != NULL;
    plan->block_bytes += longest + scratch;
    plan->assign_count = wanted->assign_count;
    plan->output_count = wanted->output_count;
    return ok ? TG_OK : TG_ERR_MEMORY;
}

/* ---- One node of each kind -------------------------------------------------------------- */

static void run_leaf(const tg_plan *plan, const tg_tensor *x, void *out)
{
    const tg_store *store = plan->tape->store;
    if (x->op == &tg__op_read) memcpy(out, x->var->data, x->var->bytes);
    else if (x->op == &tg__op_number) tg__store_scalar(x->dtype, x->number, out);
    else if (x->op == &tg__op_step) *(double *)out = (double)store->step;
}

static void run_map(const tg_plan *plan, const tg_tensor *x, void *out)
{
    const tg__map *map = x->op->map;
    const int64_t count = tg__elements(x);
    const int dtype = x->in[x->arity - 1]->dtype;
    const void *in[3] = { NULL, NULL, NULL };
    for (int i = 0; i < x->arity; i++) in[i] = value_at(plan, x->in[i]);
    if (tg__is_scalar(x->dtype, count, dtype)) {
        double s[3] = { 0, 0, 0 };
        for (int i = 0; i < x->arity; i++) s[i] = tg__load_scalar(x->in[i]->dtype, in[i]);
        tg__store_scalar(x->dtype, map->scalar(s[0], s[1], s[2]), out);
        return;
    }
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(plan, x->dtype, dtype));
    const size_t padded = ((size_t)count + TG_PAD - 1) & ~(size_t)(TG_PAD - 1);
    map->way[dtype][TG_MAP_VECTORS](padded, out, in);
    tg__fpu_leave(fpu);
}

static void run_view(const tg_plan *plan, const tg_tensor *x, void *out)
{
    const tg__view dense = tg__view_dense(x->in[0]->rank, x->in[0]->dim);
    tg__view view;
    (void)x->op->view(x->op, x->attr, x->rank, x->dim, &dense, &view);
    view = tg__view_collapse(&view);
    tg__view_load(&view, tg_dtype_size((tg_dtype)x->dtype), value_at(plan, x->in[0]), 0,
                  tg__elements(x), out);
}

/* Gathers the elements of each result into a row, however far apart they are. */
static void run_reduce(const tg_plan *plan, const tg_tensor *x, void *out)
{
    const tg_tensor *from = x->in[0];
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
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(plan, from->dtype, from->dtype));
    for (int64_t i = 0; i < results; i++) {
        int64_t rest = i;
        reduced.offset = 0;
        for (int k = kept.rank - 1; k >= 0; k--) {
            reduced.offset += rest % kept.dim[k] * kept.stride[k];
            rest /= kept.dim[k];
        }
        tg__view_load(&reduced, size, value_at(plan, from), 0, n, plan->naive_state->row);
        x->op->reduce[from->dtype].rows(1, n, plan->naive_state->row,
                                        (unsigned char *)out + (size_t)i * result);
    }
    tg__fpu_leave(fpu);
}

/* The sum of products of a row and a column, as doubles: halves of halves. */
static double dot_of(tg_dtype dtype, const unsigned char *a, const unsigned char *b, int64_t b_step,
                     int64_t k)
{
    const size_t size = tg_dtype_size(dtype);
    if (k > 64) {
        const int64_t half = k / 2;
        return dot_of(dtype, a, b, b_step, half) + dot_of(dtype, a + (size_t)half * size,
                                                          b + (size_t)(half * b_step) * size,
                                                          b_step, k - half);
    }
    double sum = 0;
    for (int64_t p = 0; p < k; p++)
        sum += tg__load_scalar((int)dtype, a + (size_t)p * size) *
               tg__load_scalar((int)dtype, b + (size_t)(p * b_step) * size);
    return sum;
}

/* The batched matrix product by its definition. */
static void run_dot(const tg_plan *plan, const tg_tensor *y, void *out)
{
    const tg_tensor *a = y->in[0], *b = y->in[1];
    const tg__dot_attr *attr = y->attr;
    int64_t batches = 1, m = 1, n = 1, k = 1;
    for (int i = 0; i < y->rank; i++)
        *(i < attr->batch ? &batches : i < attr->batch + attr->m ? &m : &n) *= y->dim[i];
    for (int64_t i = attr->batch + attr->m; i < a->rank; i++) k *= a->dim[i];
    const unsigned char *pa = value_at(plan, a), *pb = value_at(plan, b);
    const size_t size = tg_dtype_size((tg_dtype)y->dtype);
    for (int64_t batch = 0; batch < batches; batch++)
        for (int64_t i = 0; i < m; i++)
            for (int64_t j = 0; j < n; j++) {
                const unsigned char *row = pa + (size_t)((batch * m + i) * k) * size;
                const unsigned char *column = pb + (size_t)(batch * k * n + j) * size;
                const double sum = dot_of(y->dtype, row, column, n, k);
                tg__store_scalar(y->dtype, sum,
                                 (unsigned char *)out + (size_t)((batch * m + i) * n + j) * size);
            }
}

static tg_status run_call(tg_plan *plan, const tg_tensor *x, void *out)
{
    if (x->op == &tg__op_dot) {
        run_dot(plan, x, out);
        return TG_OK;
    }
    tg__call call = call_of(plan, x, out);
    const tg__fpu fpu = tg__fpu_enter(tg__flushes(plan, x->dtype, x->dtype));
    const tg_status status = tg__call_run(plan, &call, *x->site);
    tg__fpu_leave(fpu);
    return status;
}

/* ---- The trap --------------------------------------------------------------------------- */

static bool is_finite(const tg_tensor *x, const void *value)
{
    const size_t size = tg_dtype_size((tg_dtype)x->dtype);
    const int64_t count = tg__is_float(x->dtype) ? tg__elements(x) : 0;
    for (int64_t i = 0; i < count; i++)
        if (!isfinite(tg__load_scalar(x->dtype, (const unsigned char *)value + (size_t)i * size)))
            return false;
    return true;
}

static void describe(tg_error *error, const tg_plan *plan, const tg_tensor *x)
{
    char shape[TG_SHAPE_TEXT];
    const unsigned char *value = value_at(plan, x);
    const size_t size = tg_dtype_size((tg_dtype)x->dtype);
    double low = (double)INFINITY, high = -(double)INFINITY;
    int64_t nans = 0;
    const int64_t count = tg__elements(x);
    for (int64_t i = 0; i < count; i++) {
        const double v = tg__load_scalar(x->dtype, value + (size_t)i * size);
        nans += v != v;
        low = v < low ? v : low;
        high = v > high ? v : high;
    }
    tg__error_add(error, "%s %s", tg__shape_text(shape, x->rank, x->dim),
                  tg_dtype_name((tg_dtype)x->dtype));
    if (low <= high) tg__error_add(error, " from %g to %g", low, high);
    if (nans) tg__error_add(error, ", %" PRId64 " NaN", nans);
}

static tg_status trapped(tg_plan *plan, const tg_tensor *x)
{
    tg_error *error = &plan->error;
    tg__error_set(error, TG_ERR_NUMERIC,
                  "%s:%d: node %%%u, %s%s%s, is the first that is not finite: ",
                  x->site->file ? x->site->file : "?", x->site->line, x->id, x->op->name,
                  x->name ? " " : "", x->name ? x->name : "");
    describe(error, plan, x);
    for (int i = 0; i < x->arity && i < 8; i++) {
        const tg_tensor *operand = x->in[i];
        const tg_var *var = tg__var_behind(operand);
        tg__error_add(error, "\n    operand %%%u %s%s%s  ", operand->id, operand->op->name,
                      var ? " " : "", var ? var->name : "");
        describe(error, plan, operand);
        if (operand->site->file)
            tg__error_add(error, "  %s:%d", operand->site->file, operand->site->line);
    }
    return TG_ERR_NUMERIC;
}

/* ---- Running ---------------------------------------------------------------------------- */

tg_status tg__naive_run(tg_plan *plan)
{
    struct tg__naive *naive = plan->naive_state;
    for (size_t i = 0; i < naive->count; i++) {
        const tg_tensor *x = naive->nodes[i];
        void *out = naive->values[i];
        tg_status status = TG_OK;
        switch (x->op->kind) {
        case TG_KIND_LEAF: run_leaf(plan, x, out); break;
        case TG_KIND_MAP: run_map(plan, x, out); break;
        case TG_KIND_REDUCE: run_reduce(plan, x, out); break;
        case TG_KIND_VIEW: run_view(plan, x, out); break;
        case TG_KIND_CALL: status = run_call(plan, x, out); break;
        case TG_KIND_ASSIGN: break; /* at the end */
        }
        if (status != TG_OK) return status;
        if (plan->trap && !is_finite(x, out)) return trapped(plan, x);
    }
    for (size_t i = 0; i < naive->assign_count; i++) {
        const tg_tensor *assign = naive->assigns[i];
        if (assign->var->bytes)
            memcpy(assign->var->data, value_at(plan, assign), assign->var->bytes);
    }
    return TG_OK;
}
