/* memory.c: where everything is: members of the struct, arrays of constants, and the workspace,
 * which is an array for each dtype. Values and temporary memory of kernels that are not needed at
 * the same time have the same elements there. */
#include "emit/file.h"
#include "ops/registry.h"

#include <ctype.h>
#include <stdlib.h>

/* ---- Members ---------------------------------------------------------------------------- */

/* A name as C has it, unlike those of the same kind. */
static const char *name_for(tg__c_file *f, int home, const char *wanted)
{
    const size_t length = strlen(wanted);
    char *name = tg__c_alloc(f, length + 24);
    if (!name) return "";
    char *to = name;
    if (!isalpha((unsigned char)wanted[0])) *to++ = 'v';
    if (!isalpha((unsigned char)wanted[0]) && length) *to++ = '_';
    for (const char *at = wanted; *at; at++) *to++ = isalnum((unsigned char)*at) ? *at : '_';
    *to = 0;
    if (tg__c_is_keyword(name)) *to++ = '_', *to = 0;
    for (int number = 2;; number++) {
        bool unique = true;
        for (size_t i = 0; i < f->member_count && unique; i++)
            unique = f->member[i].home != home || strcmp(f->member[i].name, name) != 0;
        if (unique) return name;
        (void)snprintf(to, 12, "_%d", number);
    }
}

static uint32_t add_member(tg__c_file *f, tg__c_member member, const char *wanted)
{
    member.name = name_for(f, member.home, wanted);
    if (!tg__grow(&f->allocator, &f->member, &f->member_capacity, f->member_count + 1,
                  sizeof *f->member)) {
        tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
        return 0;
    }
    f->member[f->member_count] = member;
    return (uint32_t)f->member_count++;
}

static tg__c_member member_of(const tg__c_file *f, int home, uint32_t v)
{
    const tg__value *x = tg__c_value(f, v);
    tg__c_member member = { .home = (uint8_t)home,
                            .dtype = x->dtype,
                            .rank = x->rank,
                            .count = x->count,
                            .site = x->site,
                            .value = v };
    memcpy(member.dim, x->dim, sizeof *x->dim * x->rank);
    return member;
}

static bool is_assigned(const tg__c_file *f, const tg_var *var)
{
    for (size_t v = 0; v < f->program->count; v++) {
        const tg__value *x = tg__c_value(f, (uint32_t)v);
        if (x->op->kind == TG_KIND_ASSIGN && f->program->leaves[x->leaf].var == var) return true;
    }
    return false;
}

/* The variable's member, or the array that it is. */
static uint32_t variable_member(tg__c_file *f, const tg_var *var)
{
    for (uint32_t i = 0; i < f->member_count; i++)
        if (f->member[i].var == var) return i;
    const bool constant = !f->args->variables && !f->args->no_weights && !is_assigned(f, var);
    tg__c_member member = { .home = constant ? TG_C_CONSTANT : TG_C_VARIABLE,
                            .dtype = (uint8_t)var->dtype,
                            .rank = (uint8_t)var->shape.rank,
                            .count = var->count,
                            .data = f->args->no_weights ? NULL : var->data,
                            .var = var };
    memcpy(member.dim, var->shape.dim, sizeof member.dim);
    return add_member(f, member, var->name);
}

static void place_leaf(tg__c_file *f, uint32_t v)
{
    const tg__value *x = tg__c_value(f, v);
    const tg__leaf *leaf = &f->program->leaves[x->leaf];
    tg__c_place *place = &f->place[v];
    if (x->op == &tg__op_number) {
        place->home = TG_C_NUMBER;
    } else if (x->op == &tg__op_step) {
        if (!tg__grow(&f->allocator, &f->temp, &f->temp_capacity, f->temp_count + 1,
                      sizeof *f->temp)) {
            tg__c_fail(f, TG_ERR_MEMORY, "out of memory");
            return;
        }
        f->temp[f->temp_count++] = (tg__c_temp){ .dtype = x->dtype,
                                                 .count = 1,
                                                 .last = (uint32_t)f->program->kernel_count };
        f->step[v] = (uint32_t)f->temp_count;
    } else if (leaf->var) {
        place->member = variable_member(f, leaf->var);
        place->home = tg__c_ok(f) ? f->member[place->member].home : TG_C_NOWHERE;
    } else if (x->op == &tg__op_input) {
        place->home = TG_C_INPUT;
        place->member =
            add_member(f, member_of(f, TG_C_INPUT, v), leaf->name ? leaf->name : "input");
    } else {
        tg__c_member member = member_of(f, TG_C_CONSTANT, v);
        member.data = f->instance->leaf[x->leaf];
        place->home = TG_C_CONSTANT;
        place->member = add_member(f, member, leaf->name ? leaf->name : "constant");
    }
}

