/* gan.c: a generative adversarial net: a generator of samples, and a critic that distinguishes them
 * from data. The critic's loss contains the norm of a gradient, so its training step takes
 * second-order gradients. gan_data.c has the data, svg.c draws. */
#include "common.h"
#include "gan_data.h"
#include "grid.h"
#include "svg.h"

#include <stdlib.h>

static const char about[] =
    "Trains a Wasserstein GAN with gradient penalty: a generator that makes points of a plane\n"
    "from noise, until they look like eight Gaussians on a circle; or, with --digits, digits of\n"
    "8x8 cells. Its critic learns to score data high and samples low, with slopes near 1; the two\n"
    "take turns. Prints the critic's estimate of the distance between data and samples, how many\n"
    "modes are hit, and the share of good samples: within three deviations of a mode's middle,\n"
    "or as near to a true digit as these are to each other. (That says nothing of how well they\n"
    "fill the mode: they huddle near its middle, as the picture of samples over data shows.)\n";

enum { SAMPLES = 2048, ROWS = 10 };

typedef struct settings {
    const char *data, *picture, *png;
    int64_t seed, steps, batch, critic_steps, threads;
    double lr, penalty;
    bool digits, no_picture, usual;
} settings;

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .data = DIGITS_FILE,
                     .picture = "tapegrad-gan.svg",
                     .seed = 1,
                     .batch = 128,
                     .critic_steps = 3,
                     .threads = 1 };
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "digits", "learn digits", .flag = &s->digits },
            { "seed", "for the weights and all draws", .count = &s->seed },
            { "steps", "of the generator; 0: as the data need", .count = &s->steps },
            { "batch", "samples in a step", .count = &s->batch, .least = 1 },
            { "critic-steps", "for each one of these", .count = &s->critic_steps, .least = 1 },
            { "lr", "highest learning rate; 0: as the data need", .number = &s->lr },
            { "penalty", "weight of the gradient penalty; 0: likewise", .number = &s->penalty },
            { "threads", "threads to compute with", .count = &s->threads, .least = 1 },
            { "data", "CSV file with the digits, plain or gzip", .text = &s->data },
            { "picture", "SVG file to write", .text = &s->picture },
            { "no-picture", "write no file", .flag = &s->no_picture },
            { "png", "PNG file to write the samples of digits to", .text = &s->png },
            { 0 } });
    if (!s->steps) s->steps = s->digits ? 1500 : 5000;
    if (s->lr <= 0) s->lr = s->digits ? 1e-3 : 2e-3;
    if (s->penalty <= 0) s->penalty = s->digits ? 1 : 0.1;
}

/* ---- The networks ------------------------------------------------------------------------ */

typedef struct mlp {
    tg_linear first, second, third, out;
} mlp;

static mlp mlp_new(tg_store *store, const char *name, int64_t in, int64_t hidden, int64_t out)
{
    char part[4][32];
    snprintf(part[0], sizeof part[0], "%s.first", name);
    snprintf(part[1], sizeof part[1], "%s.second", name);
    snprintf(part[2], sizeof part[2], "%s.third", name);
    snprintf(part[3], sizeof part[3], "%s.out", name);
    return (mlp){
        tg_linear_new(store, part[0], in, hidden, .init = tg_init_he_normal(in)),
        tg_linear_new(store, part[1], hidden, hidden, .init = tg_init_he_normal(hidden)),
        tg_linear_new(store, part[2], hidden, hidden, .init = tg_init_he_normal(hidden)),
        tg_linear_new(store, part[3], hidden, out),
    };
}

static tg_tensor *mlp_apply(const mlp *net, tg_tensor *x)
{
    x = tg_leaky_relu(tg_linear_apply(&net->first, x), 0.2);
    x = tg_leaky_relu(tg_linear_apply(&net->second, x), 0.2);
    x = tg_leaky_relu(tg_linear_apply(&net->third, x), 0.2);
    return tg_linear_apply(&net->out, x);
}

/* The number of random numbers that a sample is made of. */
static int64_t noise_of(const gan_data *data) { return data->bounded ? 16 : 4; }

typedef struct nets {
    const gan_data *data;
    mlp generator, critic;
} nets;

static nets nets_new(tg_store *store, const gan_data *data)
{
    const int64_t columns = gan_data_columns(data), hidden = data->bounded ? 256 : 128;
    return (nets){ data, mlp_new(store, "generator", noise_of(data), hidden, columns),
                   mlp_new(store, "critic", columns, hidden, 1) };
}

/* [rows, columns] */
static tg_tensor *samples_of(const nets *net, tg_tape *tape, int64_t rows)
{
    tg_tensor *noise = tg_normal(tape, "noise", TG_F32, TG_SHAPE(rows, noise_of(net->data)), 0, 1);
    tg_tensor *samples = mlp_apply(&net->generator, noise);
    return net->data->bounded ? tg_tanh(samples) : samples;
}

/* ---- Recording --------------------------------------------------------------------------- */

