/* logger_events.c: TensorBoard's event files. A file is a list of records, framed as in
 * TensorFlow's TFRecord files; a record is a message "Event" of protocol buffers. The numbers of
 * the fields are from event.proto, summary.proto and tensor.proto
 * (github.com/tensorflow/tensorboard, tensorboard/compat/proto). */
#include "io/logger.h"

#include <string.h>

/* ---- Checksums -------------------------------------------------------------------------- */

/* Computed bit by bit with the reversed polynomial 0x82f63b78, four bits at a time by a table. */
uint32_t tg__crc32c(uint32_t sum, const void *data, size_t size)
{
    static const uint32_t table[16] = {
        0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3,
        0x61c69362, 0x7198540d, 0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9,
        0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
    };
    const unsigned char *bytes = data;
    sum = ~sum;
    for (size_t i = 0; i < size; i++) {
        sum ^= bytes[i];
        sum = sum >> 4 ^ table[sum & 15];
        sum = sum >> 4 ^ table[sum & 15];
    }
    return ~sum;
}

/* The form in which these files store a checksum. */
static uint32_t masked(uint32_t sum) { return (sum >> 15 | sum << 17) + 0xa282ead8u; }

/* ---- Records ---------------------------------------------------------------------------- */

enum { LENGTH = 8, SUM = 4 }; /* a record is preceded by its length and the length's checksum */
enum { EVENT_TIME = 1, EVENT_STEP = 2, EVENT_VERSION = 3, EVENT_SUMMARY = 5, EVENT_SESSION = 7 };

size_t tg__record_begin(tg__bytes *out, double time, int64_t step)
{
    static const unsigned char frame[LENGTH + SUM] = { 0 };
    tg__put(out, frame, sizeof frame);
    const size_t begin = tg__bytes_size(out);
    tg__put_field_double(out, EVENT_TIME, time);
    tg__put_field_number(out, EVENT_STEP, (uint64_t)step);
    return begin;
}

void tg__record_end(tg__bytes *out, size_t begin)
{
    if (out->failed) return;
    unsigned char *record = (unsigned char *)out->memory.data + begin,
                  *frame = record - LENGTH - SUM;
    const size_t size = tg__bytes_size(out) - begin;
    for (int i = 0; i < LENGTH; i++) frame[i] = (unsigned char)((uint64_t)size >> 8 * i);
    const uint32_t sum = masked(tg__crc32c(0, frame, LENGTH));
    for (int i = 0; i < SUM; i++) frame[LENGTH + i] = (unsigned char)(sum >> 8 * i);
    tg__put_little_32(out, masked(tg__crc32c(0, record, size)));
}

/* ---- Events ----------------------------------------------------------------------------- */

void tg__events_begin(tg__bytes *out, double time, int64_t step, bool resumes)
{
    enum { SESSION_STATUS = 1, START = 1 };
    size_t record = tg__record_begin(out, time, 0);
    tg__put_field_text(out, EVENT_VERSION, "brain.Event:2");
    tg__record_end(out, record);
    if (!resumes) return;
    record = tg__record_begin(out, time, step);
    const size_t session = tg__field_begin(out, EVENT_SESSION);
    tg__put_field_number(out, SESSION_STATUS, START);
    tg__field_end(out, session);
    tg__record_end(out, record);
}

tg__event tg__event_begin(tg__bytes *out, double time, int64_t step, const char *name)
{
    enum { SUMMARY_VALUE = 1, VALUE_TAG = 1 };
    tg__event event = { .out = out };
    event.record = tg__record_begin(out, time, step);
    event.summary = tg__field_begin(out, EVENT_SUMMARY);
    event.value = tg__field_begin(out, SUMMARY_VALUE);
    tg__put_field_text(out, VALUE_TAG, name);
    return event;
}

void tg__event_end(tg__event event)
{
    tg__field_end(event.out, event.value);
    tg__field_end(event.out, event.summary);
    tg__record_end(event.out, event.record);
}

void tg__event_plugin(tg__event event, const char *plugin, const void *content, size_t size)
{
    enum {
        METADATA_PLUGIN = 1,
        METADATA_CLASS = 4,
        PLUGIN_NAME = 1,
        PLUGIN_CONTENT = 2,
        TENSOR = 2
    };
    const size_t metadata = tg__field_begin(event.out, TG__VALUE_METADATA);
    const size_t data = tg__field_begin(event.out, METADATA_PLUGIN);
    tg__put_field_text(event.out, PLUGIN_NAME, plugin);
    if (size) tg__put_field_bytes(event.out, PLUGIN_CONTENT, content, size);
    tg__field_end(event.out, data);
    tg__put_field_number(event.out, METADATA_CLASS, TENSOR);
    tg__field_end(event.out, metadata);
}

void tg__event_words(tg__event event, const char *text)
{
    enum {
        TENSOR_DTYPE = 1,
        TENSOR_SHAPE = 2,
        TENSOR_STRING = 8,
        DT_STRING = 7,
        DIM = 2,
        SIZE = 1
    };
    const size_t tensor = tg__field_begin(event.out, TG__VALUE_TENSOR);
    tg__put_field_number(event.out, TENSOR_DTYPE, DT_STRING);
    const size_t shape = tg__field_begin(event.out, TENSOR_SHAPE);
    const size_t dim = tg__field_begin(event.out, DIM);
    tg__put_field_number(event.out, SIZE, 1);
    tg__field_end(event.out, dim);
    tg__field_end(event.out, shape);
    tg__put_field_text(event.out, TENSOR_STRING, text);
    tg__field_end(event.out, tensor);
}
