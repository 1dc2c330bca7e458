/* tg_base.h: what every other header of Tapegrad needs: version, export macro,
 * status codes, dtypes, shapes, call sites and the replaceable allocator. */
#ifndef TG_BASE_H
#define TG_BASE_H

#include <limits.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

#define TG_VERSION_MAJOR 0
#define TG_VERSION_MINOR 4
#define TG_VERSION_PATCH 0
#define TG_VERSION "0.4.0"

#if defined(_WIN32)
#define TG_API
#elif defined(__GNUC__)
#define TG_API __attribute__((visibility("default")))
#else
#define TG_API
#endif

#if defined(__GNUC__)
#define TG_PRINTF(text, first) __attribute__((__format__(__printf__, text, first)))
#else
#define TG_PRINTF(text, first)
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* The version of the library that was linked, as "major.minor.patch". */
TG_API const char *tg_version(void);

/* ---- Status ----------------------------------------------------------------------------- */

typedef enum tg_status {
    TG_OK = 0,
    TG_ERR_ARGUMENT,    /* a NULL, an option out of range, a wrong name */
    TG_ERR_SHAPE,       /* shapes that do not fit each other or the operation */
    TG_ERR_DTYPE,       /* dtypes that differ, or that the operation does not take */
    TG_ERR_INDEX,       /* an index or a label outside its range */
    TG_ERR_STATE,       /* the right call at the wrong time: a stale handle, a value not kept */
    TG_ERR_MEMORY,      /* out of memory, or a size that no memory could hold */
    TG_ERR_IO,          /* the operating system refused to read or write */
    TG_ERR_FORMAT,      /* a file or a string that is not what it should be */
    TG_ERR_UNSUPPORTED, /* legal, but not built */
    TG_ERR_NUMERIC,     /* a wrong number: a NaN or an infinity where the trap is on, an integer
                           divided by 0, a derivative that its check refutes */
    TG_ERR_INTERNAL     /* a bug in Tapegrad: please report it */
} tg_status;

/* The status' name in words: "out of memory". Never NULL. */
TG_API const char *tg_status_name(tg_status status);

/* An error with its whole text, for functions that have no tape or store to keep it. */
enum { TG_ERROR_TEXT = 2048 };
typedef struct tg_error {
    tg_status status;
    char text[TG_ERROR_TEXT];
} tg_error;

/* snprintf, with a decimal point in every locale, as all text of the library has it. */
TG_API int tg_format(char *out, size_t size, const char *format, ...) TG_PRINTF(3, 4);

/* ---- Dtypes ----------------------------------------------------------------------------- */

/* Dtypes never promote: mixing two is an error that names the cast. 0 stands for
 * "the store's default dtype" wherever a dtype is optional. */
typedef enum tg_dtype {
    TG_DTYPE_DEFAULT = 0,
    TG_F32,
    TG_F64,
    TG_I32,
    TG_I64,
    TG_U8,
    TG_BOOL
} tg_dtype;

/* Bytes of one element; 0 for an unknown dtype. */
TG_API size_t tg_dtype_size(tg_dtype dtype);
/* "f32", "f64", "i32", "i64", "u8", "bool"; "?" for an unknown dtype. */
TG_API const char *tg_dtype_name(tg_dtype dtype);

/* ---- Shapes and axes -------------------------------------------------------------------- */

enum { TG_MAX_RANK = 8 };

/* A row-major shape, passed by value. A rank of -1 marks a shape that could not be
 * made (more than TG_MAX_RANK dimensions, or one below -1); every function that is
 * given it reports that. (-1 stands for "work it out" in tg_reshape, and is an error
 * everywhere else.) */
typedef struct tg_shape {
    int rank;
    int64_t dim[TG_MAX_RANK];
} tg_shape;

/* A list of axes; negative ones count from the end. A count of -1 marks a list of
 * more than TG_MAX_RANK axes. */
typedef struct tg_axes {
    int count;
    int axis[TG_MAX_RANK];
} tg_axes;

/* [dims] ends with INT64_MIN. */
TG_API tg_shape tg_shape_of(const int64_t *dims);
/* [axes] ends with INT_MIN. */
TG_API tg_axes tg_axes_of(const int *axes);
/* The number of elements; -1 for a bad shape or one whose count overflows. */
TG_API int64_t tg_shape_count(tg_shape shape);
TG_API bool tg_shape_equal(tg_shape a, tg_shape b);

/* They take the address of a literal, which C++ does not have: tapegrad.hpp has tg::shape. */
#ifndef __cplusplus
/* TG_SHAPE(64, 784): a shape of two dimensions. TG_SCALAR: the shape of one number. */
#define TG_SHAPE(...) tg_shape_of((const int64_t[]){ __VA_ARGS__, INT64_MIN })
#define TG_SCALAR tg_shape_of((const int64_t[]){ INT64_MIN })
/* TG_AXES(0, -1): a list of axes. */
#define TG_AXES(...) tg_axes_of((const int[]){ __VA_ARGS__, INT_MIN })
#endif

