/* call.c: kernels of one operation: reductions that no loop has, and calls. */
#include "emit/call.h"
#include "ops/interleave.h"
#include "ops/registry.h"
#include "plan/loops.h"

#include <inttypes.h>

/* ---- Reductions ------------------------------------------------------------------------- */

void tg__c_reduction(tg__c_file *f, uint32_t k)
{
    tg__c_kernel c;
    tg__c_begin(&c, f, k);
    const uint32_t v = tg__kernel_first(f->program, c.kernel);
    const tg__value *x = tg__c_value(f, v);
    const tg__view *view = x->view[0];
    const uint32_t axes = ((const tg__reduce_attr *)x->attr)->axes;
    int64_t outer = 1, n = 1, inner = 1;
    for (int i = 0; i < view->rank; i++) {
        if (axes >> i & 1) n *= view->dim[i];
        else if (axes >> i) outer *= view->dim[i];
        else inner *= view->dim[i];
    }
    tg__c_comment(&c, v);
    if (outer * inner > 0) {
        tg__c_sum sum = tg__c_sum_of(f, x, tg__c_value(f, x->in[0])->dtype, n, 0, "s");
        char element[160];
        const char *in = tg__c_in(&c, x->in[0]), *out = tg__c_out(&c, v);
        tg__text_put(&c.body,
                     "int32_t o, j, i; for (o = 0; o < %" PRId64 "; o++) for (j = 0; j < %" PRId64
                     "; j++) {",
                     outer, inner);
        tg__c_sum_begin(&sum, &c);
        (void)snprintf(element, sizeof element,
                       "%s[%" PRId64 " + (o * %" PRId64 " + i) * %" PRId64 " + j]", in,
                       view->offset, n, inner);
        tg__text_put(&c.body, "for (i = 0; i < %" PRId64 "; i++) {", n);
        tg__c_sum_add(&sum, &c.body, element);
        tg__text_put(&c.body, "} %s[o * %" PRId64 " + j] = ", out, inner);
        tg__c_sum_total(&sum, &c.body, n);
        tg__text_put(&c.body, "; }");
    }
    tg__c_end(&c);
}

/* ---- Moves ------------------------------------------------------------------------------ */

static void write_iota(tg__c_kernel *c, uint32_t v)
{
    const tg__value *x = tg__c_value(c->f, v);
    tg__text_put(&c->body, "int32_t i; for (i = 0; i < %" PRId64 "; i++) %s[i] = (%s)i;", x->count,
                 tg__c_out(c, v), tg__c_type(x->dtype));
}

/* Operand [i], where it lies in the result. */
static void put_inset(tg__c_kernel *c, uint32_t v, int i, const tg__inset *inset)
{
    tg__text *out = &c->body;
    int64_t step = 1, steps[TG_MAX_RANK], first = 0;
    for (int k = inset->rank - 1; k >= 0; step *= inset->dim[k--]) {
        steps[k] = step;
        first += inset->before[k] * step;
    }
    if (tg__view_count(&inset->view) == 0) return;
    tg__text_put(out, "{");
    for (int k = 0; k < inset->rank; k++) tg__text_put(out, "int32_t i%d;", k);
    for (int k = 0; k < inset->rank; k++)
        tg__text_put(out, "for (i%d = 0; i%d < %" PRId64 "; i%d++)", k, k, inset->view.dim[k], k);
    tg__text_put(out, " %s[%" PRId64, tg__c_out(c, v), first);
    for (int k = 0; k < inset->rank; k++)
        tg__text_put(out, " + i%d * %" PRId64, k, steps[k] * inset->every[k]);
    tg__text_put(out, "] = %s[%" PRId64, tg__c_in(c, tg__c_value(c->f, v)->in[i]),
                 inset->view.offset);
    for (int k = 0; k < inset->rank; k++)
        if (inset->view.stride[k])
            tg__text_put(out, " + i%d * (%" PRId64 ")", k, inset->view.stride[k]);
    tg__text_put(out, "]; }");
}

/* Pads and concatenations: the value around, then each operand where it lies. */
static void write_insets(tg__c_kernel *c, uint32_t v)
{
    const tg__value *x = tg__c_value(c->f, v);
    for (int i = 0; i < x->arity; i++) {
        const tg__inset inset = tg__inset_of(x, i);
        if (i == 0 && inset.fills) {
            tg__text_put(&c->body,
                         "{ int32_t i; for (i = 0; i < %" PRId64 "; i++) %s[i] = ", x->count,
                         tg__c_out(c, v));
            tg__c_put_element(&c->body, x->dtype, inset.element, 0);
            tg__text_put(&c->body, "; }");
        }
        put_inset(c, v, i, &inset);
    }
}

/* Phases of a convolution's gradient: what none of them reaches is zero. */
static void write_interleave(tg__c_kernel *c, uint32_t v)
{
    const tg__value *x = tg__c_value(c->f, v);
    const tg__interleave_attr *attr = x->attr;
    if (attr->gaps) tg__c_clear(&c->body, tg__c_out(c, v), x->count);
    for (int i = 0; i < x->arity; i++) {
        tg__inset inset = { .rank = x->rank, .view = *x->view[i] };
        for (int k = 0; k < x->rank; k++) {
            inset.dim[k] = x->dim[k];
            inset.before[k] = attr->before[i][k];
            inset.every[k] = attr->every[k];
        }
        const tg__inset joined = tg__inset_collapse(&inset);
        put_inset(c, v, i, &joined);
    }
}

