/* execute.c: A recurrent net reads a small program, letter by letter, and says what it gives.
 *
 * Formula: p(digit | program) = softmax(V h_T), h_t = LSTM(program[t], h_(t-1))
 *
 * The programs are of the form "a=3;b=5;b-a", with a and b set in either order and an expression of
 * one of them and the other or a digit, whose value is a digit. They are a stand-in for those of
 * Zaremba and Sutskever ("Learning to execute", 2014). Of all 5440 a fifth is kept for
 * testing. The net must look names up and calculate to be right on them; who always says 0, the
 * commonest value, is right on 17 in 100.
 */
#include "course.h"

#include <string.h>

static const char about[] = "Learns to execute small programs, by an LSTM.\n";

enum { LENGTH = 11, MOST = 6000, LETTERS = 16, DIGITS = 10, UNITS = 64, EPOCHS = 16 };
static const char letters[] = "0123456789ab=;+-";

typedef struct net {
    tg_embedding letters;
    tg_recurrent lstm;
    tg_linear out;
} net;

static tg_tensor *apply(const net *n, tg_tensor *programs)
{
    tg_tensor *x = tg_embedding_apply(&n->letters, tg_transpose(programs)); /* [LENGTH, rows, d] */
    return tg_linear_apply(&n->out, tg_pick(tg_recurrent_apply(&n->lstm, x), 0, LENGTH - 1));
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    tg_tensor *logits = apply(context, batch->field[0]);
    tg_track(batch, "accuracy", tg_accuracy(logits, batch->field[1]));
    tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
    if (batch->training) tg_adam(loss, .schedule = batch->schedule, .clip_norm = 1);
    return loss;
}

/* Shares of right answers by epoch. */
typedef struct history {
    double seen[EPOCHS], unseen[EPOCHS];
} history;

static bool note(void *context, const tg_fit_moment *moment)
{
    history *h = context;
    if (!moment->epoch_ended) return true;
    h->seen[moment->epoch] = tg_runner_value(moment->train, "accuracy");
    h->unseen[moment->epoch] = tg_runner_value(moment->validation, "accuracy");
    return true;
}

/* All programs whose value is a digit, as letters' numbers, and the values; returns how many. */
static int64_t write_programs(int32_t program[MOST][LENGTH], int32_t value[MOST])
{
    static const char operands[] = "ab0123456789";
    int64_t count = 0;
    for (int i = 0; i < 2 * 100 * 2 * 2 * 12; i++) {
        const int a = i % 10, b = i / 10 % 10, order = i / 100 % 2, left = i / 200 % 2;
        const bool minus = i / 400 % 2;
        const char right = operands[i / 800];
        const int second = right == 'a' ? a : right == 'b' ? b : right - '0';
        const int result = (left ? b : a) + (minus ? -second : second);
        if (result < 0 || result >= DIGITS) continue;
        char text[LENGTH + 1];
        snprintf(text, sizeof text, order ? "b=%d;a=%d;%c%c%c" : "a=%d;b=%d;%c%c%c", order ? b : a,
                 order ? a : b, left ? 'b' : 'a', minus ? '-' : '+', right);
        for (int k = 0; k < LENGTH; k++)
            program[count][k] = (int32_t)(strchr(letters, text[k]) - letters);
        value[count++] = result;
    }
    return count;
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "execute", about);
    static int32_t program[MOST][LENGTH], value[MOST];
    const int64_t count = write_programs(program, value);
    tg_error error = { 0 };
    const tg_dataset all = { tg_array_view(TG_I32, TG_SHAPE(count, LENGTH), program),
                             tg_array_view(TG_I32, TG_SHAPE(count), value) };
    tg_dataset learn = { 0 }, test = { 0 };
    if (tg_split_stratified(&all, &learn, &test, &error, .seed = (uint64_t)c.seed))
        return fprintf(stderr, "%s\n", error.text), 1;
    tg_store *store = tg_store_new(.seed = (uint64_t)c.seed);
    net n = { tg_embedding_new(store, "letters", LETTERS, 32),
              tg_lstm_new(store, "lstm", 32, UNITS), tg_linear_new(store, "out", UNITS, DIGITS) };
    tg_loader *train = tg_loader_new(tg_samples_of_dataset(&learn), .batch = 128,
                                     .seed = (uint64_t)c.seed, .drop_last = true);
    tg_loader *unseen = tg_loader_new(tg_samples_of_dataset(&test), .batch = 256, .shuffle = false);
    const tg_schedule rate =
        tg_one_cycle_lr(.peak = 1e-2, .steps = EPOCHS * tg_loader_count(train));
    static history h;
    const tg_fitted end =
        tg_fit(store, step, &n, train, &error, .validation = unseen, .epochs = EPOCHS,
               .schedule = rate, .callback = note, .callback_context = &h);
    if (end.status) fprintf(stderr, "%s\n", error.text);
    course_expect(&c, "programs", (double)count, 5440, 5440);
    course_expect(&c, "right_after_one_epoch", h.unseen[0], 0.05, 0.6);
    course_expect(&c, "right_unseen", h.unseen[EPOCHS - 1], 0.85, 1);

    tg_loader_free(train);
    tg_loader_free(unseen);
    tg_store_free(store);
    tg_dataset_free(&learn);
    tg_dataset_free(&test);
    plot *p = plot_new("Programs such as a=3;b=5;b-a", 1);
    plot_panel(p, NULL, "epoch", "share of right answers");
    plot_y_range(p, 0, 1);
    plot_curve(p, "programs to learn from", h.seen, EPOCHS);
    plot_curve(p, "programs never seen", h.unseen, EPOCHS);
    return course_end(&c, p);
}
