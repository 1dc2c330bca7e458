/* fit_report.c: what a run writes for a browser: a picture of its curves, and a page. */
#include "fit.h"

#include <math.h>
#include <string.h>

#undef TG_HERE
#define TG_HERE at

/* ---- Rows for the page --------------------------------------------------------------------------
 */

enum { WRONG, RIGHT, SORTS };
enum { MOST_WRONG = 24, MOST_RIGHT = 12, LONGEST_SIDE = 256, CAPTION = 96 };

/* Pictures of rows of the validation data: the first ones of each sort (right and wrong). */
struct tg__gallery {
    tg_tape *memory;         /* holds the memory of all this; nothing is recorded on it */
    tg_shape picture;        /* [height, width, channels] */
    bool channels_first;     /* in the data */
    tg_dtype dtype;          /* of the data */
    int64_t pixels;          /* of a picture, with its channels */
    void *rows;              /* of a batch, as in the data; there is memory for [room] rows */
    int64_t *guess, *labels; /* of a batch */
    int64_t room;
    int count[SORTS];
    unsigned char *pixel[SORTS]; /* of all pictures of a sort, one after the other */
    char (*caption[SORTS])[CAPTION];
};

static int most(int sort) { return sort == WRONG ? MOST_WRONG : MOST_RIGHT; }

static bool is_side(int64_t size) { return size >= 4 && size <= LONGEST_SIDE; }

/* The picture's shape of a row of that shape. False if such a row is no picture. */
static bool picture_of(tg_shape row, tg_shape *picture, bool *channels_first)
{
    const int64_t *d = row.dim;
    *channels_first = row.rank == 3 && (d[0] == 1 || d[0] == 3) && is_side(d[1]) && is_side(d[2]);
    if (row.rank == 2) *picture = TG_SHAPE(d[0], d[1], 1);
    else if (*channels_first) *picture = TG_SHAPE(d[1], d[2], d[0]);
    else if (row.rank == 3 && (d[2] == 1 || d[2] == 3)) *picture = row;
    else return false;
    return is_side(picture->dim[0]) && is_side(picture->dim[1]);
}

static size_t size_of(tg_dtype dtype) { return tg_dtype_size(dtype); }

static bool make_room(tg__gallery *g)
{
    g->pixels = tg_shape_count(g->picture);
    g->rows = tg_scratch(g->memory, (size_t)(g->room * g->pixels) * size_of(g->dtype));
    g->guess = tg_scratch(g->memory, 2 * (size_t)g->room * sizeof *g->guess);
    g->labels = g->guess ? g->guess + g->room : NULL;
    bool made = g->rows && g->guess;
    for (int sort = 0; sort < SORTS && made; sort++) {
        g->pixel[sort] = tg_scratch(g->memory, (size_t)(most(sort) * g->pixels));
        g->caption[sort] = tg_scratch(g->memory, (size_t)most(sort) * sizeof *g->caption[sort]);
        made = g->pixel[sort] && g->caption[sort];
    }
    return made;
}

tg__gallery *tg__gallery_new(tg__fit *fit)
{
    const tg_site at = fit->args.at;
    const tg_runner_look look = tg_runner_last(fit->validation);
    if (!look.batch || !look.guess || look.batch->fields == 0) return NULL;
    const tg_field *field = &tg_loader_fields(fit->args.validation).field[0];
    const bool fits = field->dtype == TG_U8 || field->dtype == TG_F32 || field->dtype == TG_F64;
    tg_shape picture;
    bool channels_first;
    if (!fits || !picture_of(field->shape, &picture, &channels_first)) return NULL;
    tg_tape *memory = tg_tape_new(fit->args.store);
    tg__gallery *g = memory ? tg_scratch(memory, sizeof *g) : NULL;
    if (g) {
        *g = (tg__gallery){ .memory = memory,
                            .picture = picture,
                            .channels_first = channels_first,
                            .dtype = field->dtype,
                            .room = tg_loader_batch(fit->args.validation) };
        if (make_room(g)) return g;
    }
    tg_tape_free(memory); /* without memory for them the page has no pictures */
    return NULL;
}

void tg__gallery_free(tg__gallery *g)
{
    if (g) tg_tape_free(g->memory);
}

