/* loop_read.c: how values of a loop read elements: variables of the pass, rows, and memory through
 * views, whose places are sums over the counters of the loops. */
#include "emit/loop.h"

#include <inttypes.h>

/* ---- Places ----------------------------------------------------------------------------- */

const char *tg__c_position(const tg__c_loop_kernel *l, bool by_row)
{
    return by_row ? "r" : l->has_rows ? "q + i" : "i";
}

static void put_counter(tg__text *out, const tg__c_nest *nest, int k, bool row)
{
    if (nest->count == 1) tg__text_put(out, row ? "r" : "i");
    else tg__text_put(out, "%c%d", row ? 'm' : 'j', k);
}

/* How far apart are elements of the view for a step of [size] times [inner] positions? False if no
 * axis says it. */
static bool find_step(const tg__view *view, int64_t inner, int64_t size, int64_t by, int64_t *step)
{
    int64_t low = by;
    for (int k = view->rank - 1; k >= 0; k--) {
        const int64_t high = low * view->dim[k];
        if (low <= inner && inner * size <= high && inner % low == 0) {
            *step = view->stride[k] * (inner / low);
            return true;
        }
        low = high;
    }
    return false;
}

static bool find_steps(const tg__c_nest *nest, const tg__view *view, int64_t by, int64_t *step)
{
    for (int k = 0; k < nest->count; k++) {
        step[k] = 0;
        if (nest->size[k] == 1) continue;
        if (nest->inner[k] < by) continue; /* inside of a row: the same element */
        if (!find_step(view, nest->inner[k], nest->size[k], by, &step[k])) return false;
    }
    return true;
}

static void put_term(tg__text *out, bool *any)
{
    if (*any) tg__text_put(out, " + ");
    *any = true;
}

static void put_steps(tg__text *out, const tg__c_nest *nest, const int64_t *step, bool row,
                      bool *any)
{
    for (int k = 0; k < nest->count; k++) {
        if (step[k] == 0) continue;
        put_term(out, any);
        put_counter(out, nest, k, row);
        if (step[k] != 1)
            tg__text_put(out, step[k] < 0 ? " * (%" PRId64 ")" : " * %" PRId64, step[k]);
    }
}

void tg__c_put_index(tg__c_loop_kernel *l, tg__text *out, const tg__view *view, bool by_row)
{
    int64_t rows[TG_C_NEST] = { 0 }, columns[TG_C_NEST] = { 0 };
    const int64_t by = by_row ? l->columns : 1;
    bool any = view->offset != 0;
    if (any) tg__text_put(out, "%" PRId64, view->offset);
    const bool linear = (by_row || find_steps(&l->column_nest, view, by, columns)) &&
                        (!l->has_rows || find_steps(&l->row_nest, view, by, rows));
    if (linear) {
        if (l->has_rows) put_steps(out, &l->row_nest, rows, true, &any);
        if (!by_row) put_steps(out, &l->column_nest, columns, false, &any);
    } else {
        int64_t inner = 1;
        for (int k = view->rank - 1; k >= 0; inner *= view->dim[k--]) {
            if (view->stride[k] == 0 || view->dim[k] == 1) continue;
            put_term(out, &any);
            tg__text_put(out, "(%s) / %" PRId64 " %% %" PRId64 " * (%" PRId64 ")",
                         tg__c_position(l, by_row), inner, view->dim[k], view->stride[k]);
        }
    }
    if (!any) tg__text_put(out, "0");
}

/* ---- Operands --------------------------------------------------------------------------- */

static const char *kept(tg__c_loop_kernel *l, tg__text *text)
{
    if (text->failed) tg__c_fail(l->c.f, TG_ERR_MEMORY, "out of memory");
    const char *copy = tg__c_copy(l->c.f, tg__text_string(text));
    tg__text_free(text);
    return copy ? copy : "0";
}

/* Is the value, which the loop computes, a variable where [v] reads it? */
static bool is_variable(const tg__c_loop_kernel *l, const tg__c_item *from)
{
    const bool row = tg__c_role(l, from->value) == TG_ROLE_ROW;
    return from->section == l->section && (row || from->pass == l->pass) &&
           !tg__c_is_row_call(l, from->value);
}

static void put_inside(tg__c_loop_kernel *l, tg__text *out, const tg__c_item *from, bool by_row,
                       const tg__view *view)
{
    const bool row = tg__c_role(l, from->value) == TG_ROLE_ROW;
    if (view->rank < 0 && is_variable(l, from)) {
        tg__text_put(out, "v%u", (unsigned)(from - l->item));
        return;
    }
    if (!from->memory) {
        tg__c_refuse(l->c.f, from->value, "it is read where it is not kept");
        return;
    }
    tg__text_put(out, "%s[", from->memory);
    if (view->rank >= 0) tg__c_put_index(l, out, view, by_row);
    else if (row) tg__text_put(out, "r");
    else tg__text_put(out, "%s", from->whole ? tg__c_position(l, false) : "i");
    tg__text_put(out, "]");
}

