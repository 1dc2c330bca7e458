/* hash.c: see hash.h. */
#include "kernels/hash.h"

#include <string.h>

uint64_t tg__hash(const void *data, size_t size, uint64_t seed)
{
    uint64_t hash = seed ^ 0xcbf29ce484222325u;
    const unsigned char *bytes = data;
    for (size_t i = 0; i < size; i++) hash = (hash ^ bytes[i]) * 0x100000001b3u;
    return hash;
}

uint64_t tg__hash_words(uint64_t hash, const void *data, size_t size)
{
    const unsigned char *bytes = data;
    uint64_t word;
    for (; size >= sizeof word; size -= sizeof word, bytes += sizeof word) {
        memcpy(&word, bytes, sizeof word);
        hash = tg__hash_word(hash, word);
    }
    word = 0;
    if (size) memcpy(&word, bytes, size);
    return size ? tg__hash_word(hash, word) : hash;
}
