/* op.h: what an operation is: a tg_op says all that is known of it.
 *
 * autograd/ knows no particular operation, but for the tg__op_... declared below, which it must
 * name: leaves whose values come from outside, and the assignment. The planner and what runs
 * programs name one more, the copy (ops/registry.h). Everything else about an operation is in its
 * tg_op. */
#ifndef TG_OP_H
#define TG_OP_H

#include "kernels/dtype.h"
#include "kernels/inset.h"
#include "kernels/memory.h"
#include "kernels/parallel.h"
#include "kernels/view.h"
#include "tg_custom.h"

typedef enum tg__kind {
    TG_KIND_LEAF,   /* a value from outside: one of the operations declared below */
    TG_KIND_MAP,    /* elementwise over operands of one shape */
    TG_KIND_REDUCE, /* over the axes of a tg__reduce_attr, which stay with size 1 */
    TG_KIND_VIEW,   /* the operand's elements in another order: no arithmetic */
    TG_KIND_CALL,   /* anything else: a function from dense operands to a dense result */
    TG_KIND_ASSIGN
} tg__kind;

/* n elements, n a multiple of TG_PAD; operands may be the output. One function for each way
 * operands may come: as vectors, or as one element that stands for all. */
typedef void (*tg__map_fn)(size_t n, void *out, const void *const in[]);
enum { TG_MAP_VECTORS, TG_MAP_SCALAR_B, TG_MAP_SCALAR_A, TG_MAP_WAYS };
/* Operations that scalar programs do in one instruction; CALL goes through the map's function. */
typedef enum tg__scalar_code {
    TG_CODE_CALL,
    TG_CODE_NEG,
    TG_CODE_ADD,
    TG_CODE_SUB,
    TG_CODE_MUL,
    TG_CODE_DIV,
    TG_CODE_SELECT
} tg__scalar_code;

typedef struct tg__map {
    tg__map_fn way[TG_DTYPES][TG_MAP_WAYS]; /* by the dtype of the last operand */
    /* What a kernel computes, as an expression in C; by the same dtype, and NULL where there is no
     * kernel. One operand is called x, several are a, b and c; they have the types of their dtypes
     * (a bool is a uint8_t), and T is that of the last. What else it names is in
     * kernels/elementwise.h. Its value is then converted to the type of the result. A loop over it
     * gives the bits that the kernel gives if it is compiled like one: with TG_CLONES and TG_SIMD,
     * by the flags of the library, over whole vectors (TG_PAD). */
    const char *text[TG_DTYPES];
    double (*scalar)(double a, double b, double c); /* the same for one element, in double */
    tg__scalar_code opcode;
} tg__map;

typedef struct tg__reduce_attr {
    uint32_t axes; /* bit k: axis k is reduced */
} tg__reduce_attr;

/* What a block gives to the reduction of all, or of a column. */
typedef union tg__partial {
    double real;
    int64_t whole;
} tg__partial;

/* A reduction's kernels for one dtype. */
typedef struct tg__reduce {
    /* out[r] = the reduction of in[r * n .. r * n + n) for r < rows */
    void (*rows)(int64_t rows, int64_t n, const void *in, void *out);
    /* out[j] = the reduction over i < rows of in[i * n + j] for j < n */
    void (*columns)(int64_t rows, int64_t n, const void *in, void *out);
    /* Whole tensors go block by block: each block's reduction into part, then all of them. A
     * reduction of that dtype exists if it has these. */
    void (*block)(int64_t n, const void *in, tg__partial *part);
    void (*finish)(int64_t blocks, int64_t count, const tg__partial *part, void *out);
    /* Columns go block by block, too: each block's rows into part[n], which others may have begun;
     * then all parts, of so many rows together, which it joins in their place. */
    void (*gather)(bool begins, int64_t rows, int64_t n, const void *in, tg__partial *part);
    void (*join)(int64_t parts, int64_t rows, int64_t n, tg__partial *part, void *out);
} tg__reduce;