/* A tape with the steps of both nets, and a plan for each; and a tape that makes samples. */
typedef struct programs {
    tg_tape *training, *showing;
    tg_tensor *distance, *samples;
    tg_plan *critic_step, *generator_step, *show;
} programs;

/* The gradient penalty at random points between data and samples. */
static tg_tensor *penalty_of(const nets *net, tg_tensor *real, tg_tensor *fake)
{
    tg_tensor *share =
        tg_uniform(tg_tape_of(real), "share", TG_F32, TG_SHAPE(tg_dim(real, 0), 1), 0, 1);
    tg_tensor *between = tg_add(real, tg_mul(share, tg_sub(fake, real)));
    return tg_gradient_penalty(mlp_apply(&net->critic, between), between);
}

static void record_training(const settings *s, const nets *net, programs *p)
{
    const tg_array *array = &net->data->points.x;
    tg_tensor *points = tg_input(p->training, "points", TG_F32, array->shape);
    tg_feed_array(points, array);
    tg_tensor *real = gan_data_draw(net->data, points, s->batch);
    tg_tensor *fake = samples_of(net, p->training, s->batch);
    tg_tensor *real_score = mlp_apply(&net->critic, real);
    tg_tensor *fake_score = mlp_apply(&net->critic, fake);

    tg_tensor *gap = tg_discriminator_loss(real_score, fake_score, .form = TG_GAN_WASSERSTEIN);
    tg_tensor *penalty = tg_mul_num(penalty_of(net, real, fake), s->penalty);
    tg_tensor *critic_loss = tg_add(gap, penalty);
    tg_tensor *generator_loss = tg_generator_loss(fake_score, .form = TG_GAN_WASSERSTEIN);
    p->distance = tg_neg(gap);

    /* Each schedule counts the steps of its own optimizer. */
    const tg_updates critic =
        tg_adam(critic_loss, .params = "critic", .beta1 = 0.5, .beta2 = 0.9,
                .schedule = tg_cosine_lr(.base = s->lr, .steps = s->steps * s->critic_steps));
    const tg_updates generator =
        tg_adam(generator_loss, .params = "generator", .beta1 = 0.5, .beta2 = 0.9,
                .schedule = tg_cosine_lr(.base = s->lr, .steps = s->steps));
    p->critic_step =
        tg_compile(p->training, p->distance, .updates = &critic, .threads = (int)s->threads);
    p->generator_step = tg_compile(p->training, .updates = &generator, .threads = (int)s->threads);
}

static programs programs_new(const settings *s, const nets *net, tg_store *store)
{
    programs p = { .training = tg_tape_new(store), .showing = tg_tape_new(store) };
    record_training(s, net, &p);
    p.samples = samples_of(net, p.showing, SAMPLES);
    p.show = tg_compile_pure(p.showing, p.samples, .threads = (int)s->threads);
    return p;
}

static void programs_free(programs *p)
{
    tg_plan_free(p->critic_step);
    tg_plan_free(p->generator_step);
    tg_plan_free(p->show);
    tg_tape_free(p->training);
    tg_tape_free(p->showing);
}

/* ---- Training ---------------------------------------------------------------------------- */

/* Trains both nets in turn. False on an error, whose message tg_report prints. */
static bool take_turns(const settings *s, const programs *p, tg_progress *bar)
{
    for (int64_t i = 0; i < s->critic_steps; i++)
        if (tg_run(p->critic_step)) return false;
    if (tg_run(p->generator_step)) return false;
    tg_progress_step(bar, "distance %.3f", tg_item(p->distance));
    return true;
}

/* Trains. [samples] receives the last samples, and the score is theirs. */
static gan_score train(const settings *s, const nets *net, const programs *p, float *samples)
{
    const int64_t columns = gan_data_columns(net->data);
    tg_progress bar = { .out = stderr, .total = s->steps };
    gan_score score = { 0 };
    printf("  step  distance  %s hit  good samples\n", net->data->bounded ? "digits" : " modes");
    for (int64_t step = 1; step <= s->steps; step++) {
        if (!take_turns(s, p, &bar)) break;
        if (step * ROWS / s->steps == (step - 1) * ROWS / s->steps) continue;
        if (tg_run(p->show)) break;
        tg_get(p->samples, samples, (size_t)(SAMPLES * columns));
        score = gan_data_judge(net->data, samples, SAMPLES);
        print_row(&bar, "%6lld  %8.4f  %4lld of %2lld        %.4f", (long long)step,
                  tg_item(p->distance), (long long)score.hit, (long long)net->data->classes,
                  score.good);
    }
    tg_progress_end(&bar);
    return score;
}

/* ---- Showing it -------------------------------------------------------------------------- */

