/* report_page.c: writes the page that report_page.py looks at, to the file named: a small training,
 * with every kind of section, two pictures of curves, and text that is no HTML. */
#include <tapegrad.h>

#include <stdio.h>

enum { SIDE = 12, CLASSES = 10, MANY = 50, BATCH = 64, STEPS = 300, SHOWN = 10 };

typedef struct run {
    tg_store *store;
    tg_tape *tape;
    tg_plan *plan;
    tg_tensor *x, *labels, *loss, *logits;
    tg_logger *log;
    float pixels[BATCH][SIDE * SIDE];
    int32_t label[BATCH];
} run;

/* Numbers that look random, the same everywhere. */
static uint32_t draw(uint32_t *state) { return (*state = *state * 1664525u + 1013904223u) >> 16; }

/* Of unit length, 18 degrees from each other. */
static const double directions[CLASSES][2] = {
    { 1, 0 }, { 0.951, 0.309 },  { 0.809, 0.588 },  { 0.588, 0.809 },  { 0.309, 0.951 },
    { 0, 1 }, { -0.309, 0.951 }, { -0.588, 0.809 }, { -0.809, 0.588 }, { -0.951, 0.309 }
};

/* A stroke whose direction is the class, with noise. */
static void draw_batch(run *r, uint32_t seed)
{
    uint32_t state = seed;
    for (int i = 0; i < BATCH; i++) {
        r->label[i] = (int32_t)(draw(&state) % CLASSES);
        for (int k = 0; k < SIDE * SIDE; k++) {
            const double right = k % SIDE - SIDE / 2.0 + 0.5, down = k / SIDE - SIDE / 2.0 + 0.5;
            const double *to = directions[r->label[i]], away = right * to[1] - down * to[0];
            const double noise = (double)(draw(&state) % 256) / 256;
            r->pixels[i][k] = (float)(0.2 * (away > -1 && away < 1 ? 1 : 0) + 0.8 * noise);
        }
    }
}

static void record(run *r)
{
    r->store = tg_store_new(.seed = 1);
    r->tape = tg_tape_new(r->store);
    r->x = tg_input(r->tape, "x", TG_F32, TG_SHAPE(BATCH, SIDE * SIDE));
    r->labels = tg_input(r->tape, "labels", TG_I32, TG_SHAPE(BATCH));
    const tg_linear first = tg_linear_new(r->store, "first", SIDE * SIDE, 32);
    const tg_linear last = tg_linear_new(r->store, "last.<b>&", 32, CLASSES);
    tg_freeze(r->store, "first.bias");
    r->logits = tg_linear_apply(&last, tg_relu(tg_linear_apply(&first, r->x)));
    r->loss = tg_cross_entropy(r->logits, r->labels);
    tg_adam(r->loss, .lr = 2e-3);
    r->plan = tg_compile(r->tape, r->loss, r->logits);
}

static void train(run *r)
{
    r->log = tg_logger_new(NULL, .keep = true);
    for (int step = 0; step < STEPS && r->plan; step++) {
        draw_batch(r, (uint32_t)step + 1);
        tg_feed(r->x, &r->pixels[0][0], BATCH * SIDE * SIDE);
        tg_feed(r->labels, r->label, BATCH);
        tg_run(r->plan);
        tg_logger_scalar(r->log, step, "loss/<training> & \"more\"", tg_item(r->loss));
        if (step % 30 == 29) tg_logger_scalar(r->log, step, "loss/last of 30", tg_item(r->loss));
    }
}

/* ---- Sections --------------------------------------------------------------------------- */

static void add_curves(const run *r, tg_page *page)
{
    const tg_series series[] = { tg_logger_series(r->log, "loss/<training> & \"more\""),
                                 tg_logger_series(r->log, "loss/last of 30") };
    tg_page_curves(page, "Loss", series, 2, .smooth = 0.9, .y_label = "cross-entropy");
    tg_page_curves(page, "Loss, logarithmic", series, 2, .log_y = true, .width = 1000,
                   .height = 360);
}

static int predicted(const float *logits)
{
    int best = 0;
    for (int k = 1; k < CLASSES; k++)
        if (logits[k] > logits[best]) best = k;
    return best;
}

