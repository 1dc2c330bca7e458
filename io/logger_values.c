/* logger_values.c: values that a logger writes beside scalars and text: histograms, pictures,
 * hyper-parameters, and the graph. */
#include "io/logger.h"
#include "io/png_bytes.h"

#include "autograd/engine.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

/* ---- Histograms ------------------------------------------------------------------------- */

enum { BUCKETS = 64 };

typedef struct histogram {
    size_t count, nonfinite;
    double least, largest, sum, squares, mean, deviation;
    int buckets;
    double limit[BUCKETS]; /* upper edges of the buckets */
    double in[BUCKETS];    /* counts */
} histogram;

/* The elements of an array of any dtype, as doubles. */
typedef struct numbers {
    tg_dtype dtype;
    const unsigned char *data;
    size_t count;
} numbers;

static double number_at(const numbers *all, size_t i)
{
    return tg__load_scalar((int)all->dtype, all->data + i * tg_dtype_size(all->dtype));
}

static void measure(histogram *h, const numbers *all)
{
    for (size_t i = 0; i < all->count; i++) {
        const double x = number_at(all, i);
        if (!isfinite(x)) continue;
        h->least = h->count == 0 || x < h->least ? x : h->least;
        h->largest = h->count == 0 || x > h->largest ? x : h->largest;
        h->count++;
        h->sum += x;
        h->squares += x * x;
    }
    h->nonfinite = all->count - h->count;
    if (h->count == 0) return;
    /* Two passes: the difference of two large sums would lose all digits. */
    const double count = (double)h->count;
    double variance = 0;
    h->mean = h->sum / count;
    for (size_t i = 0; i < all->count; i++) {
        const double off = number_at(all, i) - h->mean;
        if (isfinite(off)) variance += off * off / count;
    }
    h->deviation = sqrt(variance);
}

/* Computed with halves, so that the width of the range is finite for any two numbers. */
static void sort_in(histogram *h, const numbers *all)
{
    const double low = h->least / 2, width = h->largest / 2 - low;
    h->buckets = h->count == 0 ? 0 : width > 0 ? BUCKETS : 1;
    for (int i = 0; i < h->buckets; i++) {
        const double share = (double)(i + 1) / h->buckets;
        h->limit[i] = i + 1 == h->buckets ? h->largest : 2 * (low + share * width);
    }
    for (size_t i = 0; i < all->count && h->buckets > 0; i++) {
        const double x = number_at(all, i);
        if (!isfinite(x)) continue;
        const double place = width > 0 ? (x / 2 - low) / width * h->buckets : 0;
        int bucket = place < h->buckets ? (int)place : h->buckets - 1;
        /* The edges as written are rounded, and they decide. */
        while (bucket > 0 && x < h->limit[bucket - 1]) bucket--;
        while (bucket + 1 < h->buckets && x >= h->limit[bucket]) bucket++;
        h->in[bucket]++;
    }
}

static void put_json_histogram(tg__bytes *out, const histogram *h)
{
    tg__put_format(out, "{\"count\":%zu,\"nonfinite\":%zu", h->count, h->nonfinite);
    const struct {
        const char *key;
        double value;
    } rest[] = { { "min", h->least },
                 { "max", h->largest },
                 { "mean", h->mean },
                 { "deviation", h->deviation } };
    for (size_t i = 0; h->count > 0 && i < sizeof rest / sizeof *rest; i++) {
        tg__json_key(out, rest[i].key);
        tg__json_number(out, rest[i].value);
    }
    tg__put_byte(out, '}');
}

static void put_histogram(tg__bytes *out, const histogram *h)
{
    enum { MIN = 1, MAX = 2, NUM = 3, SUM = 4, SQUARES = 5, LIMIT = 6, BUCKET = 7 };
    const size_t begin = tg__field_begin(out, TG__VALUE_HISTOGRAM);
    tg__put_field_double(out, MIN, h->least);
    tg__put_field_double(out, MAX, h->largest);
    tg__put_field_double(out, NUM, (double)h->count);
    tg__put_field_double(out, SUM, h->sum);
    tg__put_field_double(out, SQUARES, h->squares);
    const size_t limits = tg__field_begin(out, LIMIT);
    for (int i = 0; i < h->buckets; i++) tg__put_double(out, h->limit[i]);
    tg__field_end(out, limits);
    const size_t counts = tg__field_begin(out, BUCKET);
    for (int i = 0; i < h->buckets; i++) tg__put_double(out, h->in[i]);
    tg__field_end(out, counts);
    tg__field_end(out, begin);
}