/* ---- Call sites and options ------------------------------------------------------------- */

/* Where in the user's program a call stands. Operations record it, and errors and
 * dumps name it. A function that is made of others hands the site on to them, with its
 * name: an error of one of them is the error of what the user called there. */
typedef struct tg_site {
    const char *file;
    int line;
    const char *function;         /* what was called there; NULL: what gets the site. Not copied */
    const struct tg__mark *since; /* what there was when it was called: tg_enter sets it */
} tg_site;

/* The site of this line. A function of your own that should be reported under its
 * caller's line takes a `tg_site at` first and redefines this macro in its file:
 *
 *     #undef TG_HERE
 *     #define TG_HERE at
 *
 * and begins with tg_enter (tg_tape.h), so that its errors have its name. All of nn/ and
 * optim/ is written so. */
#ifdef __cplusplus
#define TG_HERE tg_site{ __FILE__, __LINE__, NULL, NULL }
#else
#define TG_HERE ((tg_site){ __FILE__, __LINE__, NULL, NULL })
#endif

/* Fills an error, for functions of yours that tell theirs as the library does: the site's file and
 * line, if it has one, and a text, whose format is printf's, with decimal points in every locale.
 * Accepts NULL for [error]. Returns the status, so that a function can say
 * `return tg_error_set(...)`. */
TG_API tg_status tg_error_set(tg_error *error, tg_site at, tg_status status, const char *format,
                              ...) TG_PRINTF(4, 5);

/* How functions are called.
 *
 * A function that records or makes something takes the caller's site. `tg_exp(x)` is a macro for
 * `tg_exp_at(TG_HERE, x)`; as a function pointer it is tg_exp_at.
 *
 * A function with options takes a pointer to a struct of them. `tg_adam(loss, .lr = 0.1)` is a
 * macro for
 *
 *     tg_adam_with(&(tg_adam_args){ TG_ADAM_DEFAULTS, .at = TG_HERE, loss, .lr = 0.1 })
 *
 * The defaults come first and what the caller wrote after them, so C's own rule, that the later
 * initialiser of a member wins, gives every option the value that the call says, zero or not, named
 * or by its position behind [at]. The defaults are constants. Who fills such a struct begins it so:
 *
 *     tg_adam_args options = { TG_ADAM_DEFAULTS, .at = TG_HERE };
 *
 * and without its defaults (.struct_size = 0) the call is an error that says so.
 *
 * The structs may grow: a new member goes last, and [struct_size] says up to which member the
 * caller's header knew them, so a program that was compiled with an older header of the same minor
 * version gets the defaults of the members it does not know.
 *
 * Compilers may warn about members that are initialised twice (-Woverride-init, in -Wextra; clang:
 * -Winitializer-overrides). This header silences that for the rest of the file that includes it,
 * the file's own doubled initialisers included; TG_KEEP_OVERRIDE_WARNINGS, defined before, leaves
 * the warnings as they are. */
#if defined(__GNUC__) && !defined(__cplusplus) && !defined(TG_KEEP_OVERRIDE_WARNINGS)
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
#endif

/* What every options struct begins with. */
typedef struct tg_options {
    size_t struct_size; /* from the struct's beginning to the end of its last member */
    tg_site at;
} tg_options;

/* The size of an options struct [type] whose last member is [last]. (sizeof would count the padding
 * behind it, in which a new member could hide.) */
#define TG_OPTIONS_SIZE(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

/* For functions that take options, yours too. Copies the members that [given] has over [options],
 * which holds the function's defaults. Returns NULL, or what is wrong with [given]: it is NULL, its
 * struct_size is 0, or not one that this version of the struct may have. Then nothing is copied. */
TG_API const char *tg_options_read(void *options, const void *given);

/* Options that stand for something that a number cannot say. */
#define TG_AUTO INT64_MIN     /* a number, whole or double, that the function works out */
#define TG_NO_INDEX INT64_MIN /* no such index */
#define TG_ALL_AXES INT_MIN   /* instead of one axis */

/* ---- Memory ----------------------------------------------------------------------------- */

/* The allocator that a store, its tapes and their plans use for everything. [alloc]
 * returns at least [size] bytes (size > 0), aligned to 64 bytes, or NULL; [free] takes
 * what alloc returned, and never NULL. The default uses the C library. */
typedef struct tg_allocator {
    void *(*alloc)(void *context, size_t size);
    void (*free)(void *context, void *block);
    void *context;
} tg_allocator;

#ifdef __cplusplus
}
#endif
#endif
