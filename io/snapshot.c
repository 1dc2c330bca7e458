/* snapshot.c: copies the content of a store in memory, and restores it: all of it, or nothing. */
#include "io/draws.h"
#include "io/io.h"
#include "tg_save.h"

#include <string.h>

typedef struct saved {
    char *name;
    tg_dtype dtype;
    tg_shape shape;
    size_t offset, bytes; /* offset: in the data */
} saved;

struct tg_snapshot {
    tg_allocator allocator;
    saved *vars;
    size_t count;
    char *names; /* all of them */
    unsigned char *data;
    tg__draw *draws;
    size_t draw_count, draw_capacity;
    int64_t step;
    uint64_t seed;
};

void tg_snapshot_free(tg_snapshot *snapshot)
{
    if (!snapshot) return;
    const tg_allocator allocator = snapshot->allocator;
    tg__free(&allocator, snapshot->vars);
    tg__free(&allocator, snapshot->names);
    tg__free(&allocator, snapshot->data);
    tg__free(&allocator, snapshot->draws);
    tg__free(&allocator, snapshot);
}

static bool agree(const tg_var *var, const saved *of)
{
    return var->dtype == of->dtype && tg_shape_equal(var->shape, of->shape);
}

/* ---- Taking ------------------------------------------------------------------------- */

/* True if the snapshot's variables are those of the store, in the same order. */
static bool fits(const tg_snapshot *snapshot, const tg_store *store)
{
    if (snapshot->count != store->count) return false;
    for (size_t i = 0; i < store->count; i++)
        if (!agree(store->vars[i], &snapshot->vars[i]) ||
            strcmp(store->vars[i]->name, snapshot->vars[i].name) != 0)
            return false;
    return true;
}

/* Makes room for the counters of all draws that have been made. */
static bool reserve_draws(tg_snapshot *snapshot, const tg_store *store)
{
    size_t count = 0;
    for (tg__counter *c = NULL; (c = tg__counter_next(store, c)) != NULL;)
        count += tg__counter_value(c) > 0;
    return count == 0 || tg__grow(&snapshot->allocator, &snapshot->draws, &snapshot->draw_capacity,
                                  count, sizeof *snapshot->draws);
}

static tg_snapshot *allocate(tg__report *report, const tg_store *store)
{
    const tg_allocator *allocator = &store->allocator;
    size_t names = 0, bytes = 0, table;
    bool holds = tg__size_mul(store->count, sizeof(saved), &table);
    for (size_t i = 0; holds && i < store->count; i++)
        holds = tg__size_add(bytes, store->vars[i]->bytes, &bytes) &&
                tg__size_add(names, strlen(store->vars[i]->name) + 1, &names);
    tg_snapshot *made = holds ? tg__alloc_zero(allocator, sizeof *made) : NULL;
    if (made) {
        made->allocator = *allocator;
        made->vars = tg__alloc_zero(allocator, table);
        made->names = tg__alloc(allocator, names);
        made->data = tg__alloc(allocator, bytes);
        if ((made->vars || !table) && (made->names || !names) && (made->data || !bytes))
            return made;
    }
    tg_snapshot_free(made);
    tg__complain_memory(report, holds ? bytes : SIZE_MAX);
    return NULL;
}

static void describe(tg_snapshot *snapshot, const tg_store *store)
{
    char *name = snapshot->names;
    size_t offset = 0;
    snapshot->count = store->count;
    for (size_t i = 0; i < store->count; i++) {
        const tg_var *var = store->vars[i];
        const size_t size = strlen(var->name) + 1;
        snapshot->vars[i] = (saved){ .name = memcpy(name, var->name, size),
                                     .dtype = var->dtype,
                                     .shape = var->shape,
                                     .offset = offset,
                                     .bytes = var->bytes };
        name += size;
        offset += var->bytes;
    }
}

/* Copies the store's content. Cannot fail. */
static void copy_in(tg_snapshot *snapshot, const tg_store *store)
{
    for (size_t i = 0; i < store->count; i++)
        if (store->vars[i]->bytes)
            memcpy(snapshot->data + snapshot->vars[i].offset, store->vars[i]->data,
                   store->vars[i]->bytes);
    snapshot->draw_count = 0;
    for (tg__counter *c = NULL; (c = tg__counter_next(store, c)) != NULL;)
        if (tg__counter_value(c) > 0)
            snapshot->draws[snapshot->draw_count++] =
                (tg__draw){ .key = c->key, .count = tg__counter_value(c) };
    snapshot->step = store->step;
    snapshot->seed = store->seed;
}

