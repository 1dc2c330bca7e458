/* tg_instance.h: several runs of one plan at once: for a program that predicts in several threads.
 *
 *     tg_plan *predict = tg_compile_pure(tape, probabilities);
 *
 *     tg_instance *mine = tg_instance_new(predict);            one for each thread
 *
 *     tg_instance_feed(mine, x, pixels, 784);                  in that thread
 *     if (tg_instance_run(mine) != TG_OK) puts(tg_instance_error(mine));
 *     tg_instance_get(mine, probabilities, answer, 10);
 *
 * An instance has memory of its own for inputs, values and results, and the plan's own are another
 * such set: tg_feed, tg_run and tg_get do not touch an instance. Program, constants and variables
 * are shared. A run sees the variables as they are while it runs, so nobody may assign to them
 * (another plan's run, tg_commit, tg_var_set, tg_load) until it has ended.
 *
 * Each instance may be used by one thread at a time, whichever. They are made in the thread that
 * the tape belongs to. While one of them runs, the plan must not be freed, nor the tape rewound or
 * freed; afterwards they may be, and what instances are left refuse to run. */
#ifndef TG_INSTANCE_H
#define TG_INSTANCE_H

#include "tg_run.h"

#ifdef __cplusplus
extern "C" {
#endif

typedef struct tg_instance tg_instance;

typedef struct tg_instance_args {
    size_t struct_size;
    tg_site at;
    tg_plan *plan;
    int threads; /* that one run may use; default 1, at most those of the plan */
} tg_instance_args;
#define TG_INSTANCE_DEFAULTS .struct_size = TG_OPTIONS_SIZE(tg_instance_args, threads), .threads = 1

/* A new instance of a plan, whose inputs have what the plan's inputs have now. The plan must make
 * no assignment (tg_compile_pure) and no draws that its runs count (.steps = false if it draws);
 * else it is an error (TG_ERR_STATE) that sticks to the tape. NULL on an error, or if the plan is
 * NULL. It takes at most as many bytes as the plan (tg_plan_bytes), and its inputs. */
TG_API tg_instance *tg_instance_new_with(const tg_instance_args *args);
/* Accepts NULL. Before or after its plan and the tape are freed. */
TG_API void tg_instance_free(tg_instance *instance);

/* Copies data into this instance's [input], an input that the plan reads (another is an error): all
 * its elements, of its dtype. On an error nothing is copied. */
TG_API tg_status tg_instance_feed_as(tg_instance *instance, tg_tensor *input, tg_dtype dtype,
                                     const void *data, size_t count);
/* Runs the program on this instance's inputs. After an error there are no values. */
TG_API tg_status tg_instance_run(tg_instance *instance);
/* Copies out the value of a node that the plan keeps, as this instance's last run made it: all its
 * elements, of its dtype. */
TG_API tg_status tg_instance_get_as(tg_instance *instance, tg_tensor *x, tg_dtype dtype, void *out,
                                    size_t count);
/* The single element of a node that the plan keeps, as a double; NaN on an error. */
TG_API double tg_instance_item(tg_instance *instance, tg_tensor *x);
/* The status of this instance's last call, and the message of its error; TG_OK and "" if it
 * succeeded. */
TG_API tg_status tg_instance_status(const tg_instance *instance);
TG_API const char *tg_instance_error(const tg_instance *instance);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, the defaults of options, and the
 * dtype of data. */
#ifndef __cplusplus
#define tg_instance_new(...)                                                                       \
    tg_instance_new_with(&(tg_instance_args){ TG_INSTANCE_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_instance_feed(instance, input, pointer, count)                                          \
    tg_instance_feed_as((instance), (input), TG_DTYPE_OF(pointer), (pointer), (count))
#define tg_instance_get(instance, x, pointer, count)                                               \
    tg_instance_get_as((instance), (x), TG_DTYPE_OF(pointer), (pointer), (count))
#endif

#endif
