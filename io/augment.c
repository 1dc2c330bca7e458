/* augment.c: transforms at work. A stage is a transform that has been checked against the samples
 * that reach it; it has memory for its results, which may have other dtypes and shapes. */
#include "io/data.h"

#include "autograd/engine.h"

#include <math.h>
#include <string.h>

/* ---- Checks ------------------------------------------------------------------------- */

static const char *const names[] = {
    [TG__NO_TRANSFORM] = "none",
    [TG__SCALE] = "tg_image_scale",
    [TG__NORMALIZE] = "tg_image_normalize",
    [TG__SHIFT] = "tg_image_shift",
    [TG__FLIP] = "tg_image_flip",
    [TG__CROP] = "tg_image_crop",
    [TG__CUTOUT] = "tg_image_cutout",
    [TG__NOISE] = "tg_image_noise",
    [TG__ONE_HOT] = "tg_label_one_hot",
    [TG__MAP] = "tg_sample_map",
    [TG__MIXUP] = "tg_mixup",
};

/* What all checks of one stage need. */
typedef struct checking {
    tg__report *report;
    tg__stage *stage;
    tg__layout *fields; /* becomes what comes out */
    tg__arena *arena;
} checking;

/* "transform 2, tg_image_flip: ..." */
static tg_status refuse(const checking *c, tg_status status, const char *format, ...)
    TG_PRINTF(3, 4);
static tg_status refuse(const checking *c, tg_status status, const char *format, ...)
{
    char text[512];
    va_list list;
    va_start(list, format);
    (void)tg__vformat(text, sizeof text, format, list);
    va_end(list);
    return tg__complain(c->report, status, "transform %d, %s: %s", c->stage->number, c->stage->name,
                        text);
}

static const tg_field *field_of(const checking *c)
{
    return &c->stage->from.field[c->stage->does.field];
}

static tg_status no_memory(const checking *c) { return refuse(c, TG_ERR_MEMORY, "out of memory"); }

/* Is there such a field, and is it of one of these dtypes (0: no other)? */
static tg_status check_field(const checking *c, int field, tg_dtype one, tg_dtype other,
                             const char *advice)
{
    const tg__layout *from = &c->stage->from;
    if (field < 0 || (size_t)field >= from->count)
        return refuse(c, TG_ERR_INDEX, "there is no field %d; the samples have %zu", field,
                      from->count);
    const tg_dtype dtype = from->field[field].dtype;
    if (dtype == one || dtype == other) return TG_OK;
    return refuse(c, TG_ERR_DTYPE, "%s is %s; it must be %s%s%s%s", from->field[field].name,
                  tg_dtype_name(dtype), tg_dtype_name(one), other ? " or " : "",
                  other ? tg_dtype_name(other) : "", advice);
}

static tg_status check_range(const checking *c, const char *option, double value, bool fits,
                             const char *range)
{
    if (fits) return TG_OK;
    return refuse(c, TG_ERR_ARGUMENT, "%s is %g; it is %s", option, value, range);
}

static tg_status check_probability(const checking *c)
{
    const double p = c->stage->does.probability;
    return check_range(c, ".probability", p, p >= 0 && p <= 1, "from 0 to 1");
}

static tg_status check_fill(const checking *c)
{
    const double fill = c->stage->does.fill;
    if (field_of(c)->dtype == TG_U8)
        return check_range(c, ".fill", fill, tg__dtype_holds(TG_U8, fill),
                           "one of 0 .. 255 in a field of u8");
    return check_range(c, ".fill", fill, tg__dtype_holds(TG_F32, fill) || isnan(fill),
                       "a number that f32 has");
}

/* A count of pixels, few enough to add some up. */
static tg_status check_pixels(const checking *c, const char *option, int64_t value, int64_t least)
{
    return check_range(c, option, (double)value, value >= least && value <= INT32_MAX,
                       least ? "from 1 to 2^31 - 1" : "from 0 to 2^31 - 1");
}

