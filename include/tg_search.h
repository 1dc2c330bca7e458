/* tg_search.h: searches for hyper-parameters: a function of the user is called with values from
 * given ranges, and returns a score.
 *
 *     static double trial(void *context, const tg_trial *t)
 *     {
 *         const double lr = tg_trial_value(t, "lr"), width = tg_trial_value(t, "width");
 *         ... (a training, with a store of seed t->seed)
 *         return loss_of_validation;
 *     }
 *
 *     tg_search *found = tg_random_search(
 *         TG_RANGES({ "lr", .low = 1e-4, .high = 1, .log = true },
 *                   { "width", .low = 8, .high = 64, .whole = true },
 *                   { "beta", TG_VALUES(0.9, 0.99) }),
 *         trial, NULL, &error, .trials = 30, .seed = 1);
 *     if (!found) return fprintf(stderr, "%s\n", error.text), 1;
 *     tg_search_print(found, stdout);
 *     const tg_trial *best = tg_search_best(found);
 *     ...
 *     tg_search_free(found);
 *
 * Trials run one after the other, in the calling thread. Which values are tried depends on the
 * ranges, the seed and, for halving, the scores alone. */
#ifndef TG_SEARCH_H
#define TG_SEARCH_H

#include "tg_data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Ranges ----------------------------------------------------------------------------- */

enum { TG_SEARCH_MAX_RANGES = 100, TG_SEARCH_MAX_TRIALS = 1000000 };

/* The values of a hyper-parameter: all from [low] to [high], including both, or those of a list. */
typedef struct tg_range {
    const char *name;     /* unique, without control characters, and not "trial", "round",
                             "budget", "score" or "seconds", which are columns of the results */
    double low, high;     /* finite, low <= high, not both 0 */
    bool log;             /* distributed evenly in the logarithm; low > 0 */
    bool whole;           /* whole numbers only; the bounds are within 2^53 */
    int64_t points;       /* for a grid: the number of values; 0: all, if they are whole */
    const double *values; /* instead of bounds: these values, finite */
    size_t count;         /* their number, 1 to TG_SEARCH_MAX_TRIALS */
} tg_range;

/* Up to TG_SEARCH_MAX_RANGES of them. A search copies them, names and values included. */
typedef struct tg_ranges {
    size_t count;
    const tg_range *range;
} tg_ranges;

/* They take the address of a compound literal, which C++ does not have: tapegrad.hpp has
 * tg::range. */
#ifndef __cplusplus
/* TG_RANGES({ "lr", .low = 0, .high = 1 }, { "width", .low = 8, .high = 64, .whole = true }). */
#define TG_RANGES(...)                                                                             \
    ((tg_ranges){ sizeof((const tg_range[]){ __VA_ARGS__ }) / sizeof(tg_range),                    \
                  (const tg_range[]){ __VA_ARGS__ } })
/* { "beta", TG_VALUES(0.9, 0.99) }: a range that is a list. */
#define TG_VALUES(...)                                                                             \
    .values = (const double[]){ __VA_ARGS__ },                                                     \
    .count = sizeof((const double[]){ __VA_ARGS__ }) / sizeof(double)
#endif

/* ---- Trials ----------------------------------------------------------------------------- */

typedef struct tg_search tg_search; /* the trials that have run; valid until tg_search_free */

/* A choice of values, and its score. It belongs to its search. */
typedef struct tg_trial {
    int64_t number;       /* from 0 on, in the order of the first round; the same in all rounds */
    const double *values; /* in the order of the ranges */
    uint64_t seed;        /* for initial weights and the like; the same in each round */
    int64_t round;        /* its last one, from 0 on; 0 if there is only one */
    double budget;        /* of that round */
    double score;         /* of that round; before its call in that round: of the round before.
                             NaN: none */
    double seconds;       /* total time of its calls, in all rounds */
    tg_search *search;    /* private */
} tg_trial;

/* The value of the range of that name. NaN for NULL, and for an unknown name; then the search ends
 * with TG_ERR_ARGUMENT. */
TG_API double tg_trial_value(const tg_trial *trial, const char *name);

/* Runs a trial and returns its score: smaller is better, unless the search has .maximize. It may be
 * infinite. NaN: the trial failed. */
typedef double (*tg_trial_fn)(void *context, const tg_trial *trial);

/* Called after each trial, with the best so far; NULL: none has a score. False ends the search,
 * with the trials up to this one. */
typedef bool (*tg_search_fn)(void *context, const tg_trial *trial, const tg_trial *best);

/* ---- Searches --------------------------------------------------------------------------- */

/* The options of all searches:
 *
 *     ranges            at least one
 *     trial, context    the function, and its first argument
 *     error             may be NULL
 *     maximize          larger scores are better
 *     seed              of the draws, and of the trials' seeds; default 0
 *     budget            of a trial of the (first) round, such as a number of epochs; finite and
 *                       above 0; default 1
 *     progress          a stream for a line after each trial; default: none
 *     callback          see tg_search_fn; default: none
 *     callback_context  default: NULL
 *     allocator         copied; default: the C library's
 *
 * All memory is allocated before the first trial. NULL on an error, which names the range that it
 * is about: TG_ERR_ARGUMENT for invalid options, TG_ERR_MEMORY. */
#define TG_SEARCH_OPTIONS   \
    size_t struct_size;     \
    tg_site at;             \
    tg_ranges ranges;       \
    tg_trial_fn trial;      \
    void *context;          \
    tg_error *error;        \
    bool maximize;          \
    uint64_t seed;          \
    double budget;          \
    FILE *progress;         \
    tg_search_fn callback;  \
    void *callback_context; \
    const tg_allocator *allocator;

