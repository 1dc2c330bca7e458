/* hash.h: hashes of bytes. */
#ifndef TG_HASH_H
#define TG_HASH_H

#include <stddef.h>
#include <stdint.h>

/* A hash of bytes (FNV-1a, 64 bits); streams of random numbers depend on it. */
uint64_t tg__hash(const void *data, size_t size, uint64_t seed);

/* A faster one for tables, word by word. */
static inline uint64_t tg__hash_word(uint64_t hash, uint64_t word)
{
    hash ^= word;
    hash = (hash ^ hash >> 32) * 0x9e3779b97f4a7c15u; /* doubles differ in their upper bits, ... */
    return hash ^ hash >> 29;                         /* ... and tables use the lower ones */
}
uint64_t tg__hash_words(uint64_t hash, const void *data, size_t size);

#endif
