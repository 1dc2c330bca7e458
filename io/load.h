/* load.h: what the files about loading share: load.c reads, load_names.c tells names that do not
 * meet, load_convert.c makes a variable's elements of a file's. */
#ifndef TG_LOAD_H
#define TG_LOAD_H

#include "io/draws.h"
#include "io/safetensors.h"

typedef enum tg__fate { TG__PASSED_OVER, TG__LOADED, TG__MADE } tg__fate;

/* Bytes of a tensor, and the next ones. */
typedef struct tg__piece {
    struct tg__piece *next;
    size_t size;
    unsigned char bytes[];
} tg__piece;

/* What becomes of one of the file's tensors. */
typedef struct tg__target {
    tg__fate fate;
    tg_var *var; /* TG__LOADED: the variable */
    char *name;  /* TG__MADE: that of the variable to be made, if it is not the file's */
    tg__piece *data;
} tg__target;

typedef struct tg__loading {
    tg__report *report;
    const tg_load_args *args;
    const tg_allocator *allocator;
    tg__source source;
    tg__growing text; /* the header's */
    tg__header header;
    tg__target *targets; /* as many as the header's entries */
    bool *found;         /* by the variable's index */
    /* Variables and tensors that .prefix and .params_only ask for; of the tensors, those that are
     * taken. */
    size_t ours, theirs, taken;
    const tg_var *missing;   /* the first that is not in the file */
    const tg__entry *unused; /* the first that is not in the store */
    tg_load_report counts;
    bool whole; /* step, seed and draws belong to it */
    bool has_sum;
    uint64_t sum_wanted; /* of the data */
    uint32_t sum;
    const char *step_text, *seed_text;
    uint64_t step, seed;
    tg__draw *draws; /* of the file */
    size_t draw_count, draw_capacity;
} tg__loading;

/* Reads the header, before which nothing has been read. */
tg_status tg__load_header(tg__loading *load);
/* Are the names of both sides the same, as far as they have to be? */
tg_status tg__load_check_names(const tg__loading *load);

/* Can the elements of a file's tensor become those of the variable? Complains of what cannot, and
 * of another shape. */
tg_status tg__load_agree(tg__report *report, const tg_var *var, const tg__entry *entry,
                         bool narrow);
/* Are they others? */
bool tg__load_converts(const tg__entry *entry, const tg_var *var);
/* Are all elements that were read such that the variable has a place for them? */
tg_status tg__load_check_elements(tg__report *report, const tg__entry *entry, const tg__target *to);
/* Writes the elements to the variable. Cannot fail. */
void tg__load_take_over(const tg__entry *entry, const tg__target *to);

#endif
