/* fold.c: adding up the elements of windows (kernels/fold.c): from memory, or row by row of the
 * loop that computes them. What arrives at one place arrives in the order of the rows. Where a line
 * of rows is added up before it is added to others, its sums have memory of their own, one for each
 * place along the line and each element of the outer axes of the windows. */
#include "emit/call.h"
#include "emit/loop.h"
#include "ops/window.h"

#include <inttypes.h>

/* ---- From memory ------------------------------------------------------------------------ */

/* Loops over rows, or over the elements of a window. */
static void open_axes(tg__text *out, const tg__fold_axis *axis, int count, char name)
{
    for (int k = 0; k < count; k++)
        tg__text_put(out, "for (%c%d = 0; %c%d < %" PRId64 "; %c%d++)", name, k, name, k,
                     axis[k].count, name, k);
}

static void declare_axes(tg__text *out, int count, char name)
{
    for (int k = 0; k < count; k++) tg__text_put(out, "int32_t %c%d;", name, k);
}

static void put_steps(tg__text *out, const tg__fold_axis *axis, int count, char name, bool from)
{
    for (int k = 0; k < count; k++) {
        const int64_t step = from ? axis[k].from : axis[k].to;
        if (step && axis[k].count > 1) tg__text_put(out, " + %c%d * (%" PRId64 ")", name, k, step);
    }
}

/* Adds an element to a place, both as C, in the dtype of the result. */
static void put_addition(tg__text *out, int dtype, const char *to, const char *element)
{
    if (tg__is_float(dtype)) tg__text_put(out, "%s += %s;", to, element);
    else tg__c_put_wrapped_sum(out, dtype, to, element);
}

static int64_t line_reach(const tg__folding *f)
{
    const tg__fold_axis *line = &f->axis[f->axes - 1], *inner = &f->element[f->elements - 1];
    return (line->count - 1) * line->to + (inner->count - 1) * inner->to + 1;
}

/* The line's sums, in [line], to the result. [t]: outer elements of the windows. */
static void put_line(tg__text *out, const tg__folding *f, int dtype, const char *to,
                     const char *line, const char *row)
{
    char target[64], element[64];
    tg__text_put(out, "{ int32_t w = 0, k;");
    declare_axes(out, f->elements - 1, 't');
    open_axes(out, f->element, f->elements - 1, 't');
    tg__text_put(out, "{ %s *const to = %s + (%s", tg__c_type(dtype), to, row);
    put_steps(out, f->element, f->elements - 1, 't', false);
    tg__text_put(out, "); for (k = 0; k < %" PRId64 "; k++) {", line_reach(f));
    (void)snprintf(target, sizeof target, "to[k]");
    (void)snprintf(element, sizeof element, "%s[w + k]", line);
    put_addition(out, dtype, target, element);
    tg__text_put(out, "} w += %" PRId64 "; } }", line_reach(f));
}

static int64_t outer_elements(const tg__folding *f)
{
    int64_t count = 1;
    for (int k = 0; k < f->elements - 1; k++) count *= f->element[k].count;
    return count;
}

static void put_plain(tg__c_kernel *c, const tg__folding *f, int dtype, const char *in,
                      const char *to)
{
    tg__text *out = &c->body;
    tg__text target = { .allocator = out->allocator }, element = { .allocator = out->allocator };
    declare_axes(out, f->axes, 'r');
    declare_axes(out, f->elements, 't');
    open_axes(out, f->axis, f->axes, 'r');
    open_axes(out, f->element, f->elements, 't');
    tg__text_put(&target, "%s[0", to);
    put_steps(&target, f->axis, f->axes, 'r', false);
    put_steps(&target, f->element, f->elements, 't', false);
    tg__text_put(&target, "]");
    tg__text_put(&element, "%s[0", in);
    put_steps(&element, f->axis, f->axes, 'r', true);
    put_steps(&element, f->element, f->elements, 't', true);
    tg__text_put(&element, "]");
    tg__text_put(out, "{");
    put_addition(out, dtype, tg__text_string(&target), tg__text_string(&element));
    tg__text_put(out, "}");
    out->failed |= target.failed || element.failed;
    tg__text_free(&target);
    tg__text_free(&element);
}

