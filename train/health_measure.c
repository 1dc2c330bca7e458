/* health_measure.c: records the gradients, computes them with the assigned values and the
 * activations by one plan, and measures what the plan kept, in f64. */
#include "health.h"

/* ---- One run -----------------------------------------------------------------------------------
 */

tg_tensor *tg__health_view(const tg__health *h, tg_tensor *x)
{
    const bool is_flat = tg_rank(x) == 1; /* x's own shape would give x itself */
    const int64_t count = tg_count(x);
    return tg_reshape_at(h->at, x, is_flat ? TG_SHAPE(count, 1) : TG_SHAPE(count));
}

tg_plan *tg__health_run(tg__health *h, tg_tensor *const *nodes, size_t count)
{
    tg_compile_args args = { TG_COMPILE_DEFAULTS, .at = h->at };
    args.tape = h->tape;
    args.keep = (tg_list){ count, nodes };
    args.pure = true;
    args.steps = false;
    tg_plan *plan = tg_compile_with(&args);
    const tg_status status = plan ? tg_run(plan) : TG_OK;
    if (status == TG_OK) return plan;
    const tg_site nowhere = { 0 };
    tg_error_set(h->args.error, nowhere, status, "%s", tg_plan_error(plan));
    tg_plan_free(plan);
    return NULL;
}

bool tg__health_values(tg_tensor *x, double *to, float *narrow)
{
    const size_t count = (size_t)tg_count(x);
    if (tg_dtype_of(x) == TG_F64) return tg_get_as(x, TG_F64, to, count) == TG_OK;
    if (tg_get_as(x, TG_F32, narrow, count) != TG_OK) return false;
    for (size_t i = 0; i < count; i++) to[i] = (double)narrow[i];
    return true;
}

/* ---- Recording ---------------------------------------------------------------------------------
 */

/* A view of x, which the plan is to keep; NULL with an error of the tape. */
static tg_tensor *keep(tg__health *h, tg_tensor *x)
{
    tg_tensor *view = x ? tg__health_view(h, x) : NULL;
    if (view) h->kept[h->kept_count++] = view;
    return view;
}

static bool record_gradients(tg__health *h)
{
    const size_t count = h->out->parameter_count;
    tg_tensor *features = h->args.features;
    const bool by_features = features && tg_depends(h->args.loss, features);
    tg_tensor **wrt = tg__health_room(h, 2 * (count + 1), sizeof *wrt);
    if (!wrt) return false;
    tg_tensor **out = wrt + count + 1;
    for (size_t i = 0; i < count; i++) wrt[i] = h->param[i].read;
    wrt[count] = features;
    const tg_list list = { count + by_features, wrt };
    if (tg_vjp_at(h->at, h->args.loss, NULL, list, out) != TG_OK) return false;
    for (size_t i = 0; i < count; i++) h->param[i].gradient = out[i];
    if (by_features) h->slope = out[count];
    return true;
}

static bool record(tg__health *h)
{
    const size_t most = 4 + 2 * h->out->parameter_count + h->act_count;
    h->kept = tg__health_room(h, most, sizeof(tg_tensor *));
    if (!h->kept || !record_gradients(h)) return false;
    h->loss = keep(h, h->args.loss);
    for (size_t i = 0; i < h->out->parameter_count; i++) {
        h->param[i].kept_gradient = keep(h, h->param[i].gradient);
        h->param[i].kept_value = keep(h, h->param[i].value);
    }
    for (size_t i = 0; i < h->act_count; i++) h->act[i].kept = keep(h, h->act[i].y);
    h->rate = keep(h, h->args.updates ? h->args.updates->lr : NULL);
    h->features = keep(h, h->args.features);
    h->slope = keep(h, h->slope);
    return tg_tape_status(h->tape) == TG_OK;
}

static size_t larger(size_t size, const tg_tensor *x)
{
    const size_t count = x ? (size_t)tg_count(x) : 0;
    return count > size ? count : size;
}

static bool make_room(tg__health *h)
{
    size_t updated = 0, most = larger(larger(1, h->features), h->loss);
    for (size_t i = 0; i < h->out->parameter_count; i++)
        updated = larger(updated, h->param[i].read);
    const size_t derived = larger(updated, h->slope);
    if (derived > most) most = derived;
    for (size_t i = 0; i < h->act_count; i++) most = larger(most, h->act[i].y);
    h->weights = tg__health_room(h, most, sizeof *h->weights);
    h->gradient = tg__health_room(h, derived, sizeof *h->gradient);
    h->value = tg__health_room(h, updated, sizeof *h->value);
    h->narrow = tg__health_room(h, most, sizeof *h->narrow);
    return h->weights && h->gradient && h->value && h->narrow;
}

/* ---- Parameters --------------------------------------------------------------------------------
 */

static double squares(const double *x, int64_t count)
{
    double sum = 0;
    for (int64_t i = 0; i < count; i++) sum += x[i] * x[i];
    return sum;
}

