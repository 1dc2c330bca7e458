/* copy_task.c: A small Transformer learns to reverse a sequence, and its attention shows how.
 *
 * Formula: A = softmax(Q K' / sqrt d), A V; row t of A says where position t looks
 *
 * Random sequences of 12 symbols out of 8 are to be given back from end to beginning. One block:
 * the symbols' vectors plus those of the positions, attention of one head, written out so that its
 * weights can be looked at, and two linear maps, with residual connections and layer norms. To be
 * right, position t must look at position 11 - t: the weights come to lie on the other diagonal.
 */
#include "course.h"

#include <math.h>

static const char about[] = "Reverses sequences by a small Transformer.\n";

enum { TIME = 12, SYMBOLS = 8, WIDTH = 32, BATCH = 64, STEPS = 150, EVERY = 5 };

typedef struct transformer {
    tg_embedding symbols, positions;
    tg_layer_norm norm1, norm2;
    tg_linear query, key, value, wide, narrow, out;
} transformer;

static transformer transformer_new(tg_store *store)
{
    return (transformer){ tg_embedding_new(store, "symbols", SYMBOLS, WIDTH),
                          tg_embedding_new(store, "positions", TIME, WIDTH),
                          tg_layer_norm_new(store, "norm1", TG_SHAPE(WIDTH)),
                          tg_layer_norm_new(store, "norm2", TG_SHAPE(WIDTH)),
                          tg_linear_new(store, "query", WIDTH, WIDTH),
                          tg_linear_new(store, "key", WIDTH, WIDTH),
                          tg_linear_new(store, "value", WIDTH, WIDTH),
                          tg_linear_new(store, "wide", WIDTH, 2 * WIDTH),
                          tg_linear_new(store, "narrow", 2 * WIDTH, WIDTH),
                          tg_linear_new(store, "out", WIDTH, SYMBOLS) };
}

/* symbols [n, TIME] give logits [n, TIME, SYMBOLS]; [weights] receives A, [n, TIME, TIME], and
 * [error] how far A V is from the library's attention. */
static tg_tensor *apply(const transformer *t, tg_tensor *symbols, tg_tensor **weights,
                        tg_tensor **error)
{
    tg_tensor *place = tg_iota(tg_tape_of(symbols), TG_I64, TIME);
    tg_tensor *x =
        tg_add(tg_embedding_apply(&t->symbols, symbols), tg_embedding_apply(&t->positions, place));
    tg_tensor *normed = tg_layer_norm_apply(&t->norm1, x);
    tg_tensor *q = tg_linear_apply(&t->query, normed), *k = tg_linear_apply(&t->key, normed);
    tg_tensor *v = tg_linear_apply(&t->value, normed);
    tg_tensor *scores = tg_div_num(tg_matmul(q, tg_transpose(k)), sqrt(WIDTH));
    *weights = tg_softmax(scores);
    tg_tensor *seen = tg_matmul(*weights, v);
    *error = tg_max(tg_abs(tg_sub(seen, tg_attention(q, k, v))));
    x = tg_add(x, seen);
    tg_tensor *h = tg_relu(tg_linear_apply(&t->wide, tg_layer_norm_apply(&t->norm2, x)));
    return tg_linear_apply(&t->out, tg_add(x, tg_linear_apply(&t->narrow, h)));
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "copy_task", about);
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    const transformer net = transformer_new(store);
    tg_tape *tape = tg_tape_new(store);
    tg_tensor *symbols = tg_integers(tape, "symbols", TG_I64, TG_SHAPE(BATCH, TIME), 0, SYMBOLS);
    tg_tensor *weights, *error, *logits = apply(&net, symbols, &weights, &error);
    tg_tensor *loss = tg_cross_entropy(logits, tg_flip(symbols, TG_AXES(1)));
    tg_tensor *right = tg_accuracy(logits, tg_flip(symbols, TG_AXES(1)));
    tg_tensor *mean = tg_mean(weights, .axis = 0);
    tg_tensor *diagonal = tg_mean(tg_diagonal(tg_flip(mean, TG_AXES(1)), 0));
    tg_adam(loss, .lr = 3e-3);
    tg_plan *step = tg_compile(tape, right, mean, diagonal, error);
    double at[STEPS / EVERY], share[STEPS / EVERY], first[TIME * TIME], last[TIME * TIME];
    float a[TIME * TIME] = { 0 };
    for (int i = 0; i < STEPS; i++) {
        tg_run(step);
        at[i / EVERY] = i;
        share[i / EVERY] = tg_item(right);
        if (i > 0 && i < STEPS - 1) continue;
        tg_get(mean, a, TIME * TIME);
        for (int k = 0; k < TIME * TIME; k++) (i ? last : first)[k] = (double)a[k];
    }
    course_fine(&c, tape);
    course_expect(&c, "right", share[STEPS / EVERY - 1], 0.99, 1);
    course_expect(&c, "weight_on_diagonal", tg_item(diagonal), 0.8, 1);
    course_expect(&c, "attention_error", tg_item(error), 0, 1e-5);
    plot *p = plot_new("Reversing a sequence", 3);
    plot_panel(p, "right symbols", "step", NULL);
    plot_y_range(p, 0, 1);
    plot_line(p, NULL, at, share, STEPS / EVERY);
    plot_panel(p, "attention, untrained", NULL, NULL);
    plot_image(p, first, TIME, TIME, 0, 1, false);
    plot_panel(p, "attention, trained", NULL, NULL);
    plot_image(p, last, TIME, TIME, 0, 1, false);
    tg_plan_free(step);
    tg_tape_free(tape);
    tg_store_free(store);
    return course_end(&c, p);
}
