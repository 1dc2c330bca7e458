/* autoencoder.c: an autoencoder of digits with a code of two numbers. The codes are a map of the
 * digits; the error of the reconstruction detects digits of a class that was left out in training.
 * svg.c draws. */
#include "common.h"
#include "grid.h"
#include "svg.h"

#include <math.h>
#include <stdlib.h>

static const char about[] =
    "Trains the network 64-128-64-2-64-128-64 to give back handwritten digits of 8x8 cells, on\n"
    "four fifths of them but for one class, which it never sees. What passes through the two\n"
    "units in the middle is a map of the digits. The rest of the digits is for testing: digits of\n"
    "the class left out come back wrong, and the error tells them from the others. How well is\n"
    "the area under the ROC curve (AUC): the probability that a digit of that class has a larger\n"
    "error than one of the others. Draws the map, some digits, and how they came back.\n";

enum { CODE = 2 };

typedef struct settings {
    const char *data, *picture, *png;
    int64_t seed, epochs, batch, threads, left_out;
    double lr;
    bool no_picture, usual;
} settings;

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .data = DIGITS_FILE,
                     .picture = "tapegrad-autoencoder.svg",
                     .seed = 1,
                     .epochs = 100,
                     .batch = 32,
                     .threads = 1,
                     .left_out = 0,
                     .lr = 2e-3 };
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "left-out", "the class left out, 0 to 9", .count = &s->left_out },
            { "seed", "for the split, the weights and the order", .count = &s->seed },
            { "epochs", "times to see every digit", .count = &s->epochs, .least = 1 },
            { "batch", "digits in a training step", .count = &s->batch, .least = 1 },
            { "lr", "highest learning rate", .number = &s->lr },
            { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
            { "data", "CSV file, plain or gzip", .text = &s->data },
            { "picture", "SVG file to write", .text = &s->picture },
            { "no-picture", "write no file", .flag = &s->no_picture },
            { "png", "PNG file to write digits to, as they came back", .text = &s->png },
            { 0 } });
    if (s->left_out >= DIGIT_CLASSES) {
        fprintf(stderr, "%s: --left-out is a digit, 0 to 9\n", argv[0]);
        exit(2);
    }
}

/* ---- The network ------------------------------------------------------------------------- */

typedef struct mlp {
    tg_linear first, second, out;
} mlp;

typedef struct autoencoder {
    mlp encoder, decoder;
} autoencoder;

static autoencoder autoencoder_new(tg_store *store)
{
    return (autoencoder){
        { tg_linear_new(store, "encoder.first", DIGIT_CELLS, 128),
          tg_linear_new(store, "encoder.second", 128, 64),
          tg_linear_new(store, "encoder.out", 64, CODE) },
        { tg_linear_new(store, "decoder.first", CODE, 64),
          tg_linear_new(store, "decoder.second", 64, 128),
          tg_linear_new(store, "decoder.out", 128, DIGIT_CELLS) },
    };
}

static tg_tensor *mlp_apply(const mlp *net, tg_tensor *x)
{
    x = tg_silu(tg_linear_apply(&net->first, x));
    x = tg_silu(tg_linear_apply(&net->second, x));
    return tg_linear_apply(&net->out, x);
}

/* The network, recorded for a fixed number of rows, and a plan that runs it. */
typedef struct program {
    tg_tape *tape;
    tg_tensor *ink, *code, *again, *error, *loss; /* ink from 0 to 16; an error for each row */
    tg_plan *plan;
} program;

static program program_new(tg_store *store, const autoencoder *net, int64_t rows)
{
    program p = { .tape = tg_tape_new(store) };
    p.ink = tg_input(p.tape, "ink", TG_F32, TG_SHAPE(rows, DIGIT_CELLS));
    tg_tensor *share = tg_div_num(p.ink, DIGIT_INK);
    p.code = tg_tanh(mlp_apply(&net->encoder, tg_sub_num(tg_mul_num(share, 2), 1)));
    tg_tensor *told = tg_sigmoid(mlp_apply(&net->decoder, p.code));
    p.again = tg_mul_num(told, DIGIT_INK);
    p.error = tg_mean(tg_mse(told, share, .reduction = TG_NONE), .axis = 1);
    p.loss = tg_mean(p.error);
    return p;
}

