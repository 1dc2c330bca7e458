/* unload_plugin.c: a plugin that works with Tapegrad, for a program that does not; test_unload.c
 * is that program. It is built twice, with the shared and with the static library. */
#include <tapegrad.h>

#include <stdlib.h>

typedef struct work {
    tg_store *store;
    tg_tape *tape;
    tg_plan *plan;
} work;

void work_free(work *all);
work *work_new(int threads);

void work_free(work *all)
{
    if (!all) return;
    tg_plan_free(all->plan);
    tg_tape_free(all->tape);
    tg_store_free(all->store);
    free(all);
}

/* Runs a plan with enough to do for all threads, and hands everything over. NULL if it fails. */
work *work_new(int threads)
{
    work *all = calloc(1, sizeof *all);
    if (!all) return NULL;
    all->store = tg_store_new(.seed = 1);
    all->tape = tg_tape_new(all->store);
    tg_tensor *x = tg_input(all->tape, "x", TG_F32, TG_SHAPE(256, 1024));
    tg_tensor *total = tg_sum(tg_tanh(tg_add_num(x, 0.5)));
    all->plan = tg_compile(all->tape, total, .threads = threads);
    static const float zeros[256 * 1024];
    if (tg_feed(x, zeros, 256 * 1024) || tg_run(all->plan) || !(tg_item(total) > 0)) {
        work_free(all);
        return NULL;
    }
    return all;
}
