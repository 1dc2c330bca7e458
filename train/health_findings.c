/* health_findings.c: the findings of a health report, as text: what its numbers mean. The
 * thresholds are those of tg_health.h. */
#include "health.h"

#include <stdlib.h>

enum { TEXT = 1024, PLACE = 256, CELL = 64, NAMES = 4, FEW_ROWS = 8, TABLE = 100 };

typedef struct judge {
    tg__health *h;
    tg_health *out;
    char seen[TEXT], advice[TEXT];
    bool full; /* out of memory */
} judge;

/* ---- The list ---------------------------------------------------------------------------------
 */

/* Adds a finding with the texts [seen] and [advice], behind those of its topic with the same
 * severity. */
static void add(judge *j, tg_health_severity severity, tg_health_topic topic)
{
    tg_health_finding *list = j->h->finding;
    const tg_health_finding new = { severity, topic, tg__health_text(j->h, j->seen),
                                    tg__health_text(j->h, j->advice) };
    size_t i = j->out->finding_count;
    if (!new.seen || !new.advice) {
        j->full = true;
        return;
    }
    for (; i > 0; i--) {
        const tg_health_finding *old = &list[i - 1];
        if (old->topic < topic || (old->topic == topic && old->severity >= severity)) break;
        list[i] = list[i - 1];
    }
    list[i] = new;
    j->out->finding_count++;
    if (severity > j->out->severity) j->out->severity = severity;
}

/* Write the two texts of the next finding, with a format as printf's. */
#define SEEN(...)   ((void)tg_format(j->seen, sizeof j->seen, __VA_ARGS__))
#define ADVICE(...) ((void)tg_format(j->advice, sizeof j->advice, __VA_ARGS__))

/* "relu at net.c:12", "sigmoid of tg_lstm_apply at net.c:12". */
static const char *place(char text[PLACE], const char *what, const char *function, const char *file,
                         int line)
{
    const bool inner = function && (strncmp(function, "tg_", 3) != 0 || strcmp(function + 3, what));
    (void)snprintf(text, PLACE, "%.60s%s%.60s at %.100s:%d", what, inner ? " of " : "",
                   inner ? function : "", file ? tg__health_base(file) : "?", line);
    return text;
}

static const char *plural(double n) { return n == 1 ? "" : "s"; }

/* ---- Numbers that are not finite --------------------------------------------------------------
 */

static const char *cure_of(const char *operation)
{
    static const char *const cures[][2] = {
        { "log",
          "there is no logarithm of 0 or less: keep the operand above 0 (tg_clamp), or use a "
          "loss that takes logits" },
        { "div", "keep the divisor away from 0, by adding a small number to it" },
        { "reciprocal", "keep the operand away from 0, by adding a small number to it" },
        { "sqrt", "there is no root of a negative number, and its slope at 0 is infinite: keep the "
                  "operand above 0 (tg_clamp)" },
        { "rsqrt", "keep the operand above 0, by adding a small number to it" },
        { "exp", "keep the operand below 88 in f32, or work with logarithms (tg_log_softmax, "
                 "tg_logsumexp)" },
        { "input", "clean the data that is fed" },
        { "read",
          "this parameter is lost: begin again, or from a checkpoint, with a lower learning "
          "rate, or clip the gradients (.clip_norm)" },
    };
    for (size_t i = 0; i < sizeof cures / sizeof *cures; i++)
        if (strcmp(operation, cures[i][0]) == 0) return cures[i][1];
    return "numbers have grown too large: scale the inputs, lower the learning rate, clip the "
           "gradients (.clip_norm)";
}