void tg__gallery_clear(tg__gallery *g)
{
    if (g) g->count[WRONG] = g->count[RIGHT] = 0;
}

static double number_at(const tg__gallery *g, int64_t i)
{
    if (g->dtype == TG_U8) return ((const unsigned char *)g->rows)[i];
    return g->dtype == TG_F32 ? (double)((const float *)g->rows)[i] : ((const double *)g->rows)[i];
}

/* Writes a row as bytes. Bytes are copied; floats are scaled from [least, largest of the row] to
 * [0, 255]. */
static void put_picture(const tg__gallery *g, int64_t row, unsigned char *out)
{
    const int64_t first = row * g->pixels;
    double low = 0, high = 255;
    if (g->dtype != TG_U8) {
        low = HUGE_VAL;
        high = -HUGE_VAL;
        for (int64_t i = 0; i < g->pixels; i++) {
            low = fmin(low, number_at(g, first + i));
            high = fmax(high, number_at(g, first + i));
        }
    }
    const double range = high > low && isfinite(high - low) ? high - low : 1;
    const int64_t channels = g->picture.dim[2], plane = g->pixels / channels;
    for (int64_t i = 0; i < g->pixels; i++) {
        const int64_t from = g->channels_first ? i % channels * plane + i / channels : i;
        const double share = (number_at(g, first + from) - low) / range;
        out[i] = (unsigned char)(share > 0 ? share < 1 ? 255 * share + 0.5 : 255 : 0);
    }
}

static void name_class(const tg__fit *fit, int64_t class, char *out, size_t size)
{
    if (fit->args.classes) (void)snprintf(out, size, "%.30s", fit->args.classes[class]);
    else (void)snprintf(out, size, "%lld", (long long)class);
}

/* Stores a row, if fewer than the most of its sort are stored. */
static void keep_row(const tg__fit *fit, tg__gallery *g, int64_t row)
{
    const int64_t label = g->labels[row], guess = g->guess[row];
    const int sort = guess == label ? RIGHT : WRONG;
    const int place = g->count[sort];
    if (place == most(sort)) return;
    char is[32], taken[32];
    name_class(fit, label, is, sizeof is);
    name_class(fit, guess, taken, sizeof taken);
    char *caption = g->caption[sort][place];
    if (sort == RIGHT) (void)snprintf(caption, CAPTION, "%s", is);
    else (void)snprintf(caption, CAPTION, "%s, taken for %s", is, taken);
    put_picture(g, row, g->pixel[sort] + place * g->pixels);
    g->count[sort]++;
}

void tg__gallery_look(tg__fit *fit, int64_t rows)
{
    tg__gallery *g = fit->gallery;
    if (!g || (g->count[WRONG] == MOST_WRONG && g->count[RIGHT] == MOST_RIGHT)) return;
    const tg_runner_look look = tg_runner_last(fit->validation);
    const size_t all = (size_t)look.batch->rows;
    if (tg_get_as(look.batch->field[0], g->dtype, g->rows, all * (size_t)g->pixels) != TG_OK ||
        tg_get(look.guess, g->guess, all) != TG_OK || tg_get(look.labels, g->labels, all) != TG_OK)
        return;
    for (int64_t row = 0; row < rows; row++) keep_row(fit, g, row);
}

/* ---- Curves
 * ---------------------------------------------------------------------------------------- */

/* The series of a tracked value in training and in validation. Returns how many of them exist. */
static int series_of(const tg__fit *fit, const char *name, char names[2][TG_LOGGER_NAME_MOST + 1],
                     tg_series series[2])
{
    static const char *const groups[] = { "train", "validation" };
    const int count = fit->validation ? 2 : 1;
    for (int i = 0; i < count; i++) {
        (void)snprintf(names[i], TG_LOGGER_NAME_MOST + 1, "%s/%s", name, groups[i]);
        series[i] = tg_logger_series(fit->log, names[i]);
        series[i].name = groups[i];
    }
    return count;
}

