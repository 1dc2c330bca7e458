/* searched.h: a trial that notes what it is asked, for the tests of searches. */
#ifndef TG_TESTS_SEARCHED_H
#define TG_TESTS_SEARCHED_H

#include "tests/support/recorded.h"

enum { MOST = 3000, MOST_VALUES = 3 };

/* A context for trials: notes them, and answers what it is told to. */
typedef struct notes {
    int count, ranges;
    tg_trial trial[MOST];
    double values[MOST][MOST_VALUES];
    double (*score)(const tg_trial *t);
    int stop_after; /* for the callback */
} notes;

static notes noted;

static inline double note(void *context, const tg_trial *t)
{
    notes *n = context;
    ck_assert_int_lt(n->count, MOST);
    n->trial[n->count] = *t;
    for (int k = 0; k < n->ranges; k++) n->values[n->count][k] = t->values[k];
    n->count++;
    return n->score ? n->score(t) : 0;
}

static inline notes *begin_notes(int ranges, double (*score)(const tg_trial *t))
{
    memset(&noted, 0, sizeof noted);
    noted.ranges = ranges;
    noted.score = score;
    return &noted;
}

static tg_error error;

static inline tg_search *found_by(tg_search *found)
{
    ck_assert_msg(found != NULL, "%s", error.text);
    ck_assert_int_eq(error.status, TG_OK);
    const tg_trial *first = tg_search_ranked(found, 0);
    ck_assert_ptr_eq(tg_search_best(found), isnan(first->score) ? NULL : first);
    return found;
}

/* Nearer to 0.3 is better, and so is a larger budget. */
static inline double near_score(const tg_trial *t)
{
    return fabs(t->values[0] - 0.3) + 1 / t->budget;
}

/* A range called x. */
#define R(...)                                                                                     \
    {                                                                                              \
        .name = "x", __VA_ARGS__                                                                   \
    }

#endif
