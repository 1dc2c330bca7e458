/* loss_classes.c: losses of rows of classes: cross-entropy of logits, with class numbers or with
 * probabilities (soft labels), and the negative log-likelihood of log-probabilities. The maximum of
 * a row is subtracted first, so no finite logit overflows. */
#include "loss.h"

#undef TG_HERE
#define TG_HERE at

/* ---- Options ---------------------------------------------------------------------------- */

/* A loss of rows that are weighted by the class of their label; rows with the label ignore_index
 * are ignored. */
typedef struct class_loss {
    tg__loss loss;
    tg_tensor *rows; /* [..., classes]; messages call it [role] */
    const char *role;
    tg_tensor *labels; /* [...] */
    tg_tensor *weight; /* [classes], or NULL */
    double smoothing;  /* 0: none */
    bool ignores;
    int64_t ignore_index;
} class_loss;

static bool weight_fits(const class_loss *c)
{
    if (!c->weight) return true;
    const tg__loss *loss = &c->loss;
    const tg_dtype dtype = tg_dtype_of(c->rows);
    const int64_t classes = tg_dim(c->rows, -1);
    if (tg_dtype_of(c->weight) != dtype) {
        tg_fail(tg_tape_of(c->rows), loss->at, TG_ERR_DTYPE,
                "%s: the weight must be %s as the %s are, not %s (see tg_cast)", loss->op,
                tg_dtype_name(dtype), c->role, tg_dtype_name(tg_dtype_of(c->weight)));
        return false;
    }
    if (tg_shape_equal(tg_shape_from(c->weight), TG_SHAPE(classes))) return true;
    tg_fail(tg_tape_of(c->rows), loss->at, TG_ERR_SHAPE,
            "%s: the weight must have one element for each class, [%lld], and is %s  %s", loss->op,
            (long long)classes, tg__nn_shape_words(tg_shape_from(c->weight)).text,
            tg_name_of(c->weight));
    return false;
}

/* ---- Rows with a label ------------------------------------------------------------------ */

/* The labels of the rows, as the loss needs them. */
typedef struct marks {
    tg_tensor *ignored; /* bool [...], or NULL if no row is ignored */
    tg_tensor *mask;    /* bool [..., classes] */
    tg_tensor *weight;  /* [...]: the weight of the row's class, 0 if ignored; NULL if all are 1 */
} marks;

/* Reads and checks the labels; false on an error. An ignored label is replaced by class 0, so that
 * it passes the check of its range. */
static bool read_labels(class_loss *c, marks *m)
{
    const tg_site at = c->loss.at;
    const int64_t classes = tg_dim(c->rows, -1);
    tg_tensor *labels = c->labels;
    *m = (marks){ 0 };
    if (c->ignores) {
        m->ignored = tg_equal(labels, tg_number_like(labels, (double)c->ignore_index));
        labels = tg_select(m->ignored, tg_number_like(labels, 0), labels);
    }
    m->mask = tg__loss_mask(at, tg_check_index(labels, classes), classes);
    if (c->weight) m->weight = tg__loss_picked(at, m->mask, c->weight);
    if (c->ignores) {
        tg_tensor *zero = tg_number_like(c->rows, 0), *one = tg_number_like(c->rows, 1);
        m->weight = tg_select(m->ignored, zero, m->weight ? m->weight : one);
        /* The rows that are ignored become 0, so that a NaN in them does not reach a gradient. */
        c->rows = tg_select(tg_unsqueeze(m->ignored, -1), zero, c->rows);
    }
    return m->mask && c->rows && (m->weight || !(c->weight || c->ignores));
}

/* Reduces items that are weighted already and are 0 where ignored. The mean divides by the sum of
 * the weights. */
static tg_tensor *weighted_end(const class_loss *c, const marks *m, tg_tensor *items)
{
    const tg_site at = c->loss.at;
    if (!m->weight || c->loss.reduction != TG_MEAN) return tg__loss_end(&c->loss, items);
    tg_tensor *total = tg_sum(items);
    return tg_div(total, tg_sum(m->weight));
}

static tg_tensor *weighted(tg_site at, const marks *m, tg_tensor *items)
{
    return m->weight ? tg__loss_share(at, m->weight, items) : items;
}

/* ---- Cross-entropy ---------------------------------------------------------------------- */

/* -log softmax(logits) = log_total - low, with low [..., classes] and log_total [...]. */
typedef struct log_parts {
    tg_tensor *low, *log_total;
} log_parts;

static log_parts log_softmax_parts(tg_site at, tg_tensor *logits)
{
    tg_tensor *peak = tg_max(logits, .axis = -1, .keep = true);
    tg_tensor *low = tg_sub(logits, tg_stop_gradient(peak));
    return (log_parts){ low, tg_log(tg_sum(tg_exp(low), .axis = -1)) };
}