static void add_examples(run *r, tg_page *page)
{
    static const char *const names[CLASSES] = { "rows",   "a",  "b",         "c", "diagonal",
                                                "column", "d<", "e & \"e\"", "f", "g" };
    static char captions[BATCH][80];
    float logits[BATCH][CLASSES];
    int64_t counts[CLASSES * CLASSES] = { 0 };
    tg_page_picture right[SHOWN], wrong[BATCH];
    int rights = 0, wrongs = 0;
    tg_get(r->logits, &logits[0][0], BATCH * CLASSES);
    for (int i = 0; i < BATCH; i++) {
        const int is = r->label[i], taken = predicted(logits[i]);
        counts[is * CLASSES + taken]++;
        tg_page_picture one = { tg_array_view(TG_F32, TG_SHAPE(SIDE, SIDE), r->pixels[i]),
                                captions[i], taken == is ? TG_PAGE_RIGHT : TG_PAGE_WRONG };
        (void)snprintf(captions[i], sizeof captions[i], taken == is ? "%s" : "%s,\ntaken for %s",
                       names[is], names[taken]);
        if (taken == is && rights < SHOWN) right[rights++] = one;
        if (taken != is) wrong[wrongs++] = one;
    }
    counts[1 * CLASSES + 2] += 3, counts[7 * CLASSES + 6] += 2; /* a few, however it went */
    const tg_array matrix = tg_array_view(TG_I64, TG_SHAPE(CLASSES, CLASSES), counts);
    tg_page_confusion(page, "Confusion matrix", &matrix, .classes = names);
    tg_page_pictures(page, "Right", right, rights);
    tg_page_pictures(page, "Wrong", wrong, wrongs);
}

/* Pictures of every number of channels, one without a caption, one wider than a phone. */
static void add_pictures(tg_page *page)
{
    static uint8_t pixels[16 * 8 * 4];
    for (size_t i = 0; i < sizeof pixels; i++) pixels[i] = (uint8_t)(i * 5);
    const tg_page_picture pictures[] = {
        { tg_array_view(TG_U8, TG_SHAPE(16, 8), pixels), "grey", TG_PAGE_UNMARKED },
        { tg_array_view(TG_U8, TG_SHAPE(8, 16, 2), pixels), "grey, opacity", TG_PAGE_UNMARKED },
        { tg_array_view(TG_U8, TG_SHAPE(8, 16, 3), pixels), NULL, TG_PAGE_WRONG },
        { tg_array_view(TG_U8, TG_SHAPE(8, 16, 4), pixels), "opacity", TG_PAGE_RIGHT },
    };
    tg_page_pictures(page, "Pictures", pictures, 4);
    tg_page_pictures(page, "A wide one", pictures + 2, 1, .width = 900);
    tg_page_pictures(page, "None", NULL, 0);
}

static void add_many_classes(tg_page *page)
{
    static double counts[MANY * MANY];
    uint32_t state = 1;
    for (int i = 0; i < MANY * MANY; i++)
        counts[i] = i / MANY == i % MANY     ? 150 + draw(&state) % 50
                    : draw(&state) % 20 == 0 ? draw(&state) % 40
                                             : 0;
    for (int k = 0; k < MANY; k++) counts[7 * MANY + k] = 0; /* a class that never was */
    const tg_array matrix = tg_array_view(TG_F64, TG_SHAPE(MANY, MANY), counts);
    tg_page_confusion(page, "Many classes", &matrix);
}

int main(int count, char **words)
{
    static run r;
    tg_error error;
    if (count != 2) return fprintf(stderr, "usage: %s FILE\n", words[0]), 2;
    record(&r);
    train(&r);
    tg_page *page = tg_page_new("A run <of> 3 & \"more\" größe", &error);
    const tg_hparam facts[] = { { "steps", .number = STEPS },
                                { "lr", .number = 2e-3 },
                                { "optimizer", .text = "adam" },
                                { "command", .text = "./train --data 'a b' <\x01\xff>" },
                                { "a very long word", .text =
                                                          "0123456789012345678901234567890123456"
                                                          "789012345678901234567890123456789" } };
    tg_page_facts(page, "The run", facts, sizeof facts / sizeof *facts);
    add_curves(&r, page);
    add_examples(&r, page);
    add_pictures(page);
    add_many_classes(page);
    tg_page_store(page, "Layers", r.store);
    tg_page_plan(page, "The plan of a step", r.plan);
    tg_page_text(page, "Health",
                 "<script>alert(1)</script>\nNo NaN in 300 steps;\tdead units: 0 of "
                 "32, and a line that is longer than the page of a phone is wide\n");
    int status = tg_report(r.tape, stderr);
    if (tg_page_write(page, words[1], &error)) status = fprintf(stderr, "%s\n", error.text) || 1;
    tg_page_free(page);
    tg_logger_free(r.log);
    tg_plan_free(r.plan);
    tg_tape_free(r.tape);
    tg_store_free(r.store);
    return status;
}
