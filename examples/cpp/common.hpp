/* common.hpp: what the C++ examples share with those in C: options, a clock, printing. It is no
 * part of Tapegrad. */
#ifndef EXAMPLES_COMMON_HPP
#define EXAMPLES_COMMON_HPP

#include <tapegrad.hpp>

extern "C" {
#include "../common.h"
}

/* An option "--name value", and the variable that receives its value. */
inline option take(const char *name, const char *help, std::int64_t &count, double least = 0)
{
    return { name, help, nullptr, nullptr, &count, nullptr, least };
}
inline option take(const char *name, const char *help, double &number, double least = 0)
{
    return { name, help, nullptr, &number, nullptr, nullptr, least };
}
inline option take(const char *name, const char *help, bool &flag)
{
    return { name, help, nullptr, nullptr, nullptr, &flag, 0 };
}
inline bool take_options(int argc, char **argv, const char *about, std::vector<option> options)
{
    options.push_back({ nullptr, nullptr, nullptr, nullptr, nullptr, nullptr, 0 });
    return parse_options(argc, argv, about, options.data());
}

#endif
