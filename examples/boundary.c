/* boundary.c: draws the decision boundary of a network between two classes of points in a plane,
 * for the four problems of the TensorFlow playground (playground.tensorflow.org). playground.c
 * makes the points. */
#include "common.h"
#include "playground.h"
#include "sheet.h"

#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Trains a network on points of two classes in a plane by stochastic gradient descent, tests "
    "it\n"
    "on others, and draws what it answers everywhere: the decision boundary is where orange meets\n"
    "blue. DATA is circle, xor, gauss, spiral or all. LIST names the sizes of the hidden layers.\n"
    "NAME is tanh, relu, sigmoid, linear, gelu, silu, softplus or atan. INPUTS are some of x1, "
    "x2,\n"
    "x1^2, x2^2, x1x2, sin(x1) and sin(x2): with the right ones a line is enough.\n";

enum { MOST_LAYERS = 8, GRID = 80 };

typedef tg_tensor *activation(tg_site at, tg_tensor *x);

typedef struct settings {
    const char *data, *hidden, *activation, *inputs, *picture, *png;
    int64_t seed, points, epochs, batch, threads;
    double noise, test, lr, l2;
    bool no_picture, usual;
    int64_t size[MOST_LAYERS]; /* of the hidden layers */
    int layers;
    activation *act;
    bool uses[PLAYGROUND_INPUTS];
} settings;

/* ---- Options ----------------------------------------------------------------------------- */

static activation *find_activation(const char *name)
{
    static const struct {
        const char *name;
        activation *act;
    } known[] = { { "tanh", tg_tanh_at },         { "relu", tg_relu_at },
                  { "sigmoid", tg_sigmoid_at },   { "linear", tg_identity_at },
                  { "gelu", tg_gelu_at },         { "silu", tg_silu_at },
                  { "softplus", tg_softplus_at }, { "atan", tg_atan_at } };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (!strcmp(known[i].name, name)) return known[i].act;
    return NULL;
}

/* Parses "8,8" into sizes; "" and "0" mean no hidden layer. False for anything else. */
static bool read_hidden(settings *s)
{
    const char *at = s->hidden;
    if (!*at || !strcmp(at, "0")) return true;
    for (;;) {
        char *end;
        const long size = strtol(at, &end, 10);
        if (end == at || size < 1 || size > 4096 || s->layers == MOST_LAYERS) return false;
        s->size[s->layers++] = size;
        if (!*end) return true;
        if (*end != ',') return false;
        at = end + 1;
    }
}

/* Parses "x1,x2,x1x2" into flags. False for an unknown name. */
static bool read_inputs(settings *s)
{
    for (const char *at = s->inputs;; at++) {
        const size_t length = strcspn(at, ",");
        const int which = playground_input(at, length);
        if (which < 0) return false;
        s->uses[which] = true;
        at += length;
        if (!*at) return true;
    }
}

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .data = "all",
                     .hidden = "8,8",
                     .activation = "tanh",
                     .inputs = "x1,x2",
                     .picture = "tapegrad-boundary.svg",
                     .seed = 1,
                     .points = 500,
                     .epochs = 2000,
                     .batch = 10,
                     .threads = 1,
                     .test = 0.5,
                     .lr = 0.03 };
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "data", "the problem DATA", .text = &s->data },
            { "hidden", "the LIST of hidden units", .text = &s->hidden },
            { "activation", "of hidden units: NAME", .text = &s->activation },
            { "inputs", "the list INPUTS", .text = &s->inputs },
            { "seed", "for the points, the weights and the order", .count = &s->seed },
            { "points", "how many, to train and to test", .count = &s->points, .least = 4 },
            { "noise", "in the points, from 0 to 0.5", .number = &s->noise },
            { "test", "share of the points to test with", .number = &s->test },
            { "epochs", "times to see every point", .count = &s->epochs, .least = 1 },
            { "batch", "points in a training step", .count = &s->batch, .least = 1 },
            { "lr", "learning rate", .number = &s->lr },
            { "l2", "weight decay", .number = &s->l2 },
            { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
            { "picture", "SVG file to write", .text = &s->picture },
            { "no-picture", "write no SVG file", .flag = &s->no_picture },
            { "png", "PNG file to write the answers to", .text = &s->png },
            { 0 } });
    const char *wrong = NULL;
    s->act = find_activation(s->activation);
    if (!s->act) wrong = "activation";
    if (!read_hidden(s)) wrong = "hidden";
    if (!read_inputs(s)) wrong = "inputs";
    if (strcmp(s->data, "all") != 0 && !playground_find(s->data)) wrong = "data";
    if (s->noise > 0.5) wrong = "noise";
    if (!(s->test > 0 && s->test < 1)) wrong = "test";
    if (wrong) {
        fprintf(stderr, "%s: --%s does not take that; see --help\n", argv[0], wrong);
        exit(2);
    }
}

