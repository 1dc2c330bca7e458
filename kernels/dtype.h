/* dtype.h: what elements can hold, and how one is read and written. */
#ifndef TG_DTYPE_H
#define TG_DTYPE_H

#include "tg_base.h"

enum { TG_DTYPES = TG_BOOL + 1 };

/* Is there an element of that dtype for the number, but for a float's rounding? Integers have none
 * for fractions, NaN and infinities; bool has 0 and 1; f32 none for what would become infinite. */
bool tg__dtype_holds(tg_dtype dtype, double value);
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
static inline bool tg__is_float(int dtype) { return dtype == TG_F32 || dtype == TG_F64; }

#endif