/* Finds the image's place in memory; false if the field is none. */
static bool find_image(tg__stage *stage)
{
    const tg_field *field = &stage->from.field[stage->does.field];
    const int rank = field->shape.rank;
    const int64_t *dim = field->shape.dim;
    const bool last = stage->does.channels_last;
    if (rank != 3 && (rank != 2 || last)) return false;
    stage->image = (tg__image){ .planes = rank == 3 && !last ? dim[0] : 1,
                                .height = rank == 3 && !last ? dim[1] : dim[0],
                                .width = rank == 3 && !last ? dim[2] : dim[1],
                                .inner = last ? dim[2] : 1,
                                .size = tg_dtype_size(field->dtype) };
    return true;
}

static tg_status check_image(const checking *c)
{
    char shape[TG_SHAPE_SEEN];
    if (check_field(c, c->stage->does.field, TG_U8, TG_F32, "") != TG_OK) return c->report->status;
    if (!find_image(c->stage))
        return refuse(c, TG_ERR_SHAPE, "%s is %s; an image is %s", field_of(c)->name,
                      tg__shape_seen(shape, field_of(c)->shape),
                      c->stage->does.channels_last
                          ? "[height, width, channels]"
                          : "[height, width] or [channels, height, width], unless .channels_last");
    if (c->stage->image.height > INT32_MAX || c->stage->image.width > INT32_MAX)
        return refuse(c, TG_ERR_SHAPE, "%s is %s; a side is at most 2^31 - 1", field_of(c)->name,
                      tg__shape_seen(shape, field_of(c)->shape));
    return TG_OK;
}

/* Memory for the stage's result in place of its field, of that dtype and shape. */
static tg_status make_room(const checking *c, size_t field, tg_dtype dtype, tg_shape shape)
{
    tg_field *out = &c->fields->field[field];
    size_t bytes;
    out->dtype = dtype;
    out->shape = shape;
    if (!tg__field_bytes(out, 1, &bytes)) return no_memory(c);
    c->stage->out[field] = tg__arena_values(c->arena, bytes);
    return c->stage->out[field] ? TG_OK : no_memory(c);
}

static tg_status same_room(const checking *c)
{
    const tg_field *field = field_of(c);
    return make_room(c, (size_t)c->stage->does.field, field->dtype, field->shape);
}

static tg_status number_room(const checking *c)
{
    return make_room(c, (size_t)c->stage->does.field, TG_F32, field_of(c)->shape);
}

/* ---- Setting up: elements ----------------------------------------------------------- */

static tg_status set_scale(const checking *c)
{
    const double divisor = c->stage->does.number[0];
    if (check_field(c, c->stage->does.field, TG_U8, TG_F32, "") != TG_OK ||
        check_range(c, ".divisor", divisor, isfinite(divisor) && divisor != 0,
                    "a finite number other than 0") != TG_OK)
        return c->report->status;
    return number_room(c);
}

static tg_status set_noise(const checking *c)
{
    const double deviation = c->stage->does.number[0];
    if (check_field(c, c->stage->does.field, TG_F32, 0, "; tg_image_scale makes it so") != TG_OK ||
        check_range(c, ".deviation", deviation, deviation >= 0 && isfinite(deviation),
                    "finite and not negative") != TG_OK)
        return c->report->status;
    return same_room(c);
}

/* How many numbers the normalisation has: one for all, one a channel, or one an element. */
static tg_status find_period(const checking *c, const tg_array *array, const char *name)
{
    char shape[TG_SHAPE_SEEN];
    tg__stage *stage = c->stage;
    size_t bytes;
    if (!array) return TG_OK;
    if (array->dtype != TG_F64 || !tg__array_bytes(TG_F64, array->shape, &bytes) ||
        (bytes > 0 && !array->data))
        return refuse(c, TG_ERR_DTYPE, "%s is no array of f64", name);
    const int64_t count = tg_shape_count(array->shape);
    const bool image = find_image(stage);
    const int64_t channels = image ? stage->image.planes * stage->image.inner : -1;
    if (stage->period > 1 ? count == stage->period : count == stage->elements) {
        stage->period = count;
        return TG_OK;
    }
    if (stage->period <= 1 && count == channels) {
        stage->period = channels;
        stage->repeat = stage->image.inner > 1 ? 1 : stage->image.height * stage->image.width;
        return TG_OK;
    }
    return refuse(c, TG_ERR_SHAPE,
                  "%s is %s; it has one number for each of the %lld elements of a sample, or for "
                  "each of an image's channels, and as many as the other array",
                  name, tg__shape_seen(shape, array->shape), (long long)stage->elements);
}