/* A dense operand or result of a call. */
typedef struct tg__operand {
    void *data;
    int rank;
    const int64_t *dim;
    tg_dtype dtype;
    tg__view view; /* of an operand, where the operation said it takes views; else dense */
} tg__operand;

static inline int64_t tg__operand_count(const tg__operand *x)
{
    int64_t count = 1;
    for (int i = 0; i < x->rank; i++) count *= x->dim[i];
    return count;
}

typedef struct tg__call {
    const tg_op *op;
    const void *attr;
    int arity;
    const tg__operand *in;
    tg__operand out;
    tg__pool *pool;
    void *scratch;        /* op->scratch bytes */
    uint64_t seed, drawn; /* of a draw: the seed, and the count of its key */
    tg_error *error;      /* for the text of a failure; never NULL */
} tg__call;

/* Calls that take part in a loop, of up to three operands. They may keep in a worker's memory,
 * call->scratch, what later rows need, too: it begins with 8 bytes of zeros in each run, and is
 * otherwise left alone. */
enum { TG__LOOP_OPERANDS = 3 };

/* How a loop over a call's result computes some of its rows as it comes to them, so that the result
 * needs no memory: its elements, dense, in rows of so many columns. The operands, views, are in
 * memory. */
typedef struct tg__row_call {
    /* The columns; 0: not with these operands and sizes. There are no data yet. */
    int64_t (*columns)(const tg__call *call);
    size_t (*scratch)(const tg__call *call); /* bytes of a worker's memory */
    /* Rows [first, first + count), to [out]; 0 for columns that are not among the [needed]. */
    void (*compute)(const tg__call *call, int64_t first, int64_t count, tg__range needed,
                    void *out);
} tg__row_call;

/* How rows of a call's operand stand together: in lines, which are not cut into, and in units of
 * whole lines, which reach elements of the result that no others reach. */
typedef struct tg__row_shape {
    int64_t columns, line, unit; /* elements in a row, rows in a line and in a unit */
    bool strips;                 /* it takes many rows at a time, as dense rows */
} tg__row_shape;

/* How a call takes in one of its operands row by row, so that this needs no memory: a loop may hand
 * on to it what it computes. The other operands are in memory. */
typedef struct tg__collect {
    /* Of operand [i]: its rows, if its elements are taken in as they would lie in memory, whatever
     * the order in which its view shows them. False: it is to be in memory. No data yet. */
    bool (*rows)(const tg__call *call, int i, tg__row_shape *shape);
    size_t (*scratch)(const tg__call *call); /* bytes of a worker's memory; NULL: none */
    /* Adds rows [row, row + rows) of operand [i], which are where its data are said to be, to the
     * result: whole lines; the first of a unit clear it. [tall]: they stand side by side, column by
     * column. */
    void (*add)(const tg__call *call, int i, int64_t row, int64_t rows, bool tall);
} tg__collect;

/* Where an operation may be sampled by the tests; also says what it means to be smooth. */
typedef struct tg__domain {
    double low, high;
} tg__domain;

enum {
    TG_OP_COMMUTES = 1,       /* operands may be swapped */
    TG_OP_RANDOM = 2,         /* a draw: attributes begin with a tg__draw_attr; never merged */
    TG_OP_VIEWS = 4,          /* a call that takes strided operands */
    TG_OP_FALLIBLE = 8,       /* a call whose operands' values may be wrong */
    TG_OP_NO_MINUS_ZERO = 16, /* a result of 0 is never -0 */
    TG_OP_DIVIDES = 32,       /* integers by the second operand, which is checked before */
    TG_OP_CHOOSES = 64,  /* a map: the second operand where the first is true, else the third */
    TG_OP_OUTSIDE = 128, /* a map of which compilers make no vectors: it calls functions that are not
                            inline, or divides integers */
};

/* Rewrite rules: what a node of the operation may become when a program is made of the tape
 * (value.h). Each rule returns whether it has set the result, whose value is TG__NONE when out of
 * memory. The result has the bits that the node has by its definition, except where a rule says
 * what may differ. */
