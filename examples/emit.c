/* emit.c: a training step as one C file, for a machine that has no Tapegrad: a net that learns
 * where it is used, from the readings of six sensors. */
#include "common.h"

static const char about[] =
    "Compiles the training step and the prediction of a small network and writes each as a C\n"
    "file with its header, which say how much memory they take: sensors_train.c, .h and\n"
    "sensors_predict.c, .h.\n";

enum { BATCH = 16, SENSORS = 6, HIDDEN = 12, CLASSES = 3 };

typedef struct network {
    tg_linear hidden, out;
} network;

static tg_tensor *network_logits(const network *net, tg_tensor *x)
{
    return tg_linear_apply(&net->out, tg_relu(tg_linear_apply(&net->hidden, x)));
}

/* Writes the plan, and prints what its header says of memory. */
static bool emit(tg_plan *plan, const char *name, const char *folder)
{
    tg_error error;
    char path[512], line[160];
    if (tg_emit_c(plan, name, folder, .error = &error) != TG_OK) {
        fprintf(stderr, "%s\n", error.text);
        return false;
    }
    snprintf(path, sizeof path, "%s/%s.h", folder, name);
    FILE *header = fopen(path, "r");
    if (!header) return false;
    while (fgets(line, sizeof line, header) && line[0] != '#') fputs(line, stdout);
    fclose(header);
    return true;
}

int main(int argc, char **argv)
{
    const char *folder = ".";
    (void)parse_options(argc, argv, about,
                        (const option[]){ { "path", "the folder", .text = &folder }, { 0 } });

    tg_store *store = tg_store_new(.seed = 1);
    const network net = { tg_linear_new(store, "hidden", SENSORS, HIDDEN),
                          tg_linear_new(store, "out", HIDDEN, CLASSES) };
    tg_tape *tape = tg_tape_new(store);

    tg_tensor *x = tg_input(tape, "x", TG_F32, TG_SHAPE(BATCH, SENSORS));
    tg_tensor *labels = tg_input(tape, "labels", TG_I32, TG_SHAPE(BATCH));
    tg_tensor *loss = tg_cross_entropy(network_logits(&net, x), labels);
    tg_sgd(loss, .lr = 0.05, .momentum = 0.9);
    tg_plan *train = tg_compile(tape, loss);

    tg_tensor *one = tg_input(tape, "x", TG_F32, TG_SHAPE(1, SENSORS));
    tg_tensor *shares = tg_softmax(network_logits(&net, one));
    tg_plan *predict = tg_compile_pure(tape, shares);

    int status = tg_report(tape, stderr);
    if (!status)
        status = !emit(train, "sensors_train", folder) || !emit(predict, "sensors_predict", folder);
    tg_plan_free(predict);
    tg_plan_free(train);
    tg_tape_free(tape);
    tg_store_free(store);
    return status;
}