tg_status tg_snapshot_take_at(tg_site at, tg_snapshot **out, const tg_store *store, tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_snapshot_take", NULL, error);
    if (!out) return tg__complain(&report, TG_ERR_ARGUMENT, "the snapshot to write to is NULL");
    if (tg__store_check(&report, store) != TG_OK) return report.status;
    const bool again = *out && fits(*out, store);
    tg_snapshot *taken = again ? *out : allocate(&report, store);
    if (!taken) return report.status;
    if (!again) describe(taken, store);
    if (!reserve_draws(taken, store)) {
        if (!again) tg_snapshot_free(taken);
        return tg__complain_memory(&report, sizeof *taken->draws);
    }
    copy_in(taken, store);
    if (!again) tg_snapshot_free(*out);
    *out = taken;
    return TG_OK;
}

/* ---- Putting back ------------------------------------------------------------------- */

/* A variable of the store that the snapshot lacks; NULL if there is none. */
static const tg_var *unknown_to(const tg_snapshot *snapshot, const tg_store *store)
{
    for (size_t i = 0; i < store->count; i++) {
        size_t k = 0;
        while (k < snapshot->count && strcmp(snapshot->vars[k].name, store->vars[i]->name) != 0)
            k++;
        if (k == snapshot->count) return store->vars[i];
    }
    return NULL;
}

static tg_status check_variables(tg__report *report, const tg_store *store,
                                 const tg_snapshot *snapshot)
{
    char ours[TG_SHAPE_SEEN], theirs[TG_SHAPE_SEEN];
    for (size_t i = 0; i < snapshot->count; i++) {
        const saved *of = &snapshot->vars[i];
        const tg_var *var = tg_find(store, of->name);
        if (!var)
            return tg__complain(report, TG_ERR_ARGUMENT,
                                "another model: the store has no \"%s\", which the snapshot has",
                                of->name);
        if (!agree(var, of))
            return tg__complain(report, var->dtype == of->dtype ? TG_ERR_SHAPE : TG_ERR_DTYPE,
                                "another model: \"%s\" is %s %s in the store and %s %s in the "
                                "snapshot",
                                var->name, tg_dtype_name(var->dtype),
                                tg__shape_seen(ours, var->shape), tg_dtype_name(of->dtype),
                                tg__shape_seen(theirs, of->shape));
    }
    if (store->count == snapshot->count) return TG_OK;
    return tg__complain(report, TG_ERR_ARGUMENT,
                        "another model, or what an optimizer has made since: the snapshot has no "
                        "\"%s\", which the store has",
                        unknown_to(snapshot, store)->name);
}

tg_status tg_snapshot_restore_at(tg_site at, tg_store *store, const tg_snapshot *snapshot,
                                 tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_snapshot_restore", NULL, error);
    if (tg__store_check(&report, store) != TG_OK) return report.status;
    if (!snapshot) return tg__complain(&report, TG_ERR_ARGUMENT, "the snapshot is NULL");
    if (check_variables(&report, store, snapshot) != TG_OK) return report.status;
    /* Pointers to counters belong to one store, so the copy needs its own. */
    size_t bytes;
    if (!tg__size_mul(snapshot->draw_count, sizeof(tg__draw), &bytes)) bytes = SIZE_MAX;
    tg__draw *draws = tg__alloc(&store->allocator, bytes);
    if (bytes && !draws) return tg__complain_memory(&report, bytes);
    if (bytes) memcpy(draws, snapshot->draws, bytes);
    if (tg__draws_find(store, draws, snapshot->draw_count)) {
        for (size_t i = 0; i < snapshot->count; i++)
            if (snapshot->vars[i].bytes)
                memcpy(tg_find(store, snapshot->vars[i].name)->data,
                       snapshot->data + snapshot->vars[i].offset, snapshot->vars[i].bytes);
        tg__draws_set(store, draws, snapshot->draw_count);
        store->step = snapshot->step;
        store->seed = snapshot->seed;
        store->variables_moved++;
        store->counters_moved++;
    } else {
        tg__complain_memory(&report, sizeof(tg__draw));
    }
    tg__free(&store->allocator, draws);
    return report.status;
}
