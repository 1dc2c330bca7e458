/* source.c: a file as a stream of bytes: read by the replaceable I/O layer, and decompressed if it
 * is gzip. zlib's gzopen cannot use that layer, and accepts garbage behind the data; so this file
 * calls inflate itself. */
#include "io/io.h"

#include <errno.h>
#include <string.h>

enum { INPUT_BYTES = 1 << 16 };

/* ---- Reading the layer -------------------------------------------------------------- */

/* Fills the input buffer, which is empty. */
static tg_status fill(tg__source *source)
{
    int64_t got;
    do {
        got = source->io->read(source->io->context, source->file, source->input, INPUT_BYTES);
    } while (got == -EINTR);
    if (got < 0) {
        char what[64];
        (void)snprintf(what, sizeof what, "cannot be read at byte %llu",
                       (unsigned long long)source->input_offset);
        return tg__complain_errno(source->report, what, got < -INT_MAX ? EIO : (int)-got);
    }
    if (got > INPUT_BYTES)
        return tg__complain(source->report, TG_ERR_IO,
                            "the I/O layer says that it read %lld bytes into a buffer of %d",
                            (long long)got, INPUT_BYTES);
    source->next = 0;
    source->end = (size_t)got;
    source->input_offset += (uint64_t)got;
    source->at_end = got == 0;
    return TG_OK;
}

/* Makes sure that there is input, unless the file has ended. */
static tg_status need_input(tg__source *source)
{
    return source->next < source->end || source->at_end ? TG_OK : fill(source);
}

/* The offset in the file of the next input byte. */
static unsigned long long file_offset(const tg__source *source)
{
    return source->input_offset - (source->end - source->next);
}

/* ---- gzip --------------------------------------------------------------------------- */

static tg_status start_inflating(tg__source *source)
{
    tg__z_memory(&source->z, source->allocator);
    /* 15 bits of window, + 16: gzip only. */
    if (inflateInit2(&source->z, 15 + 16) != Z_OK)
        return tg__complain(source->report, TG_ERR_MEMORY, "out of memory for decompression");
    source->gzip = source->inflating = true;
    return TG_OK;
}

static tg_status complain_inflate(tg__source *source, int result)
{
    if (result == Z_MEM_ERROR)
        return tg__complain(source->report, TG_ERR_MEMORY, "out of memory for decompression");
    const char *reason = source->z.msg ? source->z.msg : "no reason known";
    if (strcmp(reason, "incorrect data check") == 0)
        reason = "the checksum (CRC) does not match the data";
    else if (strcmp(reason, "incorrect length check") == 0)
        reason = "the length in its trailer does not match the data";
    return tg__complain(source->report, TG_ERR_FORMAT, "damaged gzip data before byte %llu: %s",
                        file_offset(source), reason);
}

/* Behind a gzip member there is another one or the end; anything else is an error. */
static tg_status next_member(tg__source *source, bool *over)
{
    const tg_status status = need_input(source);
    if (status != TG_OK) return status;
    *over = source->at_end;
    if (*over) return TG_OK;
    if (source->input[source->next] != 0x1f)
        return tg__complain(source->report, TG_ERR_FORMAT,
                            "garbage after the end of the gzip data, at byte %llu",
                            file_offset(source));
    source->between_members = false;
    return inflateReset(&source->z) == Z_OK ? TG_OK : complain_inflate(source, Z_DATA_ERROR);
}

static tg_status read_gzip(tg__source *source, unsigned char *buffer, size_t size, size_t *got)
{
    z_stream *z = &source->z;
    while (*got < size) {
        tg_status status;
        if (source->between_members) {
            bool over;
            status = next_member(source, &over);
            if (status != TG_OK || over) return status;
        }
        status = need_input(source);
        if (status != TG_OK) return status;
        if (source->at_end)
            return tg__complain(source->report, TG_ERR_FORMAT,
                                "gzip data cut short: it ends at byte %llu, inside a member",
                                file_offset(source));
        const size_t room = size - *got < UINT_MAX ? size - *got : UINT_MAX;
        z->next_in = source->input + source->next;
        z->avail_in = (uInt)(source->end - source->next);
        z->next_out = buffer + *got;
        z->avail_out = (uInt)room;
        const int result = inflate(z, Z_NO_FLUSH);
        source->next = source->end - z->avail_in;
        *got += room - z->avail_out;
        source->between_members = result == Z_STREAM_END;
        if (result != Z_OK && result != Z_STREAM_END && result != Z_BUF_ERROR)
            return complain_inflate(source, result);
    }
    return TG_OK;
}