static tg_status draw_curves(tg__fit *fit, tg_error *error)
{
    const tg_fit_args *args = &fit->args;
    const tg_site at = args->at;
    char names[2][TG_LOGGER_NAME_MOST + 1];
    tg_series series[2];
    if (!args->curves) return TG_OK;
    const int count = series_of(fit, "loss", names, series);
    return tg_draw_curves(args->curves, series, count, error, .title = args->title,
                          .y_label = "loss", .io = args->io);
}

/* ---- The page
 * ---------------------------------------------------------------------------------------- */

static void add_facts(tg__fit *fit, tg_page *page)
{
    const tg_fit_args *args = &fit->args;
    const tg_site at = args->at;
    const tg_hparam facts[] = {
        { "epochs", .number = (double)fit->now[TG__FIT_DONE] },
        { "steps", .number = (double)fit->now[TG__FIT_STEPS] },
        { "parameters", .number = (double)tg_param_count(args->store, "") },
        { "judged by", .text = args->watch },
        { args->maximize ? "largest" : "least", .number = tg_early_stop_best(&fit->stop) },
        { "in epoch", .number = (double)tg_early_stop_best_index(&fit->stop) + 1 },
    };
    (void)tg_page_facts(page, "The run", facts, sizeof facts / sizeof *facts);
}

static void add_curves(tg__fit *fit, tg_page *page)
{
    const tg_site at = fit->args.at;
    const tg_runner *train = fit->train;
    char names[2][TG_LOGGER_NAME_MOST + 1];
    tg_series series[2];
    for (size_t i = 0; i < tg_runner_count(train); i++) {
        const char *name = tg_runner_name(train, i);
        int count = 1;
        if (tg_runner_kind(train, i) == TG_TRACKED_SUM) continue;
        if (tg_runner_kind(train, i) == TG_TRACKED_MEAN)
            count = series_of(fit, name, names, series);
        else series[0] = tg_logger_series(fit->log, name);
        (void)tg_page_curves(page, name, series, count);
    }
}

static void add_classes(tg__fit *fit, tg_page *page)
{
    const tg_site at = fit->args.at;
    const tg_array matrix = tg_runner_sum(tg__fit_judge(fit), "confusion");
    if (!matrix.data || tg_runner_rows(tg__fit_judge(fit)) == 0) return;
    if (matrix.shape.dim[0] <= TG_PAGE_CLASSES_MOST)
        (void)tg_page_confusion(page, "Confusion matrix", &matrix, .classes = fit->args.classes);
    static const char *const titles[] = { "Taken for a wrong class", "Taken for the right class" };
    static const tg_page_mark marks[] = { TG_PAGE_WRONG, TG_PAGE_RIGHT };
    tg_page_picture pictures[MOST_WRONG];
    const tg__gallery *g = fit->gallery;
    for (int sort = 0; sort < SORTS && g; sort++) {
        for (int i = 0; i < g->count[sort]; i++)
            pictures[i] = (tg_page_picture){
                .picture = tg_array_view(TG_U8, g->picture, g->pixel[sort] + i * g->pixels),
                .caption = g->caption[sort][i],
                .mark = marks[sort],
            };
        if (g->count[sort] > 0)
            (void)tg_page_pictures(page, titles[sort], pictures, g->count[sort]);
    }
}

static tg_status write_page(tg__fit *fit, tg_error *error)
{
    const tg_fit_args *args = &fit->args;
    const tg_site at = args->at;
    if (!args->report) return TG_OK;
    tg_page *page = tg_page_new(args->title, error);
    if (!page) return error->status;
    add_facts(fit, page);
    add_curves(fit, page);
    add_classes(fit, page);
    (void)tg_page_store(page, "Layers", args->store);
    const tg_plan *plan = tg_runner_last(fit->train).plan;
    if (plan) (void)tg_page_plan(page, "The plan of a training step", plan);
    if (fit->validation) plan = tg_runner_last(fit->validation).plan;
    if (fit->validation && plan) (void)tg_page_plan(page, "The plan of the validation", plan);
    (void)tg_page_write(page, args->report, error, .io = args->io);
    tg_page_free(page);
    return error->status;
}

tg_status tg__fit_draw(tg__fit *fit, tg_error *error)
{
    *error = (tg_error){ .status = TG_OK };
    if (draw_curves(fit, error) != TG_OK) return error->status;
    return write_page(fit, error);
}
