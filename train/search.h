/* search.h: the struct of a search, for the files that run, draw and print it. Private to
 * train/. */
#ifndef TG_TRAIN_SEARCH_H
#define TG_TRAIN_SEARCH_H

#include <tapegrad.h>

struct tg_search {
    tg_allocator allocator; /* alloc == NULL means the C library's */
    void *blocks;           /* all memory except this struct, as a list */
    size_t range_count;
    tg_range *ranges;  /* [range_count], copied; a grid's ranges have their points as values */
    int *widths;       /* [range_count]: column widths of a table that is being printed */
    int64_t planned;   /* the number of trials that there is room for */
    int64_t count;     /* the number of trials that have run: the first [count] */
    tg_trial *trials;  /* [planned], by number */
    double *values;    /* [planned, range_count] */
    tg_trial **ranked; /* [planned]: during a round of halving its trials; at the end all that have
                          run, the best first */
    tg_trial *best;    /* of those so far */
    bool maximize;
    bool halving;
    bool is_running;
    bool asked_unknown; /* a trial asked for a name that no range has: */
    char unknown[100];
};

/* Where errors are reported. */
typedef struct tg__search_report {
    tg_error *error;
    tg_site at;
    const char *function;
} tg__search_report;

/* Reports an error with the function's name and a message; the format needs at least one argument.
 * Returns false. */
#define TG__SEARCH_REFUSE(report, status, format, ...)                                             \
    (tg_error_set((report)->error, (report)->at, (status), "%s: " format, (report)->function,      \
                  __VA_ARGS__),                                                                    \
     false)

/* search_ranges.c: */
/* False, with an error that names the range, if a range is invalid. */
bool tg__search_check(const tg__search_report *report, tg_ranges ranges, bool grid);
/* Writes the points of a grid's range to [out], if that is not NULL. Returns their number. */
int64_t tg__search_points(const tg_range *range, double *out);
/* The value of range number [k] in the trial of that number, drawn from [seed]. */
double tg__search_draw(const tg_range *range, uint64_t seed, int64_t number, size_t k);
/* The seed of the trial of that number. */
uint64_t tg__search_seed(uint64_t seed, int64_t number);

/* search_print.c: */
/* Prints one line about a trial that has just run. */
void tg__search_tell(const tg_search *search, const tg_trial *trial, FILE *out);

/* search.c: */
/* Zeroed memory that is freed with the search; NULL if there is none. */
void *tg__search_memory(tg_search *search, size_t count, size_t size);

#endif
