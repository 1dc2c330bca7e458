/* loop_order.c: the sections and passes of a loop (loop.h), and its loops. */
#include "emit/loop.h"

/* ---- How operands are read -------------------------------------------------------------- */

bool tg__c_is_aligned(const tg__c_loop_kernel *l, uint32_t v, int i, tg__view *view)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const uint32_t from = x->in[i];
    const tg__value *operand = tg__c_value(l->c.f, from);
    view->rank = -1;
    if (!x->view[i]) return true;
    if (l->c.f->program->members[v].by_strips && l->c.f->program->members[v].collected == i)
        return true; /* as it would lie in memory */
    const tg__view flat = tg__view_collapse(x->view[i]);
    if (tg__c_item_of(l, from) && tg__c_role(l, from) == TG_ROLE_ROW &&
        tg__c_role(l, v) != TG_ROLE_ROW && flat.rank == 2 && flat.offset == 0 &&
        flat.dim[0] == l->rows && flat.stride[0] == 1 && flat.stride[1] == 0)
        return true;
    if (tg__view_is_whole(x->view[i], operand->count)) return true;
    *view = flat;
    return false;
}

static void add_use(tg__c_item *item, uint32_t section, uint32_t pass, bool apart)
{
    if (item->section != section || apart) item->level = 2;
    else if (item->pass != pass && item->level < 1) item->level = 1;
}

/* Does [v] ask for a new section, or for a new pass? */
static void find_breaks(const tg__c_loop_kernel *l, uint32_t v, uint32_t section, uint32_t pass,
                        bool *new_section, bool *new_pass)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    for (int i = 0; i < x->arity && !tg__c_is_row_call(l, v); i++) {
        const tg__c_item *from = tg__c_item_of(l, x->in[i]);
        tg__view view;
        if (!from || from->section != section) continue;
        const bool reduced = tg__c_value(l->c.f, x->in[i])->op->kind == TG_KIND_REDUCE;
        if (x->op->inset || !tg__c_is_aligned(l, v, i, &view)) *new_section = true;
        else if (reduced && from->pass == pass) *new_pass = true;
    }
}

static int64_t domain_of(const tg__c_loop_kernel *l, uint32_t v)
{
    return tg__c_role(l, v) == TG_ROLE_OWN ? tg__c_value(l->c.f, v)->count : -1;
}

/* Assignments are stored at the end, when nothing here reads the old values any more. */
static void place_stores(tg__c_loop_kernel *l, uint32_t section, uint32_t pass, int64_t domain)
{
    for (uint32_t i = 0; i < l->count; i++) {
        tg__c_item *item = &l->item[i];
        if (tg__c_value(l->c.f, item->value)->op->kind != TG_KIND_ASSIGN) continue;
        if (domain_of(l, item->value) != domain) {
            domain = domain_of(l, item->value);
            section++;
            pass = 0;
        }
        item->store_section = section;
        item->store_pass = pass;
    }
    l->sections = section + 1;
}

static void note_uses(tg__c_loop_kernel *l)
{
    for (uint32_t i = 0; i < l->count; i++) {
        tg__c_item *item = &l->item[i];
        const tg__value *x = tg__c_value(l->c.f, item->value);
        if (x->op->kind == TG_KIND_ASSIGN)
            add_use(item, item->store_section, item->store_pass, false);
        if (tg__c_is_row_call(l, item->value) && item->level < 1) item->level = 1;
        for (int k = 0; k < x->arity && !tg__c_is_row_call(l, item->value); k++) {
            tg__c_item *from = tg__c_item_of(l, x->in[k]);
            tg__view view;
            if (!from) continue;
            const bool apart = x->op->inset || !tg__c_is_aligned(l, item->value, k, &view);
            add_use(from, item->section, item->pass, apart);
        }
    }
}

void tg__c_order_loop(tg__c_loop_kernel *l)
{
    uint32_t section = 0, pass = 0;
    int64_t domain = -1;
    for (uint32_t i = 0; i < l->count; i++) {
        const uint32_t v = l->item[i].value;
        bool new_section = i > 0 && domain_of(l, v) != domain, new_pass = false;
        find_breaks(l, v, section, pass, &new_section, &new_pass);
        if (new_section) section++, pass = 0;
        else if (new_pass) pass++;
        domain = domain_of(l, v);
        l->item[i].section = section;
        l->item[i].pass = pass;
    }
    place_stores(l, section, pass, domain);
    note_uses(l);
}