static bool fill_moments(double *out, int64_t count, const tg_array *array, double number)
{
    bool finite = true;
    for (int64_t i = 0; i < count; i++) {
        out[i] = array ? ((const double *)array->data)[i] : number;
        finite = finite && isfinite(out[i]);
    }
    return finite;
}

static tg_status set_normalize(const checking *c)
{
    tg__stage *stage = c->stage;
    const tg_transform *does = &stage->does;
    if (check_field(c, does->field, TG_U8, TG_F32, "") != TG_OK ||
        check_range(c, ".mean", does->number[0], isfinite(does->number[0]), "finite") != TG_OK ||
        check_range(c, ".deviation", does->number[1],
                    isfinite(does->number[1]) && does->number[1] > 0,
                    "finite and above 0") != TG_OK)
        return c->report->status;
    stage->elements = tg_shape_count(field_of(c)->shape);
    stage->repeat = stage->period = 1;
    if (find_period(c, does->array[0], ".means") != TG_OK ||
        find_period(c, does->array[1], ".deviations") != TG_OK)
        return c->report->status;
    const size_t bytes = (size_t)stage->period * sizeof(double);
    stage->shift = tg__arena_values(c->arena, bytes);
    stage->scale = tg__arena_values(c->arena, bytes);
    if (!stage->shift || !stage->scale) return no_memory(c);
    if (!fill_moments(stage->shift, stage->period, does->array[0], does->number[0]) ||
        !fill_moments(stage->scale, stage->period, does->array[1], does->number[1]))
        return refuse(c, TG_ERR_ARGUMENT, ".means or .deviations hold what is not finite");
    for (int64_t i = 0; i < stage->period; i++)
        if (stage->scale[i] == 0) stage->scale[i] = 1;
    return number_room(c);
}

static tg_status set_one_hot(const checking *c)
{
    char shape[TG_SHAPE_SEEN];
    const tg_transform *does = &c->stage->does;
    const tg__layout *from = &c->stage->from;
    if (does->field < 0 || (size_t)does->field >= from->count)
        return check_field(c, does->field, TG_I32, TG_I64, "");
    const tg_field *field = field_of(c);
    if (field->dtype != TG_U8 &&
        check_field(c, does->field, TG_I32, TG_I64, ", or u8: a label is a whole number") != TG_OK)
        return c->report->status;
    if (tg_shape_count(field->shape) != 1)
        return refuse(c, TG_ERR_SHAPE, "%s is %s; a label is one number", field->name,
                      tg__shape_seen(shape, field->shape));
    if (check_range(c, ".classes", (double)does->size[0], does->size[0] >= 1, "at least 1") !=
            TG_OK ||
        check_range(c, ".smooth", does->number[0], does->number[0] >= 0 && does->number[0] < 1,
                    "from 0 up to, not including, 1") != TG_OK)
        return c->report->status;
    return make_room(c, (size_t)does->field, TG_F32, TG_SHAPE(does->size[0]));
}

static tg_status set_map(const checking *c)
{
    const tg_transform *does = &c->stage->does;
    if (!does->map) return refuse(c, TG_ERR_ARGUMENT, ".map is NULL");
    if (does->fields.count > 0 && tg__layout_set(c->report, c->fields, does->fields) != TG_OK)
        return c->report->status;
    for (size_t i = 0; i < c->fields->count; i++) {
        const tg_field field = c->fields->field[i];
        if (make_room(c, i, field.dtype, field.shape) != TG_OK) return c->report->status;
    }
    return TG_OK;
}

/* ---- Setting up: images and batches ------------------------------------------------- */

static tg_status set_shift(const checking *c)
{
    if (check_image(c) != TG_OK || check_fill(c) != TG_OK ||
        check_pixels(c, ".pixels", c->stage->does.size[0], 0) != TG_OK)
        return c->report->status;
    return same_room(c);
}

static tg_status set_flip(const checking *c)
{
    if (check_image(c) != TG_OK || check_probability(c) != TG_OK) return c->report->status;
    return same_room(c);
}