/* ---- The network ------------------------------------------------------------------------- */

typedef struct mlp {
    tg_linear layer[MOST_LAYERS + 1];
} mlp;

static mlp mlp_new(const settings *s, tg_store *store)
{
    mlp net;
    int64_t in = 0;
    char name[16];
    for (int i = 0; i < PLAYGROUND_INPUTS; i++) in += s->uses[i];
    for (int i = 0; i <= s->layers; i++) {
        const int64_t out = i < s->layers ? s->size[i] : 1;
        snprintf(name, sizeof name, "layer%d", i);
        net.layer[i] = tg_linear_new(store, name, in, out, .init = tg_init_glorot_normal(in, out),
                                     .bias_init = tg_init_zeros());
        in = out;
    }
    return net;
}

/* The logits [rows, 1] of the points [rows, 2]; above 0 means class 1. */
static tg_tensor *mlp_logit(const settings *s, const mlp *net, tg_tensor *points)
{
    tg_tensor *x = playground_inputs(points, s->uses);
    for (int i = 0; i < s->layers; i++) x = s->act(TG_HERE, tg_linear_apply(&net->layer[i], x));
    return tg_linear_apply(&net->layer[s->layers], x);
}

/* The network, recorded for a fixed number of rows, and a plan that runs it. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *x, *y, *loss, *accuracy;
    tg_plan *plan;
} program;

static program program_new(const settings *s, tg_store *store, const mlp *net, int64_t rows,
                           bool training)
{
    program p = { .tape = tg_tape_new(store) };
    p.x = tg_input(p.tape, "x", TG_F32, TG_SHAPE(rows, 2));
    p.y = tg_input(p.tape, "y", TG_F32, TG_SHAPE(rows, 1));
    tg_tensor *logit = mlp_logit(s, net, p.x), *half = tg_number_like(p.y, 0.5);
    tg_tensor *right = tg_equal(tg_greater(logit, tg_zeros_like(logit)), tg_greater(p.y, half));
    p.loss = tg_binary_cross_entropy(logit, p.y);
    p.accuracy = tg_mean(tg_cast(right, TG_F32));
    if (training) tg_sgd(p.loss, .lr = s->lr, .weight_decay = s->l2, .no_decay = "bias");
    p.plan = tg_compile(p.tape, p.loss, p.accuracy, .threads = (int)s->threads);
    return p;
}

/* Frees it. Returns main's result; prints the message of an error on standard error. */
static int program_end(program *p)
{
    const int status = tg_report(p->tape, stderr);
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
    return status;
}

/* ---- One problem ------------------------------------------------------------------------- */

static int train(const settings *s, tg_store *store, const mlp *net, const tg_dataset *data,
                 const char *name)
{
    const int64_t rows = tg_dataset_rows(data), size = s->batch < rows ? s->batch : rows;
    tg_batches batches = tg_batches_new(data, size, .seed = (uint64_t)s->seed, .drop_last = true);
    program p = program_new(s, store, net, size, true);
    tg_progress bar = { .out = stderr, .total = s->epochs, .label = name };
    for (int64_t epoch = 0; epoch < s->epochs;) {
        const int64_t fed = tg_batches_next(&batches, p.x, p.y);
        if (fed < 0 || (fed > 0 && tg_run(p.plan))) break;
        if (fed > 0) continue;
        tg_progress_step(&bar, "loss %.4f", tg_item(p.loss));
        epoch++;
    }
    tg_progress_end(&bar);
    tg_batches_free(&batches);
    return program_end(&p);
}

static int score(const settings *s, tg_store *store, const mlp *net, const tg_dataset *data,
                 double *loss, double *accuracy)
{
    program p = program_new(s, store, net, tg_dataset_rows(data), false);
    tg_feed_array(p.x, &data->x);
    tg_feed_array(p.y, &data->y);
    tg_run(p.plan);
    *loss = tg_item(p.loss);
    *accuracy = tg_item(p.accuracy);
    return program_end(&p);
}

/* Computes the network's answers on a grid: [GRID, GRID], from -1 (class 0) to 1 (class 1), the top
 * row first. */
static int look_around(const settings *s, tg_store *store, const mlp *net, float *answer)
{
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *at = tg_add_num(tg_iota(tape, TG_F32, GRID), 0.5);
    at = tg_sub_num(tg_mul_num(at, 2.0 * PLAYGROUND_REACH / GRID), PLAYGROUND_REACH);
    tg_tensor *x1 = tg_broadcast(at, TG_SHAPE(GRID, GRID));
    tg_tensor *x2 = tg_neg(tg_transpose(x1));
    tg_tensor *points = tg_reshape(tg_stack(TG_LIST(x1, x2), 2), TG_SHAPE((int64_t)GRID * GRID, 2));
    tg_tensor *p = tg_sigmoid(mlp_logit(s, net, points));
    tg_get(tg_sub_num(tg_mul_num(p, 2), 1), answer, (size_t)GRID * GRID);
    const int status = tg_report(tape, stderr);
    tg_tape_free(tape);
    return status;
}

