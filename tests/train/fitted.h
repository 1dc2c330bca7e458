/* fitted.h: a small problem for the tests of whole runs, and files of theirs. */
#ifndef TG_TESTS_FITTED_H
#define TG_TESTS_FITTED_H

#include "tests/support/folder.h"
#include "tests/support/random.h"
#include "tests/support/recorded.h"

#include <unistd.h>

enum { ROWS = 23, HELD = 9, WIDTH = 3, BATCH = 5, STEPS_EPOCH = 5 };

static float x[ROWS][WIDTH], y[ROWS];
static tg_error error;

/* All of a run: a store, its loaders, what it learns. */
typedef struct problem {
    tg_store *store;
    tg_var *weight;
    tg_loader *train, *validation;
    tg_plateau plateau;
} problem;

static inline tg_loader *open_loader(int64_t from, int64_t rows, bool shuffle)
{
    const tg_array in = tg_array_view(TG_F32, TG_SHAPE(rows, WIDTH), x[from]);
    const tg_array out = tg_array_view(TG_F32, TG_SHAPE(rows), y + from);
    return tg_loader_new(tg_samples_of_arrays(TG_ARRAYS(in, out)), .batch = BATCH,
                         .shuffle = shuffle, .seed = 9);
}

static inline problem problem_new(void)
{
    problem p = { .store = tg_store_new(.seed = 5) };
    p.weight = tg_param(p.store, "w", TG_SHAPE(WIDTH), tg_init_normal(0, 1));
    p.plateau = tg_plateau_new(p.store, "plateau", .base = 0.1, .factor = 0.5, .patience = 0);
    p.train = open_loader(0, ROWS, true);
    p.validation = open_loader(0, HELD, false);
    return p;
}

static inline void problem_free(problem *p)
{
    tg_loader_free(p->train);
    tg_loader_free(p->validation);
    tg_store_free(p->store);
}

static inline void open_data(void)
{
    rng random = rng_of(3, 1);
    for (int i = 0; i < ROWS; i++) {
        for (int j = 0; j < WIDTH; j++) x[i][j] = (float)rng_between(&random, -1, 1);
        y[i] = x[i][0] - 2 * x[i][1] + 0.5f;
    }
    make_folder();
    error = (tg_error){ .status = TG_OK };
}

/* Squares, with noise in training. */
static inline tg_tensor *step(void *context, tg_batch *batch)
{
    const problem *p = context;
    tg_tensor *w = tg_read(batch->tape, p->weight);
    tg_tensor *guess = tg_sum(tg_mul(batch->field[0], w), .axis = 1);
    if (batch->training)
        guess =
            tg_add(guess, tg_normal(batch->tape, "noise", TG_F32, TG_SHAPE(batch->rows), 0, 0.1));
    tg_tensor *loss = tg_mse(guess, batch->field[1]);
    tg_track(batch, "distance", tg_mean(tg_abs(tg_sub(guess, batch->field[1]))));
    if (batch->training) {
        const tg_updates made = tg_adam(loss, .schedule = tg_plateau_lr(&p->plateau));
        tg_track_last(batch, "lr", made.lr);
    }
    return loss;
}

static inline void get_weights(const problem *p, float w[WIDTH])
{
    ck_assert_int_eq(tg_var_get(p->weight, w, WIDTH), TG_OK);
}

static inline void ck_fine(tg_fitted end)
{
    ck_assert_msg(end.status == TG_OK, "%s", error.text);
    ck_assert_int_ne(end.end, TG_FIT_ERROR);
}

/* The bytes of a file, with an end. */
static inline char *read_all(const char *path)
{
    FILE *in = fopen(path, "rb");
    ck_assert_msg(in != NULL, "%s", path);
    char *text = calloc(1, 1 << 20);
    ck_assert_ptr_nonnull(text);
    ck_assert_uint_gt(fread(text, 1, (1 << 20) - 1, in), 0);
    fclose(in);
    return text;
}

/* ---- A loss that is known -------------------------------------------------------------------- */

/* Each step takes 1 off w; the loss of the validation is |w + 3 epochs of steps|. */
static inline tg_tensor *walk(void *context, tg_batch *batch)
{
    const problem *p = context;
    tg_tensor *w = tg_mean(tg_read(batch->tape, p->weight));
    if (!batch->training) {
        tg_track(batch, "nearness", tg_neg(tg_abs(tg_add_num(w, 3.0 * STEPS_EPOCH))));
        return tg_abs(tg_add_num(w, 3.0 * STEPS_EPOCH));
    }
    tg_track(batch, "nearness", w);
    tg_gd(tg_mul_num(w, WIDTH), .lr = 1);
    return w;
}

static inline problem walk_new(void)
{
    problem p = problem_new();
    ck_assert_int_eq(tg_var_set(p.weight, ((float[]){ 0, 0, 0 }), WIDTH), TG_OK);
    return p;
}

#endif
