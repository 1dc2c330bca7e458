/* dtype.h: the table of the dtypes, and how one element is read and written.
 *
 * Kernels for several dtypes, and lists of them, are made from the rows of the table. For each row
 * of a float, TG_EACH_FLOAT(X, a) becomes X(a, row); so do the other sets. There may be several
 * arguments in the place of a, but not none. They come first, then the columns of the row; X names
 * those that it uses, and takes the rest as "...":
 *
 *     #define SORT(id, dtype, type, T, ...) static void id##_##type(int64_t n, T *x) { ... }
 *     TG_EACH_NUMBER(SORT, sort)                       sort_f32, sort_f64, sort_i32, ...
 *     #define CASE(id, dtype, type, ...) case dtype: id##_##type(n, x); break;
 *
 * The preprocessor does not expand one of these inside another. */
#ifndef TG_DTYPE_H
#define TG_DTYPE_H

#include "tg_base.h"

#include <math.h>
#include <stdint.h>

/* clang-format off */
/* The columns:
 *
 *   dtype    the public name
 *   type     the end of its kernels' names; a bool is a byte, 0 or 1, and has the kernels of u8
 *   T        the type of an element
 *   U        the type in which sums and products are computed. For integers it is unsigned, which
 *            wraps around; and not narrower than int, or it would be promoted to int, which does not
 *   low      the least element
 *   high     the largest element
 *   name     for messages and dumps
 *   holds    which numbers it holds, for messages */
#define TG_EACH_FLOAT(X, ...)                                                                       \
    X(__VA_ARGS__, TG_F32, f32, float, float, -INFINITY, INFINITY,                                  \
      "f32", "only numbers from -3.4028235e38 to 3.4028235e38, and infinities")                     \
    X(__VA_ARGS__, TG_F64, f64, double, double, -(double)INFINITY, (double)INFINITY,                \
      "f64", "any number")
#define TG_EACH_SIGNED(X, ...)                                                                      \
    X(__VA_ARGS__, TG_I32, i32, int32_t, uint32_t, INT32_MIN, INT32_MAX,                            \
      "i32", "only whole numbers from -2147483648 to 2147483647")                                   \
    X(__VA_ARGS__, TG_I64, i64, int64_t, uint64_t, INT64_MIN, INT64_MAX,                            \
      "i64", "only whole numbers from -2^63 to 2^63 - 1")
#define TG_EACH_UNSIGNED(X, ...)                                                                    \
    X(__VA_ARGS__, TG_U8, u8, uint8_t, uint32_t, 0, UINT8_MAX,                                      \
      "u8", "only whole numbers from 0 to 255")
#define TG_EACH_BOOL(X, ...)                                                                        \
    X(__VA_ARGS__, TG_BOOL, u8, uint8_t, uint32_t, 0, 1,                                            \
      "bool", "only 0 and 1")

/* Sets: integers; numbers, which are the dtypes with kernels of their own; all. */
#define TG_EACH_INT(X, ...)    TG_EACH_SIGNED(X, __VA_ARGS__) TG_EACH_UNSIGNED(X, __VA_ARGS__)
#define TG_EACH_NUMBER(X, ...) TG_EACH_FLOAT(X, __VA_ARGS__) TG_EACH_INT(X, __VA_ARGS__)
#define TG_EACH_DTYPE(X, ...)  TG_EACH_NUMBER(X, __VA_ARGS__) TG_EACH_BOOL(X, __VA_ARGS__)

/* The sizes of elements, for what only copies them: X(..., bytes, bits, the type of so many). */
#define TG_EACH_SIZE(X, ...)                                                                        \
    X(__VA_ARGS__, 1, 8, uint8_t)                                                                   \
    X(__VA_ARGS__, 4, 32, uint32_t)                                                                 \
    X(__VA_ARGS__, 8, 64, uint64_t)
/* clang-format on */

/* Sets as bits: 1 << dtype. */
#define TG__AND_BIT(or, dtype, ...) or 1 << dtype
enum {
    TG_SET_FLOAT = 0 TG_EACH_FLOAT(TG__AND_BIT, |),
    TG_SET_SIGNED = 0 TG_EACH_SIGNED(TG__AND_BIT, |),
    TG_SET_INT = 0 TG_EACH_INT(TG__AND_BIT, |),
    TG_SET_NUMBER = 0 TG_EACH_NUMBER(TG__AND_BIT, |),
    TG_SET_BOOL = 0 TG_EACH_BOOL(TG__AND_BIT, |),
    TG_SET_ANY = 0 TG_EACH_DTYPE(TG__AND_BIT, |)
};
#undef TG__AND_BIT

/* The length of an array by dtype; place 0 is that of TG_DTYPE_DEFAULT. */
#define TG__AND_ONE(plus, ...) plus 1
enum { TG_DTYPES = 1 TG_EACH_DTYPE(TG__AND_ONE, +) };

/* Is there an element of that dtype for the number, but for a float's rounding? Integers have none
 * for fractions, NaN and infinities; bool has 0 and 1; f32 none for what would become infinite. */
bool tg__dtype_holds(tg_dtype dtype, double value);
/* The type of an element in C, such as "int32_t". */
const char *tg__c_type(int dtype);
/* Which numbers it holds, for errors: "only whole numbers from 0 to 255". */
const char *tg__dtype_range(tg_dtype dtype);
/* The numbers of a float dtype next to a finite x: the least that is not below it, the largest that
 * is not above, the largest that is below; infinite where there is none. */
double tg__dtype_from(tg_dtype dtype, double x);
double tg__dtype_to(tg_dtype dtype, double x);
double tg__dtype_below(tg_dtype dtype, double x);
/* Can the dtype hold what is up to [most] deviations from the mean? */
bool tg__holds_normal(tg_dtype dtype, double mean, double deviation, double most);
/* One element as a double, and back. */
double tg__load_scalar(int dtype, const void *from);
void tg__store_scalar(int dtype, double value, void *to);
/* Element [i] of an array of integers or bools. */
static inline int64_t tg__integer_at(int dtype, const void *data, int64_t i)
{
#define TG__CASE(i, dtype, type, T, ...)                                                           \
    case dtype: return (int64_t)((const T *)data)[i];
    switch (dtype) {
        TG_EACH_INT(TG__CASE, i)
        TG_EACH_BOOL(TG__CASE, i)
    default: return 0;
    }
#undef TG__CASE
}
#define TG__OR_IS(x, dtype, ...) || (x) == dtype
static inline bool tg__is_float(int dtype) { return false TG_EACH_FLOAT(TG__OR_IS, dtype); }
#undef TG__OR_IS

#endif
