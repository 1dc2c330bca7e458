/* canvas.c: what all canvases share: colours, and text that may contain any bytes. */
#include "io/canvas.h"

#include <string.h>

/* Colours for bright and for dark pages, that can be distinguished on both. */
const tg__palette tg__bright = { 0xffffff,
                                 0x1f2328,
                                 0x59636e,
                                 0xdde2e7,
                                 { 0x1f6feb, 0xd9630b, 0x1a7f37, 0xcf222e, 0x8250df, 0x0f8b8d,
                                   0x9a6700, 0xbf3989 } };
const tg__palette tg__dark = { 0x0d1117,
                               0xe6edf3,
                               0x9198a1,
                               0x2a313a,
                               { 0x58a6ff, 0xf0883e, 0x3fb950, 0xff7b72, 0xbc8cff, 0x39c5cf,
                                 0xd6a52e, 0xf778ba } };

int tg__characters(const char *text, int most, size_t *size)
{
    int count = 0;
    size_t left = strlen(text);
    for (*size = 0; left > 0 && count < most; count++) {
        const size_t length = tg__utf8_length(text + *size, left);
        *size += length ? length : 1;
        left -= length ? length : 1;
    }
    return count;
}

void tg__put_words(tg__bytes *out, const char *text, int most, bool as_xml)
{
    size_t size;
    (void)tg__characters(text, most > 0 ? most : INT_MAX, &size);
    for (size_t at = 0; at < size;) {
        const unsigned char c = (unsigned char)text[at];
        const size_t length = tg__utf8_length(text + at, size - at);
        if (as_xml && c == '&') tg__put_text(out, "&amp;");
        else if (as_xml && c == '<') tg__put_text(out, "&lt;");
        else if (as_xml && c == '>') tg__put_text(out, "&gt;");
        else if (as_xml && c == '"') tg__put_text(out, "&quot;");
        else if (length == 0 || c < 0x20 || c == 0x7f) tg__put_text(out, "\xef\xbf\xbd");
        else tg__put(out, text + at, length);
        at += length ? length : 1;
    }
    if (text[size]) tg__put_text(out, "\xe2\x80\xa6"); /* an ellipsis */
}
