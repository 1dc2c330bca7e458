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
    TG_ERR_INDEX,       /* an index or a label out of its range */
    TG_ERR_STATE,       /* a call at the wrong time: a stale handle, a value that was not kept */
    TG_ERR_MEMORY,      /* out of memory, or a size that no memory could hold */
    TG_ERR_IO,          /* the operating system could not read or write */
    TG_ERR_FORMAT,      /* a file or a string in the wrong format */
    TG_ERR_UNSUPPORTED, /* valid, but not implemented */
    TG_ERR_NUMERIC,     /* a NaN or an infinity where the trap is on, an integer divided by 0, a
                           derivative that its check refutes */
    TG_ERR_INTERNAL     /* a bug in Tapegrad: please report it */
} tg_status;

/* The status' name in words: "out of memory". Never NULL. */
TG_API const char *tg_status_name(tg_status status);

/* An error with its message, for functions that have no tape or store to keep it. */
enum { TG_ERROR_TEXT = 2048 };
typedef struct tg_error {
    tg_status status;
    char text[TG_ERROR_TEXT];
} tg_error;

/* snprintf, with a decimal point in every locale, as in all text of the library. */
TG_API int tg_format(char *out, size_t size, const char *format, ...) TG_PRINTF(3, 4);

/* ---- Dtypes ----------------------------------------------------------------------------- */

/* There is no promotion of dtypes: an operation on two dtypes is an error, whose message names the
 * cast. Where a dtype is optional, 0 means the store's default dtype. */
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

/* A row-major shape, passed by value. A rank of -1 marks a shape that could not be made (more than
 * TG_MAX_RANK dimensions, or one below -1); functions that get it report that. (A dimension of -1
 * means "to be computed" in tg_reshape, and is an error everywhere else.) */
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
/* The number of elements; -1 for an invalid shape or if the count overflows. */
TG_API int64_t tg_shape_count(tg_shape shape);
TG_API bool tg_shape_equal(tg_shape a, tg_shape b);

/* These take the address of a compound literal, which C++ does not have: tapegrad.hpp has
 * tg::shape. */
#ifndef __cplusplus
/* TG_SHAPE(64, 784): a shape of two dimensions. TG_SCALAR: the shape of one number. */
#define TG_SHAPE(...) tg_shape_of((const int64_t[]){ __VA_ARGS__, INT64_MIN })
#define TG_SCALAR tg_shape_of((const int64_t[]){ INT64_MIN })
/* TG_AXES(0, -1): a list of axes. */
#define TG_AXES(...) tg_axes_of((const int[]){ __VA_ARGS__, INT_MIN })
#endif

/* ---- Call sites and options ------------------------------------------------------------- */

/* A call in the user's program: its place, and the function that was called. Nodes keep it; errors
 * and dumps print it. A composition passes its site on to the functions that it calls, with its own
 * name: an error of one of them is then reported as an error of the composition, at the user's
 * line. */
typedef struct tg_site {
    const char *file;
    int line;
    const char *function;         /* the function that was called; NULL: the one that gets the
                                     site. Not copied */
    const struct tg__mark *since; /* the state of tape and store at the call, set by tg_enter */
} tg_site;

/* The site of this line. If an error in a function of your own should be reported at the caller's
 * line, give it a parameter `tg_site at` first, redefine this macro in its file
 *
 *     #undef TG_HERE
 *     #define TG_HERE at
 *
 * and begin it with tg_enter (tg_tape.h), so that errors have its name. All of nn/ and optim/ is
 * written so. */
#ifdef __cplusplus
#define TG_HERE tg_site{ __FILE__, __LINE__, NULL, NULL }
#else
#define TG_HERE ((tg_site){ __FILE__, __LINE__, NULL, NULL })
#endif

/* Fills an error, for functions of yours that report errors as the library does: the site's file
 * and line, if it has one, then a message, with a format as printf's and decimal points in every
 * locale. Accepts NULL for [error]. Returns the status, for `return tg_error_set(...)`. */
TG_API tg_status tg_error_set(tg_error *error, tg_site at, tg_status status, const char *format,
                              ...) TG_PRINTF(4, 5);

/* How functions are called.
 *
 * A function that records or makes something gets the caller's site. `tg_exp(x)` is a macro for
 * `tg_exp_at(TG_HERE, x)`; as a function pointer it is tg_exp_at.
 *
 * A function with options gets a pointer to a struct of them. `tg_adam(loss, .lr = 0.1)` is a macro
 * for
 *
 *     tg_adam_with(&(tg_adam_args){ TG_ADAM_DEFAULTS, .at = TG_HERE, loss, .lr = 0.1 })
 *
 * The defaults come first, then the caller's arguments; in C the later initialiser of a member
 * wins. So every option has the value that the call gives, also 0, by name or by position (behind
 * [at]). The defaults are constants. To fill such a struct yourself, begin it so:
 *
 *     tg_adam_args options = { TG_ADAM_DEFAULTS, .at = TG_HERE };
 *
 * A struct without its defaults (.struct_size = 0) is an error.
 *
 * The structs may grow: a new member is added at the end, and [struct_size] says which members the
 * caller's header has. So a program that was compiled with an older header of the same minor
 * version gets the defaults of the members that it does not know.
 *
 * Compilers may warn about members that are initialised twice (-Woverride-init, in -Wextra; clang:
 * -Winitializer-overrides). This header disables that warning for the rest of the file that
 * includes it, also for other initialisers; define TG_KEEP_OVERRIDE_WARNINGS before to keep it. */
#if defined(__GNUC__) && !defined(__cplusplus) && !defined(TG_KEEP_OVERRIDE_WARNINGS)
#if defined(__clang__)
#pragma clang diagnostic ignored "-Winitializer-overrides"
#else
#pragma GCC diagnostic ignored "-Woverride-init"
#endif
#endif

/* The first members of every options struct. */
typedef struct tg_options {
    size_t struct_size; /* from the beginning of the struct to the end of its last member */
    tg_site at;
} tg_options;

/* The size of an options struct [type] whose last member is [last]. (sizeof would include padding
 * behind it, where a new member could be placed.) */
#define TG_OPTIONS_SIZE(type, last) (offsetof(type, last) + sizeof(((type *)0)->last))

/* Reads options, for functions of yours, too. Copies the members that [given] has over [options],
 * which holds the function's defaults. Returns NULL; or, if [given] is NULL, or its struct_size is
 * 0 or not one that this version of the struct may have, a text that says so, and copies
 * nothing. */
TG_API const char *tg_options_read(void *options, const void *given);

/* Values of options that mean something other than a number. */
#define TG_AUTO INT64_MIN     /* a number, integer or double, that the function computes */
#define TG_NO_INDEX INT64_MIN /* no such index */
#define TG_ALL_AXES INT_MIN   /* instead of one axis */

/* ---- Memory ----------------------------------------------------------------------------- */

/* The allocator that a store, its tapes and their plans use for all memory. [alloc] returns at
 * least [size] bytes (size > 0), aligned to 64 bytes, or NULL; [free] gets what alloc returned,
 * never NULL. The default is the C library's. */
typedef struct tg_allocator {
    void *(*alloc)(void *context, size_t size);
    void (*free)(void *context, void *block);
    void *context;
} tg_allocator;

#ifdef __cplusplus
}
#endif
#endif