static void judge_numbers(judge *j)
{
    const tg_health_nonfinite *first = j->out->nonfinite;
    char where[PLACE];
    if (first) {
        SEEN("%s%s%s%s%s is the first value that is not finite: %lld NaN and %lld infinite of %lld "
             "element%s",
             first->backward ? "in the derivative, " : "",
             place(where, first->operation, first->function, first->file, first->line),
             *first->name ? " (" : "", first->name, *first->name ? ")" : "", (long long)first->nans,
             (long long)first->infinities, (long long)first->count, plural((double)first->count));
        ADVICE("%s", cure_of(first->operation));
    } else if (!isfinite(j->out->loss) || !isfinite(j->out->gradient)) {
        SEEN("the loss is %g, the norm of the gradients %g", j->out->loss, j->out->gradient);
        ADVICE("%s", cure_of(""));
    } else return;
    add(j, TG_HEALTH_FAULT, TG_HEALTH_NUMBERS);
}

/* ---- Learning rate ----------------------------------------------------------------------------
 */

static bool given(double number) { return number != (double)TG_AUTO && isfinite(number); }

/* True if the training has converged: the loss is far below the first one, or the gradient is so
 * small that even steps as long as the weights would change the loss by less than 1/1000. */
static bool has_ended(const judge *j)
{
    const tg_health *out = j->out;
    const double first = j->h->args.first_loss;
    double squares = 0;
    for (size_t i = 0; i < out->layer_count; i++)
        squares += out->layer[i].weights * out->layer[i].weights;
    return (given(first) && out->loss < 0.01 * first) ||
           out->gradient * sqrt(squares) < 1e-3 * fabs(out->loss);
}

static void judge_updates(judge *j)
{
    const double ratio = j->out->ratio, rate = j->out->learning_rate;
    const bool high = ratio > 0.1, low = ratio < 1e-5 && j->out->gradient > 0 && !has_ended(j);
    char now[64] = "", next[96] = "";
    if (!high && !low) return; /* NaN ends here, too */
    if (rate > 0) {
        (void)tg_format(now, sizeof now, " at a learning rate of %.3g", rate);
        if (ratio > 0 && isfinite(ratio))
            (void)tg_format(next, sizeof next, ", to some %.1g", rate * 1e-3 / ratio);
    }
    SEEN("half of the layers are updated by %s %.2g of their weights%s, where 1e-3 is usual",
         high ? "at least" : "at most", ratio, now);
    if (high) ADVICE("lower the learning rate%s, or warm it up", next);
    else ADVICE("raise the learning rate%s, unless the training has come to its end", next);
    add(j, ratio > 1 ? TG_HEALTH_FAULT : TG_HEALTH_WARNING, TG_HEALTH_LEARNING_RATE);
}

/* ---- Initialisation ----------------------------------------------------------------------------
 */

static bool has_matrix(const judge *j, size_t layer)
{
    for (size_t i = 0; i < j->out->parameter_count; i++)
        if (j->out->parameter[i].layer == layer && tg_var_shape(j->out->parameter[i].var).rank >= 2)
            return true;
    return false;
}

static void judge_depth(judge *j)
{
    const tg_health_layer *layers = j->out->layer, *first = NULL, *last = NULL;
    size_t count = 0;
    for (size_t i = 0; i < j->out->layer_count; i++) {
        if (!has_matrix(j, i)) continue;
        if (!first) first = &layers[i];
        last = &layers[i];
        count++;
    }
    if (count < 3 || !(last->gradient > 0 && first->gradient > 0)) return;
    const double ratio = first->gradient / last->gradient;
    if (!(ratio < 1e-3 || (ratio > 1e3 && isfinite(ratio)))) return;
    SEEN("gradients %s from the last layer to the first: %.2g in %.200s, %.2g in %.200s",
         ratio < 1 ? "vanish" : "explode", last->gradient, last->name, first->gradient,
         first->name);
    ADVICE("initialise for the activation (tg_init_he_normal for rectifiers, tg_init_glorot_normal "
           "for tanh), normalise between layers, add residual connections%s",
           ratio < 1 ? ", use rectifiers" : ", clip the gradients (.clip_norm)");
    add(j, TG_HEALTH_WARNING, TG_HEALTH_INITIALISATION);
}

