/* taken.c: products of what a loop computes, which take it in element by element (ops/dot_loop.c).
 * Positions are rows of the left operand, whose sums are finished with the row; or each is a term
 * of many sums, which are added up strip by strip. In both, terms of a chain are added one after
 * the other, and chains to the result (docs/sums.md). */
#include "emit/loop.h"
#include "ops/dot_loop.h"

#include <inttypes.h>

typedef struct taking {
    int operand; /* that is taken in */
    bool terms;  /* its rows are terms of sums */
    tg__taken taken;
    int64_t chain;          /* terms of a chain */
    int64_t sums;           /* that are added up at a time */
    tg__view by_row;        /* where a row's elements of the other operand begin */
    int64_t step, by_other; /* from one of them to the next column's, or to the next sum's */
} taking;

static int64_t step_of(const tg__steps *steps) { return steps->count ? steps->step[0] : 0; }

static taking taking_of(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__program *program = l->c.f->program;
    const tg__value *x = tg__c_value(l->c.f, v);
    taking t = { .operand = program->members[v].collected };
    tg__operand operands[TG__LOOP_OPERANDS + 1];
    tg__describe_call(program, v, operands);
    const tg__call call = tg__call_of(x, operands);
    const tg__batches p = tg__dot_batches(&call);
    t.taken = tg__dot_taken(&p, t.operand);
    t.terms = t.taken.how == TG__TAKES_TERMS;
    t.chain = t.terms ? l->cut.rows * l->cut.strip : tg__gemm_depth(p.k);
    t.sums = t.terms ? t.taken.columns * t.taken.others : t.taken.others;
    /* The other operand along the terms, and along the sums. */
    const int other = 1 - t.operand;
    const int64_t term = step_of(other == 1 ? &p.rows[1] : &p.columns[0]);
    t.by_other = step_of(other == 1 ? &p.columns[1] : &p.rows[0]);
    t.by_row = *x->view[other];
    t.by_row.rank = p.rank + 1;
    t.by_row.dim[p.rank] = t.taken.rows;
    t.by_row.stride[p.rank] = t.terms ? term : 0;
    t.step = t.terms ? 0 : term;
    return t;
}

void tg__c_taken_begin(tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const taking t = taking_of(l, v);
    const unsigned n = tg__c_number(l, v);
    const char *sums = tg__c_scratch(&l->c, x->dtype, t.sums);
    tg__text_put(&l->c.body, "%s *const w%u = %s;", tg__c_type(x->dtype), n, sums);
    tg__c_clear(&l->c.body, sums, t.sums);
    tg__c_clear(&l->c.body, tg__c_out(&l->c, v), x->count);
    l->c.f->products += (double)l->c.kernel->count * (double)t.taken.others;
}

/* The sums that end, to the result. */
static void put_chains(tg__c_loop_kernel *l, uint32_t v, const taking *t)
{
    const unsigned n = tg__c_number(l, v);
    tg__text *out = &l->c.body;
    tg__text_put(out, "{ int32_t e; for (e = 0; e < %" PRId64 "; e++) {", t->sums);
    if (t->terms)
        tg__text_put(out, "%s[r / %" PRId64 " * %" PRId64 " + e] += w%u[e];", tg__c_out(&l->c, v),
                     t->taken.rows, t->sums, n);
    else tg__text_put(out, "%s[r * %" PRId64 " + e] += w%u[e];", tg__c_out(&l->c, v), t->sums, n);
    tg__text_put(out, "w%u[e] = 0; } }", n);
}

void tg__c_taken_add(tg__c_loop_kernel *l, uint32_t v, const char *element)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const taking t = taking_of(l, v);
    const unsigned n = tg__c_number(l, v);
    tg__text *out = &l->c.body;
    tg__text_put(out, "{ int32_t e; const %s *const y = %s + (", tg__c_type(x->dtype),
                 tg__c_in(&l->c, x->in[1 - t.operand]));
    tg__c_put_index(l, out, &t.by_row, true);
    if (t.step) tg__text_put(out, " + i * %" PRId64, t.step);
    tg__text_put(out, "); for (e = 0; e < %" PRId64 "; e++) {", t.taken.others);
    char sum[64];
    if (!t.terms) (void)snprintf(sum, sizeof sum, "w%u[e]", n);
    else if (t.operand == 0)
        (void)snprintf(sum, sizeof sum, "w%u[i * %" PRId64 " + e]", n, t.taken.others);
    else (void)snprintf(sum, sizeof sum, "w%u[e * %" PRId64 " + i]", n, t.taken.columns);
    tg__text_put(out, "%s = MULTIPLY_ADD_%s(%s, y[e * %" PRId64 "], %s); } }", sum,
                 x->dtype == TG_F32 ? "F32" : "F64", element, t.by_other, sum);
    if (t.terms || t.chain == t.taken.columns) return;
    tg__text_put(out, "if ((i + 1) %% %" PRId64 " == 0) {", t.chain);
    put_chains(l, v, &t);
    tg__text_put(out, "}");
}

void tg__c_taken_row(tg__c_loop_kernel *l, uint32_t v)
{
    const taking t = taking_of(l, v);
    if (t.terms)
        tg__text_put(&l->c.body,
                     "if ((r %% %" PRId64 " + 1) %% %" PRId64 " == 0 || r %% %" PRId64
                     " == %" PRId64 ")",
                     t.taken.rows, t.chain, t.taken.rows, t.taken.rows - 1);
    put_chains(l, v, &t);
}
