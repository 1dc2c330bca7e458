/* dtype.c: see dtype.h. */
#include "kernels/dtype.h"

#include <math.h>

_Static_assert(TG_BOOL == TG_DTYPES - 1, "the table has a row for each name in tg_dtype");

static const struct row {
    size_t size;
    const char *name, *holds, *c_type;
} rows[TG_DTYPES] = { { 0, "default", "any number", "" },
#define ROW(rows, dtype, type, T, U, low, high, name, holds)                                       \
    [dtype] = { sizeof(T), name, holds, #T },
                      TG_EACH_DTYPE(ROW, rows) };

static bool is_known(tg_dtype dtype) { return (unsigned)dtype < TG_DTYPES; }

size_t tg_dtype_size(tg_dtype dtype) { return is_known(dtype) ? rows[dtype].size : 0; }
const char *tg_dtype_name(tg_dtype dtype) { return is_known(dtype) ? rows[dtype].name : "?"; }
const char *tg__c_type(int dtype) { return rows[dtype].c_type; }
const char *tg__dtype_range(tg_dtype dtype)
{
    return is_known(dtype) ? rows[dtype].holds : "any number";
}

#define HOLDS_FLOAT(value, dtype, type, T, ...)                                                    \
    case dtype: return !isfinite(value) || isfinite((T)value);
/* The limit of i64, which a double cannot hold, is one larger as a double; adding 1 does not
 * change it. */
#define HOLDS_INT(value, dtype, type, T, U, low, high, ...)                                        \
    case dtype:                                                                                    \
        return isfinite(value) && trunc(value) == value && value >= (double)(low) &&               \
               value < (double)(high) + 1;

bool tg__dtype_holds(tg_dtype dtype, double value)
{
    switch (dtype) {
        TG_EACH_FLOAT(HOLDS_FLOAT, value)
        TG_EACH_INT(HOLDS_INT, value)
        TG_EACH_BOOL(HOLDS_INT, value)
    default: return true;
    }
}

double tg__dtype_from(tg_dtype dtype, double x)
{
    if (dtype == TG_F64) return x;
    const float y = (float)x;
    return (double)((double)y < x ? nextafterf(y, INFINITY) : y);
}

double tg__dtype_to(tg_dtype dtype, double x) { return -tg__dtype_from(dtype, -x); }

double tg__dtype_below(tg_dtype dtype, double x)
{
    const double y = tg__dtype_to(dtype, x);
    if (y < x) return y;
    return dtype == TG_F64 ? nextafter(x, -(double)INFINITY)
                           : (double)nextafterf((float)x, -INFINITY);
}

bool tg__holds_normal(tg_dtype dtype, double mean, double deviation, double most)
{
    const double reach = fabs(mean) + most * deviation;
    return isfinite(reach) && tg__dtype_holds(dtype, reach);
}

#define LOAD(from, dtype, type, T, ...)                                                            \
    case dtype: return (double)*(const T *)from;

double tg__load_scalar(int dtype, const void *from)
{
    switch (dtype) {
        TG_EACH_DTYPE(LOAD, from)
    default: return 0;
    }
}

#define STORE(value, dtype, type, T, ...)                                                          \
    case dtype: *(T *)to = (T)value; break;

void tg__store_scalar(int dtype, double value, void *to)
{
    switch (dtype) {
        TG_EACH_NUMBER(STORE, value)
    default: *(uint8_t *)to = value != 0; break;
    }
}
