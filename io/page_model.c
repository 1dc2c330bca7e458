/* page_model.c: tables and text in a report: facts, the parameters of a store by layer, a plan. */
#include "autograd/engine.h"
#include "io/page.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* ---- Facts and text --------------------------------------------------------------------- */

static void put_fact(tg__bytes *out, const char *name, const char *words, double number)
{
    tg__put_text(out, "<tr><th scope=\"row\">");
    tg__page_text(out, name);
    tg__put_text(out, "</th><td>");
    if (words) tg__page_text(out, words);
    else tg__page_number(out, number);
    tg__put_text(out, "</td></tr>\n");
}

static tg_status check_facts(tg__report *report, const tg_hparam *facts, size_t count)
{
    if (count > 0 && !facts) return tg__complain(report, TG_ERR_ARGUMENT, "the facts are NULL");
    for (size_t i = 0; i < count; i++)
        if (!facts[i].name)
            return tg__complain(report, TG_ERR_ARGUMENT, "the name of fact %zu is NULL", i);
    return TG_OK;
}

tg_status tg_page_facts_at(tg_site at, tg_page *page, const char *title, const tg_hparam *facts,
                           size_t count)
{
    if (!tg__page_enter(at, page, "tg_page_facts", title)) return tg_page_status(page);
    if (check_facts(&page->report, facts, count) == TG_OK) {
        tg__page_wide_begin(page, title);
        tg__put_text(&page->body, "<table class=\"facts\">\n<tbody>\n");
        for (size_t i = 0; i < count; i++)
            put_fact(&page->body, facts[i].name, facts[i].text, facts[i].number);
        tg__put_text(&page->body, "</tbody>\n</table>\n");
        tg__page_wide_end(page);
    }
    return tg__page_leave(page);
}

/* HTML ignores a line end directly after <pre>. */
static void put_lines(tg_page *page, const char *title, const char *text)
{
    tg__page_wide_begin(page, title);
    tg__put_text(&page->body, "<pre>\n");
    tg__page_text(&page->body, text);
    tg__put_text(&page->body, "</pre>\n");
    tg__page_wide_end(page);
}

tg_status tg_page_text_at(tg_site at, tg_page *page, const char *title, const char *text)
{
    if (!tg__page_enter(at, page, "tg_page_text", title)) return tg_page_status(page);
    if (text) put_lines(page, title, text);
    else (void)tg__complain(&page->report, TG_ERR_ARGUMENT, "the text is NULL");
    return tg__page_leave(page);
}

/* ---- The store -------------------------------------------------------------------------- */

/* The length of the layer's name within a parameter's name: up to the last dot. */
static size_t layer_length(const tg_var *var)
{
    const char *dot = strrchr(var->name, '.');
    return dot ? (size_t)(dot - var->name) : 0;
}

static bool same_layer(const tg_var *a, const tg_var *b)
{
    const size_t length = layer_length(a);
    return length == layer_length(b) && memcmp(a->name, b->name, length) == 0;
}

/* The index of the next parameter from [i] on; the number of variables if there is none. */
static size_t next_parameter(const tg_store *store, size_t i)
{
    while (i < store->count && !store->vars[i]->parameter) i++;
    return i;
}

/* Writes the name of the layer of [var], which is a part of its name without a 0 at the end. */
static void put_layer(tg__bytes *out, const tg_allocator *allocator, const tg_var *var)
{
    const size_t length = layer_length(var);
    char *name = tg__alloc(allocator, length + 1);
    if (!name) {
        out->failed = true;
        return;
    }
    memcpy(name, var->name, length);
    name[length] = 0;
    if (length) tg__page_text(out, name);
    else tg__put_text(out, "\xe2\x80\x93");
    tg__free(allocator, name);
}

static void put_parameter(tg__bytes *out, const tg_var *var)
{
    const size_t length = layer_length(var);
    tg__put_text(out, "<td>");
    tg__page_text(out, var->name + length + (length > 0));
    tg__put_text(out, "</td><td>");
    for (int i = 0; i < var->shape.rank; i++)
        tg__put_format(out, "%s%" PRId64, i ? "\xc2\xa0\xc3\x97\xc2\xa0" : "", var->shape.dim[i]);
    if (var->shape.rank == 0) tg__put_text(out, "a number");
    tg__put_format(out, "</td><td>%s</td><td class=\"sum\">%" PRId64 "</td><td>%s</td></tr>\n",
                   tg_dtype_name(var->dtype), var->count, var->frozen ? "frozen" : "");
}

/* Writes the rows of the layer that begins with parameter [i]. Returns the first index behind
 * it. */
