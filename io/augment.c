/* augment.c: transforms of samples and batches. A stage is a transform that has been checked
 * against the samples that it gets; it owns memory for its results, which may have other dtypes and
 * shapes. Each kind of transform is a row of the table at the end. */
#include "io/data.h"

#include "autograd/engine.h"

#include <math.h>
#include <string.h>

/* ---- Checks ------------------------------------------------------------------------- */

/* The arguments that all checks of one stage need. */
typedef struct checking {
    tg__report *report;
    tg__stage *stage;
    tg__layout *fields; /* the fields of its input; becomes those of its output */
    tg__arena *arena;
    int64_t batch; /* the largest number of rows in a batch */
} checking;

/* Reports an error that begins with "transform 2, tg_image_flip: ". */
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

/* True (TG_OK) if the field exists and has one of these dtypes ([other] may be 0: none). */
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

/* Checks a number of pixels; a sum of some of them cannot overflow. */
static tg_status check_pixels(const checking *c, const char *option, int64_t value, int64_t least)
{
    return check_range(c, option, (double)value, value >= least && value <= INT32_MAX,
                       least ? "from 1 to 2^31 - 1" : "from 0 to 2^31 - 1");
}

/* Describes the image's layout in memory. False if the field is no image. */
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

/* Allocates the stage's result for a field, which gets that dtype and shape. */
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

/* Finds whether the mean and deviation are numbers for all elements, for each channel, or for each
 * element. */
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

static tg_status set_mixup(const checking *c)
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
        if (!tg__field_bytes(&c->fields->field[fields[i]], c->batch, &bytes)) return no_memory(c);
        c->stage->copy[i] = tg__arena_values(c->arena, bytes);
        if (!c->stage->copy[i]) return no_memory(c);
    }
    size_t bytes;
    if (!tg__array_bytes(TG_I64, TG_SHAPE(c->batch), &bytes)) return no_memory(c);
    c->stage->order = tg__arena_values(c->arena, bytes);
    return c->stage->order ? TG_OK : no_memory(c);
}

/* Options that were refused, or given without their defaults, have no kind. */
static tg_status set_none(const checking *c)
{
    return tg__complain(c->report, TG_ERR_ARGUMENT,
                        "transform %d is none: its options were given without their defaults, "
                        "which tg_image_flip(...) and the like write",
                        c->stage->number);
}

/* ---- At work: a field of a sample --------------------------------------------------- */

/* A field of one sample that a stage is working on. */
typedef struct passing {
    const tg__stage *stage;
    tg_dtype dtype; /* of the field before the stage */
    const void *from;
    void *out; /* memory for the result; set to NULL if the field stays as it is */
    tg_dice *dice;
    tg_error *error;
} passing;

static double element(tg_dtype dtype, const void *from, int64_t i)
{
    return dtype == TG_U8 ? ((const uint8_t *)from)[i] : (double)((const float *)from)[i];
}

static tg_status run_scale(passing *p)
{
    float *out = p->out;
    for (int64_t i = 0; i < p->stage->elements; i++)
        out[i] = (float)(element(p->dtype, p->from, i) / p->stage->does.number[0]);
    return TG_OK;
}

static tg_status run_normalize(passing *p)
{
    const tg__stage *stage = p->stage;
    float *out = p->out;
    for (int64_t i = 0; i < stage->elements; i++) {
        const int64_t k = i / stage->repeat % stage->period;
        out[i] = (float)((element(p->dtype, p->from, i) - stage->shift[k]) / stage->scale[k]);
    }
    return TG_OK;
}

static tg_status run_noise(passing *p)
{
    const tg__stage *stage = p->stage;
    const float *from = p->from;
    float *out = p->out;
    for (int64_t i = 0; i < stage->elements; i++)
        out[i] = (float)((double)from[i] + stage->does.number[0] * tg_dice_normal(p->dice));
    return TG_OK;
}

static tg_status run_one_hot(passing *p)
{
    const tg_transform *does = &p->stage->does;
    const int64_t classes = does->size[0];
    float *out = p->out;
    int64_t label = 0;
    if (p->dtype == TG_U8) label = *(const uint8_t *)p->from;
    else if (p->dtype == TG_I32) label = *(const int32_t *)p->from;
    else label = *(const int64_t *)p->from;
    if (label < 0 || label >= classes) {
        (void)snprintf(p->error->text, sizeof p->error->text,
                       "the label is %lld; classes are 0 .. %lld", (long long)label,
                       (long long)classes - 1);
        return TG_ERR_INDEX;
    }
    const double each = does->number[0] / (double)classes;
    for (int64_t i = 0; i < classes; i++)
        out[i] = (float)(i == label ? 1 - does->number[0] + each : each);
    return TG_OK;
}

static tg_status run_shift(passing *p)
{
    const tg__image *image = &p->stage->image;
    const tg_transform *does = &p->stage->does;
    const int64_t most = does->size[0];
    const int64_t down = tg_dice_below(p->dice, 2 * most + 1) - most;
    const int64_t right = tg_dice_below(p->dice, 2 * most + 1) - most;
    /* If the image is moved down, the window over it moves up. */
    tg__image_window(image, p->from, image, -down, -right, does->fill, p->out);
    return TG_OK;
}

