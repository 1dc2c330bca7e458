/* loop.c: kernels that are loops (loop.h). */
#include "emit/loop.h"
#include "ops/registry.h"

#include <inttypes.h>

/* ---- Memory ----------------------------------------------------------------------------- */

/* Is it known only when the loop ends? */
static bool is_late(const tg__c_loop_kernel *l, uint32_t v)
{
    return tg__ends_late(&l->c.f->program->members[v]) || tg__c_role(l, v) == TG_ROLE_COLLECTED;
}

static void place_items(tg__c_loop_kernel *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        tg__c_item *item = &l->item[i];
        const tg__value *x = tg__c_value(l->c.f, item->value);
        const bool row = tg__c_role(l, item->value) == TG_ROLE_ROW;
        if (is_late(l, item->value)) continue;
        if (l->c.f->program->storage[item->value].place == TG_PLACE_BLOCK &&
            x->op->kind != TG_KIND_ASSIGN) {
            item->memory = tg__c_out(&l->c, item->value);
            item->whole = true;
        } else if (item->level == 2 || (item->level == 1 && !row)) {
            item->whole = item->level == 2;
            item->memory = tg__c_scratch(&l->c, x->dtype, item->whole ? x->count : l->columns);
        }
    }
}

/* ---- Reductions ------------------------------------------------------------------------- */

/* Elements of a tall block stand column by column when they are added up. */
static bool is_tall_whole(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    return tg__c_role(l, v) == TG_ROLE_WHOLE && l->cut.tall &&
           tg__is_float(tg__c_value(l->c.f, x->in[0])->dtype) &&
           tg__view_count(x->view[0]) == l->c.kernel->count;
}

static tg__c_sum sum_of(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const int dtype = tg__c_value(l->c.f, x->in[0])->dtype;
    const int64_t count = tg__view_count(x->view[0]);
    char name[24];
    (void)snprintf(name, sizeof name, "s%u", tg__c_number(l, v));
    if (tg__c_role(l, v) == TG_ROLE_ROW) return tg__c_sum_of(l->c.f, x, dtype, l->columns, 0, name);
    const bool rows = count != l->c.kernel->count;
    return tg__c_sum_of(l->c.f, x, dtype, count, rows ? 0 : l->cut.block, name);
}

/* Reductions of all positions or rows begin before the loops. */
static void begin_whole(tg__c_loop_kernel *l, uint32_t v)
{
    const tg__c_sum sum = sum_of(l, v);
    const unsigned n = tg__c_number(l, v);
    tg__c_sum_begin(&sum, &l->c);
    if (!tg__c_sum_has_blocks(&sum) && !is_tall_whole(l, v)) return;
    if (is_tall_whole(l, v)) {
        const char *block =
            tg__c_scratch(&l->c, sum.dtype, l->cut.block < sum.n ? l->cut.block : sum.n);
        tg__text_put(&l->c.body, "%s *const b%u = %s;", tg__c_type(sum.dtype), n, block);
    } else {
        tg__text_put(&l->c.body, "int32_t n%u = 0;", n);
        if (l->cut.unit > 1 && l->cut.span % l->cut.block) /* the last block of a unit is shorter */
            tg__text_put(&l->c.body, "int32_t u%u = 0;", n);
    }
}

static void add_whole(tg__c_loop_kernel *l, uint32_t v, const char *element)
{
    const tg__c_sum sum = sum_of(l, v);
    tg__text *out = &l->c.body;
    const unsigned n = tg__c_number(l, v);
    if (is_tall_whole(l, v)) {
        tg__text_put(out, "b%u[i * %s + r %% %" PRId64 "] = %s;", n, "rows_here", l->cut.rows,
                     element);
        return;
    }
    tg__c_sum_add(&sum, out, element);
    if (!tg__c_sum_has_blocks(&sum)) return;
    if (l->cut.unit > 1 && l->cut.span % l->cut.block)
        tg__text_put(out,
                     "n%u++; u%u++; if (n%u == %" PRId64 " || u%u == %" PRId64
                     ") { if (u%u == %" PRId64 ") { u%u = 0; }",
                     n, n, n, l->cut.block, n, l->cut.span, n, l->cut.span, n);
    else tg__text_put(out, "n%u++; if (n%u == %" PRId64 ") {", n, n, l->cut.block);
    tg__text_put(out, "n%u = 0;", n);
    tg__c_sum_block(&sum, out);
    tg__text_put(out, "}");
}