/* ---- Loops ------------------------------------------------------------------------------ */

/* Adds the places where an axis of the view ends, if all bounds divide each other then. */
static void add_bounds(tg__c_loop_kernel *l, int rank, const int64_t *dim, int64_t inner)
{
    int64_t bounds[TG_C_NEST];
    int count = l->bound_count;
    memcpy(bounds, l->bounds, sizeof bounds);
    for (int k = rank - 1; k > 0; k--) {
        inner *= dim[k];
        if (inner <= 1 || inner >= l->positions) continue;
        int at = 0;
        while (at < count && bounds[at] < inner) at++;
        if (at < count && bounds[at] == inner) continue;
        if (count == TG_C_NEST - 2) return;
        memmove(bounds + at + 1, bounds + at, (size_t)(count - at) * sizeof *bounds);
        bounds[at] = inner;
        count++;
    }
    for (int k = 1; k < count; k++)
        if (bounds[k] % bounds[k - 1] != 0) return;
    memcpy(l->bounds, bounds, sizeof bounds);
    l->bound_count = count;
}

static void add_bounds_of(tg__c_loop_kernel *l, uint32_t v)
{
    const tg__value *x = tg__c_value(l->c.f, v);
    const bool by_row = tg__c_role(l, v) == TG_ROLE_ROW && x->op->kind != TG_KIND_REDUCE;
    if (tg__c_is_row_call(l, v)) {
        add_bounds(l, x->rank, x->dim, 1); /* the axes of its rows */
        return;
    }
    for (int i = 0; i < x->arity; i++) {
        tg__view view;
        if (l->c.f->program->members[v].by_strips) continue;
        if (x->op->inset) {
            const tg__inset inset = tg__inset_of(x, i);
            add_bounds(l, inset.rank, inset.dim, 1);
        } else if (!tg__c_is_aligned(l, v, i, &view)) {
            const int64_t inner = by_row ? l->columns : 1;
            /* The bound between rows and columns is there already. */
            add_bounds(l, view.rank, view.dim, inner);
        }
    }
}

static void cut_nest(tg__c_nest *nest, const int64_t *bounds, int count, int64_t inner,
                     int64_t outer)
{
    nest->count = 0;
    int64_t high = outer;
    for (int k = count; k-- > 0;) {
        if (bounds[k] <= inner || bounds[k] >= high) continue;
        nest->size[nest->count] = high / bounds[k];
        nest->inner[nest->count++] = bounds[k];
        high = bounds[k];
    }
    nest->size[nest->count] = high / inner;
    nest->inner[nest->count++] = inner;
}

void tg__c_make_nests(tg__c_loop_kernel *l)
{
    const tg__kernel *kernel = l->c.kernel;
    l->positions = kernel->count;
    l->has_rows = l->columns > 0;
    l->bound_count = 0;
    for (uint32_t i = 0; i < l->count; i++) {
        const bool here = l->item[i].section == l->section;
        if (here && tg__c_role(l, l->item[i].value) == TG_ROLE_OWN) {
            l->positions = tg__c_value(l->c.f, l->item[i].value)->count;
            l->has_rows = false;
        }
        if (tg__c_value(l->c.f, l->item[i].value)->op->kind == TG_KIND_ASSIGN && !here &&
            l->item[i].store_section == l->section && domain_of(l, l->item[i].value) >= 0) {
            l->positions = domain_of(l, l->item[i].value);
            l->has_rows = false;
        }
    }
    if (l->has_rows && l->columns > 1 && l->columns < l->positions)
        l->bounds[l->bound_count++] = l->columns;
    for (uint32_t i = 0; i < l->count; i++)
        if (l->item[i].section == l->section) add_bounds_of(l, l->item[i].value);
    const int64_t columns = l->has_rows ? l->columns : l->positions;
    cut_nest(&l->column_nest, l->bounds, l->bound_count, 1, columns);
    if (l->has_rows) cut_nest(&l->row_nest, l->bounds, l->bound_count, l->columns, l->positions);
}