static double largest(const double *x, int64_t count)
{
    double most = 0;
    for (int64_t i = 0; i < count; i++) most = fmax(most, fabs(x[i]));
    return most;
}

/* True if all rows of the matrix [rows, columns], or all columns, are equal to within 1e-5 of the
 * largest element. */
static bool rows_equal(const double *x, int64_t rows, int64_t columns)
{
    const double most = 1e-5 * largest(x, rows * columns);
    for (int64_t i = columns; i < rows * columns; i++)
        if (!(fabs(x[i] - x[i % columns]) <= most)) return false;
    return rows > 1;
}

static bool columns_equal(const double *x, int64_t rows, int64_t columns)
{
    const double most = 1e-5 * largest(x, rows * columns);
    for (int64_t i = 0; i < rows * columns; i++)
        if (!(fabs(x[i] - x[i - i % columns]) <= most)) return false;
    return columns > 1;
}

static bool is_symmetric(const double *w, const double *g, tg_shape shape)
{
    if (shape.rank < 2 || tg_shape_count(shape) == 0) return false;
    const int64_t rows = shape.dim[0], columns = tg_shape_count(shape) / rows;
    if (rows_equal(w, rows, columns) && rows_equal(g, rows, columns)) return true;
    return shape.rank == 2 && columns_equal(w, rows, columns) && columns_equal(g, rows, columns);
}

static bool read_variable(const tg__health *h, const tg_var *var, size_t count)
{
    if (tg_var_dtype(var) == TG_F64) return tg_var_get(var, h->weights, count) == TG_OK;
    if (tg_var_get(var, h->narrow, count) != TG_OK) return false;
    for (size_t i = 0; i < count; i++) h->weights[i] = (double)h->narrow[i];
    return true;
}

/* update / weights; NaN where one of them is missing. */
static double ratio_of(double update, double weights)
{
    return weights > 0 ? update / weights : (double)NAN;
}

/* Measures parameter [i]; sums of squares, of which roots are taken at the end. NaN for the update
 * of a parameter that is not assigned. */
static bool measure_parameter(tg__health *h, size_t i)
{
    const tg__health_param *from = &h->param[i];
    tg_health_parameter *to = &h->parameter[i];
    double *w = h->weights, *g = h->gradient, *v = h->value;
    if (!read_variable(h, to->var, (size_t)to->count) ||
        !tg__health_values(from->kept_gradient, g, h->narrow) ||
        (from->value && !tg__health_values(from->kept_value, v, h->narrow)))
        return false;
    to->symmetric = is_symmetric(w, g, tg_var_shape(to->var));
    to->weights = squares(w, to->count);
    to->gradient = squares(g, to->count);
    to->update = (double)NAN;
    if (!from->value) return true;
    for (int64_t k = 0; k < to->count; k++) v[k] -= w[k];
    to->update = squares(v, to->count);
    return true;
}

static void add_to_layer(tg_health_layer *layer, const tg_health_parameter *parameter)
{
    if (layer->count == 0) layer->update = (double)NAN;
    layer->count += parameter->count;
    layer->weights += parameter->weights;
    layer->gradient += parameter->gradient;
    if (!isnan(parameter->update))
        layer->update = (isnan(layer->update) ? 0 : layer->update) + parameter->update;
}

/* The median of the ratios of the parameters with a gradient; of an even number the mean of the two
 * in the middle. */
static double median_ratio(const tg__health *h, double *sorted)
{
    size_t count = 0;
    for (size_t i = 0; i < h->out->layer_count; i++) {
        const double ratio = h->layer[i].ratio;
        size_t k = count;
        if (isnan(ratio) || h->layer[i].gradient == 0) continue;
        for (count++; k > 0 && sorted[k - 1] > ratio; k--) sorted[k] = sorted[k - 1];
        sorted[k] = ratio;
    }
    return count ? (sorted[(count - 1) / 2] + sorted[count / 2]) / 2 : (double)NAN;
}

static bool measure_parameters(tg__health *h)
{
    tg_health *out = h->out;
    double *sorted = tg__health_room(h, out->layer_count, sizeof *sorted);
    if (!sorted) return false;
    for (size_t i = 0; i < out->parameter_count; i++) {
        tg_health_parameter *p = &h->parameter[i];
        if (!measure_parameter(h, i)) return false;
        add_to_layer(&h->layer[p->layer], p);
        out->gradient += p->gradient;
        p->weights = sqrt(p->weights);
        p->gradient = sqrt(p->gradient);
        p->update = sqrt(p->update);
        p->ratio = ratio_of(p->update, p->weights);
    }
    for (size_t i = 0; i < out->layer_count; i++) {
        tg_health_layer *layer = &h->layer[i];
        layer->weights = sqrt(layer->weights);
        layer->gradient = sqrt(layer->gradient);
        layer->update = sqrt(layer->update);
        layer->ratio = ratio_of(layer->update, layer->weights);
    }
    out->gradient = sqrt(out->gradient);
    out->ratio = median_ratio(h, sorted);
    return true;
}

