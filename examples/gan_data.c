/* gan_data.c: the data: eight Gaussians on a circle, or digits; and the point that is nearest to a
 * sample. */
#include "gan_data.h"

#include "common.h"

#include <math.h>
#include <stdlib.h>

enum { MODES = 8 };

static const double radius = 2, deviation = 0.1;

/* ---- The data ---------------------------------------------------------------------------- */

tg_status gan_data_circle(gan_data *out, tg_error *error)
{
    *out = (gan_data){ .classes = MODES, .deviation = deviation, .reach = 3 * deviation };
    tg_dataset *points = &out->points;
    if (tg_array_new(&points->x, TG_F32, TG_SHAPE(MODES, 2), NULL) ||
        tg_array_new(&points->y, TG_I32, TG_SHAPE(MODES), NULL)) {
        gan_data_free(out);
        *error = (tg_error){ TG_ERR_MEMORY, "out of memory" };
        return error->status;
    }
    float *centre = points->x.data;
    int32_t *class = points->y.data;
    for (int i = 0; i < MODES; i++) {
        const double angle = 2 * acos(-1) * i / MODES;
        centre[2 * i] = (float)(radius * cos(angle));
        centre[2 * i + 1] = (float)(radius * sin(angle));
        class[i] = i;
    }
    return TG_OK;
}

static double squared_distance(const float *a, const float *b, int64_t columns)
{
    float sum = 0;
    for (int64_t i = 0; i < columns; i++) sum += (a[i] - b[i]) * (a[i] - b[i]);
    return (double)sum;
}

/* The index of the point nearest to [sample], other than [except]; *distance receives its
 * distance. */
static int64_t nearest(const gan_data *data, const float *sample, int64_t except, double *distance)
{
    const int64_t columns = gan_data_columns(data);
    const float *point = data->points.x.data;
    double least = INFINITY;
    int64_t best = 0;
    for (int64_t i = 0; i < tg_dataset_rows(&data->points); i++) {
        const double square = squared_distance(sample, point + i * columns, columns);
        if (i == except || !(square < least)) continue;
        least = square;
        best = i;
    }
    *distance = sqrt(least);
    return best;
}

static int by_size(const void *a, const void *b)
{
    const double left = *(const double *)a, right = *(const double *)b;
    return (left > right) - (left < right);
}

/* The distance to the nearest other point that 99 of 100 points do not exceed; negative if there is
 * no memory. */
static double usual_distance(const gan_data *data)
{
    const int64_t rows = tg_dataset_rows(&data->points), columns = gan_data_columns(data);
    const float *point = data->points.x.data;
    double *distance = calloc((size_t)rows, sizeof *distance);
    if (!distance) return -1;
    for (int64_t i = 0; i < rows; i++) nearest(data, point + i * columns, i, &distance[i]);
    qsort(distance, (size_t)rows, sizeof *distance, by_size);
    const double usual = distance[(rows - 1) * 99 / 100];
    free(distance);
    return usual;
}

tg_status gan_data_digits(gan_data *out, const char *path, tg_error *error)
{
    *out = (gan_data){ .classes = DIGIT_CLASSES, .bounded = true };
    if (digits_load(&out->points, path, error)) return error->status;
    float *ink = out->points.x.data;
    for (int64_t i = 0; i < tg_dataset_rows(&out->points) * DIGIT_CELLS; i++)
        ink[i] = ink[i] / 8 - 1;
    out->reach = usual_distance(out);
    if (out->reach >= 0) return TG_OK;
    gan_data_free(out);
    *error = (tg_error){ TG_ERR_MEMORY, "out of memory" };
    return error->status;
}

void gan_data_free(gan_data *data) { tg_dataset_free(&data->points); }

int64_t gan_data_columns(const gan_data *data) { return data->points.x.shape.dim[1]; }

/* ---- Drawing from it, and judging -------------------------------------------------------- */

tg_tensor *gan_data_draw(const gan_data *data, tg_tensor *points, int64_t rows)
{
    tg_tape *tape = tg_tape_of(points);
    tg_tensor *which = tg_integers(tape, "which", TG_I32, TG_SHAPE(rows), 0, tg_dim(points, 0));
    tg_tensor *drawn = tg_gather(points, which, 0);
    if (data->deviation > 0)
        drawn = tg_add(drawn,
                       tg_normal(tape, "blur", TG_F32, tg_shape_from(drawn), 0, data->deviation));
    return drawn;
}

gan_score gan_data_judge(const gan_data *data, const float *samples, int64_t count)
{
    const int64_t columns = gan_data_columns(data);
    const int32_t *class = data->points.y.data;
    int64_t good = 0, of_class[DIGIT_CLASSES] = { 0 };
    for (int64_t i = 0; i < count; i++) {
        double distance;
        const int64_t point = nearest(data, samples + i * columns, -1, &distance);
        if (distance > data->reach) continue;
        good++;
        of_class[class[point]]++;
    }
    gan_score score = { .good = (double)good / (double)count };
    for (int64_t i = 0; i < data->classes; i++)
        score.hit += of_class[i] * data->classes * 4 >= count;
    return score;
}
