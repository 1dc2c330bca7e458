/* tg_random.h: random numbers.
 *
 * A draw is a function of the store's seed, of [key], and of how often the store has drawn by that
 * key (Philox 4x32-10, Salmon et al., "Parallel random numbers: as easy as 1, 2, 3", 2011): never
 * of threads, of the order of recording or of draws by other keys. The same key twice on one tape
 * is an error, since the two would draw the same numbers. No gradient passes into a draw; multiply
 * and add to a standard one where it should (x = mean + deviation * normal).
 *
 * The store has one counter for each key, from 0. Each completed run of a compiled plan moves on
 * the counters of the draws that the plan contains by one, whether it assigns anything or not: so
 * it draws anew in every run. A run that fails moves nothing, and no plan moves the draws that it
 * does not contain: those of a training do not depend on what is evaluated, cached or sampled in
 * between by other keys. Tapes that use one key, such as those of whole and of shorter batches,
 * share its sequence. A plan made with tg_compile(.steps = false) moves no counter: it makes the
 * draws that are next, the same in each run.
 *
 * In define-by-run a recording makes each of its draws once, however often it is read; the counters
 * of those that it has computed move on when it ends: at tg_commit, tg_rewind or tg_tape_free,
 * whichever comes first (not if the last run that it took has failed). Runs that are unrolled
 * (tg_unroll) draw as runs would, one count after the other, and move it by as many.
 *
 * tg_save and tg_load keep the counters, so a run that resumes draws as the one that never stopped.
 * Several threads may run plans of one store; what plans draw at the same time by the same key
 * depends on which is first: give each thread keys of its own, or .steps = false.
 *
 * A dtype of 0 means the store's; of tg_integers: i64. */
#ifndef TG_RANDOM_H
#define TG_RANDOM_H

#include "tg_array.h"

#ifdef __cplusplus
extern "C" {
#endif

/* Uniform in [low, high), finite bounds between which the dtype has a number; float. A draw is one
 * of 2^53 evenly spaced numbers, rounded to the nearest of the dtype that lies in the range. */
TG_API tg_tensor *tg_uniform_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                tg_shape shape, double low, double high);
/* Normal, by Box and Muller (1958); float. No draw is further from the mean than 8.58 deviations;
 * if the dtype cannot hold those, it is an error. */
TG_API tg_tensor *tg_normal_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                               tg_shape shape, double mean, double deviation);
/* Normal, but only values in [low, high], low < high (in the units of the mean, as PyTorch's
 * trunc_normal_; one of the two may be infinite, or both: then it is the largest number of the
 * dtype, which must have one in the range);
 * by rejection (Robert, "Simulation of truncated normal variables", 1995), exact in the tails;
 * float. */
TG_API tg_tensor *tg_truncated_normal_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                         tg_shape shape, double mean, double deviation, double low,
                                         double high);
/* 1 with the probability [p], else 0; any dtype. */
TG_API tg_tensor *tg_bernoulli_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                  tg_shape shape, double p);
/* Whole numbers in [low, high), each as likely as another; i32, i64 or u8. */
TG_API tg_tensor *tg_integers_at(tg_site at, tg_tape *tape, const char *key, tg_dtype dtype,
                                 tg_shape shape, int64_t low, int64_t high);
/* 0, 1, ..., count-1 in random order, as i64. */
TG_API tg_tensor *tg_permutation_at(tg_site at, tg_tape *tape, const char *key, int64_t count);
/* One index for each row of the last axis, as i64 without that axis: i with the probability
 * softmax(logits)_i (the largest of logits + Gumbel noise). */
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
