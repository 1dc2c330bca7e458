/* dtype.c: see dtype.h. */
#include "kernels/dtype.h"

#include <math.h>

size_t tg_dtype_size(tg_dtype dtype)
{
    switch (dtype) {
    case TG_F32:
    case TG_I32: return 4;
    case TG_F64:
    case TG_I64: return 8;
    case TG_U8:
    case TG_BOOL: return 1;
    default: return 0;
    }
}

const char *tg_dtype_name(tg_dtype dtype)
{
    static const char *const names[] = { "default", "f32", "f64", "i32", "i64", "u8", "bool" };
    return (unsigned)dtype < sizeof names / sizeof *names ? names[dtype] : "?";
}

bool tg__dtype_holds(tg_dtype dtype, double value)
{
    const bool whole = isfinite(value) && trunc(value) == value;
    switch (dtype) {
    case TG_F32: return !isfinite(value) || isfinite((float)value);
    case TG_I32: return whole && value >= INT32_MIN && value <= INT32_MAX;
    case TG_I64: return whole && value >= -0x1p63 && value < 0x1p63;
    case TG_U8: return whole && value >= 0 && value <= UINT8_MAX;
    case TG_BOOL: return value == 0 || value == 1;
    default: return true;
    }
}

const char *tg__dtype_range(tg_dtype dtype)
{
    switch (dtype) {
    case TG_F32: return "only numbers from -3.4028235e38 to 3.4028235e38, and infinities";
    case TG_I32: return "only whole numbers from -2147483648 to 2147483647";
    case TG_I64: return "only whole numbers from -2^63 to 2^63 - 1";
    case TG_U8: return "only whole numbers from 0 to 255";
    case TG_BOOL: return "only 0 and 1";
    default: return "any number";
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

double tg__load_scalar(int dtype, const void *from)
{
    switch (dtype) {
    case TG_F32: return (double)*(const float *)from;
    case TG_F64: return *(const double *)from;
    case TG_I32: return *(const int32_t *)from;
    case TG_I64: return (double)*(const int64_t *)from;
    default: return *(const uint8_t *)from;
    }
}

void tg__store_scalar(int dtype, double value, void *to)
{
    switch (dtype) {
    case TG_F32: *(float *)to = (float)value; break;
    case TG_F64: *(double *)to = value; break;
    case TG_I32: *(int32_t *)to = (int32_t)value; break;
    case TG_I64: *(int64_t *)to = (int64_t)value; break;
    case TG_U8: *(uint8_t *)to = (uint8_t)value; break;
    default: *(uint8_t *)to = value != 0; break;
    }
}