static tg_status set_cutout(const checking *c)
{
    if (check_image(c) != TG_OK || check_fill(c) != TG_OK || check_probability(c) != TG_OK ||
        check_pixels(c, ".size", c->stage->does.size[0], 1) != TG_OK)
        return c->report->status;
    return same_room(c);
}

static tg_status set_crop(const checking *c)
{
    if (check_image(c) != TG_OK || check_fill(c) != TG_OK) return c->report->status;
    const tg__image *image = &c->stage->image;
    int64_t *size = c->stage->does.size;
    if (size[0] == TG_AUTO) size[0] = image->height;
    if (size[1] == TG_AUTO) size[1] = image->width;
    if (check_pixels(c, ".height", size[0], 0) != TG_OK ||
        check_pixels(c, ".width", size[1], 0) != TG_OK ||
        check_pixels(c, ".padding", size[2], 0) != TG_OK)
        return c->report->status;
    if (size[0] > image->height + 2 * size[2] || size[1] > image->width + 2 * size[2])
        return refuse(c, TG_ERR_SHAPE,
                      "a part of %lld x %lld pixels, of an image that has %lld x %lld with its "
                      "padding",
                      (long long)size[0], (long long)size[1],
                      (long long)(image->height + 2 * size[2]),
                      (long long)(image->width + 2 * size[2]));
    tg_shape shape = field_of(c)->shape;
    const int at = shape.rank == 3 && !c->stage->does.channels_last;
    shape.dim[at] = size[0];
    shape.dim[at + 1] = size[1];
    return make_room(c, (size_t)c->stage->does.field, field_of(c)->dtype, shape);
}

static tg_status set_mixup(const checking *c, int64_t batch)
{
    const tg_transform *does = &c->stage->does;
    const int fields[] = { does->field, does->label_field };
    if (check_field(c, fields[0], TG_F32, 0, "; tg_image_scale makes it so") != TG_OK ||
        (fields[1] != -1 &&
         check_field(c, fields[1], TG_F32, 0, "; tg_label_one_hot makes it so") != TG_OK) ||
        check_probability(c) != TG_OK ||
        check_range(c, ".alpha", does->number[0], isfinite(does->number[0]) && does->number[0] > 0,
                    "finite and above 0") != TG_OK)
        return c->report->status;
    if (fields[0] == fields[1])
        return refuse(c, TG_ERR_ARGUMENT, "field and label_field are both %d", fields[0]);
    for (int i = 0; i < 2 && fields[i] >= 0; i++) {
        size_t bytes;
        if (!tg__field_bytes(&c->fields->field[fields[i]], batch, &bytes)) return no_memory(c);
        c->stage->copy[i] = tg__arena_values(c->arena, bytes);
        if (!c->stage->copy[i]) return no_memory(c);
    }
    size_t bytes;
    if (!tg__array_bytes(TG_I64, TG_SHAPE(batch), &bytes)) return no_memory(c);
    c->stage->order = tg__arena_values(c->arena, bytes);
    return c->stage->order ? TG_OK : no_memory(c);
}

tg_status tg__stage_set(tg__report *report, tg__stage *stage, const tg_transform *does, int number,
                        int64_t batch, tg__layout *fields, tg__arena *arena)
{
    const bool known = does->kind > TG__NO_TRANSFORM && does->kind <= TG__MIXUP;
    const checking c = { report, stage, fields, arena };
    memset(stage, 0, sizeof *stage);
    stage->does = *does;
    stage->number = number;
    stage->name = names[known ? does->kind : TG__NO_TRANSFORM];
    tg__layout_copy(&stage->from, fields);
    switch (known ? does->kind : TG__NO_TRANSFORM) {
    case TG__SCALE: set_scale(&c); break;
    case TG__NORMALIZE: set_normalize(&c); break;
    case TG__SHIFT: set_shift(&c); break;
    case TG__FLIP: set_flip(&c); break;
    case TG__CROP: set_crop(&c); break;
    case TG__CUTOUT: set_cutout(&c); break;
    case TG__NOISE: set_noise(&c); break;
    case TG__ONE_HOT: set_one_hot(&c); break;
    case TG__MAP: set_map(&c); break;
    case TG__MIXUP: set_mixup(&c, batch); break;
    default:
        tg__complain(report, TG_ERR_ARGUMENT,
                     "transform %d is none: its options were given without their defaults, which "
                     "tg_image_flip(...) and the like write",
                     number);
    }
    if (report->status == TG_OK && known && does->kind < TG__MAP)
        stage->elements = tg_shape_count(field_of(&c)->shape);
    stage->out_fields = fields->count;
    return report->status;
}