static void place_outputs(tg__c_file *f)
{
    for (size_t i = 0; i < f->program->output_count && tg__c_ok(f); i++) {
        const uint32_t v = f->program->outputs[i];
        const tg_tensor *node = f->plan->output_nodes[i];
        char name[24];
        (void)snprintf(name, sizeof name, "out%zu", i);
        tg__c_member member = member_of(f, TG_C_OUTPUT, v);
        member.rank = node->rank;
        memcpy(member.dim, node->dim, sizeof *node->dim * node->rank);
        member.copied = f->place[v].home != TG_C_NOWHERE;
        const uint32_t number = add_member(f, member, node->name ? node->name : name);
        if (!member.copied) f->place[v] = (tg__c_place){ TG_C_OUTPUT, number, 0 };
    }
}

void tg__c_find_members(tg__c_file *f)
{
    const tg__program *program = f->program;
    for (uint32_t v = 0; v < program->count && tg__c_ok(f); v++) {
        const tg__value *x = tg__c_value(f, v);
        bool large = x->count > INT32_MAX;
        for (int i = 0; i < x->arity; i++)
            large |= x->view[i] && tg__view_count(x->view[i]) > INT32_MAX;
        if (large) tg__c_refuse(f, v, "it goes over more than 2^31 - 1 elements");
        if (x->op->kind == TG_KIND_LEAF) place_leaf(f, v);
        if (!x->stays || x->op->kind == TG_KIND_LEAF) continue;
        if (program->storage[v].place != TG_PLACE_BLOCK || !f->folded[program->members[v].kernel])
            continue;
        tg__c_member member = member_of(f, TG_C_CONSTANT, v);
        member.data = tg__locate(f->instance, v);
        f->place[v] = (tg__c_place){ TG_C_CONSTANT, add_member(f, member, "computed"), 0 };
    }
    for (uint32_t v = 0; v < program->count && tg__c_ok(f); v++) {
        const tg__value *x = tg__c_value(f, v);
        if (x->op->kind != TG_KIND_ASSIGN) continue;
        const uint32_t member = variable_member(f, program->leaves[x->leaf].var);
        if (program->storage[v].place == TG_PLACE_LEAF)
            f->place[v] = (tg__c_place){ TG_C_VARIABLE, member, 0 };
    }
    place_outputs(f);
}

/* ---- The workspace ---------------------------------------------------------------------- */

/* A range of elements of one dtype, from one kernel to another. */
typedef struct range {
    int64_t count, offset;
    uint32_t first, last, next; /* the value or temporary memory that it is of */
    uint8_t dtype;
    bool temp, output;
} range;

/* The largest first: small ones then fill the gaps between them. */
static int by_size(const void *a, const void *b)
{
    const range *x = a, *y = b;
    if (x->count != y->count) return (x->count < y->count) - (x->count > y->count);
    if (x->first != y->first) return (x->first > y->first) - (x->first < y->first);
    if (x->temp != y->temp) return (x->temp > y->temp) - (x->temp < y->temp);
    return (x->next > y->next) - (x->next < y->next);
}

/* The first gap among the ranges that are taken at the same time. */
static void place_range(tg__c_file *f, range *list, size_t i)
{
    range *x = &list[i];
    bool moved = true;
    x->offset = 0;
    while (moved) {
        moved = false;
        for (size_t k = 0; k < i; k++) {
            const range *y = &list[k];
            if (y->output || y->dtype != x->dtype || y->first > x->last || y->last < x->first ||
                y->offset >= x->offset + x->count || y->offset + y->count <= x->offset)
                continue;
            x->offset = y->offset + y->count;
            moved = true;
        }
    }
    const int64_t end =
        x->offset + (x->count ? x->count : 1); /* one that is empty has an address */
    if (end > f->pool[x->dtype]) f->pool[x->dtype] = end;
}