tg_status tg_logger_histogram_at(tg_site at, tg_logger *log, int64_t step, const char *name,
                                 tg_dtype dtype, const void *values, size_t count)
{
    if (!tg__logger_enter(at, log, "tg_logger_histogram", step, name)) return tg_logger_status(log);
    if (tg_dtype_size(dtype) == 0)
        return tg__complain(&log->report, TG_ERR_DTYPE, "there is no dtype %d", (int)dtype);
    if (!values && count > 0)
        return tg__complain(&log->report, TG_ERR_ARGUMENT, "the values are NULL");
    const numbers all = { dtype, values, count };
    const double now = tg__wall_time();
    histogram h = { .count = 0 };
    tg__bytes *out;
    measure(&h, &all);
    sort_in(&h, &all);
    if ((out = tg__output_bytes(log, TG__JSONL)) != NULL) {
        tg__json_begin(out, step, name);
        tg__json_key(out, "histogram");
        put_json_histogram(out, &h);
        tg__json_end(out, now);
    }
    if ((out = tg__output_bytes(log, TG__EVENTS)) != NULL) {
        const tg__event event = tg__event_begin(out, now, step, name);
        put_histogram(out, &h);
        tg__event_end(event);
    }
    return tg__logger_leave(log);
}

/* ---- Pictures --------------------------------------------------------------------------- */

/* True if the array is a picture; else an error. */
static bool is_picture(tg_logger *log, const tg_array *image)
{
    char shape[TG_SHAPE_SEEN];
    if (!image || image->dtype == TG_DTYPE_DEFAULT) {
        (void)tg__complain(&log->report, TG_ERR_ARGUMENT, "the picture is %s",
                           image ? "empty: it has no dtype" : "NULL");
        return false;
    }
    if (image->dtype != TG_U8) {
        (void)tg__complain(&log->report, TG_ERR_DTYPE,
                           "the picture is %s, and must be u8: 0 for dark to 255 for bright",
                           tg_dtype_name(image->dtype));
        return false;
    }
    const tg_shape s = image->shape;
    bool fits = s.rank == 2 || (s.rank == 3 && (s.dim[2] == 1 || s.dim[2] == 3 || s.dim[2] == 4));
    for (int i = 0; i < s.rank && fits; i++) fits = s.dim[i] > 0 && s.dim[i] <= INT32_MAX;
    size_t bytes;
    if (fits && tg__array_bytes(TG_U8, s, &bytes) && image->data) return true;
    (void)tg__complain(
        &log->report, TG_ERR_SHAPE,
        "the picture is %s, and must be [height, width] or [height, width, channels] "
        "with 1, 3 or 4 channels",
        tg__shape_seen(shape, s.rank < 0 ? (tg_shape){ .rank = 0 } : s));
    return false;
}

tg_status tg_logger_image_at(tg_site at, tg_logger *log, int64_t step, const char *name,
                             const tg_array *image)
{
    enum { HEIGHT = 1, WIDTH = 2, COLOURS = 3, FILE_BYTES = 4 };
    if (!tg__logger_enter(at, log, "tg_logger_image", step, name) || !is_picture(log, image))
        return tg_logger_status(log);
    tg__bytes *out = tg__output_bytes(log, TG__EVENTS);
    if (out) {
        const uint32_t height = (uint32_t)image->shape.dim[0],
                       width = (uint32_t)image->shape.dim[1];
        const unsigned channels = image->shape.rank == 3 ? (unsigned)image->shape.dim[2] : 1;
        const tg__event event = tg__event_begin(out, tg__wall_time(), step, name);
        const size_t begin = tg__field_begin(out, TG__VALUE_IMAGE);
        tg__put_field_number(out, HEIGHT, height);
        tg__put_field_number(out, WIDTH, width);
        tg__put_field_number(out, COLOURS, channels);
        const size_t file = tg__field_begin(out, FILE_BYTES);
        (void)tg__put_png(out, image->data, height, width, channels);
        tg__field_end(out, file);
        tg__field_end(out, begin);
        tg__event_end(event);
    }
    return tg__logger_leave(log);
}

/* ---- What a run was made with ----------------------------------------------------------- */