/* A row has ended; with it, perhaps, a block. */
static void end_row_whole(tg__c_loop_kernel *l, uint32_t v)
{
    const tg__c_sum sum = sum_of(l, v);
    tg__text *out = &l->c.body;
    const unsigned n = tg__c_number(l, v);
    char element[24];
    if (!is_tall_whole(l, v)) return;
    (void)snprintf(element, sizeof element, "b%u[k]", n);
    tg__text_put(out,
                 "if (r %% %" PRId64 " == rows_here - 1) { int32_t k; for (k = 0; k < %" PRId64
                 " * rows_here; k++) {",
                 l->cut.rows, l->columns);
    tg__c_sum_add(&sum, out, element);
    tg__text_put(out, "}");
    if (tg__c_sum_has_blocks(&sum)) tg__c_sum_block(&sum, out);
    tg__text_put(out, "}");
}

static void end_whole(tg__c_loop_kernel *l, uint32_t v)
{
    const tg__c_sum sum = sum_of(l, v);
    tg__text *out = &l->c.body;
    const unsigned n = tg__c_number(l, v);
    if (tg__c_sum_has_blocks(&sum) && !is_tall_whole(l, v)) {
        tg__text_put(out, "if (n%u > 0) {", n);
        tg__c_sum_block(&sum, out);
        tg__text_put(out, "}");
    }
    tg__text_put(out, "%s[0] = ", tg__c_out(&l->c, v));
    tg__c_sum_total(&sum, out, sum.n);
    tg__text_put(out, ";");
}

/* ---- Reductions down columns ------------------------------------------------------------ */

static bool is_float_sum(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    return tg__is_float(tg__c_value(l->c.f, x->in[0])->dtype) && x->op != &tg__op_max &&
           x->op != &tg__op_min;
}

/* Sums of floats: of some rows together, and of each unit, in double. */
static void begin_columns(tg__c_loop_kernel *l, uint32_t v)
{
    const unsigned n = tg__c_number(l, v);
    if (!is_float_sum(l, v)) return;
    const char *parts = tg__c_scratch(&l->c, TG_F64, l->cut.units * l->columns);
    const char *group = tg__c_scratch(&l->c, TG_F64, l->columns);
    tg__text_put(&l->c.body, "double *const a%u = %s;", n, parts);
    tg__text_put(&l->c.body, "double *const g%u = %s;", n, group);
    tg__text_put(&l->c.body, "memset(a%u, 0, %" PRId64 " * sizeof *a%u);", n,
                 l->cut.units * l->columns, n);
}

static void add_columns(tg__c_loop_kernel *l, uint32_t v, const char *element)
{
    tg__c_file *f = l->c.f;
    tg__text *out = &l->c.body;
    const tg__value *x = tg__c_value(f, v);
    const int dtype = tg__c_stored(tg__c_value(f, x->in[0])->dtype);
    const unsigned n = tg__c_number(l, v);
    if (is_float_sum(l, v)) {
        tg__text_put(out, "{ const double e = (double)%s;", element);
        tg__text_put(out, "g%u[i] = first ? %s : g%u[i] + %s;", n,
                     x->op == &tg__op_sum_squares ? "e * e" : "e", n,
                     x->op == &tg__op_sum_squares ? "e * e" : "e");
        tg__text_put(out, "if (last) { a%u[r / %" PRId64 " * %" PRId64 " + i] += g%u[i]; } }", n,
                     l->cut.rows * l->cut.unit, l->columns, n);
        return;
    }
    const char *to = tg__c_out(&l->c, v);
    if (x->op == &tg__op_max || x->op == &tg__op_min) {
        const char sign = x->op == &tg__op_max ? '>' : '<';
        tg__text_put(out, "{ const %s e = %s; if (r == 0 || e %c %s[i]%s) { %s[i] = e; } }",
                     tg__c_type(dtype), element, sign, to, tg__is_float(dtype) ? " || e != e" : "",
                     to);
    } else {
        const char *wrap = tg__c_wrapping(dtype);
        tg__text_put(out, "%s[i] = (%s)(r == 0 ? (%s)%s : (%s)%s[i] + (%s)%s);", to,
                     tg__c_type(dtype), wrap, element, wrap, to, wrap, element);
    }
}