/* Behind rectifiers the gradients of the weights may be of equal size while the activations
 * vanish. */
static void judge_signal(judge *j)
{
    const tg_health_activation *first = NULL, *last = NULL;
    char begin[PLACE], end[PLACE];
    size_t count = 0;
    for (size_t i = 0; i < j->out->activation_count; i++) {
        const tg_health_activation *a = &j->out->activation[i];
        if (!a->hidden) continue;
        if (!first) first = a;
        last = a;
        count++;
    }
    if (count < 3 || !(first->deviation > 0 && last->deviation > 0)) return;
    const double ratio = last->deviation / first->deviation;
    if (!(ratio < 1e-3 || (ratio > 1e3 && isfinite(ratio)))) return;
    SEEN("activations %s from the first to the last: their deviation is %.2g in %s, %.2g in %s",
         ratio < 1 ? "vanish" : "explode", first->deviation,
         place(begin, first->name, first->function, first->file, first->line), last->deviation,
         place(end, last->name, last->function, last->file, last->line));
    ADVICE("initialise for the activation (tg_init_he_normal for rectifiers, tg_init_glorot_normal "
           "for tanh), or normalise between layers");
    add(j, TG_HEALTH_WARNING, TG_HEALTH_INITIALISATION);
}

static void judge_activation(judge *j, const tg_health_activation *a)
{
    char where[PLACE];
    (void)place(where, a->name, a->function, a->file, a->line);
    if (a->dead > 0.5 && a->rows >= FEW_ROWS) {
        SEEN("%s: %.3g%% of %lld unit%s %s 0 in all %lld rows", where, 100 * a->dead,
             (long long)a->units, plural((double)a->units), a->units == 1 ? "is" : "are",
             (long long)a->rows);
        ADVICE("look at the biases and the initialisation before it, or lower the learning rate "
               "that drove the units there; tg_leaky_relu lets them come back");
        add(j, a->dead >= 1 ? TG_HEALTH_FAULT : TG_HEALTH_WARNING, TG_HEALTH_INITIALISATION);
    }
    if (a->saturated > 0.5 && a->hidden) {
        SEEN("%s: %.3g%% of the values are saturated, with hardly a slope", where,
             100 * a->saturated);
        ADVICE("make the weights before it smaller (tg_init_glorot_normal), scale the inputs, or "
               "normalise before it");
        add(j, TG_HEALTH_WARNING, TG_HEALTH_INITIALISATION);
    }
}

static void judge_symmetry(judge *j)
{
    for (size_t i = 0; i < j->out->parameter_count; i++) {
        const tg_health_parameter *p = &j->out->parameter[i];
        if (!p->symmetric) continue;
        SEEN("all units of %.400s have equal weights and equal gradients: they stay one unit",
             tg_var_name(p->var));
        ADVICE("initialise it with random numbers (tg_init_he_normal, tg_init_glorot_normal)");
        add(j, TG_HEALTH_FAULT, TG_HEALTH_INITIALISATION);
    }
}

/* Adds one finding for all parameters whose gradient is 0. */
static void judge_zeros(judge *j)
{
    char names[TEXT / 2] = "";
    size_t count = 0, used = 0;
    for (size_t i = 0; i < j->out->parameter_count; i++) {
        const tg_health_parameter *p = &j->out->parameter[i];
        if (p->gradient != 0 || p->count == 0) continue;
        if (count++ < NAMES)
            used += (size_t)snprintf(names + used, sizeof names - used, "%s%.90s", used ? ", " : "",
                                     tg_var_name(p->var));
    }
    if (count == 0) return;
    const bool all = count == j->out->parameter_count;
    char more[40] = "";
    if (count > NAMES) (void)snprintf(more, sizeof more, " and %zu more", count - NAMES);
    SEEN("the gradient of %s%s%s is exactly 0", all ? "every parameter, " : "", names, more);
    ADVICE("nothing it does reaches the loss: look for dead units, a product with 0 or a step "
           "without a slope behind it");
    add(j, all ? TG_HEALTH_FAULT : TG_HEALTH_WARNING, TG_HEALTH_INITIALISATION);
}