/* ---- At work: a sample -------------------------------------------------------------- */

static double element(tg_dtype dtype, const void *from, int64_t i)
{
    return dtype == TG_U8 ? ((const uint8_t *)from)[i] : (double)((const float *)from)[i];
}

static void run_scale(const tg__stage *stage, tg_dtype dtype, const void *from, float *out)
{
    for (int64_t i = 0; i < stage->elements; i++)
        out[i] = (float)(element(dtype, from, i) / stage->does.number[0]);
}

static void run_normalize(const tg__stage *stage, tg_dtype dtype, const void *from, float *out)
{
    for (int64_t i = 0; i < stage->elements; i++) {
        const int64_t k = i / stage->repeat % stage->period;
        out[i] = (float)((element(dtype, from, i) - stage->shift[k]) / stage->scale[k]);
    }
}

static void run_noise(const tg__stage *stage, const float *from, tg_dice *dice, float *out)
{
    for (int64_t i = 0; i < stage->elements; i++)
        out[i] = (float)((double)from[i] + stage->does.number[0] * tg_dice_normal(dice));
}

static tg_status run_one_hot(const tg__stage *stage, tg_dtype dtype, const void *from, float *out,
                             tg_error *error)
{
    const int64_t classes = stage->does.size[0];
    int64_t label = 0;
    if (dtype == TG_U8) label = *(const uint8_t *)from;
    else if (dtype == TG_I32) label = *(const int32_t *)from;
    else label = *(const int64_t *)from;
    if (label < 0 || label >= classes) {
        (void)snprintf(error->text, sizeof error->text, "the label is %lld; classes are 0 .. %lld",
                       (long long)label, (long long)classes - 1);
        return TG_ERR_INDEX;
    }
    const double each = stage->does.number[0] / (double)classes;
    for (int64_t i = 0; i < classes; i++)
        out[i] = (float)(i == label ? 1 - stage->does.number[0] + each : each);
    return TG_OK;
}

static void run_shift(const tg__stage *stage, const void *from, tg_dice *dice, void *out)
{
    const tg_transform *does = &stage->does;
    const int64_t most = does->size[0];
    const int64_t down = tg_dice_below(dice, 2 * most + 1) - most;
    const int64_t right = tg_dice_below(dice, 2 * most + 1) - most;
    /* The image goes down, so the window over it goes up. */
    tg__image_window(&stage->image, from, &stage->image, -down, -right, does->fill, out);
}

static void run_crop(const tg__stage *stage, const void *from, tg_dice *dice, void *out)
{
    const tg__image *image = &stage->image;
    const int64_t *size = stage->does.size;
    tg__image to = *image;
    to.height = size[0];
    to.width = size[1];
    const int64_t down = tg_dice_below(dice, image->height + 2 * size[2] - to.height + 1) - size[2];
    const int64_t right = tg_dice_below(dice, image->width + 2 * size[2] - to.width + 1) - size[2];
    tg__image_window(image, from, &to, down, right, stage->does.fill, out);
}

static void run_cutout(const tg__stage *stage, const void *from, tg_dice *dice, void *out)
{
    const tg_transform *does = &stage->does;
    const int64_t half = does->size[0] / 2;
    memcpy(out, from, (size_t)stage->elements * stage->image.size);
    if (tg_dice_uniform(dice) >= does->probability) return;
    const int64_t row = tg_dice_below(dice, stage->image.height) - half;
    const int64_t column = tg_dice_below(dice, stage->image.width) - half;
    tg__image_square(&stage->image, row, column, does->size[0], does->fill, out);
}

static tg_status run_map(const tg__stage *stage, void *now[], tg_dice *dice, tg_error *error)
{
    const void *in[TG_MAX_FIELDS];
    for (size_t i = 0; i < stage->from.count; i++) in[i] = now[i];
    return stage->does.map(stage->does.context, in, stage->out, dice, error);
}

