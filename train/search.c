/* search.c: searches for hyper-parameters: by a grid, by random draws, by successive halving. All
 * memory is allocated before the first trial, so that after it only the user's function can end a
 * search early. */
#include "search.h"

#include "common.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

/* A search that is running, and the options that all kinds of searches share. */
typedef struct job {
    tg__search_report report;
    tg_grid_search_args args;
    tg_search *search;
    bool ended; /* by the callback, or by an error */
    bool failed;
} job;

/* ---- Memory ----------------------------------------------------------------------------- */

typedef union block {
    union block *next;
    max_align_t align;
} block;

static void *take(const tg_allocator *allocator, size_t size)
{
    return allocator->alloc ? allocator->alloc(allocator->context, size) : malloc(size);
}

static void give(const tg_allocator *allocator, void *memory)
{
    if (allocator->alloc) allocator->free(allocator->context, memory);
    else free(memory);
}

void *tg__search_memory(tg_search *search, size_t count, size_t size)
{
    if (count > (SIZE_MAX - sizeof(block)) / size) return NULL;
    block *made = take(&search->allocator, sizeof(block) + count * size);
    if (!made) return NULL;
    made->next = search->blocks;
    search->blocks = made;
    return memset(made + 1, 0, count * size);
}

void tg_search_free(tg_search *search)
{
    if (!search) return;
    const tg_allocator allocator = search->allocator;
    for (block *b = search->blocks, *next; b; b = next) {
        next = b->next;
        give(&allocator, b);
    }
    give(&allocator, search);
}

/* ---- Order ------------------------------------------------------------------------------ */

/* Negative if [a] is before [b] in the ranking. */
static int compare(const tg_trial *a, const tg_trial *b)
{
    if (isnan(a->score) != isnan(b->score)) return isnan(a->score) ? 1 : -1;
    if (!isnan(a->score)) {
        if (a->round != b->round) return a->round > b->round ? -1 : 1;
        if (a->score != b->score) return (a->score < b->score) != a->search->maximize ? -1 : 1;
    }
    return a->number < b->number ? -1 : a->number > b->number;
}

static int compare_places(const void *a, const void *b)
{
    return compare(*(tg_trial *const *)a, *(tg_trial *const *)b);
}

/* Updates the best trial after the score of [changed] has changed. */
static void find_best(tg_search *search, tg_trial *changed)
{
    const bool again = changed == search->best;
    tg_trial *best = again ? NULL : search->best;
    for (int64_t i = 0; i < (again ? search->count : 1); i++) {
        tg_trial *trial = again ? &search->trials[i] : changed;
        if (!isnan(trial->score) && (!best || compare(trial, best) < 0)) best = trial;
    }
    search->best = best;
}

/* ---- Making one ------------------------------------------------------------------------- */

/* Copies the ranges; for a grid also computes their points. False if there is no memory. */
static bool copy_ranges(tg_search *search, tg_ranges ranges, bool grid)
{
    search->range_count = ranges.count;
    search->ranges = tg__search_memory(search, ranges.count, sizeof *search->ranges);
    search->widths = tg__search_memory(search, ranges.count, sizeof *search->widths);
    if (!search->ranges || !search->widths) return false;
    for (size_t k = 0; k < ranges.count; k++) {
        const tg_range *from = &ranges.range[k];
        const size_t length = strlen(from->name) + 1;
        tg_range *to = &search->ranges[k];
        *to = *from;
        char *name = tg__search_memory(search, length, 1);
        if (!name) return false;
        to->name = memcpy(name, from->name, length);
        if (!grid && !from->values) continue;
        to->count = (size_t)tg__search_points(from, NULL);
        double *values = tg__search_memory(search, to->count, sizeof *values);
        if (!values) return false;
        (void)tg__search_points(from, values);
        to->values = values;
    }
    return true;
}

/* Allocates the trials, none of which has run. */
static bool make_trials(tg_search *search, int64_t count, uint64_t seed)
{
    const size_t planned = (size_t)count, values = planned * search->range_count;
    search->planned = count;
    search->trials = tg__search_memory(search, planned, sizeof *search->trials);
    search->ranked = tg__search_memory(search, planned, sizeof(tg_trial *));
    search->values = tg__search_memory(search, values, sizeof *search->values);
    if (!search->trials || !search->ranked || !search->values) return false;
    for (int64_t i = 0; i < count; i++) {
        search->ranked[i] = &search->trials[i];
        search->trials[i] = (tg_trial){ .number = i,
                                        .values = search->values + (size_t)i * search->range_count,
                                        .seed = tg__search_seed(seed, i),
                                        .score = (double)NAN,
                                        .search = search };
    }
    return true;
}

