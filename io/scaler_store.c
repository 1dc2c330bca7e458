/* scaler_store.c: a scaler as two states of a store, and recorded on the tapes of that store. */
#include "io/scaling.h"

#include "autograd/engine.h"
#include "tg_array.h"
#include "tg_ops.h"

#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* ---- In a store --------------------------------------------------------------------- */

tg_status tg_scaler_keep_at(tg_site at, tg_store *store, const char *name, const tg_scaler *scaler,
                            tg_error *error)
{
    static const char *const fields[] = { "shift", "scale" };
    tg__report report = tg__report_new(at, "tg_scaler_keep", NULL, error);
    tg_var *vars[2];
    char text[TG__STATE_NAME];
    if (tg__state_check(&report, store, name, "shift") != TG_OK) return report.status;
    if (tg__scaler_check(&report, scaler) != TG_OK) return report.status;
    const size_t before = tg_var_count(store);
    for (int i = 0; i < 2; i++) {
        (void)tg__state_name(text, name, fields[i]);
        vars[i] = tg_state_at(at, store, text, TG_F64, scaler->shift.shape, 0);
        if (vars[i]) continue;
        tg__complain(&report, tg_store_status(store), "the states cannot be made:\n    %s",
                     tg_store_error(store));
        tg_store_clear_error(store);
        tg__store_shrink(store, before);
        return report.status;
    }
    const size_t count = (size_t)scaler->shift.shape.dim[0];
    (void)tg_var_set_as(vars[0], TG_F64, scaler->shift.data, count);
    (void)tg_var_set_as(vars[1], TG_F64, scaler->scale.data, count);
    return TG_OK;
}

/* Finds both states. False if one is missing or they differ in shape. */
static bool find_states(const tg_store *store, const char *name, tg_var *vars[2])
{
    char text[TG__STATE_NAME];
    vars[0] = tg__state_name(text, name, "shift") ? tg_find(store, text) : NULL;
    vars[1] = tg__state_name(text, name, "scale") ? tg_find(store, text) : NULL;
    if (!vars[0] || !vars[1]) return false;
    for (int i = 0; i < 2; i++)
        if (tg_var_dtype(vars[i]) != TG_F64 || tg_var_shape(vars[i]).rank != 1) return false;
    return tg_shape_equal(tg_var_shape(vars[0]), tg_var_shape(vars[1]));
}

tg_status tg_scaler_from_at(tg_site at, tg_scaler *out, const tg_store *store, const char *name,
                            tg_error *error)
{
    tg__report report = tg__report_new(at, "tg_scaler_from", NULL, error);
    char seen[TG_TEXT_SEEN];
    tg_var *vars[2];
    if (!out) return tg__complain(&report, TG_ERR_ARGUMENT, "the scaler to write to is NULL");
    memset(out, 0, sizeof *out);
    if (tg__state_check(&report, store, name, "shift") != TG_OK) return report.status;
    if (!find_states(store, name, vars))
        return tg__complain(&report, TG_ERR_ARGUMENT,
                            "the store has no scaler \"%s\": tg_scaler_keep keeps one there, and "
                            "tg_load brings it back",
                            tg__text_seen(seen, name, strlen(name)));
    const tg_shape shape = tg_var_shape(vars[0]);
    tg_status status = tg__array_make(&report, &store->allocator, TG_F64, shape, &out->shift);
    if (status == TG_OK)
        status = tg__array_make(&report, &store->allocator, TG_F64, shape, &out->scale);
    if (status != TG_OK) {
        tg_scaler_free(out);
        return status;
    }
    (void)tg_var_get_as(vars[0], TG_F64, out->shift.data, (size_t)shape.dim[0]);
    (void)tg_var_get_as(vars[1], TG_F64, out->scale.data, (size_t)shape.dim[0]);
    return TG_OK;
}

/* ---- On a tape ---------------------------------------------------------------------- */

/* True if a row of x has one element for each column. */
static bool fits(const tg_tensor *x, int64_t columns)
{
    int64_t elements = 1;
    for (int i = 1; i < tg_rank(x); i++) elements *= tg_dim(x, i);
    return tg_rank(x) >= 1 && elements == columns;
}

static tg_tensor *record(tg_site at, const char *function, tg_tensor *x, const char *name,
                         bool back)
{
    char seen[TG_TEXT_SEEN], shape[TG_SHAPE_SEEN];
    tg_var *vars[2];
    if (!tg_enter(&at, function, TG_LIST(x))) return NULL;
    tg_tape *tape = tg_tape_of(x);
    const tg_dtype dtype = tg_dtype_of(x);
    if (dtype != TG_F32 && dtype != TG_F64)
        return tg_fail(tape, at, TG_ERR_DTYPE, "%s: x is %s; f32 or f64 is scaled", function,
                       tg_dtype_name(dtype));
    if (!name || !find_states(tg_tape_store(tape), name, vars))
        return tg_fail(tape, at, TG_ERR_ARGUMENT,
                       "%s: the store has no scaler \"%s\": tg_scaler_keep keeps one there, and "
                       "tg_load brings it back",
                       function, name ? tg__text_seen(seen, name, strlen(name)) : "NULL");
    const int64_t columns = tg_var_shape(vars[0]).dim[0];
    if (!fits(x, columns))
        return tg_fail(
            tape, at, TG_ERR_SHAPE,
            "%s: the scaler \"%s\" takes [rows, ...] of %lld elements a row, and x is %s", function,
            tg__text_seen(seen, name, strlen(name)), (long long)columns,
            tg__shape_seen(shape, tg_shape_from(x)));
    tg_shape row = { .rank = tg_rank(x) - 1 };
    for (int i = 0; i < row.rank; i++) row.dim[i] = tg_dim(x, i + 1);
    tg_tensor *shift = tg_reshape(tg_read(tape, vars[0]), row);
    tg_tensor *scale = tg_reshape(tg_read(tape, vars[1]), row);
    tg_tensor *wide = dtype == TG_F64 ? x : tg_cast(x, TG_F64);
    tg_tensor *scaled = back ? tg_mul(wide, scale) : tg_sub(wide, shift);
    scaled = back ? tg_add(scaled, shift) : tg_div(scaled, scale);
    return dtype == TG_F64 ? scaled : tg_cast(scaled, TG_F32);
}

tg_tensor *tg_scaled_at(tg_site at, tg_tensor *x, const char *name)
{
    return record(at, "tg_scaled", x, name, false);
}

tg_tensor *tg_unscaled_at(tg_site at, tg_tensor *y, const char *name)
{
    return record(at, "tg_unscaled", y, name, true);
}