/* ---- Sources ------------------------------------------------------------------------ */

static tg_status read_plain(tg__source *source, unsigned char *buffer, size_t size, size_t *got)
{
    while (*got < size) {
        const tg_status status = need_input(source);
        if (status != TG_OK || source->at_end) return status;
        const size_t there = source->end - source->next;
        const size_t take = there < size - *got ? there : size - *got;
        memcpy(buffer + *got, source->input + source->next, take);
        source->next += take;
        *got += take;
    }
    return TG_OK;
}

/* Detects gzip by its first two bytes; a short first read may have given only one. */
static tg_status detect(tg__source *source)
{
    unsigned char first;
    tg_status status = fill(source);
    if (status != TG_OK || source->at_end) return status;
    first = source->input[0];
    if (first == 0x1f && source->end == 1) {
        status = fill(source);
        if (status != TG_OK) return status;
        /* Puts the first byte back before those of the second read. */
        memmove(source->input + 1, source->input, source->end);
        source->input[0] = first;
        source->end++;
        source->at_end = false;
    }
    const bool gzip = source->end >= 2 && first == 0x1f && source->input[1] == 0x8b;
    return gzip ? start_inflating(source) : TG_OK;
}

/* Opens the file. If it does not exist and [absent] is not NULL, *absent becomes true, without an
 * error. */
static tg_status open_file(tg__source *source, bool *absent)
{
    int result;
    do {
        result = source->io->open(source->io->context, source->report->path, &source->file);
    } while (result == EINTR);
    if (absent && result == ENOENT) {
        source->at_end = *absent = true;
        return TG_OK;
    }
    if (tg__not_a_file(result))
        return tg__complain(source->report, TG_ERR_IO, "it is %s, and only regular files are read",
                            tg__not_a_file(result));
    if (result != 0) return tg__complain_errno(source->report, "cannot be opened", result);
    source->open = true;
    return TG_OK;
}

static void close_file(tg__source *source)
{
    const int result = source->io->close(source->io->context, source->file);
    source->open = false;
    if (result != 0 && result != EINTR)
        tg__complain_errno(source->report, "cannot be closed", result);
}

static tg_status open_plain(tg__source *source, tg__report *report, const tg_io_layer *io,
                            const tg_allocator *allocator, bool *absent)
{
    *source = (tg__source){ .report = report, .io = io ? io : &tg__posix_io };
    source->allocator = allocator;
    if (!report->path) return tg__complain(report, TG_ERR_ARGUMENT, "the file's path is NULL");
    source->input = tg__alloc(allocator, INPUT_BYTES + 1); /* + 1 for detect */
    if (!source->input) return tg__complain_memory(report, INPUT_BYTES + 1);
    return open_file(source, absent);
}

tg_status tg__source_open_plain(tg__source *source, tg__report *report, const tg_io_layer *io,
                                const tg_allocator *allocator)
{
    return open_plain(source, report, io, allocator, NULL);
}

tg_status tg__source_open_if_there(tg__source *source, tg__report *report, const tg_io_layer *io,
                                   const tg_allocator *allocator, bool *absent)
{
    *absent = false;
    return open_plain(source, report, io, allocator, absent);
}

tg_status tg__source_open(tg__source *source, tg__report *report, const tg_io_layer *io,
                          const tg_allocator *allocator)
{
    const tg_status status = tg__source_open_plain(source, report, io, allocator);
    return status == TG_OK ? detect(source) : status;
}

tg_status tg__source_read(tg__source *source, void *buffer, size_t size, size_t *got)
{
    *got = 0;
    const tg_status status =
        source->gzip ? read_gzip(source, buffer, size, got) : read_plain(source, buffer, size, got);
    source->offset += *got;
    return status;
}

