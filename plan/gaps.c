/* gaps.c: see gaps.h. */
#include "plan/gaps.h"

/* Where a gap stands in an order: of two keys the one with the smaller first number is before, and
 * if these are equal, the one with the smaller second. */
typedef struct key {
    size_t first, second;
} key;

static key key_of(const tg__gap *gap, int order)
{
    return order == TG__BY_SIZE ? (key){ gap->to - gap->from, gap->from } : (key){ gap->from, 0 };
}

static bool is_before(key a, key b)
{
    return a.first < b.first || (a.first == b.first && a.second < b.second);
}

/* ---- One order -------------------------------------------------------------------------- */

static void insert(tg__gaps *gaps, int order, uint32_t fresh)
{
    tg__gap *gap = gaps->gap;
    const key at = key_of(&gap[fresh], order);
    uint32_t *link = &gaps->root[order];
    while (*link && gap[*link].priority >= gap[fresh].priority) {
        gaps->compared++;
        link = &gap[*link].child[order][is_before(key_of(&gap[*link], order), at)];
    }
    /* What is below is cut in two: those before and those after the new one. */
    uint32_t below = *link, *end[2] = { &gap[fresh].child[order][0], &gap[fresh].child[order][1] };
    *link = fresh;
    while (below) {
        gaps->compared++;
        const int side = is_before(key_of(&gap[below], order), at) ? 0 : 1;
        *end[side] = below;
        end[side] = &gap[below].child[order][1 - side];
        below = *end[side];
    }
    *end[0] = *end[1] = 0;
}

static void unlink_gap(tg__gaps *gaps, int order, uint32_t old)
{
    tg__gap *gap = gaps->gap;
    const key at = key_of(&gap[old], order);
    uint32_t *link = &gaps->root[order];
    while (*link != old) {
        gaps->compared++;
        link = &gap[*link].child[order][is_before(key_of(&gap[*link], order), at)];
    }
    /* Its two children become one. */
    uint32_t left = gap[old].child[order][0], right = gap[old].child[order][1];
    while (left && right) {
        gaps->compared++;
        const bool upper = gap[left].priority >= gap[right].priority;
        *link = upper ? left : right;
        link = &gap[*link].child[order][upper];
        *(upper ? &left : &right) = *link;
    }
    *link = left ? left : right;
}

/* The first one at or behind the key, and the last one before it; 0 where there is none. */
static uint32_t find(tg__gaps *gaps, int order, key at, uint32_t *before)
{
    uint32_t behind = 0;
    *before = 0;
    for (uint32_t i = gaps->root[order]; i;) {
        gaps->compared++;
        const bool earlier = is_before(key_of(&gaps->gap[i], order), at);
        *(earlier ? before : &behind) = i;
        i = gaps->gap[i].child[order][earlier];
    }
    return behind;
}

/* ---- Both ------------------------------------------------------------------------------- */

static bool add(tg__gaps *gaps, size_t from, size_t to)
{
    uint32_t i = gaps->unused;
    if (i) {
        gaps->unused = gaps->gap[i].child[0][0];
    } else {
        if (!tg__grow(gaps->allocator, &gaps->gap, &gaps->capacity, gaps->count + 1,
                      sizeof *gaps->gap))
            return false;
        i = (uint32_t)gaps->count++;
    }
    const uint64_t random = (i + 1) * 0x9e3779b97f4a7c15u;
    gaps->gap[i] = (tg__gap){ .from = from, .to = to, .priority = (uint32_t)(random >> 32) };
    insert(gaps, TG__BY_SIZE, i);
    insert(gaps, TG__BY_PLACE, i);
    return true;
}

static void take_out(tg__gaps *gaps, uint32_t i)
{
    unlink_gap(gaps, TG__BY_SIZE, i);
    unlink_gap(gaps, TG__BY_PLACE, i);
    gaps->gap[i].child[0][0] = gaps->unused;
    gaps->unused = i;
}

bool tg__gaps_begin(tg__gaps *gaps, const tg_allocator *allocator, size_t end)
{
    *gaps = (tg__gaps){ .allocator = allocator };
    if (!tg__grow(allocator, &gaps->gap, &gaps->capacity, 2, sizeof *gaps->gap)) return false;
    gaps->count = 1;
    return add(gaps, 0, end);
}

void tg__gaps_end(tg__gaps *gaps) { tg__free(gaps->allocator, gaps->gap); }

bool tg__gaps_take(tg__gaps *gaps, size_t bytes, size_t *offset)
{
    uint32_t smaller;
    const uint32_t i = find(gaps, TG__BY_SIZE, (key){ bytes, 0 }, &smaller);
    if (!i) return false;
    *offset = gaps->gap[i].from;
    const size_t to = gaps->gap[i].to;
    if (bytes == 0) return true;
    take_out(gaps, i);
    return *offset + bytes == to || add(gaps, *offset + bytes, to);
}

bool tg__gaps_release(tg__gaps *gaps, size_t offset, size_t bytes)
{
    if (bytes == 0) return true;
    uint32_t left, right = find(gaps, TG__BY_PLACE, (key){ offset, 0 }, &left);
    size_t from = offset, to = offset + bytes;
    if (left && gaps->gap[left].to == from) {
        from = gaps->gap[left].from;
        take_out(gaps, left);
    }
    if (right && gaps->gap[right].from == to) {
        to = gaps->gap[right].to;
        take_out(gaps, right);
    }
    return add(gaps, from, to);
}