typedef struct tg_grid_search_args {
    TG_SEARCH_OPTIONS
} tg_grid_search_args;
#define TG_GRID_SEARCH_DEFAULTS                                                                    \
    .struct_size = TG_OPTIONS_SIZE(tg_grid_search_args, allocator), .budget = 1

/* tg_grid_search(TG_RANGES({ "lr", .low = 1e-4, .high = 1, .log = true, .points = 5 }), trial,
 * NULL, &error): tries all combinations, up to TG_SEARCH_MAX_TRIALS. The value of the last range
 * changes with each trial, that of the first one most rarely.
 *
 * Point i of n, from 0 on, is low (1 - t) + high t, or with .log low^(1 - t) high^t, where t = i /
 * (n - 1); low if n is 1. With .whole low and high are the first and last whole numbers in the
 * range, each point is rounded, and duplicates are left out. A list is tried in its order. */
TG_API tg_search *tg_grid_search_with(const tg_grid_search_args *args);

typedef struct tg_random_search_args {
    TG_SEARCH_OPTIONS
    int64_t trials; /* 1 to TG_SEARCH_MAX_TRIALS; default 20 */
} tg_random_search_args;
#define TG_RANDOM_SEARCH_DEFAULTS                                                                  \
    .struct_size = TG_OPTIONS_SIZE(tg_random_search_args, trials), .budget = 1, .trials = 20

/* tg_random_search(TG_RANGES(...), trial, NULL, &error, .trials = 30, .seed = 1) (Bergstra and
 * Bengio, "Random search for hyper-parameter optimization", 2012).
 *
 * The value of range k (from 0 on) in a trial is a function of the seed, the trial's number and k:
 * so more trials, or further ranges at the end, do not change the other values. With u =
 * tg_dice_uniform(&(tg_dice){ .key = seed, .high = number, .next = k }) it is
 *
 *     low (1 - u) + high u          a range
 *     low^(1 - u) high^u            with .log
 *     a + floor(u (b - a + 1))      with .whole; a and b are the outermost whole numbers in it
 *     round((a - 1/2)^(1 - u) (b + 1/2)^u)      with both
 *     values[floor(u count)]        a list
 *
 * and rounding never leaves the range. The trial's seed is tg_dice_below(&(tg_dice){ .key = seed,
 * .high = number, .next = 2^32 }, INT64_MAX). */
TG_API tg_search *tg_random_search_with(const tg_random_search_args *args);

typedef struct tg_halving_search_args {
    TG_SEARCH_OPTIONS
    int64_t trials; /* of the first round, 1 to TG_SEARCH_MAX_TRIALS; default 27 */
    int64_t factor; /* >= 2; default 3 */
} tg_halving_search_args;
#define TG_HALVING_SEARCH_DEFAULTS                                                                 \
    .struct_size = TG_OPTIONS_SIZE(tg_halving_search_args, factor), .budget = 1, .trials = 27,     \
    .factor = 3

/* tg_halving_search(TG_RANGES(...), trial, NULL, &error, .trials = 27, .budget = 2): successive
 * halving (Jamieson and Talwalkar, "Non-stochastic best arm identification and hyperparameter
 * optimization", 2016). The first round tries the values of a random search with that seed. Of the
 * n trials of a round the floor(n / factor) best, in order, are in the next round, with factor
 * times the budget, until none would be left: 27 trials with budget 2, 9 with 6, 3 with 18, 1 with
 * 54. A trial whose score is NaN is not continued.
 *
 * In later rounds a trial keeps its number, values and seed. The function may start it again and
 * spend the whole budget, or continue from what the program stored under its number, and spend the
 * difference. */
TG_API tg_search *tg_halving_search_with(const tg_halving_search_args *args);

/* ---- Results ---------------------------------------------------------------------------- */

/* Accepts NULL. */
TG_API void tg_search_free(tg_search *search);
/* The number of trials that have run, each counted once; 0 for NULL. */
TG_API int64_t tg_search_count(const tg_search *search);
/* Trials by rank, 0 to count - 1, the best first: those that reached a later round, then by score,
 * then by number; those without a score last. NULL for any other rank, and for NULL. */
TG_API const tg_trial *tg_search_ranked(const tg_search *search, int64_t rank);
/* The trial of rank 0, if it has a score; else NULL. */
TG_API const tg_trial *tg_search_best(const tg_search *search);

/* Prints a table, the best trial first: number, values, score, and for halving round and budget;
 * numbers other than whole ones have up to 6 digits. Does nothing for NULL. */
TG_API void tg_search_print(const tg_search *search, FILE *out);
/* Writes a CSV file in the same order, with the columns trial, the ranges, score, round, budget and
 * seconds, by tg_write_csv, with its errors. TG_ERR_ARGUMENT for NULL. */
TG_API tg_status tg_search_write_at(tg_site at, const tg_search *search, const char *path,
                                    tg_error *error);

#ifdef __cplusplus
}
#endif

/* How C programs call these: the macros supply the call's site, and the defaults of options. */
#ifndef __cplusplus
#define tg_grid_search(...)                                                                        \
    tg_grid_search_with(                                                                           \
        &(tg_grid_search_args){ TG_GRID_SEARCH_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_random_search(...)                                                                      \
    tg_random_search_with(                                                                         \
        &(tg_random_search_args){ TG_RANDOM_SEARCH_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_halving_search(...)                                                                     \
    tg_halving_search_with(                                                                        \
        &(tg_halving_search_args){ TG_HALVING_SEARCH_DEFAULTS, .at = TG_HERE, __VA_ARGS__ })
#define tg_search_write(...) tg_search_write_at(TG_HERE, __VA_ARGS__)
#endif

#endif
