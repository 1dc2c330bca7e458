/* search.h: what a search remembers, for the files that make, draw and print it. */
#ifndef TG_TRAIN_SEARCH_H
#define TG_TRAIN_SEARCH_H

#include <tapegrad.h>

struct tg_search {
    tg_allocator allocator; /* alloc == NULL: the C library's */
    void *blocks;           /* all memory but this struct, a list */
    size_t range_count;
    tg_range *ranges;  /* [range_count]: copies. A grid has its points as their values */
    int *widths;       /* [range_count]: of the columns of a table that is being printed */
    int64_t planned;   /* trials that there is room for */
    int64_t count;     /* that were made: the first ones */
    tg_trial *trials;  /* [planned], by number */
    double *values;    /* [planned, range_count] */
    tg_trial **ranked; /* [planned]: during a round of halving those that take part; in the end all
                          that were made, the best first */
    tg_trial *best;    /* so far */
    bool maximize;
    bool halving;
    bool is_running;
    bool asked_unknown; /* by a trial, for a name that no range has: */
    char unknown[100];
};

/* Who is told of what is wrong. */
typedef struct tg__search_report {
    tg_error *error;
    tg_site at;
    const char *function;
} tg__search_report;

/* Tells the function's name and the message, which has at least one argument; false. */
#define TG__SEARCH_REFUSE(report, status, format, ...)                                             \
    (tg_error_set((report)->error, (report)->at, (status), "%s: " format, (report)->function,      \
                  __VA_ARGS__),                                                                    \
     false)

/* search_ranges.c */
/* False, with an error that names the range, if one of them makes no sense. */
bool tg__search_check(const tg__search_report *report, tg_ranges ranges, bool grid);
/* Writes the points of a range that is good for a grid, unless [out] is NULL; how many there are.
 */
int64_t tg__search_points(const tg_range *range, double *out);
/* The value of range [k] in the trial of that number. */
double tg__search_draw(const tg_range *range, uint64_t seed, int64_t number, size_t k);
/* The seed of the trial of that number. */
uint64_t tg__search_seed(uint64_t seed, int64_t number);

/* search_print.c */
/* One line on a trial that has just been made. */
void tg__search_tell(const tg_search *search, const tg_trial *trial, FILE *out);

/* search.c: zeroed memory of the search, which goes with it; NULL when out of memory. */
void *tg__search_memory(tg_search *search, size_t count, size_t size);

#endif