static bool are_hparams(tg_logger *log, const tg_hparam *hparams, size_t count)
{
    if (!hparams && count > 0)
        (void)tg__complain(&log->report, TG_ERR_ARGUMENT, "the hyper-parameters are NULL");
    for (size_t i = 0; i < count && log->report.status == TG_OK; i++) {
        const char *name = hparams[i].name, *text = hparams[i].text;
        (void)tg__logger_enter(log->report.at, log, log->report.function, 0, name);
        for (size_t k = 0; name && k < i; k++)
            if (strcmp(hparams[k].name, name) == 0)
                (void)tg__complain(&log->report, TG_ERR_ARGUMENT, "\"%.100s\" is there twice",
                                   name);
        if (text && (!tg__is_utf8(text) || strlen(text) > TG_LOGGER_TEXT_MOST))
            (void)tg__complain(&log->report, TG_ERR_ARGUMENT,
                               "the words for \"%.100s\" must be UTF-8, of %d bytes at most", name,
                               TG_LOGGER_TEXT_MOST);
    }
    return log->report.status == TG_OK;
}

/* A message HParamsPluginData, whose session_start_info is a map of google.protobuf.Value
 * (tensorboard/plugins/hparams/plugin_data.proto). */
static void put_hparams(tg__bytes *out, double time, const tg_hparam *hparams, size_t count)
{
    enum {
        START_INFO = 3,
        HPARAMS = 1,
        START_TIME = 5,
        KEY = 1,
        VALUE = 2,
        NUMBER = 2,
        STRING = 3
    };
    const size_t info = tg__field_begin(out, START_INFO);
    for (size_t i = 0; i < count; i++) {
        const size_t entry = tg__field_begin(out, HPARAMS);
        tg__put_field_text(out, KEY, hparams[i].name);
        const size_t value = tg__field_begin(out, VALUE);
        if (hparams[i].text) tg__put_field_text(out, STRING, hparams[i].text);
        else tg__put_field_double(out, NUMBER, hparams[i].number);
        tg__field_end(out, value);
        tg__field_end(out, entry);
    }
    tg__put_field_double(out, START_TIME, time);
    tg__field_end(out, info);
}

tg_status tg_logger_hparams_at(tg_site at, tg_logger *log, const tg_hparam *hparams, size_t count)
{
    if (!tg__logger_enter(at, log, "tg_logger_hparams", 0, "hparams") ||
        !are_hparams(log, hparams, count))
        return tg_logger_status(log);
    const double now = tg__wall_time();
    tg__bytes *out;
    if ((out = tg__output_bytes(log, TG__JSONL)) != NULL) {
        tg__json_begin(out, log->first, NULL);
        tg__json_key(out, "hparams");
        for (size_t i = 0; i < count; i++) {
            tg__put_byte(out, i == 0 ? '{' : ',');
            tg__json_text(out, hparams[i].name);
            tg__put_byte(out, ':');
            if (hparams[i].text) tg__json_text(out, hparams[i].text);
            else tg__json_number(out, hparams[i].number);
        }
        tg__put_text(out, count ? "}" : "{}");
        tg__json_end(out, now);
    }
    if ((out = tg__output_bytes(log, TG__EVENTS)) != NULL) {
        tg__bytes content = { .allocator = &log->allocator };
        put_hparams(&content, now, hparams, count);
        const tg__event event =
            tg__event_begin(out, now, log->first, "_hparams_/session_start_info");
        tg__event_plugin(event, "hparams", tg__bytes_data(&content), tg__bytes_size(&content));
        tg__event_end(event);
        out->failed = out->failed || content.failed;
        tg__bytes_free(&content);
    }
    return tg__logger_leave(log);
}

/* ---- Graphs ----------------------------------------------------------------------------- */

tg_status tg_logger_graph_at(tg_site at, tg_logger *log, const tg_tape *tape)
{
    enum { EVENT_GRAPH = 4 };
    if (!tg__logger_enter(at, log, "tg_logger_graph", 0, "a name")) return tg_logger_status(log);
    if (!tape) return tg__complain(&log->report, TG_ERR_ARGUMENT, "the tape is NULL");
    tg__bytes *out = tg__output_bytes(log, TG__EVENTS);
    if (out) {
        const size_t record = tg__record_begin(out, tg__wall_time(), log->first);
        const size_t graph = tg__field_begin(out, EVENT_GRAPH);
        tg__put_graph(out, tape);
        tg__field_end(out, graph);
        tg__record_end(out, record);
    }
    return tg__logger_leave(log);
}