static tg_status run_flip(passing *p)
{
    const tg_transform *does = &p->stage->does;
    if (tg_dice_uniform(p->dice) >= does->probability) p->out = NULL;
    else tg__image_mirror(&p->stage->image, p->from, does->vertical, p->out);
    return TG_OK;
}

static tg_status run_crop(passing *p)
{
    const tg__image *image = &p->stage->image;
    const int64_t *size = p->stage->does.size;
    tg__image to = *image;
    to.height = size[0];
    to.width = size[1];
    const int64_t down =
        tg_dice_below(p->dice, image->height + 2 * size[2] - to.height + 1) - size[2];
    const int64_t right =
        tg_dice_below(p->dice, image->width + 2 * size[2] - to.width + 1) - size[2];
    tg__image_window(image, p->from, &to, down, right, p->stage->does.fill, p->out);
    return TG_OK;
}

static tg_status run_cutout(passing *p)
{
    const tg__image *image = &p->stage->image;
    const tg_transform *does = &p->stage->does;
    const int64_t half = does->size[0] / 2;
    memcpy(p->out, p->from, (size_t)p->stage->elements * image->size);
    if (tg_dice_uniform(p->dice) >= does->probability) return TG_OK;
    const int64_t row = tg_dice_below(p->dice, image->height) - half;
    const int64_t column = tg_dice_below(p->dice, image->width) - half;
    tg__image_square(image, row, column, does->size[0], does->fill, p->out);
    return TG_OK;
}

/* ---- At work: a whole sample -------------------------------------------------------- */

static tg_status run_map(const tg__stage *stage, void *now[], tg_dice *dice, tg_error *error)
{
    const void *in[TG_MAX_FIELDS];
    for (size_t i = 0; i < stage->from.count; i++) in[i] = now[i];
    const tg_status status = stage->does.map(stage->does.context, in, stage->out, dice, error);
    for (size_t i = 0; i < stage->out_fields; i++) now[i] = stage->out[i];
    return status;
}

/* ---- The kinds of transforms -------------------------------------------------------- */

/* A kind of transform. It works on one field of a sample, on a whole sample, or on a batch; exactly
 * one of the three functions is not NULL. */
typedef struct kind {
    const char *name; /* of the public function */
    /* Checks the options against the fields of the samples, and allocates memory for the
     * results. */
    tg_status (*set)(const checking *c);
    tg_status (*field)(passing *p);
    tg_status (*sample)(const tg__stage *stage, void *now[], tg_dice *dice, tg_error *error);
    void (*batch)(const tg__stage *stage, void *const fields[], int64_t rows, tg_dice *dice);
} kind;

static const kind kinds[] = {
    /* clang-format off */
    [TG__NO_TRANSFORM] = { "none",               set_none,      .field = NULL },
    [TG__SCALE]        = { "tg_image_scale",     set_scale,     .field = run_scale },
    [TG__NORMALIZE]    = { "tg_image_normalize", set_normalize, .field = run_normalize },
    [TG__SHIFT]        = { "tg_image_shift",     set_shift,     .field = run_shift },
    [TG__FLIP]         = { "tg_image_flip",      set_flip,      .field = run_flip },
    [TG__CROP]         = { "tg_image_crop",      set_crop,      .field = run_crop },
    [TG__CUTOUT]       = { "tg_image_cutout",    set_cutout,    .field = run_cutout },
    [TG__NOISE]        = { "tg_image_noise",     set_noise,     .field = run_noise },
    [TG__ONE_HOT]      = { "tg_label_one_hot",   set_one_hot,   .field = run_one_hot },
    [TG__MAP]          = { "tg_sample_map",      set_map,       .sample = run_map },
    [TG__MIXUP]        = { "tg_mixup",           set_mixup,     .batch = tg__mixup_rows },
    /* clang-format on */
};

static const kind *kind_of(const tg_transform *does)
{
    const bool known = does->kind >= 0 && (size_t)does->kind < sizeof kinds / sizeof *kinds;
    return &kinds[known ? does->kind : TG__NO_TRANSFORM];
}

tg_status tg__stage_set(tg__report *report, tg__stage *stage, const tg_transform *does, int number,
                        int64_t batch, tg__layout *fields, tg__arena *arena)
{
    const kind *is = kind_of(does);
    const checking c = { report, stage, fields, arena, batch };
    memset(stage, 0, sizeof *stage);
    stage->does = *does;
    stage->number = number;
    stage->name = is->name;
    tg__layout_copy(&stage->from, fields);
    const tg_status status = is->set(&c);
    if (status == TG_OK && is->field) stage->elements = tg_shape_count(field_of(&c)->shape);
    stage->out_fields = fields->count;
    return status;
}

bool tg__stage_mixes(const tg__stage *stage) { return kind_of(&stage->does)->batch != NULL; }

tg_status tg__stage_run(const tg__stage *stage, void *now[], tg_dice *dice, tg_error *error)
{
    const kind *is = kind_of(&stage->does);
    if (is->sample) return is->sample(stage, now, dice, error);
    const int field = stage->does.field;
    passing p = {
        stage, stage->from.field[field].dtype, now[field], stage->out[field], dice, error
    };
    const tg_status status = is->field(&p);
    if (p.out) now[field] = p.out;
    return status;
}

void tg__stage_mix(const tg__stage *stage, void *const fields[], int64_t rows, tg_dice *dice)
{
    kind_of(&stage->does)->batch(stage, fields, rows, dice);
}