/* The sum over the classes of share * -log p. */
static tg_tensor *spread(tg_site at, const log_parts *p, tg_tensor *share)
{
    tg_tensor *cost = tg_sub(tg_unsqueeze(p->log_total, -1), p->low);
    return tg_sum(share ? tg__loss_share(at, share, cost) : cost, .axis = -1);
}

static tg_tensor *labelled(class_loss *c)
{
    const tg_site at = c->loss.at;
    const double classes = (double)tg_dim(c->rows, -1);
    marks m;
    if (!read_labels(c, &m)) return NULL;
    const log_parts p = log_softmax_parts(at, c->rows);
    tg_tensor *items = tg_sub(p.log_total, tg__loss_picked(at, m.mask, p.low));
    items = weighted(at, &m, items);
    if (c->smoothing > 0) {
        tg_tensor *all = tg_mul_num(spread(at, &p, c->weight), c->smoothing / classes);
        if (m.ignored) all = tg_select(m.ignored, tg_number_like(all, 0), all);
        items = tg_add(tg_mul_num(items, 1 - c->smoothing), all);
    }
    return weighted_end(c, &m, items);
}

static tg_tensor *softly_labelled(const class_loss *c)
{
    const tg_site at = c->loss.at;
    const double classes = (double)tg_dim(c->rows, -1);
    tg_tensor *share = c->labels;
    if (c->smoothing > 0)
        share = tg_add_num(tg_mul_num(share, 1 - c->smoothing), c->smoothing / classes);
    if (c->weight) share = tg_mul(share, c->weight);
    const log_parts p = log_softmax_parts(at, c->rows);
    return tg__loss_end(&c->loss, spread(at, &p, share));
}

static bool are_soft(tg_tensor *logits, tg_tensor *labels)
{
    const tg_dtype dtype = tg_dtype_of(labels);
    return (dtype == TG_F32 || dtype == TG_F64) && tg_rank(logits) > 0 && tg_dim(logits, -1) > 0 &&
           tg_shape_equal(tg_shape_from(logits), tg_shape_from(labels));
}

/* Checks that no option is given that soft labels exclude. */
static bool soft_options_hold(const class_loss *c)
{
    if (!tg__loss_matches(&c->loss, c->role, c->rows, "labels", c->labels)) return false;
    return tg__loss_option(&c->loss, c->rows, "ignore_index", (double)c->ignore_index, !c->ignores,
                           "not be given with soft labels: give the row labels of 0");
}

tg_tensor *tg_cross_entropy_with(const tg_cross_entropy_args *given)
{
    tg_cross_entropy_args args = { TG_CROSS_ENTROPY_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_cross_entropy", logits)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_cross_entropy", 2,
                      TG__NN_OPERANDS(args.logits, args.labels, args.weight)))
        return NULL;
    class_loss c = {
        .loss = { args.at, "tg_cross_entropy", args.reduction },
        .rows = args.logits,
        .role = "logits",
        .labels = args.labels,
        .weight = args.weight,
        .smoothing = args.label_smoothing,
        .ignores = args.ignore_index != TG_NO_INDEX,
        .ignore_index = args.ignore_index,
    };
    if (!args.labels || !tg__loss_takes(&c.loss, c.role, c.rows)) return NULL;
    const bool soft = are_soft(c.rows, c.labels);
    if (soft ? !soft_options_hold(&c) : !tg__nn_labels_fit(c.loss.at, c.loss.op, c.rows, c.labels))
        return NULL;
    if (!weight_fits(&c)) return NULL;
    if (!tg__loss_option(&c.loss, c.rows, "label_smoothing", c.smoothing,
                         c.smoothing >= 0 && c.smoothing <= 1, "lie in [0, 1]"))
        return NULL;
    return soft ? softly_labelled(&c) : labelled(&c);
}

/* ---- Negative log-likelihood ------------------------------------------------------------ */

tg_tensor *tg_nll_with(const tg_nll_args *given)
{
    tg_nll_args args = { TG_NLL_DEFAULTS };
    if (!TG_READ_OPTIONS(args, given, "tg_nll", log_probabilities)) return NULL;
    if (!tg__nn_enter(&args.at, "tg_nll", 2,
                      TG__NN_OPERANDS(args.log_probabilities, args.labels, args.weight)))
        return NULL;
    const tg_site at = args.at;
    class_loss c = {
        .loss = { at, "tg_nll", args.reduction },
        .rows = args.log_probabilities,
        .role = "log-probabilities",
        .labels = args.labels,
        .weight = args.weight,
        .ignores = args.ignore_index != TG_NO_INDEX,
        .ignore_index = args.ignore_index,
    };
    if (!args.labels || !tg__loss_takes(&c.loss, c.role, c.rows)) return NULL;
    if (!tg__nn_labels_fit(at, c.loss.op, c.rows, c.labels) || !weight_fits(&c)) return NULL;
    marks m;
    if (!read_labels(&c, &m)) return NULL;
    tg_tensor *items = tg_neg(tg__loss_picked(at, m.mask, c.rows));
    return weighted_end(&c, &m, weighted(at, &m, items));
}