/* A problem and its results. */
typedef struct result {
    const playground_set *set;
    double train_accuracy, test_accuracy;
    float answer[GRID * GRID];
    tile_dot *dots; /* the points: those of the training filled, those of the test as rings */
    int64_t dot_count;
} result;

static void add_dots(result *r, const tg_dataset *data, bool rings)
{
    const float *x = data->x.data, *y = data->y.data;
    for (int64_t i = 0; i < tg_dataset_rows(data); i++)
        r->dots[r->dot_count++] = (tile_dot){ .x = (x[2 * i] / (float)PLAYGROUND_REACH + 1) / 2,
                                              .y = (1 - x[2 * i + 1] / (float)PLAYGROUND_REACH) / 2,
                                              .orange = y[i] > 0.5f,
                                              .ring = rings };
}

/* Trains, tests and prints a row. Returns main's result. */
static int solve(const settings *s, const tg_dataset *learn, const tg_dataset *held_out, result *r)
{
    double train_loss, test_loss;
    tg_store *store = tg_store_new(.seed = (uint64_t)s->seed);
    const mlp net = mlp_new(s, store);
    const int status = train(s, store, &net, learn, r->set->name) ||
                       score(s, store, &net, learn, &train_loss, &r->train_accuracy) ||
                       score(s, store, &net, held_out, &test_loss, &r->test_accuracy) ||
                       look_around(s, store, &net, r->answer);
    tg_store_free(store);
    if (status) return status;
    printf("%-8s  %7.4f    %.4f  %7.4f    %.4f\n", r->set->name, train_loss, r->train_accuracy,
           test_loss, r->test_accuracy);
    fflush(stdout);
    r->dots = calloc((size_t)s->points, sizeof *r->dots);
    if (r->dots) {
        add_dots(r, learn, false);
        add_dots(r, held_out, true);
    }
    return 0;
}

static int run_one(const settings *s, result *r)
{
    tg_error error;
    tg_dataset learn = { 0 }, held_out = { 0 };
    int status = playground_make(r->set, s->points, s->test, s->noise, (uint64_t)s->seed, &learn,
                                 &held_out, &error) != TG_OK;
    if (status) fprintf(stderr, "%s\n", error.text);
    else status = solve(s, &learn, &held_out, r);
    tg_dataset_free(&learn);
    tg_dataset_free(&held_out);
    return status;
}

/* ---- All of them ------------------------------------------------------------------------- */

static bool draw(const settings *s, const result *results, int count)
{
    tile tiles[PLAYGROUND_SETS];
    char subtitle[160];
    for (int i = 0; i < count; i++) {
        const result *r = &results[i];
        tiles[i] = (tile){ r->answer,
                           GRID,
                           GRID,
                           TILE_SIGNED,
                           .full = 2,
                           .dots = r->dots,
                           .dot_count = r->dot_count };
        snprintf(tiles[i].caption, sizeof tiles->caption, "%s: %.1f %% of the tests", r->set->name,
                 100 * r->test_accuracy);
    }
    snprintf(subtitle, sizeof subtitle,
             "Hidden layers %.32s (%s), %d epochs; filled points were learned, rings are tests",
             s->layers ? s->hidden : "none", s->activation, (int)s->epochs);
    const sheet page = { .title = "Where a network draws the line",
                         .subtitle = subtitle,
                         .tiles = tiles,
                         .count = count,
                         .across = count };
    return (s->no_picture || sheet_write(&page, s->picture)) && sheet_write_png(&page, s->png);
}

int main(int argc, char **argv)
{
    static result results[PLAYGROUND_SETS];
    settings s;
    read_settings(&s, argc, argv);
    const double started = seconds_now();
    int count = 0, status = 0;
    double mean = 0;
    puts(
        "               training             test\ndata         loss  accuracy     loss  accuracy");
    for (int i = 0; i < PLAYGROUND_SETS && !status; i++) {
        const playground_set *set = &playground_sets[i];
        if (strcmp(s.data, "all") != 0 && strcmp(s.data, set->name) != 0) continue;
        results[count].set = set;
        status = run_one(&s, &results[count++]);
    }
    for (int i = 0; i < count; i++) mean += results[i].test_accuracy / count;
    if (!status) status = !draw(&s, results, count);
    if (!status) print_result("boundary", started, "data=%s test_accuracy=%.4f", s.data, mean);
    for (int i = 0; i < count; i++) {
        const bool spiral = strcmp(results[i].set->name, "spiral") == 0;
        if (!status && s.usual)
            status = !expect_figure(results[i].set->name, results[i].test_accuracy,
                                    spiral ? 0.75 : 0.96, 1);
        free(results[i].dots);
    }
    return status;
}