tg_status tg__source_take(tg__source *source, tg__growing *memory, uint64_t size)
{
    enum { STEP = INPUT_BYTES };
    while (size > 0) {
        size_t got;
        const size_t step = size < STEP ? (size_t)size : STEP;
        /* A size that memory cannot have is larger than any data. */
        const size_t limit =
            size < PTRDIFF_MAX - memory->used ? memory->used + (size_t)size : PTRDIFF_MAX;
        if (!tg__reserve(source->allocator, memory, step, limit))
            return tg__complain_memory(source->report, memory->used + step);
        const tg_status status =
            tg__source_read(source, (unsigned char *)memory->data + memory->used, step, &got);
        memory->used += got;
        if (status != TG_OK || got < step) return status;
        size -= got;
    }
    return TG_OK;
}

/* ---- Other places ------------------------------------------------------------------- */

/* Opens the file again, at its beginning. */
static tg_status reopen(tg__source *source)
{
    close_file(source);
    source->next = source->end = 0;
    source->input_offset = source->offset = 0;
    source->at_end = false;
    return source->report->status == TG_OK ? open_file(source, NULL) : source->report->status;
}

/* Reads and discards [size] bytes, or all up to the end. */
static tg_status drop(tg__source *source, uint64_t size)
{
    while (size > 0) {
        const tg_status status = need_input(source);
        if (status != TG_OK || source->at_end) return status;
        const size_t there = source->end - source->next;
        const size_t step = there < size ? there : (size_t)size;
        source->next += step;
        source->offset += step;
        size -= step;
    }
    return TG_OK;
}

tg_status tg__source_seek(tg__source *source, uint64_t offset)
{
    const uint64_t begin = source->input_offset - source->end; /* of the buffer */
    if (offset >= begin && offset <= source->input_offset) {
        source->next = (size_t)(offset - begin);
        source->offset = offset;
        return TG_OK;
    }
    if (source->io == &tg__posix_io) {
        const int result = tg__posix_seek(source->file, offset);
        if (result != 0) return tg__complain_errno(source->report, "cannot seek", result);
        source->next = source->end = 0;
        source->input_offset = source->offset = offset;
        source->at_end = false;
        return TG_OK;
    }
    tg_status status = TG_OK;
    if (offset < source->offset) status = reopen(source);
    return status == TG_OK ? drop(source, offset - source->offset) : status;
}

tg_status tg__source_size(tg__source *source, uint64_t *size)
{
    *size = 0;
    if (source->io == &tg__posix_io) {
        const int result = tg__posix_size(source->file, size);
        return result ? tg__complain_errno(source->report, "has no size", result) : TG_OK;
    }
    const tg_status status = drop(source, UINT64_MAX);
    *size = source->input_offset;
    return status;
}

/* ---- The end ------------------------------------------------------------------------ */

tg_status tg__source_close(tg__source *source)
{
    if (source->inflating) (void)inflateEnd(&source->z);
    if (source->open) close_file(source);
    tg__free(source->allocator, source->input);
    source->inflating = false;
    source->input = NULL;
    return source->report->status;
}

/* ---- What a file looks like --------------------------------------------------------- */

const char *tg__looks_like(const unsigned char *bytes, size_t size)
{
    static const struct {
        const char *start;
        size_t size;
        const char *what;
    } known[] = {
        { "\x1f\x8b", 2, "gzip data" },       { "BZh", 3, "bzip2 data" },
        { "\3757zX", 4, "xz data" },          { "\x28\xb5\x2f\xfd", 4, "zstd data" },
        { "PK\x03\x04", 4, "a ZIP archive" }, { "\x93NUM", 4, "a NumPy array" },
        { "\x89PNG", 4, "a PNG picture" },    { "\xff\xd8\xff", 3, "a JPEG picture" },
        { "\xff\xfe", 2, "UTF-16 text" },     { "\xfe\xff", 2, "UTF-16 text" },
        { "<!DOCTYPE", 9, "an HTML page" },   { "<html", 5, "an HTML page" },
        { "%PDF", 4, "a PDF document" },      { "\177ELF", 4, "a program" },
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (size >= known[i].size && memcmp(bytes, known[i].start, known[i].size) == 0)
            return known[i].what;
    return NULL;
}
