/* error.c: status names, the text of errors, and those of stores. Errors of tapes, which also take
 * back what was recorded, are in fail.c. */
#include "autograd/engine.h"

const char *tg_version(void) { return TG_VERSION; }

const char *tg_status_name(tg_status status)
{
    switch (status) {
    case TG_OK: return "ok";
    case TG_ERR_ARGUMENT: return "invalid argument";
    case TG_ERR_SHAPE: return "shapes do not fit";
    case TG_ERR_DTYPE: return "dtypes do not fit";
    case TG_ERR_INDEX: return "index out of range";
    case TG_ERR_STATE: return "not possible now";
    case TG_ERR_MEMORY: return "out of memory";
    case TG_ERR_IO: return "input or output failed";
    case TG_ERR_FORMAT: return "malformed data";
    case TG_ERR_UNSUPPORTED: return "not supported";
    case TG_ERR_NUMERIC: return "a wrong number";
    case TG_ERR_INTERNAL: return "internal error";
    }
    return "unknown status";
}

void tg__error_vadd(tg_error *error, const char *format, va_list list)
{
    const size_t used = strlen(error->text);
    /* The text is truncated where the message is longer than it can hold. */
    if (used + 1 < sizeof error->text)
        (void)tg__vformat(error->text + used, sizeof error->text - used, format, list);
}

void tg__error_add(tg_error *error, const char *format, ...)
{
    va_list list;
    va_start(list, format);
    tg__error_vadd(error, format, list);
    va_end(list);
}

void tg__error_set(tg_error *error, tg_status status, const char *format, ...)
{
    va_list list;
    error->status = status;
    error->text[0] = 0;
    va_start(list, format);
    tg__error_vadd(error, format, list);
    va_end(list);
}

const char *tg__shape_text(char *buffer, int rank, const int64_t *dim)
{
    size_t used = 0;
    buffer[used++] = '[';
    for (int i = 0; i < rank && i < TG_MAX_RANK; i++) { /* the rank itself may be wrong */
        const int wrote = snprintf(buffer + used, TG_SHAPE_TEXT - used, "%s%lld", i ? ", " : "",
                                   (long long)dim[i]);
        if (wrote < 0 || used + (size_t)wrote + 2 > TG_SHAPE_TEXT) break;
        used += (size_t)wrote;
    }
    buffer[used++] = ']';
    buffer[used] = 0;
    return buffer;
}

/* ---- Of a store ------------------------------------------------------------------------- */

void tg_store_fail(tg_store *store, tg_site at, tg_status status, const char *format, ...)
{
    if (!store || store->error.status != TG_OK) return;
    if (at.file) tg__error_set(&store->error, status, "%s:%d: ", at.file, at.line);
    else tg__error_set(&store->error, status, "%s", "");
    va_list list;
    va_start(list, format);
    tg__error_vadd(&store->error, format, list);
    va_end(list);
}

tg_status tg_store_status(const tg_store *store)
{
    return store ? store->error.status : TG_ERR_ARGUMENT;
}

const char *tg_store_error(const tg_store *store)
{
    return store ? store->error.text : "the store is NULL: tg_store_new ran out of memory";
}

void tg_store_clear_error(tg_store *store)
{
    if (store) tg__error_clear(&store->error);
}

bool tg_store_options(void *options, const void *given, const char *op, tg_store *store)
{
    const char *fault = tg_options_read(options, given);
    const tg_site at = given ? ((const tg_options *)given)->at : (tg_site){ 0 };
    if (fault) tg_store_fail(store, at, TG_ERR_ARGUMENT, "%s: %s", op, fault);
    return !fault;
}
