/* health_find.c: finds what is on the tape of a loss: parameters, what is assigned to them,
 * activations. Records nothing. */
#include "health.h"

/* Outputs at which the derivative is 1/20 of its maximum. The derivatives, by the output: 1 - y^2,
 * y (1 - y) and (1 - |y|)^2. */
#define TANH_END     0.97467943448089633
#define SIGMOID_END  0.98733971724044817
#define SOFTSIGN_END 0.77639320225002106
#define NONE         (double)NAN
#define NEVER        (double)INFINITY

static const tg__health_kind kinds[] = {
    { "relu", false, 0, -NEVER, NEVER },
    { "relu6", false, 0, -NEVER, 6 },
    { "gelu", true, 1e-6, -NEVER, NEVER },
    { "gelu_tanh", false, 1e-6, -NEVER, NEVER },
    { "silu", false, 1e-6, -NEVER, NEVER },
    { "mish", false, 1e-6, -NEVER, NEVER },
    { "hard_swish", false, 1e-6, -NEVER, NEVER },
    { "leaky_relu", false, NONE, -NEVER, NEVER },
    { "prelu", false, NONE, -NEVER, NEVER },
    { "elu", false, NONE, -NEVER, NEVER },
    { "celu", false, NONE, -NEVER, NEVER },
    { "selu", false, NONE, -NEVER, NEVER },
    { "softplus", true, NONE, -NEVER, NEVER },
    { "sigmoid", true, NONE, 1 - SIGMOID_END, SIGMOID_END },
    { "tanh", true, NONE, -TANH_END, TANH_END },
    { "hard_sigmoid", false, NONE, 0, 1 },
    { "hard_tanh", false, NONE, -1, 1 },
    { "softsign", false, NONE, -SOFTSIGN_END, SOFTSIGN_END },
    { "glu", false, NONE, -NEVER, NEVER }, /* for the sigmoid in it; not reported */
};
enum { KINDS = sizeof kinds / sizeof *kinds };

/* Marks of a node: HIDDEN: a product of matrices lies between it and the loss. PART: it is a part
 * of an activation that is a composition. */
enum { HIDDEN = 1, PART = 2 }; /* bits */

/* ---- Activations ------------------------------------------------------------------------------
 */

static bool is_of(const char *function, const char *name)
{
    return function && strncmp(function, "tg_", 3) == 0 && strcmp(function + 3, name) == 0;
}

/* The kind of activation whose result x is, or NULL. The result of a composition has its name, or
 * one that the program gave it; the other nodes of the composition have no name. */
static const tg__health_kind *kind_of(const tg_tensor *x)
{
    const char *operation = tg_operation_of(x), *name = tg_name_of(x);
    const char *function = tg_origin_of(x).function;
    for (int i = 0; i < KINDS; i++)
        if (kinds[i].primitive && strcmp(operation, kinds[i].name) == 0) return &kinds[i];
    for (int i = 0; i < KINDS && *name; i++)
        if (!kinds[i].primitive &&
            (strcmp(name, kinds[i].name) == 0 || is_of(function, kinds[i].name)))
            return &kinds[i];
    return NULL;
}

static bool same_call(const tg_tensor *x, const tg_tensor *y)
{
    const tg_site a = tg_origin_of(x), b = tg_origin_of(y);
    return a.line == b.line && a.file == b.file && a.function == b.function;
}

/* True if the function that recorded the node works on channels and spatial axes, as far as its
 * name says. */
static bool is_spatial(const char *function)
{
    static const char *const beginnings[] = {
        "tg_conv", "tg_batch_norm", "tg_group_norm", "tg_instance_norm",   "tg_avg_pool",
        "tg_max_", "tg_l2_pool",    "tg_adaptive_",  "tg_spatial_dropout", "tg_upsample_",
    };
    for (size_t i = 0; function && i < sizeof beginnings / sizeof *beginnings; i++)
        if (strncmp(function, beginnings[i], strlen(beginnings[i])) == 0) return true;
    return false;
}

/* The operand that x is made of: one of the same shape that leads to the loss; NULL if there is
 * none. */