static void program_free(program *p)
{
    tg_plan_free(p->plan);
    tg_tape_free(p->tape);
}

static program training_program(const settings *s, tg_store *store, const autoencoder *net,
                                int64_t steps)
{
    program p = program_new(store, net, s->batch);
    tg_adam(p.loss, .schedule = tg_cosine_lr(.base = s->lr, .steps = steps, .warmup = steps / 20));
    p.plan = tg_compile(p.tape, p.loss, .threads = (int)s->threads);
    return p;
}

static program test_program(const settings *s, tg_store *store, const autoencoder *net,
                            const tg_dataset *test)
{
    program p = program_new(store, net, tg_dataset_rows(test));
    tg_feed_array(p.ink, &test->x);
    p.plan = tg_compile_pure(p.tape, p.code, p.again, p.error, .threads = (int)s->threads);
    return p;
}

/* ---- Training, and telling what is new ----------------------------------------------------- */

/* The results of the network for the test digits. */
typedef struct findings {
    const tg_dataset *test;
    int32_t left_out;
    float *code, *again, *error; /* [rows, 2], [rows, 64], [rows] */
    double usual, novel, auc; /* mean errors for the classes of the training, and for the one left
                                 out; area under the ROC curve */
} findings;

/* The area under the ROC curve: the probability that the error of a digit of the class left out is
 * larger than that of another one; equal ones count half. */
static double auc_of(const findings *f)
{
    const int32_t *label = f->test->y.data;
    const int64_t rows = tg_dataset_rows(f->test);
    double larger = 0, pairs = 0;
    for (int64_t i = 0; i < rows; i++)
        for (int64_t j = 0; j < rows; j++) {
            if (label[i] != f->left_out || label[j] == f->left_out) continue;
            larger += f->error[i] > f->error[j] ? 1 : f->error[i] == f->error[j] ? 0.5 : 0;
            pairs++;
        }
    return larger / pairs;
}

static void look(findings *f, const program *test)
{
    const int32_t *label = f->test->y.data;
    const int64_t rows = tg_dataset_rows(f->test);
    tg_get(test->code, f->code, (size_t)(rows * CODE));
    tg_get(test->again, f->again, (size_t)(rows * DIGIT_CELLS));
    tg_get(test->error, f->error, (size_t)rows);
    int64_t novel = 0;
    f->usual = f->novel = 0;
    for (int64_t i = 0; i < rows; i++) {
        const bool new = label[i] == f->left_out;
        novel += new;
        *(new ? &f->novel : &f->usual) += (double)f->error[i];
    }
    f->novel /= (double)novel;
    f->usual /= (double)(rows - novel);
    f->auc = auc_of(f);
}

static void train(int64_t epochs, const program *step, const program *test, tg_batches *batches,
                  findings *f)
{
    tg_progress bar = { .out = stderr, .total = epochs * tg_batches_count(batches) };
    const int64_t every = (epochs + 9) / 10;
    printf("         error of       error of    error of the\n"
           "epoch  training digits  test digits  class left out     AUC\n");
    for (int64_t epoch = 1; epoch <= epochs; epoch++) {
        double loss = 0;
        while (tg_batches_next(batches, step->ink, NULL) > 0) {
            if (tg_run(step->plan)) return;
            loss += tg_item(step->loss);
            tg_progress_step(&bar, "error %.4f", tg_item(step->loss));
        }
        if (tg_tape_status(step->tape)) break;
        if (epoch % every && epoch < epochs) continue;
        if (tg_run(test->plan)) break;
        look(f, test);
        print_row(&bar, "%5lld           %.4f       %.4f          %.4f  %.4f", (long long)epoch,
                  loss / (double)tg_batches_count(batches), f->usual, f->novel, f->auc);
    }
    tg_progress_end(&bar);
}

