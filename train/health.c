/* health.c: begins and ends a health report. All nodes that were recorded for it are removed from
 * the tape at the end. Its memory is on a second tape, on which nothing is recorded. */
#include "health.h"

#include "common.h"

/* ---- Errors --------------------------------------------------------------------------------- */

/* Moves the tape's error to .error: the tape had none before. */
static void take_error(const tg__health *h)
{
    const tg_site nowhere = { 0 };
    tg_error *error = h->args.error;
    if (tg_tape_status(h->tape) != TG_OK)
        tg_error_set(error, nowhere, tg_tape_status(h->tape), "%s", tg_tape_error(h->tape));
    else if (tg_store_status(tg_tape_store(h->tape)) == TG_OK && (!error || !error->status))
        tg_error_set(error, h->at, TG_ERR_MEMORY, "tg_health_new: out of memory");
    tg_tape_clear_error(h->tape);
}

static bool refuse(const tg__health *h, tg_status status, const char *what)
{
    tg_error_set(h->args.error, h->at, status, "tg_health_new: %s", what);
    return false;
}

/* ---- Checking -------------------------------------------------------------------------------- */

static bool updates_fit(const tg__health *h)
{
    const tg_updates *given = h->args.updates, now = tg_updates_since(h->tape, 0);
    if (!given) return true;
    if (given->tape == h->tape && given->recording == now.recording && given->first <= now.count &&
        given->count <= now.count - given->first)
        return true;
    return refuse(h, TG_ERR_ARGUMENT, "the .updates do not belong to this tape's recording");
}

static bool features_fit(const tg__health *h)
{
    const tg_tensor *x = h->args.features;
    if (!x) return true;
    const tg_dtype dtype = tg_dtype_of(x);
    if (dtype != TG_F32 && dtype != TG_F64)
        return refuse(h, TG_ERR_DTYPE, "the .features must be f32 or f64; give their tg_cast");
    if (tg_rank(x) >= 2 && tg_count(x) > 0) return true;
    return refuse(h, TG_ERR_SHAPE, "the .features must have rows and columns: [rows, ...]");
}

static bool is_loss(const tg__health *h)
{
    const tg_tensor *loss = h->args.loss;
    const tg_dtype dtype = tg_dtype_of(loss);
    if (dtype != TG_F32 && dtype != TG_F64)
        return refuse(h, TG_ERR_DTYPE, "the loss must be f32 or f64");
    return tg_count(loss) == 1 ||
           refuse(h, TG_ERR_SHAPE, "the loss must be one number; reduce it (tg_mean)");
}

/* True if the tape had an error before the call; that error is reported, and stays. */
static bool failed_before(const tg__health *h)
{
    const tg_store *store = tg_tape_store(h->tape);
    const tg_site nowhere = { 0 };
    const tg_status of_tape = tg_tape_status(h->tape), of_store = tg_store_status(store);
    if (of_tape != TG_OK)
        tg_error_set(h->args.error, nowhere, of_tape, "%s", tg_tape_error(h->tape));
    else if (of_store != TG_OK)
        tg_error_set(h->args.error, nowhere, of_store, "%s", tg_store_error(store));
    return of_tape != TG_OK || of_store != TG_OK;
}

/* Checks the options and enters the function. False with an error. */
static bool enter(tg__health *h)
{
    tg_tensor *loss = h->args.loss, *features = h->args.features;
    if (!loss) return refuse(h, TG_ERR_ARGUMENT, "the loss is NULL; has it been recorded?");
    h->tape = tg_tape_of(loss);
    if (failed_before(h)) return false;
    if (features && tg_tape_of(features) != h->tape)
        return refuse(h, TG_ERR_ARGUMENT, "the .features were recorded on another tape");
    if (!tg_enter(&h->at, "tg_health_new", TG_LIST(loss)) ||
        (features && !tg_enter(&h->at, "tg_health_new", TG_LIST(loss, features)))) {
        take_error(h);
        return false;
    }
    h->length = tg_tape_length(h->tape);
    h->loss_at = (size_t)tg_index_of(loss);
    return is_loss(h) && updates_fit(h) && features_fit(h);
}

/* ---- The report ------------------------------------------------------------------------------ */

static bool begin(tg__health *h)
{
    tg_store *store = tg_tape_store(h->tape);
    h->room = tg_tape_new(store);
    tg_tape *memory = h->room ? tg_tape_new(store) : NULL;
    h->out = memory ? tg__health_zeroed(memory, 1, sizeof *h->out) : NULL;
    if (!h->out) {
        tg_tape_free(memory);
        return false;
    }
    h->out->memory = memory;
    h->out->learning_rate = (double)NAN;
    return true;
}

/* Makes the report. False with the error in .error or on the tape; with neither, memory was not
 * enough. */
static bool make(tg__health *h)
{
    if (!begin(h) || !tg__health_find(h)) return false;
    if (h->out->parameter_count == 0)
        return refuse(h, TG_ERR_ARGUMENT, "the loss depends on no trainable parameter");
    return tg__health_measure(h) && tg__health_nonfinite(h) && tg__health_judge(h);
}

tg_health *tg_health_new_with(const tg_health_args *given)
{
    tg__health h = { .args = { TG_HEALTH_DEFAULTS } };
    if (!tg__train_options(&h.args, given, given ? given->error : NULL, "tg_health_new"))
        return NULL;
    h.at = h.args.at;
    if (!enter(&h)) return NULL;
    const bool ok = make(&h);
    if (!ok) take_error(&h);
    (void)tg_undo(h.at);
    tg_tape_free(h.room);
    if (ok) return h.out;
    tg_health_free(h.out);
    return NULL;
}

void tg_health_free(tg_health *health)
{
    if (health) tg_tape_free(health->memory); /* the report itself is in that memory */
}