static size_t put_layer_rows(tg_page *page, const tg_store *store, size_t i)
{
    size_t end = i, rows = 0;
    int64_t count = 0;
    while (end < store->count && same_layer(store->vars[i], store->vars[end])) {
        count += store->vars[end]->count;
        rows++;
        end = next_parameter(store, end + 1);
    }
    tg__put_format(&page->body, "<tbody>\n<tr><th scope=\"rowgroup\" rowspan=\"%zu\">", rows);
    put_layer(&page->body, &page->allocator, store->vars[i]);
    if (rows > 1) tg__put_format(&page->body, " <small>%" PRId64 "</small>", count);
    tg__put_text(&page->body, "</th>");
    for (size_t k = i; k < end; k = next_parameter(store, k + 1)) {
        if (k > i) tg__put_text(&page->body, "<tr>");
        put_parameter(&page->body, store->vars[k]);
    }
    tg__put_text(&page->body, "</tbody>\n");
    return end;
}

/* Totals over all variables of a kind. */
typedef struct sums {
    size_t variables;
    int64_t numbers;
    uint64_t bytes;
} sums;

static void add(sums *to, const tg_var *var)
{
    to->variables++;
    to->numbers += var->count;
    to->bytes += var->bytes;
}

static void put_sums(tg__bytes *out, const char *what, const sums *of)
{
    tg__put_format(out, "<tr><th scope=\"row\">%s</th><td>%zu variable%s, %" PRId64 " number%s, ",
                   what, of->variables, of->variables == 1 ? "" : "s", of->numbers,
                   of->numbers == 1 ? "" : "s");
    tg__page_bytes(out, of->bytes);
    tg__put_text(out, "</td></tr>\n");
}

static void put_store(tg_page *page, const char *title, const tg_store *store)
{
    sums parameters = { 0 }, frozen = { 0 }, states = { 0 };
    for (size_t i = 0; i < store->count; i++) {
        const tg_var *var = store->vars[i];
        add(var->parameter ? &parameters : &states, var);
        if (var->parameter && var->frozen) add(&frozen, var);
    }
    tg__bytes *out = &page->body;
    tg__put_text(out, "<table class=\"facts\">\n<tbody>\n");
    put_sums(out, "Parameters", &parameters);
    if (frozen.variables) put_sums(out, "of these, frozen", &frozen);
    if (states.variables) put_sums(out, "States", &states);
    tg__put_text(out, "</tbody>\n</table>\n");
    if (parameters.variables == 0) return;
    tg__page_wide_begin(page, title);
    tg__put_text(out, "<table class=\"layers\">\n<thead>\n<tr><th scope=\"col\">layer</th>"
                      "<th scope=\"col\">parameter</th><th scope=\"col\">shape</th>"
                      "<th scope=\"col\">dtype</th><th scope=\"col\">count</th>"
                      "<th scope=\"col\"></th></tr>\n</thead>\n");
    for (size_t i = next_parameter(store, 0); i < store->count;) i = put_layer_rows(page, store, i);
    tg__put_text(out, "</table>\n");
    tg__page_wide_end(page);
}

tg_status tg_page_store_at(tg_site at, tg_page *page, const char *title, const tg_store *store)
{
    if (!tg__page_enter(at, page, "tg_page_store", title)) return tg_page_status(page);
    if (tg__store_check(&page->report, store) == TG_OK) put_store(page, title, store);
    return tg__page_leave(page);
}

/* ---- The plan --------------------------------------------------------------------------- */

/* The text of tg_plan_print, in memory of the C library, which the caller frees with free(). NULL
 * if there is none. */
static char *text_of(const tg_plan *plan)
{
    char *text = NULL;
    size_t size;
    FILE *out = open_memstream(&text, &size);
    if (!out) return NULL;
    tg_plan_print(plan, out);
    const bool failed = ferror(out) != 0;
    if (fclose(out) == 0 && !failed) return text;
    free(text);
    return NULL;
}

tg_status tg_page_plan_at(tg_site at, tg_page *page, const char *title, const tg_plan *plan)
{
    if (!tg__page_enter(at, page, "tg_page_plan", title)) return tg_page_status(page);
    char *text = plan ? text_of(plan) : NULL;
    if (!plan) (void)tg__complain(&page->report, TG_ERR_ARGUMENT, "the plan is NULL");
    else if (!text) (void)tg__complain(&page->report, TG_ERR_MEMORY, "out of memory for the plan");
    else {
        tg__put_text(&page->body, "<table class=\"facts\">\n<tbody>\n");
        put_fact(&page->body, "Kernels", NULL, (double)tg_plan_kernels(plan));
        tg__put_text(&page->body, "<tr><th scope=\"row\">Memory</th><td>");
        tg__page_bytes(&page->body, tg_plan_bytes(plan));
        tg__put_text(&page->body, "</td></tr>\n</tbody>\n</table>\n"
                                  "<details>\n<summary>All kernels</summary>\n");
        put_lines(page, title, text);
        tg__put_text(&page->body, "</details>\n");
    }
    free(text);
    return tg__page_leave(page);
}