static void end_columns(tg__c_loop_kernel *l, uint32_t v)
{
    tg__text *out = &l->c.body;
    const tg__value *x = tg__c_value(l->c.f, v);
    const unsigned n = tg__c_number(l, v);
    const int64_t units = l->cut.units, c = l->columns;
    if (!is_float_sum(l, v)) return;
    if (units > 1)
        tg__text_put(out,
                     "{ int32_t s, u; for (s = 1; s < %" PRId64
                     "; s *= 2) for (u = 0; u + s < %" PRId64
                     "; u += 2 * s) for (i = 0; i < %" PRId64 "; i++) a%u[u * %" PRId64
                     " + i] += a%u[(u + s) * %" PRId64 " + i]; }",
                     units, units, c, n, c, n, c);
    tg__text_put(out, "for (i = 0; i < %" PRId64 "; i++) %s[i] = (%s)(a%u[i]", c,
                 tg__c_out(&l->c, v), tg__c_type(x->dtype), n);
    if (x->op == &tg__op_mean) tg__text_put(out, " / %" PRId64 ".0", l->rows);
    tg__text_put(out, ");");
}

/* ---- Values ----------------------------------------------------------------------------- */

static void put_store(tg__c_loop_kernel *l, uint32_t v, bool by_row)
{
    const tg__c_item *item = tg__c_item_of(l, v);
    if (!item->memory) return;
    tg__text_put(&l->c.body, "%s[%s] = v%u;", item->memory,
                 item->whole ? tg__c_position(l, by_row) : "i", tg__c_number(l, v));
}

static void put_map(tg__c_loop_kernel *l, uint32_t v)
{
    tg__c_file *f = l->c.f;
    const tg__value *x = tg__c_value(f, v);
    const char *operand[3] = { NULL, NULL, NULL };
    tg__c_comment(&l->c, v);
    for (int i = 0; i < x->arity; i++) operand[i] = tg__c_read(l, v, i);
    tg__text_put(&l->c.body, "const %s v%u = ", tg__c_type(x->dtype), tg__c_number(l, v));
    if (x->op->kind == TG_KIND_ASSIGN) {
        tg__text_put(&l->c.body, "%s;", operand[0]);
        return;
    }
    const int dtype = tg__c_value(f, x->in[x->arity - 1])->dtype;
    const char *text = x->op->map->text[dtype];
    if (!text) {
        tg__c_refuse(f, v, "its value has no text");
        return;
    }
    tg__text_put(&l->c.body, "(%s)(", tg__c_type(x->dtype));
    tg__c_translate(f, &l->c.body, text, dtype, operand, x->arity);
    tg__text_put(&l->c.body, ");");
    f->maps += (double)x->count;
}

/* An element goes to a reduction, or to a call that collects. */
static void put_taken(tg__c_loop_kernel *l, uint32_t v)
{
    const tg__member *member = &l->c.f->program->members[v];
    const char *element = tg__c_read(l, v, member->collected);
    tg__c_comment(&l->c, v);
    switch (tg__c_role(l, v)) {
    case TG_ROLE_ROW: {
        const tg__c_sum sum = sum_of(l, v);
        tg__c_sum_add(&sum, &l->c.body, element);
        break;
    }
    case TG_ROLE_COLUMN: add_columns(l, v, element); break;
    case TG_ROLE_COLLECTED:
        if (member->by_strips) tg__c_taken_add(l, v, element);
        else tg__c_collect_add(l, v, element);
        break;
    default: add_whole(l, v, element); break;
    }
}

/* Does the value take its elements in the loop over a row, or over all positions? */
static bool is_in_loop(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    if (tg__c_is_row_call(l, v)) return false;
    if (x->op->kind == TG_KIND_REDUCE && tg__c_role(l, v) == TG_ROLE_WHOLE)
        return l->columns == 0 || tg__view_count(x->view[0]) == l->c.kernel->count;
    return x->op->kind == TG_KIND_REDUCE || tg__c_role(l, v) != TG_ROLE_ROW;
}

static bool takes(const tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    return x->op->kind == TG_KIND_REDUCE || tg__c_role(l, v) == TG_ROLE_COLLECTED;
}

/* ---- Loops ------------------------------------------------------------------------------ */

static void open_loops(tg__c_loop_kernel *l, const tg__c_nest *nest, bool row)
{
    tg__text *out = &l->c.body;
    const char flat = row ? 'r' : 'i', name = row ? 'm' : 'j';
    if (nest->count == 1) {
        tg__text_put(out, "for (%c = 0; %c < %" PRId64 "; %c++) {", flat, flat, nest->size[0],
                     flat);
        return;
    }
    tg__text_put(out, "%c = 0;", flat);
    for (int k = 0; k < nest->count; k++)
        tg__text_put(out, "for (%c%d = 0; %c%d < %" PRId64 "; %c%d++) {", name, k, name, k,
                     nest->size[k], name, k);
}

