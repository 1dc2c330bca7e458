/* load.h: what the files of loading share: load.c reads; load_names.c reports names that differ;
 * load_convert.c converts elements. */
#ifndef TG_LOAD_H
#define TG_LOAD_H

#include "io/draws.h"
#include "io/safetensors.h"

typedef enum tg__fate { TG__PASSED_OVER, TG__LOADED, TG__MADE } tg__fate;

/* A part of a tensor's bytes, in a list. */
typedef struct tg__piece {
    struct tg__piece *next;
    size_t size;
    unsigned char bytes[];
} tg__piece;

/* What is done with one tensor of the file. */
typedef struct tg__target {
    tg__fate fate;
    tg_var *var; /* TG__LOADED: the variable */
    char *name;  /* TG__MADE: the name of the new variable, if it is not the tensor's */
    tg__piece *data;
} tg__target;

typedef struct tg__loading {
    tg__report *report;
    const tg_load_args *args;
    const tg_allocator *allocator;
    tg__source source;
    tg__growing text; /* of the header */
    tg__header header;
    tg__target *targets; /* one for each entry of the header */
    bool *found;         /* [by index of the variable]: it is in the file */
    /* Variables and tensors that .prefix and .params_only select; [taken]: tensors that are
     * loaded. */
    size_t ours, theirs, taken;
    const tg_var *missing;   /* the first variable that is not in the file */
    const tg__entry *unused; /* the first tensor that is not in the store */
    tg_load_report counts;
    bool whole; /* the file is a whole store: step, seed and counters of draws are loaded too */
    bool has_sum;
    uint64_t sum_wanted; /* the checksum of the data, from the header */
    uint32_t sum;
    const char *step_text, *seed_text;
    uint64_t step, seed;
    tg__draw *draws; /* the counters of draws in the file */
    size_t draw_count, draw_capacity;
} tg__loading;

/* Reads the header; must be the first read. */
tg_status tg__load_header(tg__loading *load);
/* TG_OK if the names in the file and in the store agree as far as the options require. */
tg_status tg__load_check_names(const tg__loading *load);

/* TG_OK if the tensor's shape is the variable's and its elements can be converted; else reports an
 * error. */
tg_status tg__load_agree(tg__report *report, const tg_var *var, const tg__entry *entry,
                         bool narrow);
/* True if elements must be converted. */
bool tg__load_converts(const tg__entry *entry, const tg_var *var);
/* TG_OK if the variable's dtype can hold every element that was read. */
tg_status tg__load_check_elements(tg__report *report, const tg__entry *entry, const tg__target *to);
/* Writes the elements to the variable. Cannot fail. */
void tg__load_take_over(const tg__entry *entry, const tg__target *to);

#endif
