/* loss_ctc.c: connectionist temporal classification (Graves et al. 2006): the negative logarithm of
 * the probability of all paths that spell the labels, where blanks may stand between symbols and
 * symbols may be repeated. The forward recursion over time is recorded step by step; its vjp is the
 * backward recursion. */
#include "loss.h"

#include <math.h>

#undef TG_HERE
#define TG_HERE at

static const double NEVER = -(double)INFINITY; /* the logarithm of probability 0 */

/* ---- Operands --------------------------------------------------------------------------- */

static bool is_index(const tg__loss *loss, tg_tensor *x, const char *role, tg_shape want)
{
    if (tg_dtype_of(x) != TG_I32 && tg_dtype_of(x) != TG_I64) {
        tg_fail(tg_tape_of(x), loss->at, TG_ERR_DTYPE, "%s: the %s must be i32 or i64, not %s",
                loss->op, role, tg_dtype_name(tg_dtype_of(x)));
        return false;
    }
    if (tg_shape_equal(tg_shape_from(x), want)) return true;
    tg_fail(tg_tape_of(x), loss->at, TG_ERR_SHAPE, "%s: the %s must be %s, and are %s  %s",
            loss->op, role, tg__nn_shape_words(want).text,
            tg__nn_shape_words(tg_shape_from(x)).text, tg_name_of(x));
    return false;
}

static bool operands_fit(const tg__loss *loss, const tg_ctc_args *args)
{
    tg_tensor *steps = args->log_probabilities;
    if (!args->labels || !tg__loss_takes(loss, "log-probabilities", steps)) return false;
    const tg__nn_words shape = tg__nn_shape_words(tg_shape_from(steps));
    if (tg_rank(steps) != 3 || tg_dim(steps, 0) < 1 || tg_dim(steps, 2) < 1) {
        tg_fail(tg_tape_of(steps), loss->at, TG_ERR_SHAPE,
                "%s: the log-probabilities must be [time, batch, classes], with at least one step "
                "and one class, and are %s",
                loss->op, shape.text);
        return false;
    }
    const int64_t batch = tg_dim(steps, 1), classes = tg_dim(steps, 2);
    const int64_t longest = tg_rank(args->labels) == 2 ? tg_dim(args->labels, 1) : 0;
    if (!is_index(loss, args->labels, "labels", TG_SHAPE(batch, longest))) return false;
    tg_tensor *lengths[] = { args->input_lengths, args->label_lengths };
    static const char *const roles[] = { "input_lengths", "label_lengths" };
    for (int i = 0; i < 2; i++)
        if (lengths[i] && !is_index(loss, lengths[i], roles[i], TG_SHAPE(batch))) return false;
    return tg__loss_option(loss, steps, "blank", (double)args->blank,
                           args->blank >= 0 && args->blank < classes,
                           "be one of the classes, counted from 0");
}

/* ---- The states ------------------------------------------------------------------------- */

/* The states of a path: the labels, with a blank before, between and behind them. */
typedef struct states {
    int64_t count;
    tg_tensor *symbol;  /* [batch, count] */
    tg_tensor *skips;   /* bool: may a path skip the blank before this state? */
    tg_tensor *is_last; /* bool: may a path end in this state? */
} states;

/* x moved [by] places up along axis 1; [value] fills the places at the beginning. */
static tg_tensor *shifted(tg_site at, tg_tensor *x, int64_t by, double value)
{
    return tg_slice(tg_pad(x, 1, by, 0, 0, value), 1, 0, tg_dim(x, 1), 1);
}