/* ---- Showing it ---------------------------------------------------------------------------- */

static void draw_map(FILE *out, const findings *f)
{
    static const char *const colours[DIGIT_CLASSES] = { "#1f6feb", "#d1242f", "#1a7f37", "#9a6700",
                                                        "#8250df", "#bf3989", "#0a7ea4", "#bc4c00",
                                                        "#57606a", "#4d7c0f" };
    const int32_t *label = f->test->y.data;
    svg_plane plane = { .left = SVG_LEFT, .top = 140, .width = 864, .height = 560 };
    svg_heading(out, SVG_LEFT, 124,
                "The two numbers of each test digit; the class left out in boxes");
    svg_plane_fit(&plane, f->code, tg_dataset_rows(f->test));
    svg_plane_frame(out, &plane);
    for (int64_t i = 0; i < tg_dataset_rows(f->test); i++) {
        double x, y;
        char look[64], digit[2] = { (char)('0' + label[i]), 0 };
        svg_plane_place(&plane, f->code + CODE * i, &x, &y);
        if (label[i] == f->left_out)
            fprintf(out,
                    "<rect x=\"%.1f\" y=\"%.1f\" width=\"13\" height=\"15\" rx=\"2\" fill=\"none\" "
                    "stroke=\"%s\"/>\n",
                    x - 6.5, y - 7.5, colours[label[i]]);
        snprintf(look, sizeof look, "text-anchor=\"middle\" fill=\"%s\"", colours[label[i]]);
        svg_text(out, x, y + 4.5, 13, look, digit);
    }
}

/* Draws the first digits of the class left out, or of the others, each with its reconstruction
 * below. */
static void draw_digits(FILE *out, const findings *f, bool left_out, double y, const char *heading)
{
    const float *ink = f->test->x.data;
    const int32_t *label = f->test->y.data;
    int shown = 0;
    svg_heading(out, SVG_LEFT, y, heading);
    for (int64_t i = 0; i < tg_dataset_rows(f->test) && shown < SVG_DIGITS_A_ROW; i++) {
        if ((label[i] == f->left_out) != left_out) continue;
        const double x = SVG_LEFT + SVG_DIGIT_STEP * shown++;
        char error[16];
        svg_digit(out, x, y + 14, ink + i * DIGIT_CELLS, false);
        svg_digit(out, x, y + 82, f->again + i * DIGIT_CELLS, false);
        snprintf(error, sizeof error, "%.3f", (double)f->error[i]);
        svg_text(out, x + SVG_DIGIT_SIZE / 2.0, y + 160, 12,
                 "text-anchor=\"middle\" fill=\"" SVG_FAINT "\"", error);
    }
}

static bool write_picture(const settings *s, const findings *f)
{
    char title[96], subtitle[160], heading[96];
    snprintf(title, sizeof title, "Digits by two numbers, without the %d", (int)f->left_out);
    snprintf(subtitle, sizeof subtitle,
             "An autoencoder of 64-128-64-2-64-128-64 units after %lld epochs, seed %lld; "
             "AUC of the error %.3f",
             (long long)s->epochs, (long long)s->seed, f->auc);
    FILE *out = svg_open(s->picture, 1128, title, subtitle);
    if (!out) return false;
    draw_map(out, f);
    draw_digits(out, f, false, 736, "Test digits, how they came back, and the mean squared error");
    snprintf(heading, sizeof heading, "The same of the class left out, %d", (int)f->left_out);
    draw_digits(out, f, true, 936, heading);
    return svg_close(out);
}