/* The last kernel that reads each value; the end for what is read then. */
static void find_lasts(const tg__c_file *f, uint32_t *last)
{
    const tg__program *program = f->program;
    const uint32_t end = (uint32_t)program->kernel_count;
    for (uint32_t k = 0; k < program->kernel_count; k++)
        for (uint32_t i = 0; i < program->kernels[k].length; i++) {
            const uint32_t v = program->order[program->kernels[k].first + i];
            const tg__value *x = tg__c_value(f, v);
            const uint32_t time = tg__c_time(f, k);
            if (last[v] < time) last[v] = time;
            for (int j = 0; j < x->arity; j++)
                if (last[x->in[j]] < time) last[x->in[j]] = time;
        }
    for (size_t i = 0; i < program->landing_count; i++) last[program->landings[i].value] = end;
    for (size_t i = 0; i < program->output_count; i++) last[program->outputs[i]] = end;
}

void tg__c_place_all(tg__c_file *f)
{
    const tg__program *program = f->program;
    uint32_t *last = tg__c_alloc(f, (program->count + 1) * sizeof *last);
    uint32_t *root = tg__c_alloc(f, (program->count + 1) * sizeof *root); /* 1 + its range */
    range *list = tg__c_alloc(f, (program->count + f->temp_count + 1) * sizeof *list);
    size_t count = 0;
    if (!last || !root || !list) return;
    find_lasts(f, last);
    for (uint32_t time = 0; time < program->kernel_count; time++) {
        const tg__kernel *kernel = &program->kernels[program->kernel_count - 1 - time];
        for (uint32_t i = 0; i < kernel->length; i++) {
            const uint32_t v = program->order[kernel->first + i];
            const tg__storage *storage = &program->storage[v];
            const int dtype = tg__c_stored(tg__c_value(f, v)->dtype);
            if (storage->place != TG_PLACE_BLOCK || f->folded[program->members[v].kernel]) continue;
            const bool output = f->place[v].home == TG_C_OUTPUT;
            const uint32_t shares = storage->shares;
            if (shares != TG__NONE && root[shares] && list[root[shares] - 1].dtype == dtype &&
                !(output && list[root[shares] - 1].output)) {
                root[v] = root[shares];
                range *x = &list[root[v] - 1];
                if (last[v] > x->last) x->last = last[v];
                if (output) x->output = true, x->next = v;
                continue;
            }
            list[count++] = (range){ .count = tg__c_value(f, v)->count,
                                     .first = time,
                                     .last = last[v],
                                     .next = v,
                                     .dtype = (uint8_t)dtype,
                                     .output = output };
            root[v] = (uint32_t)count;
        }
    }
    /* Values keep the number of their range while ranges are sorted. */
    const size_t values = count;
    uint32_t *number = tg__c_alloc(f, (values + 1) * sizeof *number);
    if (!number) return;
    for (size_t i = 0; i < f->temp_count; i++)
        list[count++] = (range){ .count = f->temp[i].count,
                                 .first = f->temp[i].first,
                                 .last = f->temp[i].last,
                                 .next = (uint32_t)i,
                                 .dtype = (uint8_t)tg__c_stored(f->temp[i].dtype),
                                 .temp = true };
    for (size_t i = 0; i < values; i++) number[i] = list[i].next;
    qsort(list, count, sizeof *list, by_size);
    for (size_t i = 0; i < count; i++)
        if (!list[i].output) place_range(f, list, i);
    for (size_t i = 0; i < count; i++) {
        if (list[i].temp) f->temp[list[i].next].offset = list[i].offset;
        else if (!list[i].output)
            f->place[list[i].next] = (tg__c_place){ TG_C_WORK, 0, list[i].offset };
    }
    for (uint32_t v = 0; v < program->count; v++)
        if (root[v]) f->place[v] = f->place[number[root[v] - 1]];
    for (uint32_t v = 0; v < program->count; v++)
        if (f->step[v]) f->place[v] = (tg__c_place){ TG_C_WORK, 0, f->temp[f->step[v] - 1].offset };
}
