/* Links if libm has the vector functions that the kernels call, in float and double, for
 * SSE (b), AVX2 (d) and AVX-512 (e). They came one by one: tanh, erf and others with
 * glibc 2.35. The real types do not matter to the linker. */
#define UNARY(id)                                                                        \
    extern void _ZGVbN4v_##id##f(void), _ZGVdN8v_##id##f(void), _ZGVeN16v_##id##f(void); \
    extern void _ZGVbN2v_##id(void), _ZGVdN4v_##id(void), _ZGVeN8v_##id(void);           \
    static void (*const id##_all[])(void) = {                                            \
        _ZGVbN4v_##id##f, _ZGVdN8v_##id##f, _ZGVeN16v_##id##f,                           \
        _ZGVbN2v_##id, _ZGVdN4v_##id, _ZGVeN8v_##id,                                     \
    };
#define BINARY(id)                                                                          \
    extern void _ZGVbN4vv_##id##f(void), _ZGVdN8vv_##id##f(void), _ZGVeN16vv_##id##f(void); \
    extern void _ZGVbN2vv_##id(void), _ZGVdN4vv_##id(void), _ZGVeN8vv_##id(void);           \
    static void (*const id##_all[])(void) = {                                               \
        _ZGVbN4vv_##id##f, _ZGVdN8vv_##id##f, _ZGVeN16vv_##id##f,                           \
        _ZGVbN2vv_##id, _ZGVdN4vv_##id, _ZGVeN8vv_##id,                                     \
    };

#define ALL(do_unary, do_binary)                                                    \
    do_unary(exp) do_unary(expm1) do_unary(log) do_unary(log1p) do_unary(sin)       \
    do_unary(cos) do_unary(tanh) do_unary(erf) do_unary(erfc) do_binary(pow)

ALL(UNARY, BINARY)

/* Through a volatile, or the tables would be dropped and nothing linked. */

int main(void)
{
    static volatile int volatile_zero;
    int missing = 0;
#define COUNT(id) missing += id##_all[volatile_zero] == 0;
    ALL(COUNT, COUNT)
    return missing;
}
