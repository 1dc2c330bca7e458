/* file.h: a plan that is being written as C. Each file of emit/ writes one part:
 *
 *     text.c         numbers as C, and the layout as lines
 *     common.c       errors, memory, names
 *     translate.c    C that is kept as text: the values of maps, and helpers (helpers.def)
 *     function.c     functions of kernels: parameters, and those that are equal in structure
 *     accumulate.c   sums and extremes in the order of docs/sums.md
 *     loop.c         kernels that are loops; loop_order.c and loop_read.c are parts of it, taken.c
 *                    and a part of fold.c what takes in a loop's rows
 *     scalar.c, product.c, fold.c, index.c, scan.c, draw.c, call.c   other kernels
 *     operands.c     what calls are given
 *     memory.c       where each value is: members of the struct, workspace, constants
 *     parts.c        the struct, the header, constants, the functions that programs call
 *     emit.c         the public function
 *
 * A kernel becomes a function whose parameters are pointers, so kernels that are equal but for
 * where their operands are become one. Functions are written first, which shows what temporary
 * memory they need; then everything gets its place; then their calls are written. */
#ifndef TG_EMIT_FILE_H
#define TG_EMIT_FILE_H

#include "autograd/text.h"
#include "exec/plan.h"
#include "tg_emit.h"

/* ---- Text ------------------------------------------------------------------------------- */

/* A statement that clears so many elements behind the pointer [what]; one that adds an integer to
 * one, which wraps around. */
void tg__c_clear(tg__text *out, const char *what, int64_t count);
void tg__c_put_wrapped_sum(tg__text *out, int dtype, const char *to, const char *element);
/* Appends [from] in lines that are indented, a statement each. */
void tg__c_lay_out(tg__text *out, const tg__text *from);
/* Appends a number as C of that dtype. */
void tg__c_put_number(tg__text *text, int dtype, double value);
void tg__c_put_element(tg__text *text, int dtype, const void *data, int64_t i);

/* ---- The file --------------------------------------------------------------------------- */

/* Where a value is. */
typedef enum tg__c_home {
    TG_C_NOWHERE,
    TG_C_WORK,  /* in the workspace, from element [offset] of its dtype's pool on */
    TG_C_INPUT, /* a member of the struct */
    TG_C_OUTPUT,
    TG_C_VARIABLE,
    TG_C_CONSTANT, /* an array of the file */
    TG_C_NUMBER    /* a literal */
} tg__c_home;

typedef struct tg__c_place {
    uint8_t home;
    uint32_t member; /* number of the member or of the array */
    int64_t offset;
} tg__c_place;

/* A member of the struct, or a constant. */
typedef struct tg__c_member {
    uint8_t home, dtype, rank;
    const char *name;
    int64_t count, dim[TG_MAX_RANK];
    const void *data;  /* initial values; NULL: none */
    const tg_var *var; /* of a variable */
    const tg_site *site;
    uint32_t value; /* of an output: the value */
    bool used;      /* of a constant */
    bool copied;    /* of an output: it is a leaf's value, copied when the run ends */
} tg__c_member;

/* An argument of a kernel's function: a value, temporary memory, or a text. */
typedef enum tg__c_argument_kind { TG_C_VALUE, TG_C_TEMP, TG_C_LITERAL } tg__c_argument_kind;
typedef struct tg__c_argument {
    uint8_t kind, dtype;
    bool written;
    uint32_t index; /* value; temporary memory */
    char *text;     /* of a literal */
} tg__c_argument;

/* Temporary memory of one kernel, or from one kernel to another. */
typedef struct tg__c_temp {
    uint8_t dtype;
    int64_t count, offset;
    uint32_t first, last; /* kernels, in the order of the run */
} tg__c_temp;

typedef struct tg__c_call {
    uint32_t kernel;       /* in the order of the run */
    uint32_t function;     /* TG__NONE: statements alone */
    uint32_t first, count; /* arguments */
    const tg_site *site;
    const char *what; /* names of its operations */
    bool checks;      /* it returns a status */
} tg__c_call;

typedef struct tg__c_function {
    char *name, *text, *key; /* [key]: without comments and name */
} tg__c_function;

typedef struct tg__c_file {
    const tg_emit_c_args *args;
    const tg_plan *plan;
    tg__instance *instance;
    const tg__program *program;
    tg_allocator allocator;
    tg__arena arena;
    tg_status status;
    tg_error error;

    tg__text helpers, functions, shapes, externs, source, header;
    const char **name; /* of functions and shapes */
    size_t name_count, name_capacity, shape_count;
    uint8_t *helper_state; /* by helper and dtype */
    tg__c_function *function;
    size_t function_count, function_capacity;
    tg__c_call *call;
    size_t call_count, call_capacity;
    tg__c_argument *argument;
    size_t argument_count, argument_capacity;
    tg__c_temp *temp;
    size_t temp_count, temp_capacity;
    tg__c_member *member;
    size_t member_count, member_capacity;
    tg__c_place *place;      /* by value */
    bool *folded;            /* by kernel: its values are constants of the file */
    uint32_t *step;          /* by value: 1 + temporary memory that holds the store's step; or 0 */
    int64_t pool[TG_DTYPES]; /* elements of the workspace */
    double products;         /* multiplications in products */
    double maps;             /* in elementwise operations */
    size_t stack;            /* the most bytes of local arrays in a function */
    bool custom, fallible;
} tg__c_file;

