/* png_rows.c: an array as the rows of a picture: what shapes and values it may have, and its values
 * as bytes. */
#include "io/png.h"

tg_status tg__png_look(tg__report *report, const tg_array *picture, tg__png_rows *out)
{
    char text[TG_SHAPE_SEEN];
    size_t bytes;
    const tg_status status = tg__array_check(report, picture, &bytes);
    if (status != TG_OK) return status;
    if (picture->dtype != TG_U8 && picture->dtype != TG_F32 && picture->dtype != TG_F64)
        return tg__complain(report, TG_ERR_DTYPE,
                            "a picture is u8, or f32 or f64 in [0, 1], and this is %s",
                            tg_dtype_name(picture->dtype));
    const tg_shape shape = picture->shape;
    const int64_t channels = shape.rank == 3 ? shape.dim[2] : 1;
    if (shape.rank < 2 || shape.rank > 3 || channels < 1 || channels > 4 || bytes == 0)
        return tg__complain(report, TG_ERR_SHAPE,
                            "a picture is [height, width] or [height, width, channels] with 1 to "
                            "4 channels and no side of 0, and this is %s",
                            tg__shape_seen(text, shape));
    if (shape.dim[0] > TG_PNG_MAX_SIDE || shape.dim[1] > TG_PNG_MAX_SIDE)
        return tg__complain(report, TG_ERR_SHAPE, "a side is at most %d long, and this is %s",
                            TG_PNG_MAX_SIDE, tg__shape_seen(text, shape));
    *out = (tg__png_rows){ .height = shape.dim[0],
                           .width = shape.dim[1],
                           .channels = (int)channels,
                           .picture = picture,
                           .white = 1 };
    return TG_OK;
}

/* All comparisons with NaN are false. */
static unsigned char byte_of(double x, int64_t *clamped)
{
    if (x >= 0 && x <= 1) return (unsigned char)(255 * x + 0.5);
    ++*clamped;
    return x > 1 ? 255 : 0;
}

const unsigned char *tg__png_row(tg__png_rows *rows, int64_t y, unsigned char *room)
{
    const size_t count = (size_t)rows->width * (size_t)rows->channels, begin = count * (size_t)y;
    const tg_array *picture = rows->picture;
    if (picture->dtype == TG_U8) return (const unsigned char *)picture->data + begin;
    const double range = rows->white - rows->black;
    for (size_t i = 0; i < count; i++) {
        const double x = picture->dtype == TG_F32
                             ? (double)((const float *)picture->data)[begin + i]
                             : ((const double *)picture->data)[begin + i];
        room[i] = byte_of((x - rows->black) / range, &rows->clamped);
    }
    return room;
}