static void put_by_line(tg__c_kernel *c, const tg__folding *f, int dtype, const char *in,
                        const char *to)
{
    tg__text *out = &c->body;
    const int last = f->axes - 1, inner = f->elements - 1;
    const int64_t reach = line_reach(f);
    const char *line = tg__c_scratch(c, dtype, reach * outer_elements(f));
    tg__text row = { .allocator = out->allocator };
    declare_axes(out, f->axes, 'r');
    open_axes(out, f->axis, last, 'r');
    tg__text_put(out, "{");
    tg__c_clear(out, line, reach * outer_elements(f));
    tg__text_put(out, "{ int32_t w = 0;");
    declare_axes(out, f->elements, 't');
    open_axes(out, f->element, inner, 't');
    tg__text_put(
        out, "{ for (r%d = 0; r%d < %" PRId64 "; r%d++) for (t%d = 0; t%d < %" PRId64 "; t%d++) {",
        last, last, f->axis[last].count, last, inner, inner, f->element[inner].count, inner);
    tg__text target = { .allocator = out->allocator }, element = { .allocator = out->allocator };
    tg__text_put(&target, "%s[w", line);
    if (f->axis[last].count > 1 && f->axis[last].to)
        tg__text_put(&target, " + r%d * %" PRId64, last, f->axis[last].to);
    if (f->element[inner].count > 1 && f->element[inner].to)
        tg__text_put(&target, " + t%d * %" PRId64, inner, f->element[inner].to);
    tg__text_put(&target, "]");
    tg__text_put(&element, "%s[0", in);
    put_steps(&element, f->axis, f->axes, 'r', true);
    put_steps(&element, f->element, f->elements, 't', true);
    tg__text_put(&element, "]");
    put_addition(out, dtype, tg__text_string(&target), tg__text_string(&element));
    tg__text_put(out, "} w += %" PRId64 "; } }", reach);
    tg__text_put(&row, "0");
    put_steps(&row, f->axis, last, 'r', false);
    put_line(out, f, dtype, to, line, tg__text_string(&row));
    tg__text_put(out, "}");
    out->failed |= row.failed || target.failed || element.failed;
    tg__text_free(&row);
    tg__text_free(&target);
    tg__text_free(&element);
}

/* Many elements arrive at one place: floats in double, doubles with what they lose. */
static void put_wide(tg__c_kernel *c, const tg__folding *f, int dtype, const char *in,
                     const char *to, int64_t count)
{
    tg__text *out = &c->body;
    const char *wide = tg__c_scratch(c, TG_F64, count);
    tg__c_clear(out, wide, count);
    declare_axes(out, f->axes, 'r');
    declare_axes(out, f->elements, 't');
    open_axes(out, f->axis, f->axes, 'r');
    open_axes(out, f->element, f->elements, 't');
    tg__text_put(out, "{ const int32_t to = 0");
    put_steps(out, f->axis, f->axes, 'r', false);
    put_steps(out, f->element, f->elements, 't', false);
    tg__text_put(out, "; const %s e = %s[0", tg__c_type(dtype), in);
    put_steps(out, f->axis, f->axes, 'r', true);
    put_steps(out, f->element, f->elements, 't', true);
    if (dtype == TG_F32) tg__text_put(out, "]; %s[to] += (double)e; }", wide);
    else
        tg__text_put(out, "]; %s(e, %s + to, %s + to); }", tg__c_helper(c->f, "add_kept_T", TG_F64),
                     to, wide);
    tg__text_put(out, "{ int32_t i; for (i = 0; i < %" PRId64 "; i++) %s[i] %s %s[i]; }", count, to,
                 dtype == TG_F32 ? "= (float)" : "+=", wide);
}

void tg__c_fold(tg__c_kernel *c, uint32_t v)
{
    const tg__value *x = tg__c_value(c->f, v);
    const tg__c_operands o = tg__c_operands_of(c, v);
    const tg__folding f = tg__folding_of(x->attr, &o.operand[0].view);
    tg__c_clear(&c->body, o.out, x->count);
    if (o.counts[0] == 0) return;
    if (tg__fold_is_wide(x->attr, x->dtype, &o.operand[0].view))
        put_wide(c, &f, x->dtype, o.in[0], o.out, x->count);
    else if (f.by_line) put_by_line(c, &f, x->dtype, o.in[0], o.out);
    else put_plain(c, &f, x->dtype, o.in[0], o.out);
}

/* ---- Row by row of a loop ---------------------------------------------------------------- */

