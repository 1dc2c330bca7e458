/* fault_severity.c: A table of words and gaps becomes one-hot columns, from which softmax tells
 * three severities of faults.
 *
 * Formula: p = softmax(W2 relu(W1 x)), guess = argmax p, F1 = 2 TP / (2 TP + FP + FN)
 *
 * A generated table, a stand-in for Telstra's of network faults: event, resource and region in
 * words, a volume of messages that is missing in one row of ten, and the severity, which is drawn
 * from probabilities, so that no model is always right. It is written as two CSV files and read
 * back, the second one filled as the first one says. Who always says the largest class is mostly
 * right, and yet has a macro F1, the mean of the classes' F1, below 1/3.
 */
#define _DEFAULT_SOURCE 1 /* mkdtemp, rmdir */
#include "course.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

static const char about[] = "Tells three severities of network faults from a table of words.\n";

enum { TRAIN = 4000, TEST = 2000, COLUMNS = 6 + 4 + 5 + 1, HIDDEN = 32, CLASSES = 3 };

static bool write_faults(const char *path, tg_dice *dice, int rows)
{
    static const char *const event[] = { "link", "power", "sync", "fan", "login", "reboot" };
    static const char *const resource[] = { "mast", "router", "switch", "cable" };
    static const char *const region[] = { "north", "east", "south", "west", "coast" };
    static const double harm[] = { 1.2, 2.2, 0, -1.6, -2.4, 0.6 };
    FILE *file = fopen(path, "w");
    if (!file) return false;
    fputs("id,event,resource,region,volume,severity\n", file);
    for (int i = 0; i < rows; i++) {
        const int64_t e = tg_dice_below(dice, 6), r = tg_dice_below(dice, 4);
        const int64_t where = tg_dice_below(dice, 5);
        const double volume = 3 + 1.2 * tg_dice_normal(dice), u = tg_dice_uniform(dice);
        /* Power fails at masts, links fail in cables; storms come to the coast. */
        const bool typical = (e == 1 && r == 0) || (e == 0 && r == 3);
        const double score = harm[e] + (typical ? 2.5 : 0) + (where == 4 ? 1 : -0.3) +
                             1.1 * volume - 4.6 + 0.4 * log(u / (1 - u));
        const int class = score < 0 ? 0 : score < 2 ? 1 : 2;
        char text[32] = "";
        if (tg_dice_uniform(dice) > 0.1) tg_format(text, sizeof text, "%.3f", volume);
        fprintf(file, "%d,%s,%s,%s,%s,%d\n", i, event[e], resource[r], region[where], text, class);
    }
    return !fclose(file);
}

/* The file as numbers; words and fillings are those of [like], if there is one. */
static bool read_faults(const char *path, tg_table *table, const tg_table *like, tg_dataset *data,
                        tg_error *error)
{
    return !tg_read_table(table, path, error, .like = like) &&
           !tg_table_fill(table, "volume", TG_FILL_MEDIAN, error, .from = like) &&
           !tg_table_matrix(table, &data->x, error, .except = "id, severity", .one_hot = true) &&
           !tg_table_labels(table, "severity", &data->y, error);
}

static tg_tensor *apply(const tg_linear layer[2], tg_tensor *x)
{
    return tg_linear_apply(&layer[1], tg_relu(tg_linear_apply(&layer[0], x)));
}

static tg_tensor *step(void *context, tg_batch *batch)
{
    tg_tensor *loss = tg_cross_entropy(apply(context, batch->field[0]), batch->field[1]);
    if (batch->training) tg_adamw(loss, .lr = 3e-3, .weight_decay = 0.1);
    return loss;
}

static void learn(course *c, const tg_dataset *train, const tg_dataset *test, plot *p)
{
    tg_error error = { 0 };
    tg_store *store = tg_store_new(.seed = (uint64_t)c->seed);
    tg_linear layers[] = { tg_linear_new(store, "hidden", COLUMNS, HIDDEN),
                           tg_linear_new(store, "out", HIDDEN, CLASSES) };
    tg_loader *loader =
        tg_loader_new(tg_samples_of_dataset(train), .batch = 50, .seed = (uint64_t)c->seed);
    if (tg_fit(store, step, layers, loader, &error, .epochs = 15).status)
        fprintf(stderr, "%s\n", error.text);

    tg_tape *tape = tg_tape_new(store);
    tg_tensor *x = tg_constant(tape, TG_F32, test->x.shape, test->x.data);
    tg_tensor *labels = tg_constant(tape, TG_I32, test->y.shape, test->y.data);
    tg_tensor *p_class = tg_softmax(apply(layers, x));
    tg_tensor *largest = tg_mul_num(p_class, 0); /* of equal ones the first is taken: no fault */
    tg_tensor *counts = tg_confusion_matrix(p_class, labels);
    const double f1[] = { tg_item(tg_f1(tg_confusion_matrix(largest, labels), TG_MACRO)),
                          tg_item(tg_f1(counts, TG_MACRO)) };
    course_expect(c, "accuracy_majority", tg_item(tg_accuracy(largest, labels)), 0.5, 0.8);
    course_expect(c, "f1_majority", f1[0], 0.2, 1.0 / 3);
    course_expect(c, "accuracy", tg_item(tg_accuracy(p_class, labels)), 0.75, 0.95);
    course_expect(c, "f1", f1[1], 0.65, 0.95);

    double shares[CLASSES * CLASSES] = { 0 };
    tg_tensor *numbers = tg_cast(counts, TG_F64);
    tg_get(tg_div(numbers, tg_sum(numbers, .axis = 1, .keep = true)), shares, CLASSES * CLASSES);
    plot_panel(p, "of each class: guesses (orange: all)", "guess", "severity");
    plot_x_range(p, -0.5, 2.5);
    plot_y_range(p, -0.5, 2.5);
    plot_field(p, shares, CLASSES, CLASSES, -1, 1);
    plot_panel(p, "macro F1", NULL, NULL);
    plot_y_range(p, 0, 1);
    plot_bars(p, (const char *const[]){ "largest class", "network" }, f1, 2);
    course_fine(c, tape);
    tg_tape_free(tape);
    tg_loader_free(loader);
    tg_store_free(store);
}

int main(int argc, char **argv)
{
    course c = course_begin(argc, argv, "fault_severity", about);
    plot *p = plot_new("Severities of faults that were not in the training table", 2);
    char folder[] = "/tmp/fault_severity-XXXXXX", path[64];
    tg_dice dice = { .key = (uint64_t)c.seed };
    tg_table table[2] = { { 0 } };
    tg_dataset data[2] = { { .x = { 0 } } };
    tg_error error = { 0 };
    bool fine = mkdtemp(folder);
    for (int i = 0; fine && i < 2; i++) {
        snprintf(path, sizeof path, "%s/%s.csv", folder, i ? "test" : "train");
        fine = write_faults(path, &dice, i ? TEST : TRAIN) &&
               read_faults(path, &table[i], i ? &table[0] : NULL, &data[i], &error);
        remove(path);
    }
    rmdir(folder);
    if (course_check(&c, "read", fine)) learn(&c, &data[0], &data[1], p);
    else fprintf(stderr, "%s\n", error.text);
    for (int i = 0; i < 2; i++) tg_table_free(&table[i]), tg_dataset_free(&data[i]);
    return course_end(&c, p);
}
