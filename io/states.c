/* states.c: names of states of a store that do not belong to layers: those of scalers, vocabularies
 * and loaders. */
#include "io/io.h"

tg_status tg__store_check(tg__report *report, const tg_store *store)
{
    if (!store) return tg__complain(report, TG_ERR_ARGUMENT, "the store is NULL");
    if (tg_store_status(store) == TG_OK) return TG_OK;
    return tg__complain(report, tg_store_status(store), "the store has an error already:\n    %s",
                        tg_store_error(store));
}

bool tg__state_name(char out[TG__STATE_NAME], const char *name, const char *field)
{
    const int length = name ? snprintf(out, TG__STATE_NAME, "%s.%s", name, field) : -1;
    return length >= 0 && length < TG__STATE_NAME;
}

tg_status tg__state_check(tg__report *report, const tg_store *store, const char *name,
                          const char *field)
{
    char text[TG__STATE_NAME];
    if (tg__store_check(report, store) != TG_OK) return report->status;
    if (tg__state_name(text, name, field)) return TG_OK;
    return tg__complain(report, TG_ERR_ARGUMENT, "the name is %s",
                        name ? "too long for a variable's" : "NULL");
}
