/* training.c: see training.h. */
#include "training.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

/* ---- The step --------------------------------------------------------------------------- */

tg_tensor *training_input(training *t, const char *name, tg_dtype dtype, tg_shape shape)
{
    t->input_bytes += (double)tg_shape_count(shape) * (double)tg_dtype_size(dtype);
    return tg_input(t->tape, name, dtype, shape);
}

void training_feed_images(tg_tensor *images, tg_tensor *labels, int64_t classes)
{
    const size_t count = (size_t)tg_count(images), items = (size_t)tg_count(labels);
    float *pixels = bench_alloc(count * sizeof *pixels);
    bench_fill(pixels, count, 0, 1);
    int32_t *class = bench_alloc(items * sizeof *class);
    for (size_t i = 0; i < items; i++) class[i] = (int32_t)((int64_t)i * 7 % classes);
    tg_feed(images, pixels, count);
    tg_feed(labels, class, items);
    free(pixels);
    free(class);
}

static void optimize(training_optimizer optimizer, tg_tensor *loss)
{
    switch (optimizer) {
    case TRAINING_ADAM: tg_adam(loss, .lr = TRAINING_RATE); break;
    case TRAINING_ADAMW: tg_adamw(loss, .lr = TRAINING_RATE); break;
    case TRAINING_SGD: tg_sgd(loss, .lr = TRAINING_RATE, .momentum = TRAINING_MOMENTUM); break;
    }
}

static training training_new(const training_case *of, int threads)
{
    training t = { .of = of, .store = tg_store_new(.seed = 1) };
    t.tape = tg_tape_new(t.store);
    t.loss = of->record(&t);
    optimize(of->optimizer, t.loss);
    t.step = tg_compile(t.tape, t.loss, .threads = threads);
    bench_check(t.tape);
    return t;
}

static void training_free(training *t)
{
    tg_plan_free(t->forward);
    tg_plan_free(t->step);
    tg_tape_free(t->tape);
    tg_store_free(t->store);
}

static void run_step(void *context) { tg_run(((training *)context)->step); }
static void run_forward(void *context) { tg_run(((training *)context)->forward); }

/* ---- Results ---------------------------------------------------------------------------- */

/* Of one case. */
typedef struct report {
    const bench_options *options;
    const training_program *program;
    const training_case *of;
} report;

static void print_result(const report *r, const char *metric, const char *unit, double value,
                         double limit, const char *limit_is)
{
    bench_print((bench_line){ r->program->bench, r->of->name, metric, unit, value, limit, limit_is,
                              r->options->threads });
}

static double variable_bytes(const tg_store *store)
{
    double bytes = 0;
    for (size_t i = 0; i < tg_var_count(store); i++) {
        const tg_var *var = tg_var_nth(store, i);
        const double count = (double)tg_shape_count(tg_var_shape(var));
        bytes += count * (double)tg_dtype_size(tg_var_dtype(var));
    }
    return bytes;
}

/* Runs in a process of its own, before anything else has taken memory. */
static void report_memory(const report *r)
{
    fflush(NULL);
    const pid_t child = fork();
    if (child != 0) {
        if (child > 0) waitpid(child, NULL, 0);
        return;
    }
    training t = training_new(r->of, r->options->threads);
    for (int i = 0; i < 3; i++) run_step(&t);
    bench_check(t.tape);
    const double plan = (double)tg_plan_bytes(t.step);
    print_result(r, "plan_kernels", "kernels", (double)tg_plan_kernels(t.step), 0, NULL);
    print_result(r, "plan_bytes", "bytes", plan, 0, NULL);
    print_result(r, "peak_rss_bytes", "bytes", bench_peak_memory(),
                 variable_bytes(t.store) + t.input_bytes + plan, "variables, inputs and plan");
    training_free(&t);
    exit(EXIT_SUCCESS);
}

static void report_time(const report *r)
{
    training t = training_new(r->of, r->options->threads);
    t.forward = tg_compile_pure(t.tape, t.loss, .threads = r->options->threads);
    training_limits limits = { .forward_times = 1,
                               .step_times = 1,
                               .are = "the bare products, by" };
    bench_products_begin(&limits.products, r->options->threads);
    r->of->limit(&t, &limits);

    enum { STEP, FORWARD, STEP_LIMIT, FORWARD_LIMIT, UPDATE_LIMIT, CONTENDERS };
    bench_contender contenders[CONTENDERS] = {
        [STEP] = { run_step, &t, 0 },
        [FORWARD] = { run_forward, &t, 0 },
        [STEP_LIMIT] = { limits.step, limits.context, 0 },
        [FORWARD_LIMIT] = { limits.forward, limits.context, 0 },
        [UPDATE_LIMIT] = { limits.update, limits.context, 0 },
    };
    bench_run(r->options, contenders, limits.update ? CONTENDERS : UPDATE_LIMIT);
    bench_check(t.tape);

    char by[96];
    (void)snprintf(by, sizeof by, "%s %s", limits.are, tg__gemm_name());
    const double step = contenders[STEP].us;
    const double step_limit = limits.step_times * contenders[STEP_LIMIT].us;
    print_result(r, "forward_us", "us", contenders[FORWARD].us,
                 limits.forward_times * contenders[FORWARD_LIMIT].us, by);
    print_result(r, "step_us", "us", step, step_limit, by);
    if (limits.update) {
        print_result(r, "whole_step_us", "us", step, step_limit + contenders[UPDATE_LIMIT].us,
                     "the same and one pass to update");
    }
    bench_products_end(&limits.products);
    training_free(&t);
}

static void for_each_wanted(const bench_options *options, const training_program *program,
                            void (*tell)(const report *r))
{
    for (size_t i = 0; i < program->count; i++) {
        const report r = { options, program, &program->cases[i] };
        if (bench_wants(options, r.of->name)) tell(&r);
    }
}

int training_main(int argc, char **argv, const training_program *program)
{
    const bench_options options = bench_begin(argc, argv, program->about);
    for_each_wanted(&options, program, report_memory);
    tg__gemm_setup();
    for_each_wanted(&options, program, report_time);
    return bench_end(&options);
}