static tg_tensor *behind(const tg__health *h, const tg_tensor *x)
{
    for (int i = tg_arity(x); i-- > 0;) {
        tg_tensor *operand = tg_operand_of(x, i);
        if (tg_shape_equal(tg_shape_from(operand), tg_shape_from(x)) &&
            tg_depends(h->args.loss, operand))
            return operand;
    }
    return NULL;
}

static int axis_of_units(const tg__health *h, const tg_tensor *x)
{
    enum { STEPS = 64 };
    const int rank = tg_rank(x);
    if (rank == 4 || rank == 5) return 1;
    for (int i = 0; rank == 3 && x && i < STEPS; i++, x = behind(h, x))
        if (is_spatial(tg_origin_of(x).function)) return 1;
    return rank - 1;
}

/* Marks the nodes that lead to the loss, from the loss backwards. */
static void mark(const tg__health *h, unsigned char *marks)
{
    for (size_t i = h->loss_at + 1; i-- > 0;) {
        const tg_tensor *x = tg_node(h->tape, i);
        if (!tg_depends(h->args.loss, x)) continue;
        const tg__health_kind *kind = kind_of(x);
        /* Parts may be nested: mish has a softplus in its tanh. */
        const bool inside = kind && (!kind->primitive || marks[i] & PART);
        const int down = (marks[i] & HIDDEN) | (strcmp(tg_operation_of(x), "dot") == 0);
        for (int k = tg_arity(x); k-- > 0;) {
            const tg_tensor *operand = tg_operand_of(x, k);
            const bool part = inside && same_call(x, operand);
            marks[tg_index_of(operand)] |= (unsigned char)(down | (part ? PART : 0));
        }
    }
}

/* The index of the activation's entry. All applications inside of one layer's call share one
 * entry. */
static size_t entry_of(const tg__health *h, const tg__health_act *act, tg_health_activation *new)
{
    const size_t count = h->out->activation_count;
    for (size_t i = count; act->inner && i-- > 0;) {
        const tg_health_activation *old = &h->activation[i];
        if (old->name == new->name && old->line == new->line && old->units == new->units &&
            old->function == new->function && old->file == new->file) {
            h->activation[i].rows += new->rows;
            return i;
        }
    }
    h->activation[count] = *new;
    h->out->activation_count++;
    return count;
}

static void add_activation(tg__health *h, tg_tensor *x, const tg__health_kind *kind, bool hidden)
{
    const tg_site site = tg_origin_of(x);
    const int axis = axis_of_units(h, x);
    const int64_t units = axis < 0 ? 1 : tg_dim(x, axis);
    tg__health_act *act = &h->act[h->act_count++];
    *act = (tg__health_act){ .y = x, .kind = kind, .axis = axis };
    act->inner = site.function && !is_of(site.function, kind->name);
    tg_health_activation entry = { .name = kind->name,
                                   .function = site.function,
                                   .file = site.file,
                                   .line = site.line,
                                   .rows = tg_count(x) / units,
                                   .units = units,
                                   .hidden = hidden };
    act->entry = entry_of(h, act, &entry);
}

/* Counts the activations; with [add] also stores them, for which there must be room. */
static size_t each_activation(tg__health *h, const unsigned char *marks, bool add)
{
    size_t count = 0;
    for (size_t i = 0; i <= h->loss_at; i++) {
        tg_tensor *x = tg_node(h->tape, i);
        const tg__health_kind *kind = tg_depends(h->args.loss, x) ? kind_of(x) : NULL;
        if (!kind || tg_count(x) < 1 || strcmp(kind->name, "glu") == 0) continue;
        if (kind->primitive && marks[i] & PART) continue;
        if (add) add_activation(h, x, kind, marks[i] & HIDDEN);
        count++;
    }
    return count;
}

static bool find_activations(tg__health *h)
{
    unsigned char *marks = tg__health_room(h, h->length, 1);
    if (!marks) return false;
    mark(h, marks);
    const size_t count = each_activation(h, marks, false);
    h->act = tg__health_room(h, count, sizeof *h->act);
    h->sums = tg__health_room(h, count, sizeof *h->sums);
    h->activation = tg__health_keep(h, count, sizeof *h->activation);
    if (!h->act || !h->sums || !h->activation) return false;
    (void)each_activation(h, marks, true);
    h->out->activation = h->activation;
    return true;
}

