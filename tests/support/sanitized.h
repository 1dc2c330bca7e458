/* sanitized.h: is the program built with a sanitizer, which makes some tests too slow or
 * impossible? */
#ifndef TG_TESTS_SANITIZED_H
#define TG_TESTS_SANITIZED_H

#if defined(__has_feature)
#define HAS_FEATURE(name) __has_feature(name)
#else
#define HAS_FEATURE(name) 0
#endif
#if defined(__SANITIZE_THREAD__) || HAS_FEATURE(thread_sanitizer)
#define UNDER_TSAN 1
#else
#define UNDER_TSAN 0
#endif
#if defined(__SANITIZE_ADDRESS__) || HAS_FEATURE(address_sanitizer) ||                             \
    HAS_FEATURE(memory_sanitizer) || UNDER_TSAN
#define UNDER_SANITIZER 1
#else
#define UNDER_SANITIZER 0
#endif

#endif
