/* experiment_log.c: What is logged of a run is read back bit for bit, so runs can be compared
 * later.
 *
 * Formula: value read = value logged; a record of events: length (8 bytes), sum (4), data, sum (4)
 *
 * A stand-in for the tracking of experiments by a service: two runs that differ in their learning
 * rate fit the same wave. Each is logged as JSON lines and for TensorBoard; afterwards the files
 * alone say which of the two was better. The records of the event files are counted by their
 * frames.
 */
#define _DEFAULT_SOURCE 1 /* mkdtemp, opendir, rmdir */
#include "course.h"

#include <dirent.h>
#include <stdlib.h>
#include <unistd.h>

static const char about[] = "Logs two training runs, reads the logs back and compares them.\n";

enum { RUNS = 2, ROWS = 256, STEPS = 300, HIDDEN = 32 };

/* Trains and logs; [seen] is what was logged. */
static bool train(course *c, double lr, const char *jsonl, const char *events, double seen[STEPS])
{
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    tg_tape *tape = tg_tape_new(store);
    const tg_linear hidden = tg_linear_new(store, "hidden", 1, HIDDEN);
    const tg_linear out = tg_linear_new(store, "out", HIDDEN, 1);
    /* Points anew in each step. */
    tg_tensor *x = tg_uniform(tape, "x", TG_F32, TG_SHAPE(ROWS, 1), -1, 1);
    tg_tensor *wave = tg_sin(tg_mul_num(x, 5));
    tg_tensor *guess = tg_linear_apply(&out, tg_tanh(tg_linear_apply(&hidden, x)));
    tg_tensor *loss = tg_mse(guess, wave);
    tg_sgd(loss, .lr = lr, .momentum = 0.9);
    tg_plan *step = tg_compile(tape, loss);
    tg_logger *log = tg_logger_new(NULL, .jsonl = jsonl, .tensorboard = events);
    const tg_hparam rate = { "lr", .number = lr };
    tg_logger_hparams(log, &rate, 1);
    for (int i = 0; i < STEPS && !tg_run(step); i++)
        tg_logger_scalar(log, i, "loss", seen[i] = tg_item(loss));
    const bool fine = !tg_logger_flush(log) && course_fine(c, tape);
    tg_logger_free(log);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return fine;
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
    const double rates[RUNS] = { 0.002, 0.05 };
    char folder[] = "/tmp/experiment_log-XXXXXX", jsonl[64], events[64];
    double different = 0, last[RUNS] = { 0 };
    int64_t records = 0, points = 0;
    bool fine = mkdtemp(folder);
    plot *p = plot_new("Two runs, drawn of their logs", 1);
    plot_panel(p, NULL, "step", "loss");
    plot_log_y(p);
    for (int r = 0; r < RUNS; r++) {
        static double seen[STEPS];
        tg_scalars log = { 0 };
        snprintf(jsonl, sizeof jsonl, "%s/%d.jsonl", folder, r);
        snprintf(events, sizeof events, "%s/%d", folder, r);
        fine =
            fine && train(&c, rates[r], jsonl, events, seen) && !tg_read_scalars(&log, jsonl, NULL);
        const tg_series s = tg_scalars_find(&log, "loss");
        for (int i = 0; i < s.count && i < STEPS; i++) different += s.y[i] != seen[i];
        if (s.count) last[r] = s.y[s.count - 1];
        points += s.count;
        records += count_records(events);
        plot_line(p, r ? "learning rate 0.05" : "learning rate 0.002", s.x, s.y, s.count);
        tg_scalars_free(&log);
        remove(jsonl);
    }
    rmdir(folder);
    course_check(&c, "logged", fine);
    course_expect(&c, "points", (double)points, RUNS * STEPS, RUNS * STEPS);
    course_expect(&c, "read_otherwise", different, 0, 0);
    /* Before the losses stand the version of the format and the learning rate. */
    course_expect(&c, "records", (double)records, RUNS * (2 + STEPS), RUNS * (2 + STEPS));
    course_expect(&c, "b_over_a", last[1] / last[0], 0, 0.5);
    return course_end(&c, p);
}