/* The number of combinations of a grid; 0, with an error, if there are too many. */
static int64_t grid_size(const job *j, tg_ranges ranges)
{
    int64_t size = 1;
    for (size_t k = 0; k < ranges.count; k++) {
        const int64_t points = tg__search_points(&ranges.range[k], NULL);
        if (size > TG_SEARCH_MAX_TRIALS / points) {
            (void)TG__SEARCH_REFUSE(
                &j->report, TG_ERR_ARGUMENT,
                "with the %lld points of \"%.100s\" the grid has more than %d combinations",
                (long long)points, ranges.range[k].name, (int)TG_SEARCH_MAX_TRIALS);
            return 0;
        }
        size *= points;
    }
    return size;
}

static void fill_grid(tg_search *search)
{
    for (int64_t i = 0; i < search->planned; i++) {
        double *values = search->values + (size_t)i * search->range_count;
        size_t place = (size_t)i;
        for (size_t k = search->range_count; k-- > 0; place /= search->ranges[k].count)
            values[k] = search->ranges[k].values[place % search->ranges[k].count];
    }
}

static void fill_random(tg_search *search, uint64_t seed)
{
    for (int64_t i = 0; i < search->planned; i++)
        for (size_t k = 0; k < search->range_count; k++)
            search->values[(size_t)i * search->range_count + k] =
                tg__search_draw(&search->ranges[k], seed, i, k);
}

/* Checks the options that all kinds of searches share. [trials] is not used for a grid. */
static bool check(const job *j, bool grid, int64_t trials)
{
    if (!tg__search_check(&j->report, j->args.ranges, grid)) return false;
    if (!j->args.trial)
        return TG__SEARCH_REFUSE(&j->report, TG_ERR_ARGUMENT, "%s", "the function is NULL");
    if (!(j->args.budget > 0 && isfinite(j->args.budget)))
        return TG__SEARCH_REFUSE(&j->report, TG_ERR_ARGUMENT,
                                 ".budget = %g must be finite and above 0", j->args.budget);
    if (!grid && (trials < 1 || trials > TG_SEARCH_MAX_TRIALS))
        return TG__SEARCH_REFUSE(&j->report, TG_ERR_ARGUMENT, ".trials = %lld must be 1 to %d",
                                 (long long)trials, (int)TG_SEARCH_MAX_TRIALS);
    return true;
}

/* Allocates a search of that many trials and draws all their values. False, with an error, if there
 * is no memory. */
static bool make_search(job *j, bool grid, int64_t trials)
{
    const tg_allocator none = { 0 }, memory = j->args.allocator ? *j->args.allocator : none;
    tg_search *search = take(&memory, sizeof *search);
    if (search) {
        *search = (tg_search){ .allocator = memory, .maximize = j->args.maximize };
        if (copy_ranges(search, j->args.ranges, grid) &&
            make_trials(search, trials, j->args.seed)) {
            if (grid) fill_grid(search);
            else fill_random(search, j->args.seed);
            j->search = search;
            return true;
        }
        tg_search_free(search);
    }
    return TG__SEARCH_REFUSE(&j->report, TG_ERR_MEMORY, "out of memory for %lld trials",
                             (long long)trials);
}

/* ---- Trials ----------------------------------------------------------------------------- */

double tg_trial_value(const tg_trial *trial, const char *name)
{
    if (!trial || !trial->search || !name) return (double)NAN;
    tg_search *search = trial->search;
    for (size_t k = 0; k < search->range_count; k++)
        if (strcmp(search->ranges[k].name, name) == 0) return trial->values[k];
    if (search->is_running && !search->asked_unknown) {
        search->asked_unknown = true;
        (void)tg_format(search->unknown, sizeof search->unknown, "%s", name);
    }
    return (double)NAN;
}

static void make_trial(job *j, tg_trial *trial, int64_t round, double budget)
{
    tg_search *search = j->search;
    trial->round = round;
    trial->budget = budget;
    search->is_running = true;
    const double before = tg__seconds();
    const double score = j->args.trial(j->args.context, trial);
    trial->seconds += tg__seconds() - before;
    search->is_running = false;
    trial->score = score;
    if (round == 0) search->count++;
    if (search->asked_unknown) {
        j->ended = j->failed = true;
        (void)TG__SEARCH_REFUSE(&j->report, TG_ERR_ARGUMENT,
                                "trial %lld asked for \"%s\", which no range is called",
                                (long long)trial->number, search->unknown);
        return;
    }
    find_best(search, trial);
    if (j->args.progress) tg__search_tell(search, trial, j->args.progress);
    const tg_search_fn callback = j->args.callback;
    if (callback && !callback(j->args.callback_context, trial, search->best)) j->ended = true;
}