static void close_loops(tg__c_loop_kernel *l, const tg__c_nest *nest, bool row)
{
    if (nest->count > 1) tg__text_put(&l->c.body, "%c++;", row ? 'r' : 'i');
    for (int k = 0; k < nest->count; k++) tg__text_put(&l->c.body, "}");
}

static void declare_counters(tg__c_loop_kernel *l)
{
    tg__text *out = &l->c.body;
    tg__text_put(out, "int32_t i");
    for (int k = 0; l->column_nest.count > 1 && k < l->column_nest.count; k++)
        tg__text_put(out, ", j%d", k);
    if (l->has_rows) tg__text_put(out, ", r");
    for (int k = 0; l->has_rows && l->row_nest.count > 1 && k < l->row_nest.count; k++)
        tg__text_put(out, ", m%d", k);
    tg__text_put(out, ";");
}

static bool stores_here(const tg__c_loop_kernel *l, const tg__c_item *item)
{
    return tg__c_value(l->c.f, item->value)->op->kind == TG_KIND_ASSIGN &&
           item->store_section == l->section && item->store_pass == l->pass;
}

static void put_assigned(tg__c_loop_kernel *l, const tg__c_item *item, bool by_row)
{
    const bool here = item->section == l->section && (by_row || item->pass == l->pass);
    tg__text_put(&l->c.body, "%s[%s] = ", tg__c_out(&l->c, item->value), tg__c_position(l, by_row));
    if (here || !item->memory) tg__text_put(&l->c.body, "v%u;", (unsigned)(item - l->item));
    else
        tg__text_put(&l->c.body, "%s[%s];", item->memory,
                     item->whole ? tg__c_position(l, by_row) : "i");
}

/* The values of the pass that are computed for each row, or for each position. */
static bool put_values(tg__c_loop_kernel *l, bool in_loop)
{
    bool any = false;
    for (uint32_t i = 0; i < l->count; i++) {
        const tg__c_item *item = &l->item[i];
        const uint32_t v = item->value;
        if (item->section != l->section || item->pass != l->pass || is_in_loop(l, v) != in_loop)
            continue;
        any = true;
        if (tg__c_is_row_call(l, v)) {
            tg__c_comment(&l->c, v);
            tg__c_product_row(l, v, item->memory);
        } else if (takes(l, v)) {
            put_taken(l, v);
        } else if (tg__c_value(l->c.f, v)->op->inset) {
            tg__c_comment(&l->c, v);
            tg__c_put_inset(l, v);
            put_store(l, v, false);
        } else {
            put_map(l, v);
            put_store(l, v, !in_loop);
        }
    }
    for (uint32_t i = 0; i < l->count; i++) {
        const bool by_row = l->has_rows && tg__c_role(l, l->item[i].value) == TG_ROLE_ROW;
        if (!stores_here(l, &l->item[i]) || by_row == in_loop) continue;
        put_assigned(l, &l->item[i], by_row);
        any = true;
    }
    return any;
}

static bool is_in_pass(const tg__c_loop_kernel *l, const tg__c_item *item)
{
    return item->section == l->section && item->pass == l->pass;
}

/* Once for each row, or once: what stands before the loop, the loop, and what it has made. */
static void put_pass(tg__c_loop_kernel *l)
{
    tg__text *out = &l->c.body;
    if (l->has_rows) (void)put_values(l, false);
    for (uint32_t i = 0; i < l->count; i++) {
        const uint32_t v = l->item[i].value;
        if (!is_in_pass(l, &l->item[i]) || !takes(l, v) || tg__c_role(l, v) != TG_ROLE_ROW)
            continue;
        const tg__c_sum sum = sum_of(l, v);
        tg__c_sum_begin(&sum, &l->c);
    }
    const size_t length = out->length;
    open_loops(l, &l->column_nest, false);
    if (put_values(l, true)) {
        close_loops(l, &l->column_nest, false);
    } else {
        out->length = length;
        if (out->at) out->at[length] = 0;
    }
    for (uint32_t i = 0; i < l->count; i++) {
        const uint32_t v = l->item[i].value;
        if (!is_in_pass(l, &l->item[i])) continue;
        if (takes(l, v) && tg__c_role(l, v) == TG_ROLE_ROW) {
            const tg__c_sum sum = sum_of(l, v);
            tg__text_put(out, "const %s v%u = ", tg__c_type(tg__c_value(l->c.f, v)->dtype),
                         tg__c_number(l, v));
            tg__c_sum_total(&sum, out, l->columns);
            tg__text_put(out, ";");
            put_store(l, v, true);
        } else if (tg__c_role(l, v) == TG_ROLE_WHOLE) {
            end_row_whole(l, v);
        } else if (tg__c_role(l, v) == TG_ROLE_COLLECTED) {
            if (l->c.f->program->members[v].by_strips) tg__c_taken_row(l, v);
            else tg__c_collect_row(l, v);
        }
    }
}

