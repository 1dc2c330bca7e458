/* tg_search.h: searches for good hyper-parameters: a function of the user's is called with values
 * from given ranges, and says how good they are.
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
 * The trials are made one after the other, by the thread that searches. What is tried depends on
 * the ranges, the seed and, for halving, the scores alone. */
#ifndef TG_SEARCH_H
#define TG_SEARCH_H

#include "tg_data.h"

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Ranges ----------------------------------------------------------------------------- */

enum { TG_SEARCH_MAX_RANGES = 100, TG_SEARCH_MAX_TRIALS = 1000000 };

/* The values that a hyper-parameter may have: all from [low] to [high], both of them included, or
 * those of a list. */
typedef struct tg_range {
    const char *name;     /* no two alike, without control characters, and not "trial", "round",
                             "budget", "score" or "seconds", as columns of results are called */
    double low, high;     /* finite, low <= high, not both 0 */
    bool log;             /* even in the logarithm; low > 0 */
    bool whole;           /* whole numbers alone; the bounds are within 2^53 */
    int64_t points;       /* of a grid: how many values; 0: all, if they are whole */
    const double *values; /* instead of the above: these, finite */
    size_t count;         /* how many [values] there are, 1 to TG_SEARCH_MAX_TRIALS */
} tg_range;

/* Up to TG_SEARCH_MAX_RANGES of them. A search copies them, names and values included. */
typedef struct tg_ranges {
    size_t count;
    const tg_range *range;
} tg_ranges;

/* They take the address of a literal, which C++ does not have: tapegrad.hpp has tg::range. */
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

typedef struct tg_search tg_search; /* the trials that were made; lives until tg_search_free */

/* One choice of values, and how good it was. Belongs to its search. */
typedef struct tg_trial {
    int64_t number;       /* from 0 on, in the order of the first round; never changes */
    const double *values; /* in the order of the ranges */
    uint64_t seed;        /* of its own, for initial weights and the like; the same in each round */
    int64_t round;        /* its last one, from 0 on; 0 where there is only one */
    double budget;        /* of that round */
    double score;         /* what the function returned in that round; before, in the one before.
                             NaN: it has none */
    double seconds;       /* that the function took, in all rounds together */
    tg_search *search;    /* private */
} tg_trial;

/* The value of the range of that name. NaN for a NULL, and for a name that no range has: the search
 * during which that happens ends with TG_ERR_ARGUMENT. */
TG_API double tg_trial_value(const tg_trial *trial, const char *name);

/* Makes a trial and returns its score: smaller is better, unless the search is to .maximize. It may
 * be infinite. NaN: it failed. */
typedef double (*tg_trial_fn)(void *context, const tg_trial *trial);

/* Is told of each trial, when it has been made, and of the best so far; NULL: none has a score.
 * False ends the search, with the trials up to this one. */
typedef bool (*tg_search_fn)(void *context, const tg_trial *trial, const tg_trial *best);

/* ---- Searches --------------------------------------------------------------------------- */

/* What all searches have:
 *
 *     ranges            at least one
 *     trial, context    the function, and what it is called with
 *     error             may be NULL
 *     maximize          larger scores are better
 *     seed              of what is drawn, and of the trials' seeds; default 0
 *     budget            what a trial of the (first) round is told to spend, such as epochs; finite
 *                       and above 0; default 1
 *     progress          a stream for a line on each trial, when it has been made; default: none
 *     callback          see tg_search_fn; default: none
 *     callback_context  default: NULL
 *     allocator         copied; default: the C library's
 *
 * Each allocates all that it needs before the first trial. NULL on an error, which tells the range
 * that it is about: TG_ERR_ARGUMENT for what makes no sense, TG_ERR_MEMORY. */
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
 * NULL, &error): tries every combination, up to TG_SEARCH_MAX_TRIALS of them. The last range
 * changes with each trial, the first one most seldom.
 *
 * Of n points the i-th, from 0 on, is low (1 - t) + high t, or with .log low^(1 - t) high^t, where
 * t = i / (n - 1); low alone, if n is 1. With .whole low and high are the outermost whole numbers
 * of the range, and each point is rounded; none comes twice. A list is tried as it is. */
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
 * more trials leave the first ones as they are, and so do further ranges behind the others. With
 * u = tg_dice_uniform(&(tg_dice){ .key = seed, .high = number, .next = k }) it is
 *
 *     low (1 - u) + high u          a range
 *     low^(1 - u) high^u            with .log
 *     a + floor(u (b - a + 1))      with .whole; a and b are the outermost whole numbers in it
 *     round((a - 1/2)^(1 - u) (b + 1/2)^u)      with both
 *     values[floor(u count)]        a list
 *
 * and never outside the range by rounding. The trial's seed is
 * tg_dice_below(&(tg_dice){ .key = seed, .high = number, .next = 2^32 }, INT64_MAX). */
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
 * optimization", 2016). The first round tries what a random search of that seed would. Of a round's
 * n trials the floor(n / factor) best go on to the next, best first, with factor times the budget,
 * until none would: 27 trials with budget 2, 9 with 6, 3 with 18, 1 with 54. A trial whose score is
 * NaN does not go on.
 *
 * A trial of a later round has the number, values and seed that it had. It may begin anew and spend
 * its whole budget, or go on from what the program kept under its number, and spend what there is
 * more. */
TG_API tg_search *tg_halving_search_with(const tg_halving_search_args *args);

/* ---- Results ---------------------------------------------------------------------------- */

/* Accepts NULL. */
TG_API void tg_search_free(tg_search *search);
/* How many trials were made, each counted once; 0 for NULL. */
TG_API int64_t tg_search_count(const tg_search *search);
/* Trials, the best first: rank 0 to count - 1. Those that came to a later round come first, of
 * these those with the better score, then the smaller number; all without a score come last. NULL
 * for a rank that is not there, and for a NULL. */
TG_API const tg_trial *tg_search_ranked(const tg_search *search, int64_t rank);
/* The first of them, if it has a score; else NULL. */
TG_API const tg_trial *tg_search_best(const tg_search *search);

/* Prints a table, the best trial first: number, values, score, and, of a halving search, round and
 * budget; up to 6 digits of numbers that need not be whole. Ignores a NULL. */
TG_API void tg_search_print(const tg_search *search, FILE *out);
/* Writes a CSV file of the same order, whose columns are trial, the ranges, score, round, budget
 * and seconds, by tg_write_csv, whose errors it has. TG_ERR_ARGUMENT for a NULL. */
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
