/* tabular.c: a small network on tables of numbers: columns are standardised by the training rows
 * alone; weight decay; k-fold cross-validation, so that every row is tested once, by a network that
 * was not trained on it. */
#include "common.h"

#include <stdlib.h>
#include <string.h>

static const char about[] =
    "Learns to tell the classes of a table, and says how well that went by k-fold\n"
    "cross-validation: each fold is tested by a network that was trained on the others. Columns "
    "are\n"
    "scaled to mean 0 and deviation 1, as the training rows have them. TABLE is iris, wine or\n"
    "breast_cancer, in the folder tables of $TAPEGRAD_DATA, or the path of any CSV file with one\n"
    "line of names, a row an example, and the class, from 0 on, at its end.\n";

typedef struct settings {
    const char *table;
    int64_t seed, folds, epochs, batch, hidden;
    double lr, weight_decay, dropout;
    bool usual;
} settings;

static void read_settings(settings *s, int argc, char **argv)
{
    *s = (settings){ .table = "iris",
                     .seed = 1,
                     .folds = 10,
                     .epochs = 60,
                     .batch = 16,
                     .hidden = 32,
                     .lr = 1e-2,
                     .weight_decay = 0.1,
                     .dropout = 0.2 };
    s->usual = parse_options(
        argc, argv, about,
        (const option[]){
            { "table", "the TABLE", .text = &s->table },
            { "folds", "parts, each of which is tested once", .count = &s->folds, .least = 2 },
            { "epochs", "times to see the training rows", .count = &s->epochs, .least = 1 },
            { "batch", "rows in a training step", .count = &s->batch, .least = 1 },
            { "hidden", "hidden units", .count = &s->hidden, .least = 1 },
            { "lr", "highest learning rate", .number = &s->lr },
            { "weight-decay", "weight decay of AdamW", .number = &s->weight_decay },
            { "dropout", "share of hidden units left out", .number = &s->dropout },
            { "seed", "for folds, weights and order", .count = &s->seed },
            { 0 } });
}

/* ---- Data --------------------------------------------------------------------------------- */

/* The tables that come with Tapegrad; the least accuracy that is expected. */
typedef struct named {
    const char *name, *file;
    double least;
} named;
static const named tables[] = { { "iris", "iris.csv", 0.95 },
                                { "wine", "wine_data.csv", 0.97 },
                                { "breast_cancer", "breast_cancer.csv", 0.96 } };

static const named *find_named(const char *name)
{
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        if (strcmp(tables[i].name, name) == 0) return &tables[i];
    return NULL;
}

/* The path of a table by its name; any other [name] is a path. */
static void find_table(const char *name, char path[1200])
{
    const char *folder = getenv("TAPEGRAD_DATA");
    const named *table = folder ? find_named(name) : NULL;
    if (table) snprintf(path, 1200, "%s/tables/%s", folder, table->file);
    else snprintf(path, 1200, "%s", name);
}

/* The number of classes; labels count from 0. */
static int64_t count_classes(const tg_dataset *data)
{
    const int32_t *label = data->y.data;
    int64_t classes = 1;
    for (int64_t i = 0; i < tg_dataset_rows(data); i++)
        if (label[i] >= classes) classes = (int64_t)label[i] + 1;
    return classes;
}

/* ---- The network ---------------------------------------------------------------------------- */

typedef struct network {
    const settings *s;
    tg_linear hidden, out;
} network;

static tg_tensor *step(void *context, tg_batch *batch)
{
    const network *net = context;
    tg_tensor *x = tg_scaled(batch->field[0], "scaler");
    x = tg_relu(tg_linear_apply(&net->hidden, x));
    x = tg_dropout(x, net->s->dropout, "dropout", batch->training);
    tg_tensor *logits = tg_linear_apply(&net->out, x);
    tg_tensor *loss = tg_cross_entropy(logits, batch->field[1]);
    tg_track_classes(batch, logits, batch->field[1]);
    if (batch->training)
        tg_adamw(loss, .schedule = batch->schedule, .weight_decay = net->s->weight_decay,
                 .no_decay = "bias");
    return loss;
}