static void draw_plane(FILE *out, const float *data, const float *samples)
{
    const svg_plane plane = { .left = SVG_LEFT,
                              .top = 140,
                              .width = 864,
                              .height = 864,
                              .low = { -2.8, -2.8 },
                              .high = { 2.8, 2.8 } };
    svg_heading(out, SVG_LEFT, 124, "Data, and samples over it");
    svg_text(out, 848, 124, 13, "text-anchor=\"end\" fill=\"" SVG_PALE "\"", "data");
    svg_text(out, 912, 124, 13, "text-anchor=\"end\" fill=\"" SVG_BLUE "\"", "samples");
    svg_plane_frame(out, &plane);
    svg_plane_dots(out, &plane, data, SAMPLES, 3, "fill=\"" SVG_PALE "\" opacity=\".6\"");
    svg_plane_dots(out, &plane, samples, SAMPLES, 2, "fill=\"" SVG_BLUE "\" opacity=\".7\"");
}

static void draw_digits(FILE *out, double y, int rows, const char *heading, const float *points)
{
    svg_heading(out, SVG_LEFT, y, heading);
    for (int i = 0; i < rows * SVG_DIGITS_A_ROW; i++) {
        float ink[DIGIT_CELLS];
        for (int cell = 0; cell < DIGIT_CELLS; cell++)
            ink[cell] = 8 * (points[i * DIGIT_CELLS + cell] + 1);
        svg_digit(out, SVG_LEFT + SVG_DIGIT_STEP * (i % SVG_DIGITS_A_ROW),
                  y + 16 + SVG_DIGIT_STEP * (i / SVG_DIGITS_A_ROW), ink, false);
    }
}

static bool write_picture(const settings *s, const gan_score *score, const float *data,
                          const float *samples)
{
    char title[96], subtitle[128];
    snprintf(title, sizeof title, "%.1f %% of the samples are good", 100 * score->good);
    snprintf(subtitle, sizeof subtitle,
             "A Wasserstein GAN with gradient penalty after %lld steps, seed %lld",
             (long long)s->steps, (long long)s->seed);
    FILE *out = svg_open(s->picture, 1040, title, subtitle);
    if (!out) return false;
    if (s->digits) {
        draw_digits(out, 132, 8, "Samples", samples);
        draw_digits(out, 780, 3, "Data", data);
    } else {
        draw_plane(out, data, samples);
    }
    return svg_close(out);
}

/* Writes the first samples, for --png. */
static bool write_png(const settings *s, const float *samples)
{
    enum { SHOWN = 96 };
    const float *images[SHOWN];
    if (!s->png || !s->digits) return true;
    for (int i = 0; i < SHOWN; i++) images[i] = samples + i * DIGIT_CELLS;
    return grid_write(
        &(grid){ images, SHOWN, SVG_DIGITS_A_ROW, DIGIT_SIDE, .white = -1, .black = 1 }, s->png);
}

/* Draws data for comparison, writes the picture, prints the result. Returns main's result. */
static int show(const settings *s, const nets *net, programs *p, const gan_score *score,
                const float *samples, double started)
{
    const tg_array *array = &net->data->points.x;
    const int64_t count = SAMPLES * gan_data_columns(net->data);
    float *data = calloc((size_t)count, sizeof *data);
    tg_tensor *points = tg_input(p->showing, "points", TG_F32, array->shape);
    tg_feed_array(points, array);
    tg_tensor *drawn = gan_data_draw(net->data, points, SAMPLES);
    int status = !data || tg_get(drawn, data, (size_t)count);
    if (status) {
        fprintf(stderr, "%s\n", data ? tg_tape_error(p->showing) : "out of memory");
    } else if (!s->no_picture) {
        status = !svg_report(s->picture, write_picture(s, score, data, samples));
    }
    free(data);
    if (status || !write_png(s, samples)) return 1;
    print_result("gan", started, "data=%s modes_hit=%lld good_samples=%.4f",
                 s->digits ? "digits" : "circle", (long long)score->hit, score->good);
    return s->usual && (!expect_figure("modes_hit", (double)score->hit, 8, 10) ||
                        !expect_figure("good_samples", score->good, 0.75, 1));
}

static int run(const settings *s, const gan_data *data, double started)
{
    tg_store *store = tg_store_new(.seed = (uint64_t)s->seed);
    const nets net = nets_new(store, data);
    programs p = programs_new(s, &net, store);
    float *samples = calloc((size_t)(SAMPLES * gan_data_columns(data)), sizeof *samples);
    int status = !samples;
    if (status) {
        fprintf(stderr, "out of memory\n");
    } else {
        const gan_score score = train(s, &net, &p, samples);
        status = tg_report(p.training, stderr) || tg_report(p.showing, stderr);
        if (!status) status = show(s, &net, &p, &score, samples, started);
    }
    programs_free(&p);
    tg_store_free(store);
    free(samples);
    return status;
}

int main(int argc, char **argv)
{
    settings s;
    read_settings(&s, argc, argv);
    const double started = seconds_now();
    tg_error error;
    gan_data data;
    const tg_status status =
        s.digits ? gan_data_digits(&data, s.data, &error) : gan_data_circle(&data, &error);
    if (status) {
        fprintf(stderr, "%s\n", error.text);
        return 1;
    }
    const int result = run(&s, &data, started);
    gan_data_free(&data);
    return result;
}
