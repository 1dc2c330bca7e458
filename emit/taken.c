/* taken.c: products of what a loop computes, which take it in element by element (ops/dot_loop.c).
 * Positions are rows of the left operand, whose sums are finished with the row; or each is a term
 * of many sums, which are added up strip by strip. In both, terms of a chain are added one after
 * the other, and chains to the result (docs/sums.md). */
#include "emit/loop.h"
#include "kernels/blas.h"
#include "ops/dot.h"

#include <inttypes.h>

enum { LONGEST_CHAIN = 256 };

typedef struct taking {
    int operand;            /* that is taken in */
    bool terms;             /* its positions are terms of sums, row by row */
    int64_t columns;        /* of its rows; */
    int64_t rows;           /* rows of one place of the batch */
    int64_t others;         /* sums that an element is a term of */
    int64_t chain;          /* terms of a chain */
    tg__view by_row;        /* where a row's elements of the other operand begin */
    int64_t step, by_other; /* from one of them to the next column's, or to the next sum's */
    const char *sums;       /* the chains' memory */
} taking;

static taking taking_of(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const tg__dot_attr *attr = x->attr;
    const tg__view *view = x->view[l->c.f->program->members[v].collected];
    taking t = { .operand = l->c.f->program->members[v].collected, .columns = l->columns };
    const tg__view *other = x->view[1 - t.operand];
    const int batch = (int)attr->batch, m = (int)attr->m, n = (int)attr->n, k = (int)attr->k;
    int64_t places = 1, sizes[3] = { 1, 1, 1 };
    for (int i = 0; i < batch; i++) places *= view->dim[i];
    for (int i = 0; i < m; i++) sizes[0] *= x->view[0]->dim[batch + i];
    for (int i = 0; i < n; i++) sizes[1] *= x->view[1]->dim[batch + k + i];
    for (int i = 0; i < k; i++) sizes[2] *= x->view[1]->dim[batch + i];
    t.rows = l->rows / places;
    /* The left operand as it lies has the summed axes last. */
    const int last = view->rank - 1;
    t.terms = t.operand == 1 || view->stride[last] != 1;
    t.others = t.operand == 0 ? sizes[1] : sizes[0];
    const int64_t parts = (sizes[2] + LONGEST_CHAIN - 1) / LONGEST_CHAIN;
    t.chain = t.terms ? l->cut.rows * l->cut.strip : (sizes[2] + parts - 1) / parts;
    /* The other operand: its batch, then rows if these are terms. Its matrix is plain, and its axes
     * step as one; those of size 1 do not count. */
    int64_t steps[2] = { 0, 0 };              /* along the terms, along the sums */
    const int first = t.operand == 1 ? m : k; /* axes before the last ones */
    for (int i = batch; i < other->rank; i++) {
        const bool term = t.operand == 1 ? i >= batch + first : i < batch + first;
        if (other->dim[i] != 1) steps[term ? 0 : 1] = other->stride[i];
    }
    t.by_row = (tg__view){ .rank = batch + 1, .offset = other->offset };
    for (int i = 0; i < batch; i++) {
        t.by_row.dim[i] = other->dim[i];
        t.by_row.stride[i] = other->stride[i];
    }
    t.by_row.dim[batch] = t.rows;
    t.by_row.stride[batch] = t.terms ? steps[0] : 0;
    t.step = t.terms ? 0 : steps[0];
    t.by_other = steps[1];
    return t;
}

static unsigned number_of(const tg__c_loop_kernel *l, uint32_t v)
{
    return l->c.f->program->members[v].position;
}

void tg__c_taken_begin(tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const taking t = taking_of(l, v);
    const unsigned n = number_of(l, v);
    const int64_t sums = t.terms ? t.columns * t.others : t.others;
    tg__c_put(&l->c.body, "%s *const w%u = %s;", tg__c_type(x->dtype), n,
              tg__c_scratch(&l->c, x->dtype, sums));
    tg__c_put(&l->c.body, "memset(w%u, 0, %" PRId64 " * sizeof *w%u);", n, sums, n);
    tg__c_put(&l->c.body, "memset(%s, 0, %" PRId64 " * sizeof *w%u);", tg__c_out(&l->c, v),
              x->count, n);
    l->c.f->products += (double)l->c.kernel->count * (double)t.others;
}

/* The sums that end, to the result. */
static void put_chains(tg__c_loop_kernel *l, uint32_t v, const taking *t)
{
    const unsigned n = number_of(l, v);
    tg__c_text *out = &l->c.body;
    const int64_t sums = t->terms ? t->columns * t->others : t->others;
    tg__c_put(out, "{ int32_t e; for (e = 0; e < %" PRId64 "; e++) {", sums);
    if (t->terms)
        tg__c_put(out, "%s[r / %" PRId64 " * %" PRId64 " + e] += w%u[e];", tg__c_out(&l->c, v),
                  t->rows, sums, n);
    else tg__c_put(out, "%s[r * %" PRId64 " + e] += w%u[e];", tg__c_out(&l->c, v), sums, n);
    tg__c_put(out, "w%u[e] = 0; } }", n);
}

void tg__c_taken_add(tg__c_loop_kernel *l, uint32_t v, const char *element)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const taking t = taking_of(l, v);
    const unsigned n = number_of(l, v);
    tg__c_text *out = &l->c.body;
    tg__c_put(out, "{ int32_t e; const %s *const y = %s + (", tg__c_type(x->dtype),
              tg__c_in(&l->c, x->in[1 - t.operand]));
    tg__c_put_index(l, out, &t.by_row, true);
    if (t.step) tg__c_put(out, " + i * %" PRId64, t.step);
    tg__c_put(out, "); for (e = 0; e < %" PRId64 "; e++) {", t.others);
    char sum[64];
    if (!t.terms) (void)snprintf(sum, sizeof sum, "w%u[e]", n);
    else if (t.operand == 0)
        (void)snprintf(sum, sizeof sum, "w%u[i * %" PRId64 " + e]", n, t.others);
    else (void)snprintf(sum, sizeof sum, "w%u[e * %" PRId64 " + i]", n, t.columns);
    tg__c_put(out, "%s = MULTIPLY_ADD_%s(%s, y[e * %" PRId64 "], %s); } }", sum,
              x->dtype == TG_F32 ? "F32" : "F64", element, t.by_other, sum);
    if (t.terms || t.chain == t.columns) return;
    tg__c_put(out, "if ((i + 1) %% %" PRId64 " == 0) {", t.chain);
    put_chains(l, v, &t);
    tg__c_put(out, "}");
}

void tg__c_taken_row(tg__c_loop_kernel *l, uint32_t v)
{
    const taking t = taking_of(l, v);
    if (t.terms)
        tg__c_put(&l->c.body,
                  "if ((r %% %" PRId64 " + 1) %% %" PRId64 " == 0 || r %% %" PRId64 " == %" PRId64
                  ")",
                  t.rows, t.chain, t.rows, t.rows - 1);
    put_chains(l, v, &t);
}