/* Trains a network on [learn]. Returns the number of rows of [test] that it classifies correctly;
 * negative on an error. */
static double train(const settings *s, const tg_dataset *learn, const tg_dataset *test,
                    int64_t classes, tg_error *error)
{
    const int64_t columns = learn->x.shape.dim[1];
    tg_store *store = tg_store_new(.seed = (uint64_t)s->seed);
    network net = { s, tg_linear_new(store, "hidden", columns, s->hidden),
                    tg_linear_new(store, "out", s->hidden, classes) };
    tg_loader *train =
        tg_loader_new(tg_samples_of_dataset(learn), .batch = s->batch, .seed = (uint64_t)s->seed);
    tg_loader *held_out = tg_loader_new(tg_samples_of_dataset(test), .batch = s->batch);
    const tg_schedule lr =
        tg_one_cycle_lr(.peak = s->lr, .steps = s->epochs * tg_loader_count(train));
    tg_scaler scaler = { 0 };
    tg_runner *runner = NULL;
    double right = -1;
    if (!tg_scaler_fit(&scaler, &learn->x, error) &&
        !tg_scaler_keep(store, "scaler", &scaler, error) &&
        !tg_fit(store, step, &net, train, error, .epochs = s->epochs, .schedule = lr).status)
        runner = tg_runner_new(store, step, &net, held_out, error);
    if (runner && !tg_runner_epoch(runner, error))
        right = tg_runner_value(runner, "accuracy") * (double)tg_runner_rows(runner);
    tg_runner_free(runner);
    tg_scaler_free(&scaler);
    tg_loader_free(train);
    tg_loader_free(held_out);
    tg_store_free(store);
    return right;
}

/* ---- Folds ---------------------------------------------------------------------------------- */

/* Trains and tests once for each fold. Returns the share of rows classified correctly; negative on
 * an error. */
static double validate(const settings *s, const tg_dataset *all, tg_error *error)
{
    const int64_t classes = count_classes(all);
    tg_folds folds = { 0 };
    if (tg_folds_make(&folds, all, s->folds, error, .stratified = true, .seed = (uint64_t)s->seed))
        return -1;
    double right = 0;
    for (int64_t i = 0; i < folds.count && right >= 0; i++) {
        tg_dataset learn = { 0 }, test = { 0 };
        double fold = -1;
        if (!tg_folds_take(&folds, i, all, &learn, &test, error))
            fold = train(s, &learn, &test, classes, error);
        if (fold >= 0)
            printf("fold %2d: %3.0f of %3d rows right\n", (int)i + 1, fold,
                   (int)tg_dataset_rows(&test));
        right = fold < 0 ? -1 : right + fold;
        tg_dataset_free(&learn);
        tg_dataset_free(&test);
    }
    tg_folds_free(&folds);
    return right < 0 ? -1 : right / (double)tg_dataset_rows(all);
}

int main(int argc, char **argv)
{
    settings s;
    read_settings(&s, argc, argv);
    const double started = seconds_now();
    char path[1200];
    find_table(s.table, path);
    tg_error error;
    tg_dataset all = { 0 };
    double accuracy = -1;
    if (!tg_dataset_from_csv(&all, path, &error, .skip_lines = 1))
        accuracy = validate(&s, &all, &error);
    if (accuracy < 0) fprintf(stderr, "%s\n", error.text);
    else
        print_result("tabular", started, "table=%s folds=%d accuracy=%.4f", s.table, (int)s.folds,
                     accuracy);
    tg_dataset_free(&all);
    const named *table = s.usual ? find_named(s.table) : NULL;
    return accuracy < 0 || (table && !expect_figure("accuracy", accuracy, table->least, 1));
}