/* Runs all trials, in the order of their numbers. */
static void first_round(job *j)
{
    for (int64_t i = 0; i < j->search->planned && !j->ended; i++)
        make_trial(j, &j->search->trials[i], 0, j->args.budget);
}

/* Runs the further rounds of halving, each with the best trials of the round before. */
static void later_rounds(job *j, int64_t factor)
{
    tg_trial **ranked = j->search->ranked;
    int64_t taking_part = j->search->planned;
    double budget = j->args.budget;
    for (int64_t round = 1; taking_part >= factor && !j->ended; round++) {
        qsort(ranked, (size_t)taking_part, sizeof *ranked, compare_places);
        taking_part /= factor;
        budget *= (double)factor;
        while (taking_part > 0 && isnan(ranked[taking_part - 1]->score)) taking_part--;
        for (int64_t i = 0; i < taking_part && !j->ended; i++)
            make_trial(j, ranked[i], round, budget);
    }
}

/* The search, as it is returned to the caller. */
static tg_search *end(job *j)
{
    tg_search *search = j->search;
    if (j->failed) {
        tg_search_free(search);
        return NULL;
    }
    for (int64_t i = 0; i < search->count; i++) search->ranked[i] = &search->trials[i];
    qsort(search->ranked, (size_t)search->count, sizeof *search->ranked, compare_places);
    return search;
}

/* ---- Searches --------------------------------------------------------------------------- */

/* The options that all kinds of searches have, as a job. */
#define JOB_OF(options, name)                                                                      \
    {                                                                                              \
        .report = { (options).error, (options).at, name },                                         \
        .args = {                                                                                  \
            .ranges = (options).ranges,                                                            \
            .trial = (options).trial,                                                              \
            .context = (options).context,                                                          \
            .maximize = (options).maximize,                                                        \
            .seed = (options).seed,                                                                \
            .budget = (options).budget,                                                            \
            .progress = (options).progress,                                                        \
            .callback = (options).callback,                                                        \
            .callback_context = (options).callback_context,                                        \
            .allocator = (options).allocator,                                                      \
        },                                                                                         \
    }

tg_search *tg_grid_search_with(const tg_grid_search_args *given)
{
    tg_grid_search_args args = { TG_GRID_SEARCH_DEFAULTS };
    if (!tg__train_options(&args, given, given ? given->error : NULL, "tg_grid_search"))
        return NULL;
    job j = JOB_OF(args, "tg_grid_search");
    const int64_t size = check(&j, true, 0) ? grid_size(&j, args.ranges) : 0;
    if (size == 0 || !make_search(&j, true, size)) return NULL;
    first_round(&j);
    return end(&j);
}

tg_search *tg_random_search_with(const tg_random_search_args *given)
{
    tg_random_search_args args = { TG_RANDOM_SEARCH_DEFAULTS };
    if (!tg__train_options(&args, given, given ? given->error : NULL, "tg_random_search"))
        return NULL;
    job j = JOB_OF(args, "tg_random_search");
    if (!check(&j, false, args.trials) || !make_search(&j, false, args.trials)) return NULL;
    first_round(&j);
    return end(&j);
}

/* Checks the factor, and that every round's budget is finite. */
static bool check_halving(const job *j, int64_t trials, int64_t factor)
{
    if (factor < 2)
        return TG__SEARCH_REFUSE(&j->report, TG_ERR_ARGUMENT, ".factor = %lld must be at least 2",
                                 (long long)factor);
    double budget = j->args.budget;
    for (; trials >= factor; trials /= factor) budget *= (double)factor;
    if (!isfinite(budget))
        return TG__SEARCH_REFUSE(&j->report, TG_ERR_ARGUMENT,
                                 ".budget = %g grows beyond the largest number in later rounds",
                                 j->args.budget);
    return true;
}

tg_search *tg_halving_search_with(const tg_halving_search_args *given)
{
    tg_halving_search_args args = { TG_HALVING_SEARCH_DEFAULTS };
    if (!tg__train_options(&args, given, given ? given->error : NULL, "tg_halving_search"))
        return NULL;
    job j = JOB_OF(args, "tg_halving_search");
    if (!check(&j, false, args.trials) || !check_halving(&j, args.trials, args.factor) ||
        !make_search(&j, false, args.trials))
        return NULL;
    j.search->halving = true;
    first_round(&j);
    later_rounds(&j, args.factor);
    return end(&j);
}

/* ---- Results ---------------------------------------------------------------------------- */

int64_t tg_search_count(const tg_search *search) { return search ? search->count : 0; }

const tg_trial *tg_search_ranked(const tg_search *search, int64_t rank)
{
    return search && rank >= 0 && rank < search->count ? search->ranked[rank] : NULL;
}

const tg_trial *tg_search_best(const tg_search *search) { return search ? search->best : NULL; }