/* As the rows that the loop computes would lie. */
static tg__folding folding_in(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const tg__view dense = tg__view_dense(x->view[0]->rank, x->view[0]->dim);
    return tg__folding_of(x->attr, &dense);
}

/* A place as a view of the rows, or of a row's elements. */
static tg__view view_of(const tg__fold_axis *axis, int count)
{
    tg__view view = { .rank = count };
    for (int k = 0; k < count; k++) {
        view.dim[k] = axis[k].count;
        view.stride[k] = axis[k].to;
    }
    return view;
}

void tg__c_collect_begin(tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const tg__folding f = folding_in(l, v);
    const unsigned n = tg__c_number(l, v);
    tg__c_clear(&l->c.body, tg__c_out(&l->c, v), x->count);
    if (!f.by_line) return;
    const int64_t sums = line_reach(&f) * outer_elements(&f);
    const char *line = tg__c_scratch(&l->c, x->dtype, sums);
    tg__text_put(&l->c.body, "%s *const w%u = %s;", tg__c_type(x->dtype), n, line);
    tg__c_clear(&l->c.body, line, sums);
}

/* The row's place, then the element's. */
static void put_places(tg__c_loop_kernel *l, tg__text *out, const tg__folding *f, int rows)
{
    tg__view row = view_of(f->axis + (f->axes - rows), rows);
    if (rows < f->axes) { /* along the line alone: the rows before it repeat that */
        row = view_of(f->axis, f->axes);
        for (int k = 0; k < f->axes - rows; k++) row.stride[k] = 0;
    }
    tg__c_put_index(l, out, &row, true);
}

void tg__c_collect_add(tg__c_loop_kernel *l, uint32_t v, const char *element)
{
    tg__c_file *file = l->c.f;
    const tg__value *x = tg__c_value(file, v);
    const tg__folding f = folding_in(l, v);
    const unsigned n = tg__c_number(l, v);
    tg__text to = { .allocator = &file->allocator };
    /* Elements are the last axes of all positions, whose rows are the others. */
    tg__view all = { .rank = f.elements };
    for (int k = 0; k < f.elements; k++) {
        all.dim[k] = f.element[k].count;
        all.stride[k] = f.element[k].to;
    }
    if (f.by_line) {
        all.stride[f.elements - 1] = f.element[f.elements - 1].to;
        int64_t step = line_reach(&f);
        for (int k = f.elements - 2; k >= 0; k--) {
            all.stride[k] = step;
            step *= f.element[k].count;
        }
        tg__text_put(&to, "w%u[", n);
        put_places(l, &to, &f, 1);
    } else {
        tg__text_put(&to, "%s[", tg__c_out(&l->c, v));
        put_places(l, &to, &f, f.axes);
    }
    int64_t inner = 1;
    for (int k = f.elements - 1; k >= 0; inner *= all.dim[k--]) {
        if (all.dim[k] == 1 || all.stride[k] == 0) continue;
        tg__text_put(&to, " + i / %" PRId64, inner);
        if (k > 0) tg__text_put(&to, " %% %" PRId64, all.dim[k]);
        tg__text_put(&to, " * %" PRId64, all.stride[k]);
    }
    tg__text_put(&to, "]");
    put_addition(&l->c.body, x->dtype, tg__text_string(&to), element);
    l->c.body.failed |= to.failed;
    tg__text_free(&to);
}

void tg__c_collect_row(tg__c_loop_kernel *l, uint32_t v)
{
    tg__c_file *file = l->c.f;
    const tg__value *x = tg__c_value(file, v);
    const tg__folding f = folding_in(l, v);
    const unsigned n = tg__c_number(l, v);
    const int64_t length = f.axis[f.axes - 1].count;
    if (!f.by_line) return;
    tg__text row = { .allocator = &file->allocator };
    char line[16];
    (void)snprintf(line, sizeof line, "w%u", n);
    tg__view view = view_of(f.axis, f.axes);
    view.stride[f.axes - 1] = 0;
    tg__text_put(&l->c.body, "if (r %% %" PRId64 " == %" PRId64 ") {", length, length - 1);
    tg__c_put_index(l, &row, &view, true);
    put_line(&l->c.body, &f, x->dtype, tg__c_out(&l->c, v), line, tg__text_string(&row));
    tg__c_clear(&l->c.body, line, line_reach(&f) * outer_elements(&f));
    tg__text_put(&l->c.body, "}");
    l->c.body.failed |= row.failed;
    tg__text_free(&row);
}