/* ---- More data, architecture, more epochs ------------------------------------------------------
 */

static void judge_losses(judge *j)
{
    const double train = j->h->args.train_loss, validation = j->h->args.validation_loss;
    const double first = j->h->args.first_loss;
    if (!given(train)) return;
    const bool far = !given(first) || validation > 0.1 * first; /* the loss is still far from 0 */
    if (given(validation) && train >= 0 && validation > 2 * train && far) {
        SEEN("the validation loss is %.4g, the training loss %.4g: what is learned does not carry "
             "over",
             validation, train);
        ADVICE("more data, or more made of it (tg_data.h augments); weight decay, dropout, early "
               "stopping; a smaller network");
        add(j, TG_HEALTH_WARNING, TG_HEALTH_DATA);
    }
    if (!given(first) || !(first > 0 && train > 0.5 * first)) return;
    SEEN("the training loss is %.4g, and was %.4g at first", train, first);
    if (train > 0.9 * first) {
        ADVICE("if the learning rate is right, the network cannot do it: see whether it learns a "
               "single batch by heart, then make it wider or deeper");
        add(j, TG_HEALTH_WARNING, TG_HEALTH_ARCHITECTURE);
    } else {
        ADVICE("if it is still falling: more epochs; else a larger network");
        add(j, TG_HEALTH_NOTE, TG_HEALTH_EPOCHS);
    }
}

/* ---- Features ----------------------------------------------------------------------------------
 */

