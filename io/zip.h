/* zip.h: ZIP archives (PKWARE's APPNOTE.TXT), as far as .npz files need them: stored and deflated
 * members, ZIP64; no encryption, no archives of several parts. */
#ifndef TG_IO_ZIP_H
#define TG_IO_ZIP_H

#include "io/elements.h"

/* Numbers of the format, for reading and writing. */
enum {
    TG__ZIP_LOCAL = 0x04034b50,
    TG__ZIP_CENTRAL = 0x02014b50,
    TG__ZIP_DESCRIPTOR = 0x08074b50,
    TG__ZIP_END = 0x06054b50,
    TG__ZIP_END64 = 0x06064b50,
    TG__ZIP_LOCATOR64 = 0x07064b50,
    TG__ZIP_LOCAL_BYTES = 30,
    TG__ZIP_CENTRAL_BYTES = 46,
    TG__ZIP_END_BYTES = 22,
    TG__ZIP_END64_BYTES = 56,
    TG__ZIP_LOCATOR64_BYTES = 20,
    TG__ZIP_EXTRA64 = 1,
    TG__ZIP_STORED = 0,
    TG__ZIP_DEFLATED = 8,
    TG__ZIP_ENCRYPTED = 1 << 0,
    TG__ZIP_DESCRIBED = 1 << 3, /* sizes and checksum follow the data */
    TG__ZIP_UTF8 = 1 << 11,
};

/* ---- Reading ---------------------------------------------------------------------------- */

typedef struct tg__zip_entry {
    const char *name;
    size_t name_length; /* without the 0 at the end; the name has no other */
    uint64_t packed, size;
    uint64_t offset; /* of the member's header */
    uint64_t limit;  /* where the next member or the directory begins */
    uint32_t sum;
    uint16_t flags, method;
} tg__zip_entry;

typedef struct tg__zip {
    tg__source source;
    tg__zip_entry *entries; /* in the directory's order; members do not overlap */
    size_t count;
    tg__growing names;
} tg__zip;

/* Opens report->path and reads its directory. tg__zip_close must follow, also after an error. */
tg_status tg__zip_open(tg__zip *zip, tg__report *report, const tg_io_layer *io,
                       const tg_allocator *allocator);
/* Frees everything; returns the report's status. */
tg_status tg__zip_close(tg__zip *zip);

/* A member as a file of an I/O layer, so that all functions that read files can read members. */
typedef struct tg__zip_member {
    tg__zip *zip;
    const tg__zip_entry *entry;
    tg_io_layer io;        /* opens this member, once, for any path */
    uint64_t taken, given; /* bytes taken from the archive, bytes of the member given */
    uint32_t sum;
    bool inflating, ended, checked;
    z_stream z;
    unsigned char *input; /* for inflate */
} tg__zip_member;

/* Moves to the member's data. tg__zip_member_end must follow, also after an error. Errors while
 * reading from its [io] go to the archive's report, and reads return EIO. When the member's end is
 * reached, its size and checksum have been checked. */
tg_status tg__zip_member_begin(tg__zip_member *member, tg__zip *zip, const tg__zip_entry *entry);
void tg__zip_member_end(tg__zip_member *member);

/* ---- Writing ---------------------------------------------------------------------------- */

typedef struct tg__zipper {
    tg__packer packer;     /* of the current member: data is written to it */
    tg__growing directory; /* as it will be in the file */
    uint64_t count;
    /* Larger numbers go to a ZIP64 field. The limits are those of 32 and 16 bits, smaller in
     * tests. */
    uint64_t most32, most16;
    /* The current member: */
    const char *name;
    size_t name_length;
    uint64_t offset, begin;
    bool big; /* its sizes need ZIP64 fields */
} tg__zipper;

/* For a sink that is open. tg__zipper_close must follow, also after an error. */
void tg__zipper_begin(tg__zipper *zipper, tg__sink *sink);
/* Begins a member of that name (UTF-8, at most 65,535 bytes). A stored one needs its exact [size]
 * and [sum]; for a deflated one [size] is an estimate, and both are written behind the data. */
tg_status tg__zipper_member(tg__zipper *zipper, const char *name, size_t name_length,
                            tg__packing packing, uint64_t size, uint32_t sum);
tg_status tg__zipper_member_end(tg__zipper *zipper);
/* Writes the directory. */
tg_status tg__zipper_end(tg__zipper *zipper);
void tg__zipper_close(tg__zipper *zipper);

#endif
