/* png_none.c: compiled instead of png_codec.c where there is no libpng. */
#include "io/png.h"

static tg_status complain_none(tg__report *report)
{
    return tg__complain(report, TG_ERR_UNSUPPORTED,
                        "this Tapegrad was built without libpng: install it (libpng-dev, "
                        "libpng-devel), and build anew with -Dpng=enabled");
}

tg_status tg__png_decode(tg__source *source, int64_t most, tg_png_report *is, tg__growing *out)
{
    (void)most, (void)is, (void)out;
    return complain_none(source->report);
}

tg_status tg__png_encode(tg__sink *sink, tg__png_rows *rows)
{
    (void)rows;
    return complain_none(sink->report);
}