static states states_of(const tg__loss *loss, const tg_ctc_args *args)
{
    const tg_site at = loss->at;
    tg_tensor *labels = args->labels;
    tg_tape *tape = tg_tape_of(labels);
    const tg_dtype dtype = tg_dtype_of(labels);
    const int64_t longest = tg_dim(labels, 1);
    states s = { .count = 2 * longest + 1 };
    tg_tensor *blank = tg_number_like(labels, (double)args->blank);
    tg_tensor *length = tg_number_like(labels, (double)longest);
    if (args->label_lengths) {
        /* Elements behind a row's labels may have any value. */
        tg_tensor *checked = tg_check_index(args->label_lengths, longest + 1);
        length = tg_unsqueeze(tg_cast(checked, dtype), 1);
        labels = tg_select(tg_less(tg_iota(tape, dtype, longest), length), labels, blank);
    }
    s.symbol = tg_pad(labels, 1, 1, longest > 0, 1, (double)args->blank);
    tg_tensor *is_label = tg_not_equal(s.symbol, blank);
    tg_tensor *before = shifted(at, s.symbol, 2, (double)args->blank);
    s.skips = tg_and(is_label, tg_not_equal(s.symbol, before));
    tg_tensor *end = tg_mul_num(length, 2);
    tg_tensor *place = tg_iota(tape, dtype, s.count);
    tg_tensor *at_end = tg_equal(place, end);
    s.is_last = tg_or(at_end, tg_equal(place, tg_sub_num(end, 1)));
    return s;
}

/* ---- The sum over paths ----------------------------------------------------------------- */

/* The logarithm of the probability of all paths to each state, one time step later. */
static tg_tensor *advanced(tg_site at, const states *s, tg_tensor *reached, tg_tensor *never)
{
    tg_tensor *by_one = shifted(at, reached, 1, NEVER);
    tg_tensor *by_two = tg_select(s->skips, shifted(at, reached, 2, NEVER), never);
    tg_tensor *stay_or_step = tg_logaddexp(reached, by_one);
    return tg_logaddexp(stay_or_step, by_two);
}

/* -log of the probability of each row's labels: [batch]. */
static tg_tensor *path_sums(const tg__loss *loss, const tg_ctc_args *args)
{
    const tg_site at = loss->at;
    tg_tensor *steps = args->log_probabilities;
    tg_tape *tape = tg_tape_of(steps);
    const int64_t count = tg_dim(steps, 0);
    const states s = states_of(loss, args);
    tg_tensor *said = tg_take_along(steps, tg_unsqueeze(s.symbol, 0), 2);
    tg_tensor *never = tg_number_like(steps, NEVER), *last = NULL;
    if (args->input_lengths) { /* take the last step of each row */
        last = tg_check_index(tg_sub_num(args->input_lengths, 1), count);
        last = tg_unsqueeze(tg_cast(last, TG_I64), 1);
    }
    tg_tensor *place = tg_iota(tape, TG_I64, s.count);
    tg_tensor *first = tg_less(place, tg_number_as(tape, TG_I64, 2));
    tg_tensor *reached = tg_select(first, tg_pick(said, 0, 0), never);
    for (int64_t t = 1; t < count && reached; t++) {
        tg_tensor *next = tg_add(advanced(at, &s, reached, never), tg_pick(said, 0, t));
        if (last) {
            tg_tensor *goes_on = tg_less_equal(tg_number_as(tape, TG_I64, (double)t), last);
            next = tg_select(goes_on, next, reached);
        }
        reached = next;
    }
    return tg_neg(tg_logsumexp(tg_select(s.is_last, reached, never), .axis = 1));
}

/* The reduction TG_MEAN as PyTorch defines it: each row's loss divided by its number of labels,
 * then the mean over rows. */
static tg_tensor *per_label(const tg_ctc_args *args, tg_site at, tg_tensor *items)
{
    if (!args->label_lengths) {
        const int64_t longest = tg_dim(args->labels, 1);
        return tg_div_num(items, longest > 1 ? (double)longest : 1);
    }
    tg_tensor *length = tg_cast(args->label_lengths, tg_dtype_of(items));
    return tg_div(items, tg_maximum_num(length, 1));
}

tg_tensor *tg_ctc_with(const tg_ctc_args *given)
{
    tg_ctc_args args = { TG_CTC_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_ctc", log_probabilities)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_ctc", 2,
                      TG__NN_OPERANDS(args.log_probabilities, args.labels, args.input_lengths,
                                      args.label_lengths)))
        return NULL;
    const tg_site at = args.at;
    const tg__loss loss = { at, "tg_ctc", args.reduction };
    if (!operands_fit(&loss, &args)) return NULL;
    tg_tensor *items = path_sums(&loss, &args);
    if (args.zero_infinity)
        items = tg_select(tg_is_infinite(items), tg_number_like(items, 0), items);
    if (items && args.reduction == TG_MEAN) items = per_label(&args, at, items);
    return tg__loss_end(&loss, items);
}