/* Writes the first test digits, each with its reconstruction below, for --png. */
static bool write_png(const settings *s, const findings *f)
{
    const float *images[2 * SVG_DIGITS_A_ROW], *ink = f->test->x.data;
    const int64_t rows = tg_dataset_rows(f->test);
    const int64_t shown = rows < SVG_DIGITS_A_ROW ? rows : SVG_DIGITS_A_ROW;
    if (!s->png) return true;
    for (int64_t i = 0; i < shown; i++) {
        images[i] = ink + i * DIGIT_CELLS;
        images[shown + i] = f->again + i * DIGIT_CELLS;
    }
    return grid_write(
        &(grid){ images, 2 * shown, shown, DIGIT_SIDE, .white = 0, .black = DIGIT_INK }, s->png);
}

static int show(const settings *s, const findings *f, double started)
{
    if (!write_png(s, f)) return 1;
    if (!s->no_picture && !svg_report(s->picture, write_picture(s, f))) return 1;
    print_result("autoencoder", started, "left_out=%d test_error=%.4f left_out_error=%.4f auc=%.4f",
                 (int)f->left_out, f->usual, f->novel, f->auc);
    return s->usual && !expect_figure("auc", f->auc, 0.9, 1);
}

/* ---- The program --------------------------------------------------------------------------- */

/* Trains on [learn], tests on [test], draws. Returns main's result. */
static int run(const settings *s, const tg_dataset *learn, const tg_dataset *test, double started)
{
    const uint64_t seed = (uint64_t)s->seed;
    const size_t rows = (size_t)tg_dataset_rows(test);
    findings f = { .test = test,
                   .left_out = (int32_t)s->left_out,
                   .code = calloc(rows, CODE * sizeof(float)),
                   .again = calloc(rows, DIGIT_CELLS * sizeof(float)),
                   .error = calloc(rows, sizeof(float)) };
    tg_batches batches = tg_batches_new(learn, s->batch, .seed = seed, .drop_last = true);
    tg_store *store = tg_store_new(.seed = seed);
    const autoencoder net = autoencoder_new(store);
    program step = training_program(s, store, &net, s->epochs * tg_batches_count(&batches));
    program looking = test_program(s, store, &net, test);

    int status = !f.code || !f.again || !f.error;
    if (status) {
        fprintf(stderr, "out of memory\n");
    } else {
        train(s->epochs, &step, &looking, &batches, &f);
        status = tg_report(step.tape, stderr) || tg_report(looking.tape, stderr);
    }
    if (!status) status = show(s, &f, started);

    program_free(&step);
    program_free(&looking);
    tg_store_free(store);
    tg_batches_free(&batches);
    free(f.code);
    free(f.again);
    free(f.error);
    return status;
}

/* The rows of [from] that are not of the class. */
static tg_status leave_out(const tg_dataset *from, int64_t class, tg_dataset *out, tg_error *error)
{
    const int32_t *label = from->y.data;
    int64_t *rows = calloc((size_t)tg_dataset_rows(from), sizeof *rows), count = 0;
    if (!rows) {
        *error = (tg_error){ TG_ERR_MEMORY, "out of memory" };
        return error->status;
    }
    for (int64_t i = 0; i < tg_dataset_rows(from); i++)
        if (label[i] != class) rows[count++] = i;
    const tg_status status = tg_dataset_take(from, rows, count, out, error);
    free(rows);
    return status;
}

int main(int argc, char **argv)
{
    settings s;
    read_settings(&s, argc, argv);
    const double started = seconds_now();
    tg_error error;
    tg_dataset all = { 0 }, most = { 0 }, learn = { 0 }, test = { 0 };
    int status = digits_load(&all, s.data, &error) ||
                 tg_split_stratified(&all, &most, &test, &error, .seed = (uint64_t)s.seed) ||
                 leave_out(&most, s.left_out, &learn, &error);
    if (s.batch > tg_dataset_rows(&learn)) s.batch = tg_dataset_rows(&learn);
    if (status) fprintf(stderr, "%s\n", error.text);
    else status = run(&s, &learn, &test, started);
    tg_dataset_free(&all);
    tg_dataset_free(&most);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    return status;
}
