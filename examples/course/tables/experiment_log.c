/* experiment_log.c: What is logged of a run is read back bit for bit, so runs can be compared
 * later.
 *
 * Formula: value read = value logged; a record of events: length (8 bytes), sum (4), data, sum (4)
 *
 * A stand-in for the tracking of experiments by a service: two runs that differ in their learning
 * rate fit the same wave. tg_fit logs each as JSON lines and for TensorBoard; afterwards the files
 * alone say which of the two was better. The records of the event files are counted by their
 * frames.
 */
#define _DEFAULT_SOURCE 1 /* mkdtemp, opendir, rmdir */
#include "course.h"

#include <dirent.h>
#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static const char about[] = "Logs two training runs, reads the logs back and compares them.\n";

enum { RUNS = 2, EPOCHS = 20 };

typedef struct run {
    tg_linear hidden, out;
    double lr, seen[EPOCHS]; /* what each epoch came to */
} run;

static tg_status wave(void *context, int64_t sample, void *const out[], tg_error *error)
{
    (void)error;
    tg_dice dice = { .key = *(const uint64_t *)context, .high = (uint64_t)sample };
    const double x = 2 * tg_dice_uniform(&dice) - 1;
    *(float *)out[0] = (float)x;
    *(float *)out[1] = (float)(sin(5 * x) + 0.1 * tg_dice_normal(&dice));
    return TG_OK;
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    const run *r = context;
    tg_tensor *h = tg_tanh(tg_linear_apply(&r->hidden, batch->field[0]));
    tg_tensor *loss = tg_mse(tg_linear_apply(&r->out, h), batch->field[1]);
    if (batch->training) tg_sgd(loss, .lr = r->lr, .momentum = 0.9);
    return loss;
}

static bool note(void *context, const tg_fit_moment *moment)
{
    run *r = context;
    if (moment->epoch_ended) r->seen[moment->epoch] = tg_runner_value(moment->train, "loss");
    return true;
}

static bool train(run *r, uint64_t seed, const char *jsonl, const char *events, tg_error *error)
{
    const tg_fields fields = TG_FIELDS({ "x", TG_F32, TG_SHAPE(1) }, { "y", TG_F32, TG_SHAPE(1) });
    tg_samples *samples = tg_samples_of_function(fields, wave, &seed, .length = 256);
    tg_loader *loader = tg_loader_new(samples, .batch = 16, .seed = seed);
    tg_store *store = tg_store_new(.seed = seed);
    r->hidden = tg_linear_new(store, "hidden", 1, 32);
    r->out = tg_linear_new(store, "out", 32, 1);
    const tg_fitted end =
        tg_fit(store, step, r, loader, error, .epochs = EPOCHS, .log_every = 0, .jsonl = jsonl,
               .tensorboard = events, .callback = note, .callback_context = r);
    tg_loader_free(loader);
    tg_store_free(store);
    return !end.status;
}

/* Counts the records of the event files in a folder, and removes all; one that is cut short counts
 * as none. */
static int64_t count_records(const char *folder)
{
    DIR *entries = opendir(folder);
    int64_t records = 0;
    for (const struct dirent *e; entries && (e = readdir(entries));) {
        if (e->d_name[0] == '.') continue;
        char path[512];
        uint8_t head[12];
        snprintf(path, sizeof path, "%s/%s", folder, e->d_name);
        FILE *file = fopen(path, "rb");
        while (file && fread(head, 1, 12, file) == 12) {
            long size = 4;
            for (int i = 0; i < 4; i++) size += (long)head[i] << (8 * i);
            while (size > 0 && getc(file) != EOF) size--;
            records += size == 0;
        }
        if (file) fclose(file);
        remove(path);
    }
    if (entries) closedir(entries);
    rmdir(folder);
    return records;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "experiment_log", about);
    run runs[RUNS] = { { .lr = 0.002 }, { .lr = 0.05 } };
    char folder[] = "/tmp/experiment_log-XXXXXX", jsonl[64], events[64];
    double different = 0, last[RUNS] = { 0 };
    int64_t records = 0, points = 0;
    if (!course_check(&c, "folder", mkdtemp(folder))) return course_end(&c, NULL);
    plot *p = plot_new("Two runs, drawn of their logs", 1);
    plot_panel(p, NULL, "step", "loss");
    plot_log_y(p);
    for (int r = 0; r < RUNS; r++) {
        tg_scalars log = { 0 };
        tg_error error = { 0 };
        snprintf(jsonl, sizeof jsonl, "%s/%d.jsonl", folder, r);
        snprintf(events, sizeof events, "%s/%d", folder, r);
        if (!train(&runs[r], (uint64_t)c.seed, jsonl, events, &error) ||
            tg_read_scalars(&log, jsonl, &error))
            fprintf(stderr, "%s\n", error.text);
        const tg_series s = tg_scalars_find(&log, "loss/train");
        for (int i = 0; i < s.count && i < EPOCHS; i++) different += s.y[i] != runs[r].seen[i];
        if (s.count) last[r] = s.y[s.count - 1];
        points += s.count;
        records += count_records(events);
        plot_line(p, r ? "learning rate 0.05" : "learning rate 0.002", s.x, s.y, s.count);
        tg_scalars_free(&log);
        remove(jsonl);
    }
    rmdir(folder);
    course_expect(&c, "points", (double)points, RUNS * EPOCHS, RUNS * EPOCHS);
    course_expect(&c, "read_otherwise", different, 0, 0);
    /* Before the scalars stand the version of the format, and that the run begins at step 0. */
    course_expect(&c, "records", (double)records, RUNS * (2 + EPOCHS), RUNS * (2 + EPOCHS));
    course_expect(&c, "b_over_a", last[1] / last[0], 0, 0.5);
    return course_end(&c, p);
}