/* The field that the stage is about. */
static tg_status run_field(const tg__stage *stage, void *now[], tg_dice *dice, tg_error *error)
{
    const int field = stage->does.field;
    const tg_dtype dtype = stage->from.field[field].dtype;
    const void *from = now[field];
    void *out = stage->out[field];
    tg_status status = TG_OK;
    switch (stage->does.kind) {
    case TG__SCALE: run_scale(stage, dtype, from, out); break;
    case TG__NORMALIZE: run_normalize(stage, dtype, from, out); break;
    case TG__NOISE: run_noise(stage, from, dice, out); break;
    case TG__ONE_HOT: status = run_one_hot(stage, dtype, from, out, error); break;
    case TG__SHIFT: run_shift(stage, from, dice, out); break;
    case TG__CROP: run_crop(stage, from, dice, out); break;
    case TG__CUTOUT: run_cutout(stage, from, dice, out); break;
    default:
        if (tg_dice_uniform(dice) >= stage->does.probability) return TG_OK;
        tg__image_mirror(&stage->image, from, stage->does.vertical, out);
    }
    now[field] = out;
    return status;
}

tg_status tg__stage_run(const tg__stage *stage, void *now[], tg_dice *dice, tg_error *error)
{
    if (stage->does.kind != TG__MAP) return run_field(stage, now, dice, error);
    const tg_status status = run_map(stage, now, dice, error);
    for (size_t i = 0; i < stage->out_fields; i++) now[i] = stage->out[i];
    return status;
}

/* ---- At work: a batch --------------------------------------------------------------- */

/* log of a number of the gamma distribution (Marsaglia and Tsang, "A simple method for generating
 * gamma variables", 2000): for a shape below 1 that of one more, times u^(1/shape), which in f64
 * would often be 0. */
static double log_gamma_number(tg_dice *dice, double shape)
{
    double below = 0;
    if (shape < 1) {
        below = log(1 - tg_dice_uniform(dice)) / shape;
        shape += 1;
    }
    const double d = shape - 1.0 / 3, c = 1 / sqrt(9 * d);
    for (;;) {
        const double x = tg_dice_normal(dice), v = 1 + c * x;
        if (v <= 0) continue;
        const double cube = v * v * v, u = 1 - tg_dice_uniform(dice);
        if (log(u) < x * x / 2 + d * (1 - cube + log(cube))) return log(d * cube) + below;
    }
}

/* A number of Beta(alpha, alpha): a / (a + b), of two gamma numbers. */
static double beta_number(tg_dice *dice, double alpha)
{
    const double a = log_gamma_number(dice, alpha), b = log_gamma_number(dice, alpha);
    return 1 / (1 + exp(a == b ? 0 : b - a)); /* both may be -infinity */
}

static void mix_rows(float *rows, const float *copy, const int64_t *order, int64_t count,
                     int64_t elements, double share)
{
    for (int64_t row = 0; row < count; row++) {
        float *to = rows + row * elements;
        const float *other = copy + order[row] * elements;
        for (int64_t i = 0; i < elements; i++)
            to[i] = (float)(share * (double)to[i] + (1 - share) * (double)other[i]);
    }
}

void tg__stage_mix(const tg__stage *stage, void *const fields[], int64_t rows, tg_dice *dice)
{
    const tg_transform *does = &stage->does;
    const int mixed[] = { does->field, does->label_field };
    if (tg_dice_uniform(dice) >= does->probability) return;
    const double share = beta_number(dice, does->number[0]);
    uint64_t state = (uint64_t)tg_dice_below(dice, INT64_MAX);
    for (int64_t i = 0; i < rows; i++) stage->order[i] = i;
    tg__shuffle(stage->order, rows, &state);
    for (int i = 0; i < 2 && mixed[i] >= 0; i++) {
        const int64_t elements = tg_shape_count(stage->from.field[mixed[i]].shape);
        memcpy(stage->copy[i], fields[mixed[i]], (size_t)(rows * elements) * sizeof(float));
        mix_rows(fields[mixed[i]], stage->copy[i], stage->order, rows, elements, share);
    }
}