const char *tg__c_read(tg__c_loop_kernel *l, uint32_t v, int i)
{
    tg__c_file *f = l->c.f;
    const tg__value *x = tg__c_value(f, v);
    const uint32_t from = x->in[i];
    const tg__c_item *item = tg__c_item_of(l, from);
    tg__text out = { .allocator = &f->allocator };
    tg__view view;
    const bool aligned = tg__c_is_aligned(l, v, i, &view);
    const bool reduces = x->op->kind == TG_KIND_REDUCE;
    const bool by_row = reduces ? l->columns > 0 && tg__view_count(x->view[0]) != l->c.kernel->count
                                : tg__c_role(l, v) == TG_ROLE_ROW;
    const tg__value *operand = tg__c_value(f, from);
    if (operand->op == &tg__op_number) {
        tg__c_put_number(&out, operand->dtype, *(const double *)operand->attr);
    } else if (item) {
        put_inside(l, &out, item, by_row, &view);
    } else {
        tg__text_put(&out, "%s[", tg__c_in(&l->c, from));
        if (aligned) tg__text_put(&out, "%s", tg__c_position(l, by_row));
        else tg__c_put_index(l, &out, &view, by_row);
        tg__text_put(&out, "]");
    }
    return kept(l, &out);
}

/* ---- Moves ------------------------------------------------------------------------------ */

/* Along axis [k] of the whole, where the position is. */
static void put_coordinate(tg__c_loop_kernel *l, tg__text *out, const tg__inset *inset, int k)
{
    tg__view view = { .rank = inset->rank };
    memcpy(view.dim, inset->dim, sizeof view.dim);
    view.stride[k] = 1;
    tg__c_put_index(l, out, &view, false);
}

/* The operand's elements of the whole, where the position is one of them. */
static void put_part(tg__c_loop_kernel *l, uint32_t v, int i, unsigned name)
{
    tg__c_file *f = l->c.f;
    tg__text *out = &l->c.body;
    const tg__value *x = tg__c_value(f, v), *operand = tg__c_value(f, x->in[i]);
    const tg__inset inset = tg__inset_of(x, i);
    const tg__c_item *item = tg__c_item_of(l, x->in[i]);
    bool any = false;
    tg__text_put(out, "{");
    for (int k = 0; k < inset.rank; k++) {
        tg__text_put(out, "const int32_t t%d = ", k);
        put_coordinate(l, out, &inset, k);
        if (inset.before[k]) tg__text_put(out, " - %" PRId64, inset.before[k]);
        tg__text_put(out, ";");
    }
    tg__text_put(out, "if (");
    for (int k = 0; k < inset.rank; k++) {
        const int64_t reach = inset.view.dim[k] * inset.every[k];
        if (inset.before[k] == 0 && inset.every[k] == 1 && reach == inset.dim[k]) continue;
        tg__text_put(out, "%st%d >= 0 && t%d < %" PRId64, any ? " && " : "", k, k, reach);
        if (inset.every[k] > 1) tg__text_put(out, " && t%d %% %" PRId64 " == 0", k, inset.every[k]);
        any = true;
    }
    tg__text_put(out, "%s) { v%u = ", any ? "" : "1", name);
    if (operand->op == &tg__op_number) {
        tg__c_put_number(out, operand->dtype, *(const double *)operand->attr);
    } else {
        const char *memory = item ? item->memory : tg__c_in(&l->c, x->in[i]);
        if (!memory) tg__c_refuse(f, x->in[i], "it is read where it is not kept");
        tg__text_put(out, "%s[%" PRId64, memory ? memory : "", inset.view.offset);
        for (int k = 0; k < inset.rank; k++) {
            if (inset.view.stride[k] == 0) continue;
            tg__text_put(out, " + t%d", k);
            if (inset.every[k] > 1) tg__text_put(out, " / %" PRId64, inset.every[k]);
            if (inset.view.stride[k] != 1)
                tg__text_put(out, " * (%" PRId64 ")", inset.view.stride[k]);
        }
        tg__text_put(out, "]");
    }
    tg__text_put(out, "; }");
    for (int k = 0; k < inset.rank; k++) tg__text_put(out, "(void)t%d;", k);
    tg__text_put(out, "}");
}

void tg__c_put_inset(tg__c_loop_kernel *l, uint32_t v)
{
    tg__text *out = &l->c.body;
    const tg__value *x = tg__c_value(l->c.f, v);
    const unsigned name = l->c.f->program->members[v].position;
    tg__text_put(out, "%s v%u = ", tg__c_type(x->dtype), name);
    const tg__inset first = x->arity ? tg__inset_of(x, 0) : (tg__inset){ 0 };
    if (x->arity && first.fills) tg__c_put_element(out, x->dtype, first.element, 0);
    else tg__text_put(out, "0");
    tg__text_put(out, ";");
    for (int i = 0; i < x->arity; i++) put_part(l, v, i, name);
}
