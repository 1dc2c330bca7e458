/* tg_random.h: random numbers.
 *
 * A draw is a function of the store's seed and step and of [key] alone (Philox 4x32-10, Salmon et
 * al., "Parallel random numbers: as easy as 1, 2, 3", 2011): never of threads, of the order of
 * recording or of other draws. The same key twice on one tape is an error, since the two would draw
 * the same numbers. A plan that is run again at the next step draws anew. No gradient passes into a
 * draw; multiply and add to a standard one where it should (x = mean + deviation * normal).
 *
 * The step is the store's (tg_store_step): each run that assigns anything makes it one more. A plan
 * that assigns nothing (one that writes a text, or draws samples) stays at its step and draws the
 * same numbers in each run, unless tg_store_set_step gives it a step of its own, which may be any
 * number that it has not drawn at, since its key is no other's:
 *
 *     const int64_t step = tg_store_step(store);
 *     for (int i = 0; i < count; i++) {
 *         tg_store_set_step(store, drawn++);
 *         tg_run(sampler);
 *     }
 *     tg_store_set_step(store, step);        (schedules and training go on as if nothing had been)
 *
 * A dtype of 0 means the store's; of tg_integers: i64. */
#ifndef TG_RANDOM_H
#define TG_RANDOM_H

#include "tg_array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Uniform in [low, high); float. */
TG_API tg_tensor *(tg_uniform)(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                               tg_shape shape, double low, double high);
/* Normal, by Box and Muller (1958); float. */
TG_API tg_tensor *(tg_normal)(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                              tg_shape shape, double mean, double deviation);
/* Normal, but only values in [low, high], low < high (in the units of the mean, as PyTorch's
 * trunc_normal_; one of the two may be infinite, or both);
 * by rejection (Robert, "Simulation of truncated normal variables", 1995), exact in the tails;
 * float. */
TG_API tg_tensor *(tg_truncated_normal)(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                        tg_shape shape, double mean, double deviation, double low,
                                        double high);
/* 1 with the probability [p], else 0; any dtype. */
TG_API tg_tensor *(tg_bernoulli)(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                 tg_shape shape, double p);
/* Whole numbers in [low, high), each as likely as another; i32, i64 or u8. */
TG_API tg_tensor *(tg_integers)(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                tg_shape shape, int64_t low, int64_t high);
/* 0, 1, ..., count-1 in random order, as i64. */
TG_API tg_tensor *(tg_permutation)(tg_site at, tg_tape *tape, const char *key, int64_t count);
/* One index for each row of the last axis, as i64 without that axis: i with the probability
 * softmax(logits)_i (the largest of logits + Gumbel noise). A plan that draws one after the other
 * moves the store's step between its runs; see above. */
TG_API tg_tensor *(tg_categorical)(tg_site at, tg_tensor *logits, const char *key);

#ifdef __cplusplus
}
#endif

/* These macros supply the call site, as those at the end of tg_ops.h. */
#ifndef TG_NO_SITE_MACROS
#define tg_uniform(...) tg_uniform(TG_HERE, __VA_ARGS__)
#define tg_normal(...) tg_normal(TG_HERE, __VA_ARGS__)
#define tg_truncated_normal(...) tg_truncated_normal(TG_HERE, __VA_ARGS__)
#define tg_bernoulli(...) tg_bernoulli(TG_HERE, __VA_ARGS__)
#define tg_integers(...) tg_integers(TG_HERE, __VA_ARGS__)
#define tg_permutation(...) tg_permutation(TG_HERE, __VA_ARGS__)
#define tg_categorical(...) tg_categorical(TG_HERE, __VA_ARGS__)
#endif

#endif
