/* early_stop.c: early stopping: counts for how long a metric has not improved. The counts are in a
 * variable of the store, so that checkpoints save them. */
#include <tapegrad.h>

#include <math.h>

#undef TG_HERE
#define TG_HERE at

enum { COUNT, BEST_AT, BEST, WAITED, NUMBERS };

/* ---- Making one ----------------------------------------------------------------------------- */

/* The state in the store, or a new one; NULL on an error, which sticks to the store. */
static tg_var *find_state(const tg_early_stop_args *args)
{
    const tg_site at = args->at;
    const bool is_new = args->name && !tg_find(args->store, args->name);
    tg_var *state = tg_state(args->store, args->name, TG_F64, TG_SHAPE(NUMBERS), 0);
    if (!state) {
        char why[TG_ERROR_TEXT];
        const tg_status status = tg_store_status(args->store);
        (void)snprintf(why, sizeof why, "%s", tg_store_error(args->store));
        tg_store_clear_error(args->store);
        tg_store_fail(args->store, at, status, "tg_early_stop_new: no state of that name:\n    %s",
                      why);
    } else if (is_new) {
        const double begin[NUMBERS] = { [BEST] = args->maximize ? -HUGE_VAL : HUGE_VAL };
        (void)tg_var_set(state, begin, NUMBERS);
    }
    return state;
}

tg_early_stop tg_early_stop_new_with(const tg_early_stop_args *given)
{
    tg_early_stop_args args = { TG_EARLY_STOP_DEFAULTS };
    const tg_early_stop none = { 0 };
    if (!TG_READ_STORE_OPTIONS(args, given, "tg_early_stop_new")) return none;
    if (!args.store || tg_store_status(args.store) != TG_OK) return none;
    if (args.patience < 1 && args.patience != TG_AUTO)
        tg_store_fail(args.store, args.at, TG_ERR_ARGUMENT,
                      "tg_early_stop_new: patience = %lld must be at least 1",
                      (long long)args.patience);
    else if (!(args.least_change >= 0 && isfinite(args.least_change)))
        tg_store_fail(args.store, args.at, TG_ERR_ARGUMENT,
                      "tg_early_stop_new: least_change = %g must be finite and at least 0",
                      args.least_change);
    if (tg_store_status(args.store) != TG_OK) return none;
    tg_var *state = find_state(&args);
    if (!state) return none;
    return (tg_early_stop){ .state = state,
                            .patience = args.patience,
                            .least_change = args.least_change,
                            .maximize = args.maximize };
}

/* ---- Feeding and asking ------------------------------------------------------------------- */

static bool read_state(const tg_early_stop *stop, double now[NUMBERS])
{
    return stop && stop->state && tg_var_get(stop->state, now, NUMBERS) == TG_OK;
}

bool tg_early_stop_feed(const tg_early_stop *stop, double metric)
{
    double now[NUMBERS];
    if (!read_state(stop, now)) return false;
    now[COUNT]++;
    const bool better = stop->maximize ? metric > now[BEST] + stop->least_change
                                       : metric < now[BEST] - stop->least_change;
    if (better) {
        now[BEST] = metric;
        now[BEST_AT] = now[COUNT];
        now[WAITED] = 0;
    } else now[WAITED]++;
    (void)tg_var_set(stop->state, now, NUMBERS);
    return stop->patience != TG_AUTO && now[WAITED] >= (double)stop->patience;
}

bool tg_early_stop_improved(const tg_early_stop *stop)
{
    double now[NUMBERS];
    return read_state(stop, now) && now[COUNT] > 0 && now[BEST_AT] == now[COUNT];
}

double tg_early_stop_best(const tg_early_stop *stop)
{
    double now[NUMBERS];
    return read_state(stop, now) && now[BEST_AT] > 0 ? now[BEST] : (double)NAN;
}

int64_t tg_early_stop_best_index(const tg_early_stop *stop)
{
    double now[NUMBERS];
    return read_state(stop, now) ? (int64_t)now[BEST_AT] - 1 : -1;
}

int64_t tg_early_stop_count(const tg_early_stop *stop)
{
    double now[NUMBERS];
    return read_state(stop, now) ? (int64_t)now[COUNT] : 0;
}