/* ---- Operations of the user's ----------------------------------------------------------- */

/* The prototype of the function that the user supplies, in the header; false if another one with
 * that name takes other operands. */
static bool declare_custom(tg__c_file *f, const tg__value *x)
{
    tg__text text = { .allocator = &f->allocator };
    tg__text_put(&text, "int %s_%s(const int32_t *shapes, const void *attributes", tg__c_name(f),
                 x->op->name);
    for (int i = 0; i < x->arity; i++)
        tg__text_put(&text, ", const %s *in%d", tg__c_type(tg__c_value(f, x->in[i])->dtype), i);
    tg__text_put(&text, ", %s *out);", tg__c_type(x->dtype));
    const char *written = tg__text_string(&f->externs);
    char name[160];
    (void)snprintf(name, sizeof name, "int %.60s_%.60s(", tg__c_name(f), x->op->name);
    const bool known = strstr(written, tg__text_string(&text)) != NULL;
    const bool fits = known || !strstr(written, name);
    if (!known && fits) {
        if (!f->externs.length)
            tg__text_put(
                &f->externs,
                "\n/* Operations of your own, which you supply. [shapes] has the rank and "
                "the sizes "
                "of each operand, then of the result. 0: it succeeded; what else it returns, "
                "%s_run returns. */\n",
                tg__c_name(f));
        tg__text_put(&f->externs, "%s\n", tg__text_string(&text));
    }
    tg__text_free(&text);
    return fits;
}

static void write_custom(tg__c_kernel *c, uint32_t v)
{
    tg__c_file *f = c->f;
    const tg__value *x = tg__c_value(f, v);
    if (!declare_custom(f, x)) {
        tg__c_refuse(f, v, "the operation is used with other operands, too");
        return;
    }
    const tg__c_operands o = tg__c_operands_of(c, v);
    tg__text shape = { .allocator = &f->allocator };
    for (int i = 0; i <= x->arity; i++) {
        tg__text_put(&shape, "%s%d", i ? ", " : "", o.operand[i].rank);
        for (int k = 0; k < o.operand[i].rank; k++)
            tg__text_put(&shape, ", %" PRId64, o.operand[i].dim[k]);
    }
    const char *shapes =
        tg__c_literal(c, "const int32_t *|%s", tg__c_shape(f, tg__text_string(&shape)));
    const char *attributes = "0";
    if (x->attr_size) {
        attributes = tg__c_literal(c, "const void *|%s", tg__c_bytes(f, x->attr, x->attr_size));
    }
    tg__text_put(&c->body, "{ const int status = %s_%s(%s, %s", tg__c_name(f), x->op->name, shapes,
                 attributes);
    for (int i = 0; i < x->arity; i++) tg__text_put(&c->body, ", %s", o.in[i]);
    tg__text_put(&c->body, ", %s); if (status != 0) { return status; } }", o.out);
    c->checks = true;
    tg__text_free(&shape);
}

/* ---- Calls ------------------------------------------------------------------------------ */

typedef struct writer {
    const tg_op *op;
    void (*write)(tg__c_kernel *c, uint32_t v);
} writer;

static const writer writers[] = {
    { &tg__op_dot, tg__c_product },
    { &tg__op_iota, write_iota },
    { &tg__op_check_index, tg__c_check_index },
    { &tg__op_check_divisor, tg__c_check_divisor },
    { &tg__op_gather, tg__c_gather },
    { &tg__op_scatter_add, tg__c_scatter_add },
    { &tg__op_scatter_max, tg__c_scatter_max },
    { &tg__op_scatter_min, tg__c_scatter_min },
    { &tg__op_take_along, tg__c_take_along },
    { &tg__op_scatter_add_along, tg__c_scatter_add_along },
    { &tg__op_cumsum, tg__c_cumsum },
    { &tg__op_cumargmax, tg__c_cumargmax },
    { &tg__op_argmax, tg__c_argmax },
    { &tg__op_argmin, tg__c_argmin },
    { &tg__op_argsort, tg__c_argsort },
    { &tg__op_cumprod, tg__c_cumprod },
    { &tg__op_cumprod_back, tg__c_cumprod_back },
    { &tg__op_fold, tg__c_fold },
    { &tg__op_interleave, write_interleave },
    { &tg__op_uniform, tg__c_draw_floats },
    { &tg__op_normal, tg__c_draw_floats },
    { &tg__op_truncated_normal, tg__c_draw_floats },
    { &tg__op_integers, tg__c_draw_integers },
};

static void (*writer_of(const tg_op *op))(tg__c_kernel *c, uint32_t v)
{
    if (op->custom) return write_custom;
    if (op->inset) return write_insets;
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (writers[i].op == op) return writers[i].write;
    return NULL;
}

void tg__c_call_kernel(tg__c_file *f, uint32_t k)
{
    const uint32_t v = tg__kernel_first(f->program, &f->program->kernels[k]);
    const tg__value *x = tg__c_value(f, v);
    void (*write)(tg__c_kernel *, uint32_t) = writer_of(x->op);
    if (!write) {
        tg__c_refuse(f, v, "the operation is not among those that can");
        return;
    }
    tg__c_kernel c;
    tg__c_begin(&c, f, k);
    tg__c_comment(&c, v);
    if (x->count > 0 || x->op->flags & TG_OP_FALLIBLE) write(&c, v);
    tg__c_end(&c);
}
