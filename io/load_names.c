/* load_names.c: reports names that only the file or only the store has, with a hint at the likely
 * reason. */
#include "io/load.h"

#include <string.h>

static const char *file_name(const tg__loading *load, size_t i)
{
    return load->header.entries[i].name;
}
static const char *store_name(const tg__loading *load, size_t i)
{
    return load->args->store->vars[i]->name;
}
static bool in_store(const tg__loading *load, const char *name)
{
    return tg_find(load->args->store, name);
}
static bool in_file(const tg__loading *load, const char *name)
{
    return json_is_object(json_object_get(load->header.root, name));
}

/* The length of a prefix, with its dot, that all names have and without which one of them is known
 * to the other side ([known]). 0: there is none, or it has more than DOTS dots (a name in a file
 * may be long and have only dots). */
static size_t odd_prefix(const tg__loading *load, size_t count,
                         const char *(*name)(const tg__loading *, size_t),
                         bool (*known)(const tg__loading *, const char *))
{
    enum { DOTS = 4 };
    const char *first = count ? name(load, 0) : "";
    size_t common = strlen(first), dots = 0;
    for (size_t i = 1; i < count; i++) {
        const char *other = name(load, i);
        size_t same = 0;
        while (same < common && first[same] == other[same]) same++;
        common = same;
    }
    for (size_t length = 1; length <= common && dots < DOTS; length++) {
        if (first[length - 1] != '.') continue;
        dots++;
        for (size_t i = 0; i < count; i++)
            if (known(load, name(load, i) + length)) return length;
    }
    return 0;
}

enum { HINT = TG_TEXT_SEEN + 160 };

/* A hint: one side's names have an additional prefix. */
static const char *hint(const tg__loading *load, char out[HINT])
{
    const size_t count = load->header.count, vars = load->args->store->count;
    char seen[TG_TEXT_SEEN];
    const bool renamed = load->args->rename; /* with .rename no hint is possible */
    const size_t theirs = renamed ? 0 : odd_prefix(load, count, file_name, in_store);
    const size_t ours = theirs || renamed ? 0 : odd_prefix(load, vars, store_name, in_file);
    out[0] = 0;
    if (theirs || ours)
        (void)snprintf(out, HINT,
                       "; all names of the %s begin with \"%s\", without which the %s has them: "
                       "name the layers so, or rename the tensors in the file",
                       theirs ? "file" : "store",
                       theirs ? tg__text_seen(seen, file_name(load, 0), theirs)
                              : tg__text_seen(seen, store_name(load, 0), ours),
                       theirs ? "store" : "file");
    return out;
}

enum { EXAMPLE = TG_TEXT_SEEN + 16 };

/* Writes: the file has "a.weight". */
static const char *example(char out[EXAMPLE], size_t count, const char *name)
{
    char seen[TG_TEXT_SEEN];
    if (count) (void)snprintf(out, EXAMPLE, "\"%s\"", tg__text_seen(seen, name, strlen(name)));
    else (void)snprintf(out, EXAMPLE, "nothing");
    return out;
}

static tg_status complain_unmet(const tg__loading *load, const char *what)
{
    char theirs[EXAMPLE], ours[EXAMPLE], more[HINT];
    const size_t count = load->header.count, vars = load->args->store->count;
    return tg__complain(load->report, TG_ERR_ARGUMENT, "%s: the file has %s, the store %s%s", what,
                        example(theirs, count, count ? file_name(load, 0) : ""),
                        example(ours, vars, vars ? store_name(load, 0) : ""), hint(load, more));
}

static tg_status check_prefix(const tg__loading *load)
{
    char seen[TG_TEXT_SEEN], what[TG_TEXT_SEEN + 120];
    const char *prefix = load->args->prefix;
    const bool file = load->theirs > 0, store = load->ours > 0 || load->taken > 0;
    if (!prefix || !*prefix || (file && store)) return TG_OK;
    (void)snprintf(what, sizeof what, "there is nothing%s under .prefix = \"%s\" in the %s",
                   load->args->params_only ? ", or only optimizer states," : "",
                   tg__text_seen(seen, prefix, strlen(prefix)),
                   file    ? "store"
                   : store ? "file"
                           : "file and the store");
    return complain_unmet(load, what);
}

/* TG_OK if the names agree as far as the options require; else reports an error. */
tg_status tg__load_check_names(const tg__loading *load)
{
    char shape[TG_SHAPE_SEEN], seen[TG_TEXT_SEEN], text[40] = "", more[HINT];
    const tg__entry *unused = load->unused;
    const tg_var *missing = load->missing;
    if (check_prefix(load) != TG_OK) return load->report->status;
    if (load->args->partial) {
        if (load->taken > 0 || load->ours + load->theirs == 0) return TG_OK;
        return complain_unmet(load, "nothing would be loaded, for no name is in both");
    }
    if (unused)
        return tg__complain(load->report, TG_ERR_ARGUMENT,
                            "the store has no \"%s\", which is %s %s in the file (.partial = true "
                            "passes over such tensors)%s",
                            tg__text_seen(seen, unused->name, strlen(unused->name)),
                            unused->dtype_name, tg__shape_seen(shape, unused->shape),
                            hint(load, more));
    if (!missing) return TG_OK;
    if (load->counts.missing > 1)
        (void)snprintf(text, sizeof text, ", nor %zu others", load->counts.missing - 1);
    return tg__complain(load->report, TG_ERR_ARGUMENT,
                        "the file has no \"%s\", which is %s %s in the store%s (.partial = true "
                        "leaves such variables as they are)%s",
                        missing->name, tg__dtype_written(missing->dtype),
                        tg__shape_seen(shape, missing->shape), text, hint(load, more));
}