static inline const tg__value *tg__c_value(const tg__c_file *f, uint32_t v)
{
    return &f->program->values[v];
}
static inline const char *tg__c_name(const tg__c_file *f) { return f->args->name; }
/* The order of the run. */
static inline uint32_t tg__c_time(const tg__c_file *f, uint32_t k)
{
    return (uint32_t)f->program->kernel_count - 1 - k;
}
/* The dtype whose elements memory has: a bool is a byte. */
static inline int tg__c_stored(int dtype) { return dtype == TG_BOOL ? TG_U8 : dtype; }
const char *tg__c_suffix(int dtype); /* "f32"; of a bool "u8" */
/* The unsigned type in which integers of the dtype are added. */
const char *tg__c_wrapping(int dtype);

void tg__c_fail(tg__c_file *f, tg_status status, const char *format, ...) TG_PRINTF(3, 4);
/* What value [v] is, or how it is used, cannot be written. */
void tg__c_refuse(tg__c_file *f, uint32_t v, const char *why);
bool tg__c_ok(tg__c_file *f);
void *tg__c_alloc(tg__c_file *f, size_t size); /* zeroed, until the end; NULL after an error */
char *tg__c_copy(tg__c_file *f, const char *text);

/* ---- Text that is C --------------------------------------------------------------------- */

/* Appends [from] as C99 for elements of [dtype]; operands are what stands for x, a, b and c. */
void tg__c_translate(tg__c_file *f, tg__text *out, const char *from, int dtype,
                     const char *const operand[3], int arity);
/* The helper is needed, for that dtype; returns its name. */
const char *tg__c_helper(tg__c_file *f, const char *name, int dtype);
bool tg__c_is_helper(const char *name, size_t length);

/* Is the name of a function new? Then it is noted. */
bool tg__c_note_name(tg__c_file *f, const char *name);
/* The constant array of those numbers, written once. */
const char *tg__c_shape(tg__c_file *f, const char *numbers);
/* A constant array of those bytes. */
const char *tg__c_bytes(tg__c_file *f, const void *data, size_t size);

/* ---- Functions of kernels --------------------------------------------------------------- */

typedef struct tg__c_kernel {
    tg__c_file *f;
    const tg__kernel *kernel;
    uint32_t k, time;
    tg__text body;
    uint32_t first; /* of its arguments */
    bool checks;
    size_t stack;
} tg__c_kernel;

void tg__c_begin(tg__c_kernel *c, tg__c_file *f, uint32_t k);
/* Names of parameters: of a value; of new temporary memory; of something that is written out. */
const char *tg__c_in(tg__c_kernel *c, uint32_t v);
const char *tg__c_out(tg__c_kernel *c, uint32_t v);
const char *tg__c_scratch(tg__c_kernel *c, int dtype, int64_t count);
const char *tg__c_literal(tg__c_kernel *c, const char *type_and_text, ...) TG_PRINTF(2, 3);
/* Ends the function, or finds an equal one, and notes the call. */
void tg__c_end(tg__c_kernel *c);
/* A comment that does not count when functions are compared. */
void tg__c_comment(tg__c_kernel *c, uint32_t v);

/* ---- Accumulators (accumulate.c) -------------------------------------------------------- */

/* What a reduction needs to take elements one by one. */
typedef struct tg__c_sum {
    tg__c_file *f;
    const tg_op *op;
    int dtype, result; /* of the operand, of the result */
    int64_t n;         /* elements in all */
    int64_t block;     /* or in a block of those whose sums are joined; 0: no blocks */
    char name[24];
} tg__c_sum;

tg__c_sum tg__c_sum_of(tg__c_file *f, const tg__value *x, int dtype, int64_t n, int64_t block,
                       const char *name);
void tg__c_sum_begin(const tg__c_sum *s, tg__c_kernel *c);
void tg__c_sum_add(const tg__c_sum *s, tg__text *out, const char *element);
/* A block ends. */
void tg__c_sum_block(const tg__c_sum *s, tg__text *out);
/* The result, as an expression; [count] elements went in. */
void tg__c_sum_total(const tg__c_sum *s, tg__text *out, int64_t count);
bool tg__c_sum_has_blocks(const tg__c_sum *s);

/* ---- Kernels ---------------------------------------------------------------------------- */

void tg__c_loop(tg__c_file *f, uint32_t k);
void tg__c_scalars(tg__c_file *f, uint32_t k);
void tg__c_reduction(tg__c_file *f, uint32_t k);
void tg__c_call_kernel(tg__c_file *f, uint32_t k);
void tg__c_product(tg__c_kernel *c, uint32_t v);

/* ---- Memory and parts ------------------------------------------------------------------- */

bool tg__c_is_keyword(const char *name);
/* The name in capitals, with which macros begin. */
const char *tg__c_upper(tg__c_file *f);
void tg__c_find_members(tg__c_file *f);
void tg__c_place_all(tg__c_file *f);
void tg__c_write_header(tg__c_file *f);
void tg__c_write_source(tg__c_file *f);

#endif