static bool has_role(const tg__c_loop_kernel *l, int role)
{
    for (uint32_t i = 0; i < l->count; i++)
        if (l->item[i].section == l->section && tg__c_role(l, l->item[i].value) == role &&
            (role != TG_ROLE_COLUMN || is_float_sum(l, l->item[i].value)) &&
            (role != TG_ROLE_WHOLE || is_tall_whole(l, l->item[i].value)))
            return true;
    return false;
}

static void put_row_facts(tg__c_loop_kernel *l)
{
    tg__text *out = &l->c.body;
    const int64_t rows = l->cut.rows;
    const bool columns = has_role(l, TG_ROLE_COLUMN);
    tg__text_put(out, "const int32_t q = r * %" PRId64 ";", l->columns);
    if (columns || has_role(l, TG_ROLE_WHOLE))
        tg__text_put(out,
                     "const int32_t rows_here = r / %" PRId64 " * %" PRId64 " + %" PRId64
                     " <= %" PRId64 " ? %" PRId64 " : %" PRId64 ";",
                     rows, rows, rows, l->rows, rows, l->rows % rows);
    if (columns)
        tg__text_put(out, "int first; const int last = %s(r %% %" PRId64 ", rows_here, &first);",
                     tg__c_helper(l->c.f, "group_ends", 0), rows);
    tg__text_put(out, "(void)q;");
}

static uint32_t passes_of(const tg__c_loop_kernel *l)
{
    uint32_t passes = 1;
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->item[i].section == l->section && l->item[i].pass >= passes)
            passes = l->item[i].pass + 1;
    }
    return passes;
}

static void put_section(tg__c_loop_kernel *l)
{
    tg__text *out = &l->c.body;
    tg__c_make_nests(l);
    tg__text_put(out, "{");
    declare_counters(l);
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->item[i].section != l->section) continue;
        const uint32_t v = l->item[i].value;
        const int role = tg__c_role(l, v);
        if (role == TG_ROLE_WHOLE) begin_whole(l, v);
        else if (role == TG_ROLE_COLUMN) begin_columns(l, v);
        else if (l->c.f->program->members[v].by_strips) tg__c_taken_begin(l, v);
        else if (role == TG_ROLE_COLLECTED) tg__c_collect_begin(l, v);
    }
    if (l->has_rows) {
        open_loops(l, &l->row_nest, true);
        put_row_facts(l);
    }
    const uint32_t passes = passes_of(l);
    for (l->pass = 0; l->pass < passes; l->pass++) put_pass(l);
    if (l->has_rows) close_loops(l, &l->row_nest, true);
    for (uint32_t i = 0; i < l->count; i++) {
        if (l->item[i].section != l->section) continue;
        const uint32_t v = l->item[i].value;
        if (tg__c_role(l, v) == TG_ROLE_WHOLE) end_whole(l, v);
        else if (tg__c_role(l, v) == TG_ROLE_COLUMN) end_columns(l, v);
    }
    tg__text_put(out, "}");
}

void tg__c_loop(tg__c_file *f, uint32_t k)
{
    tg__c_loop_kernel l = { .count = f->program->kernels[k].length };
    tg__c_begin(&l.c, f, k);
    if (l.c.kernel->count > 0) {
        l.item = tg__c_alloc(f, l.count * sizeof *l.item);
        l.columns = l.c.kernel->columns;
        l.rows = l.columns ? l.c.kernel->count / l.columns : 0;
        l.cut = tg__cut_loop(l.c.kernel);
        for (uint32_t i = 0; l.item && i < l.count; i++)
            l.item[i].value = f->program->order[l.c.kernel->first + i];
        if (l.item) {
            tg__c_order_loop(&l);
            place_items(&l);
            for (l.section = 0; l.section < l.sections && tg__c_ok(f); l.section++) put_section(&l);
        }
    }
    tg__c_end(&l.c);
}