static int by_size(const void *a, const void *b)
{
    const double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* The median; of an even number the lower of the two in the middle, because their mean is near the
 * larger one. Sorts them. */
static double median(double *sorted, size_t count)
{
    qsort(sorted, count, sizeof *sorted, by_size);
    return count ? sorted[(count - 1) / 2] : 0;
}

static bool is_constant(const tg_health_feature *f) { return f->deviation == 0; }

static void judge_constants(judge *j)
{
    const size_t n = j->out->feature_count;
    size_t count = 0, first = n;
    for (size_t k = n; k-- > 0;) {
        if (!is_constant(&j->out->feature[k])) continue;
        count++;
        first = k;
    }
    if (count == 0 || j->out->feature_rows < 2) return;
    SEEN("%zu of %zu features %s the same in all %lld rows; the first is feature %zu, %.4g", count,
         n, count == 1 ? "is" : "are", (long long)j->out->feature_rows, first,
         j->out->feature[first].mean);
    if (count == n) ADVICE("has the input been fed?");
    else ADVICE("they say nothing, unless they differ in other rows: leave them out");
    add(j, count == n ? TG_HEALTH_WARNING : TG_HEALTH_NOTE, TG_HEALTH_FEATURES);
}

static void judge_scales(judge *j, double *room)
{
    const tg_health_feature *f = j->out->feature;
    size_t count = 0, least = 0, most = 0;
    for (size_t k = 0; k < j->out->feature_count; k++) {
        if (is_constant(&f[k])) continue;
        if (count == 0 || f[k].deviation < f[least].deviation) least = k;
        if (count == 0 || f[k].deviation > f[most].deviation) most = k;
        room[count++] = f[k].deviation;
    }
    if (count < 2) return;
    const double middle = median(room, count);
    const bool large = f[most].deviation > 100 * middle;
    const bool small = count <= TABLE && f[least].deviation < middle / 100;
    if (!large && !small) return;
    SEEN("deviations of the features range from %.3g (feature %zu) to %.3g (feature %zu)",
         f[least].deviation, least, f[most].deviation, most);
    ADVICE("scale the features to one deviation (tg_scaler)");
    add(j, TG_HEALTH_WARNING, TG_HEALTH_FEATURES);
}

static void judge_relevance(judge *j, double *room)
{
    const tg_health_feature *f = j->out->feature;
    const size_t n = j->out->feature_count;
    size_t count = 0, first = n, varying = 0;
    for (size_t k = 0; k < n; k++)
        if (!is_constant(&f[k])) room[varying++] = f[k].gradient;
    if (varying == 0 || isnan(room[0])) return;
    const double middle = median(room, varying);
    for (size_t k = n; k-- > 0;) {
        if (is_constant(&f[k]) || !(f[k].gradient < 1e-6 * middle)) continue;
        count++;
        first = k;
    }
    if (count == 0) return;
    SEEN("the loss hardly depends on %zu of %zu features; the first is feature %zu", count, n,
         first);
    ADVICE("they may be irrelevant: leave them out and see; or the network cuts them off");
    add(j, TG_HEALTH_NOTE, TG_HEALTH_FEATURES);
}

/* ---- The verdict -------------------------------------------------------------------------------
 */

const char *tg_health_topic_name(tg_health_topic topic)
{
    static const char *const names[] = { "numbers",      "learning rate", "initialisation", "data",
                                         "architecture", "epochs",        "features" };
    const size_t i = (size_t)topic;
    return i < sizeof names / sizeof *names ? names[i] : "unknown topic";
}

/* The verdict names the first of the most severe findings. */
static bool write_verdict(judge *j)
{
    size_t count[TG_HEALTH_FAULT + 1] = { 0 };
    const tg_health_finding *first = NULL;
    for (size_t i = 0; i < j->out->finding_count; i++) {
        const tg_health_finding *f = &j->out->finding[i];
        count[f->severity]++;
        if (!first && f->severity == j->out->severity) first = f;
    }
    const size_t faults = count[TG_HEALTH_FAULT], warnings = count[TG_HEALTH_WARNING];
    char some[2][CELL] = { "", "" };
    if (faults) (void)snprintf(some[0], CELL, "%zu fault%s", faults, plural((double)faults));
    if (warnings)
        (void)snprintf(some[1], CELL, "%s%zu warning%s", faults ? " and " : "", warnings,
                       plural((double)warnings));
    if (!first) SEEN("healthy: nothing was found in gradients, updates and activations");
    else if (first->severity == TG_HEALTH_NOTE)
        SEEN("healthy; %zu note%s, which may well be meant", count[TG_HEALTH_NOTE],
             plural((double)count[TG_HEALTH_NOTE]));
    else
        SEEN("%s%s. Look at the %s first: %s", some[0], some[1], tg_health_topic_name(first->topic),
             first->advice);
    j->out->verdict = tg__health_text(j->h, j->seen);
    return j->out->verdict != NULL;
}

bool tg__health_judge(tg__health *h)
{
    enum { OTHERS = 10 }; /* room for findings that occur at most once each */
    tg_health *out = h->out;
    judge *j = tg__health_room(h, 1, sizeof *j);
    double *room = tg__health_room(h, out->feature_count + 1, sizeof *room);
    const size_t most = OTHERS + out->parameter_count + 2 * out->activation_count;
    h->finding = tg__health_keep(h, most, sizeof *h->finding);
    if (!j || !room || !h->finding) return false;
    *j = (judge){ .h = h, .out = out };
    out->finding = h->finding;
    judge_numbers(j);
    judge_updates(j);
    judge_depth(j);
    judge_signal(j);
    for (size_t i = 0; i < out->activation_count; i++) judge_activation(j, &out->activation[i]);
    judge_symmetry(j);
    judge_zeros(j);
    judge_losses(j);
    judge_constants(j);
    judge_scales(j, room);
    judge_relevance(j, room);
    return !j->full && write_verdict(j);
}
