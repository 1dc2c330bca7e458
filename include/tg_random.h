/* tg_random.h: random numbers.
 *
 * A draw is a function of the store's seed, of [key], and of how often the store has drawn with
 * that key (Philox 4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011). It
 * does not depend on threads, on the order of recording or on draws with other keys. Using a key
 * twice on one tape is an error, since both would draw the same numbers. No gradient passes through
 * a draw; to differentiate by the parameters of a distribution, transform a standard draw (x = mean
 * + deviation * normal).
 *
 * The store has a counter for each key, from 0. Each completed run of a compiled plan increments
 * the counters of the draws in the plan, whether it makes assignments or not; so every run draws
 * new numbers. A run that fails changes no counter, and no plan changes the counter of a draw that
 * it does not contain: the draws of a training do not depend on what is evaluated or sampled in
 * between with other keys. Tapes that use the same key, such as those of full and of short batches,
 * share its sequence. A plan made with tg_compile(.steps = false) changes no counter: each of its
 * runs makes the draws that are next.
 *
 * In define-by-run a recording makes each of its draws once, however often it is read. The counters
 * of those that were computed are incremented when the recording ends: at tg_commit, tg_rewind or
 * tg_tape_free, whichever comes first (not if its last run has failed). Unrolled runs (tg_unroll)
 * draw as separate runs would, with successive counts, and increase the counter by their number.
 *
 * tg_save and tg_load include the counters, so a resumed run draws as one that was not interrupted.
 * Several threads may run plans of one store; if plans draw with the same key at the same time, the
 * numbers depend on the order: use different keys for each thread, or .steps = false.
 *
 * A dtype of 0 means the store's; for tg_integers i64. */
#ifndef TG_RANDOM_H
#define TG_RANDOM_H

#include "tg_array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Uniform in [low, high), with finite bounds between which the dtype has a number; float. A draw is
 * one of 2^53 evenly spaced numbers, rounded to the nearest of the dtype in the range. */
TG_API tg_tensor *tg_uniform_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                tg_shape shape, double low, double high);
/* Normal, by Box and Muller (1958); float. No draw is more than 8.58 deviations from the mean; if
 * these are out of the dtype's range, that is an error. */
TG_API tg_tensor *tg_normal_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                               tg_shape shape, double mean, double deviation);
/* Normal numbers restricted to [low, high], low < high (absolute bounds, as for PyTorch's
 * trunc_normal_; one or both may be infinite, which means the largest number of the dtype; the
 * dtype must have a number in the range). By rejection (Robert, "Simulation of truncated normal
 * variables", 1995), exact in the tails; float. */
TG_API tg_tensor *tg_truncated_normal_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                         tg_shape shape, double mean, double deviation, double low,
                                         double high);
/* 1 with probability [p], else 0; any dtype. */
TG_API tg_tensor *tg_bernoulli_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                  tg_shape shape, double p);
/* Integers in [low, high), all equally likely; i32, i64 or u8. */
TG_API tg_tensor *tg_integers_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                 tg_shape shape, int64_t low, int64_t high);
/* 0, 1, ..., count-1 in random order, as i64. */
TG_API tg_tensor *tg_permutation_at(tg_site at, tg_tape *tape, const char *key, int64_t count);
/* One index for each row of the last axis, as i64 without that axis: i with probability
 * softmax(logits)_i (the index of the largest of logits + Gumbel noise). */
TG_API tg_tensor *tg_categorical_at(tg_site at, tg_tensor *logits, const char *key);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_uniform(...) tg_uniform_at(TG_HERE, __VA_ARGS__)
#define tg_normal(...) tg_normal_at(TG_HERE, __VA_ARGS__)
#define tg_truncated_normal(...) tg_truncated_normal_at(TG_HERE, __VA_ARGS__)
#define tg_bernoulli(...) tg_bernoulli_at(TG_HERE, __VA_ARGS__)
#define tg_integers(...) tg_integers_at(TG_HERE, __VA_ARGS__)
#define tg_permutation(...) tg_permutation_at(TG_HERE, __VA_ARGS__)
#define tg_categorical(...) tg_categorical_at(TG_HERE, __VA_ARGS__)
#endif

#endif