/* ---- Parameters -------------------------------------------------------------------------------
 */

static bool is_parameter(const tg__health *h, const tg_tensor *x)
{
    const tg_var *var = tg_var_of(x);
    return var && tg_var_trainable(var) && tg_depends(h->args.loss, x);
}

/* Finds the values that are assigned to the parameters. */
static bool find_values(const tg__health *h)
{
    const tg_updates *updates = h->args.updates;
    const size_t count = h->out->parameter_count;
    tg_tensor **latest = tg__health_room(h, count, sizeof *latest);
    if (!latest) return false;
    for (size_t p = 0; p < count; p++)
        latest[p] = tg_latest_at(h->at, h->tape, tg_var_of(h->param[p].read));
    uint32_t number = 0;
    for (size_t i = 0; i < h->length; i++) {
        const tg_tensor *x = tg_node(h->tape, i);
        if (strcmp(tg_operation_of(x), "assign") != 0) continue;
        const uint32_t k = number++;
        if (updates && (k < updates->first || k - updates->first >= updates->count)) continue;
        for (size_t p = 0; p < count; p++)
            if (latest[p] == tg_operand_of(x, 0)) h->param[p].value = latest[p];
    }
    return true;
}

/* Finds the layer of a parameter by its name, or adds it. */
static bool place_in_layer(tg__health *h, tg_health_parameter *parameter)
{
    const char *name = tg_var_name(parameter->var), *dot = strrchr(name, '.');
    const size_t length = dot ? (size_t)(dot - name) : strlen(name);
    size_t i = h->out->layer_count;
    while (i-- > 0)
        if (strlen(h->layer[i].name) == length && memcmp(h->layer[i].name, name, length) == 0) {
            parameter->layer = i;
            return true;
        }
    char *copy = tg__health_keep(h, length + 1, 1);
    if (!copy) return false;
    h->layer[parameter->layer = h->out->layer_count++].name = memcpy(copy, name, length);
    return true;
}

static bool add_parameter(tg__health *h, tg_tensor *read)
{
    const size_t p = h->out->parameter_count++;
    h->param[p].read = read;
    h->parameter[p].var = tg_var_of(read);
    h->parameter[p].count = tg_count(read);
    return place_in_layer(h, &h->parameter[p]);
}

/* Adds the parameters in the order of their first use by the loss. (Reads may have been recorded
 * earlier, for another loss.) */
static bool add_parameters(tg__health *h, bool *seen)
{
    tg_tensor *loss = h->args.loss;
    for (size_t i = 0; i <= h->loss_at; i++) {
        const tg_tensor *user = tg_node(h->tape, i);
        for (int k = 0; tg_depends(loss, user) && k < tg_arity(user); k++) {
            tg_tensor *x = tg_operand_of(user, k);
            const size_t at = (size_t)tg_index_of(x);
            if (seen[at] || !is_parameter(h, x)) continue;
            seen[at] = true;
            if (!add_parameter(h, x)) return false;
        }
    }
    return !is_parameter(h, loss) || add_parameter(h, loss);
}

static bool find_parameters(tg__health *h)
{
    size_t count = 0;
    for (size_t i = 0; i <= h->loss_at; i++) count += is_parameter(h, tg_node(h->tape, i));
    bool *seen = tg__health_room(h, h->loss_at + 1, sizeof *seen);
    h->param = tg__health_room(h, count, sizeof *h->param);
    h->parameter = tg__health_keep(h, count, sizeof *h->parameter);
    h->layer = tg__health_keep(h, count, sizeof *h->layer);
    if (!seen || !h->param || !h->parameter || !h->layer) return false;
    h->out->parameter = h->parameter;
    h->out->layer = h->layer;
    return add_parameters(h, seen) && find_values(h);
}

bool tg__health_find(tg__health *h)
{
    return find_parameters(h) && find_activations(h) && tg_tape_status(h->tape) == TG_OK;
}
