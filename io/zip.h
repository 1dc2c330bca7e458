/* zip.h: ZIP archives (PKWARE's APPNOTE.TXT), as far as .npz files need them: members stored or
 * deflated, ZIP64, no encryption, no parts on other disks. */
#ifndef TG_IO_ZIP_H
#define TG_IO_ZIP_H

#include "io/elements.h"

/* What the reader and the writer both know of the format. */
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
    TG__ZIP_DESCRIBED = 1 << 3, /* sizes and sum stand behind the data */
    TG__ZIP_UTF8 = 1 << 11,
};

/* ---- Reading ---------------------------------------------------------------------------- */

typedef struct tg__zip_entry {
    const char *name;
    size_t name_length; /* without the 0 behind it; there is none inside */
    uint64_t packed, size;
    uint64_t offset; /* of its header */
    uint64_t limit;  /* the next member's, or the directory's */
    uint32_t sum;
    uint16_t flags, method;
} tg__zip_entry;

typedef struct tg__zip {
    tg__source source;
    tg__zip_entry *entries; /* in the directory's order; they do not overlap */
    size_t count;
    tg__growing names;
} tg__zip;

/* Opens report->path and reads its directory. Whatever is returned, tg__zip_close must follow. */
tg_status tg__zip_open(tg__zip *zip, tg__report *report, const tg_io_layer *io,
                       const tg_allocator *allocator);
/* Frees what there is, and returns the report's status. */
tg_status tg__zip_close(tg__zip *zip);

/* A member as a file of an I/O layer, so that whatever reads files reads members. */
typedef struct tg__zip_member {
    tg__zip *zip;
    const tg__zip_entry *entry;
    tg_io_layer io;        /* whatever the path, it opens this member, once */
    uint64_t taken, given; /* bytes of the archive, bytes of the member */
    uint32_t sum;
    bool inflating, ended, checked;
    z_stream z;
    unsigned char *input; /* for inflate */
} tg__zip_member;

/* Goes to the member's data. Whatever is returned, tg__zip_member_end must follow. Reading from its
 * [io] complains to the archive's report and says EIO. At the end of the member sizes and sum have
 * been found right. */
tg_status tg__zip_member_begin(tg__zip_member *member, tg__zip *zip, const tg__zip_entry *entry);
void tg__zip_member_end(tg__zip_member *member);

/* ---- Writing ---------------------------------------------------------------------------- */

typedef struct tg__zipper {
    tg__packer packer;     /* of the member in hand: what is packed goes there */
    tg__growing directory; /* as it will stand in the file */
    uint64_t count;
    /* What is larger goes into a field of ZIP64: all that 32 and 16 bits hold, less in tests. */
    uint64_t most32, most16;
    /* The member in hand. */
    const char *name;
    size_t name_length;
    uint64_t offset, begin;
    bool big; /* its sizes have fields of ZIP64 */
} tg__zipper;

/* For a sink that is open. Whatever else is returned, tg__zipper_close must follow. */
void tg__zipper_begin(tg__zipper *zipper, tg__sink *sink);
/* Begins a member of that name (UTF-8, at most 65,535 bytes) and about that size. If it is stored,
 * [size] and [sum] are exact; deflated, they are written behind it. */
tg_status tg__zipper_member(tg__zipper *zipper, const char *name, size_t name_length,
                            tg__packing packing, uint64_t size, uint32_t sum);
tg_status tg__zipper_member_end(tg__zipper *zipper);
/* Writes the directory. */
tg_status tg__zipper_end(tg__zipper *zipper);
void tg__zipper_close(tg__zipper *zipper);

#endif