/* ---- Activations -------------------------------------------------------------------------------
 */

/* The number of units that are dead in all rows. [alive] has room for a flag for each unit. */
static double count_dead(const double *y, const tg__health_act *act, int64_t units, bool *alive)
{
    const tg_shape shape = tg_shape_from(act->y);
    const int64_t count = tg_shape_count(shape);
    int64_t inner = 1, dead = 0;
    for (int k = act->axis + 1; k < shape.rank; k++) inner *= shape.dim[k];
    memset(alive, 0, (size_t)units * sizeof *alive);
    for (int64_t i = 0; i < count; i++)
        if (!(fabs(y[i]) <= act->kind->dead)) alive[i / inner % units] = true;
    for (int64_t u = 0; u < units; u++) dead += !alive[u];
    return (double)dead;
}

/* Adds the node's count, mean and squares to those of its entry (Chan et al. 1979). */
static void add_sums(tg__health_sums *sums, const double *y, int64_t count,
                     const tg__health_kind *kind)
{
    double mean = 0, off = 0;
    for (int64_t i = 0; i < count; i++) mean += y[i];
    mean /= (double)count;
    for (int64_t i = 0; i < count; i++) {
        off += (y[i] - mean) * (y[i] - mean);
        sums->saturated += y[i] <= kind->low || y[i] >= kind->high;
    }
    const double all = sums->count + (double)count, apart = mean - sums->mean;
    sums->squares += off + apart * apart * sums->count * (double)count / all;
    sums->mean += apart * (double)count / all;
    sums->count = all;
}

static bool measure_activations(tg__health *h)
{
    int64_t most = 1;
    for (size_t i = 0; i < h->out->activation_count; i++)
        if (h->activation[i].units > most) most = h->activation[i].units;
    bool *alive = tg__health_room(h, (size_t)most, sizeof *alive);
    if (!alive) return false;
    for (size_t i = 0; i < h->act_count; i++) {
        const tg__health_act *act = &h->act[i];
        const int64_t units = h->activation[act->entry].units;
        tg__health_sums *sums = &h->sums[act->entry];
        if (!tg__health_values(act->kept, h->weights, h->narrow)) return false;
        add_sums(sums, h->weights, tg_count(act->y), act->kind);
        sums->dead += count_dead(h->weights, act, units, alive);
        sums->units += (double)units;
        tg_health_activation *to = &h->activation[act->entry];
        const bool squashes = isfinite(act->kind->low) || isfinite(act->kind->high);
        to->dead = isnan(act->kind->dead) ? (double)NAN : sums->dead / sums->units;
        to->saturated = squashes ? sums->saturated / sums->count : (double)NAN;
        to->mean = sums->mean;
        to->deviation = sqrt(sums->squares / sums->count);
    }
    return true;
}

/* ---- Features ----------------------------------------------------------------------------------
 */

static void measure_feature(const tg__health *h, int64_t rows, int64_t columns, int64_t k)
{
    const double *x = h->weights, *g = h->slope ? h->gradient : NULL;
    tg_health_feature *to = &h->feature[k];
    double sum = 0, off = 0, slope = 0;
    bool varies = false;
    for (int64_t i = k; i < rows * columns; i += columns) {
        sum += x[i];
        varies |= x[i] != x[k];
        slope += g ? fabs(g[i]) : 0;
    }
    to->mean = varies ? sum / (double)rows : x[k];
    for (int64_t i = k; i < rows * columns; i += columns)
        off += (x[i] - to->mean) * (x[i] - to->mean);
    to->deviation = sqrt(off / (double)rows);
    to->gradient = g ? slope / (double)rows : (double)NAN;
}

static bool measure_features(tg__health *h)
{
    if (!h->features) return true;
    const int64_t rows = tg_dim(h->args.features, 0), columns = tg_count(h->features) / rows;
    h->feature = tg__health_keep(h, (size_t)columns, sizeof *h->feature);
    if (!h->feature || !tg__health_values(h->features, h->weights, h->narrow)) return false;
    if (h->slope && !tg__health_values(h->slope, h->gradient, h->narrow)) return false;
    for (int64_t k = 0; k < columns; k++) measure_feature(h, rows, columns, k);
    h->out->feature = h->feature;
    h->out->feature_rows = rows;
    h->out->feature_count = (size_t)columns;
    return true;
}

/* ---- All of it ---------------------------------------------------------------------------------
 */

static bool measure(tg__health *h)
{
    if (!tg__health_values(h->loss, &h->out->loss, h->narrow)) return false;
    if (h->rate) h->out->learning_rate = tg_item(h->rate);
    return measure_parameters(h) && measure_activations(h) && measure_features(h);
}

bool tg__health_measure(tg__health *h)
{
    if (!record(h) || !make_room(h)) return false;
    tg_plan *plan = tg__health_run(h, h->kept, h->kept_count);
    const bool ok = plan && measure(h);
    tg_plan_free(plan);
    return ok;
}