typedef struct tg__rewriter tg__rewriter;
typedef struct tg__ref tg__ref;
typedef struct tg__rewrites {
    /* Of a node [x], before a value is made of it. For a map, [in] are its operands, and the rule
     * may also exchange them and the operation; for others it is NULL. */
    bool (*node)(tg__rewriter *r, const tg_tensor *x, const tg_op **op, tg__ref *in,
                 tg__ref *result);
    /* Of a node [x] that views a value [of] of the operation: [whole] is how x's operand sees that
     * value, [part] how x does. */
    bool (*view)(tg__rewriter *r, const tg_tensor *x, tg__ref of, const tg__view *whole,
                 const tg__view *part, tg__ref *result);
    /* Of a value when all are there, which may be changed where it stands. False when out of
     * memory. */
    bool (*last)(tg__rewriter *r, uint32_t value);
} tg__rewrites;

struct tg_op {
    const char *name;
    tg__kind kind;
    uint8_t arity; /* 255: any number */
    uint8_t flags;
    const tg__map *map;
    const tg__reduce *reduce; /* an array by the operand's dtype */
    /* Reduces what a reduction made of parts; NULL: the same does. A reduction that needs another
     * one is never of single elements. */
    const tg_op *combine;
    bool (*view)(const tg_op *op, const void *attr, int rank, const int64_t *dim,
                 const tg__view *in, tg__view *out);
    tg_status (*call)(const tg__call *call);
    /* The same call by its definition, of dense operands and without scratch memory: what the naive
     * executor runs. NULL: it runs [call]. */
    tg_status (*reference)(const tg__call *call);
    const tg__collect *collect; /* of some calls */
    /* Of a TG_OP_VIEWS call: can it take operand [i] as it is, or does it need a copy? NULL: it
     * takes any view. */
    bool (*accepts)(const void *attr, int i, const tg__view *view);
    /* Of a call that only moves elements: where in the result, of that dtype, operand [i] lies.
     * [out] has the result's shape and how the operand is seen, and is as if the operand were all
     * of it. NULL: of all other operations. */
    void (*inset)(const void *attr, int i, const tg__view *const in[], tg_dtype dtype,
                  tg__inset *out);
    /* Bytes to compute such a call with so many threads; NULL: none. There are no data yet, nor a
     * pool. */
    size_t (*scratch)(const tg__call *call, int threads);
    const tg__row_call *rows; /* NULL: its result is made as a whole */
    /* Records the products of the cotangent [g] of [y]: to[i] for operand i, which stays
     * NULL where no gradient passes. */
    void (*vjp)(tg_tensor *y, tg_tensor *g, tg_tensor **to);
    /* The operand for which y's cotangent should wait for those of other uses; -1: none. */
    int (*joins)(const tg_tensor *y);
    /* The sum of the cotangents of [x] that so many uses y[i] of it, by this operation, have for it
     * when their own are g[i]. NULL if these cannot be joined, and nothing is recorded then. */
    tg_tensor *(*join)(tg_tensor *x, size_t count, tg_tensor *const y[], tg_tensor *const g[]);
    /* Of a call: how many operations of arithmetic its result takes, for profiles. NULL: one for
     * each element of it. */
    double (*operations)(const void *attr, const tg__view *const in[], int64_t results);
    const char *no_gradient;      /* why there is no vjp */
    const tg__rewrites *rewrites; /* NULL: none */
    tg__domain domain[2];         /* of a map's float operands a and b */
    /* Appends the attributes to a dump; NULL: none worth it. */
    void (*print)(const void *attr, FILE *out);
    const struct tg__custom *custom; /* of an operation of the user's (ops/custom.c) */
};

/* What the attributes of every draw begin with. */
typedef struct tg__draw_attr {
    uint64_t key;   /* the hash of its name */
    uint64_t ahead; /* added to the key's count: which of several unrolled runs it belongs to */
} tg__draw_attr;

/* The operations that the engine must name: values from and to the outside (op.c). */
extern const tg_op tg__op_input, tg__op_constant, tg__op_number, tg__op_read, tg__op_step,
    tg__op_assign;

#endif
