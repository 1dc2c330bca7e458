/* tapegrad.hpp: Tapegrad for C++17 and C++20. Everything here is inline and thin: values, shapes,
 * errors and results are those of the C functions, bit for bit.
 *
 *     tg::store store(tg::store_options().with_dtype(tg::f64));
 *     tg::tape tape(store);
 *     tg::tensor x = tg::number(tape, 2), y = x * tg::sin(x);
 *     std::printf("%g\n", tg::grad(y, x).item());
 *
 * tg_NAME(...) of C is tg::NAME(...), with the operands in the same order; the C headers are the
 * documentation. The differences, which docs/cpp.md explains:
 *
 *   - Owners (tg::store, tg::tape, tg::plan, tg::instance, tg::array, tg::table, tg::dataset,
         tg::npz,
 *     tg::scaler, tg::folds, tg::vocabulary, tg::metadata, tg::snapshot, tg::batches, tg::samples,
 *     tg::loader, tg::flat, tg::objective, tg::logger, tg::page, tg::scalars) free what they hold.
 *     tg::tensor, tg::var and tg::op are handles, of the size of a pointer, and own nothing.
 *   - Options are a struct behind the operands: tg::sum(x, { .axis = 1 }) in C++20, tg::sum(x,
 *     tg::reduce_options().with_axis(1)) in both standards.
 *   - The caller's file and line are the last argument, with a default (TG_CALLER).
 *   - Errors stick, as in C. Only check() throws, the constructors of store and tape if they fail,
 *     and the standard library if there is no memory.
 *
 * Made by tools/make-hpp from the C headers and tapegrad.hpp.in: change those. */
#ifndef TAPEGRAD_HPP
#define TAPEGRAD_HPP

#if !(__cplusplus >= 201703L || (defined(_MSVC_LANG) && _MSVC_LANG >= 201703L))
#error "tapegrad.hpp needs C++17 or later"
#endif

#include "tapegrad.h"

#include <array>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <exception>
#include <functional>
#include <initializer_list>
#include <iterator>
#include <limits>
#include <memory>
#include <new>
#include <stdexcept>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#if __has_include(<version>)
#include <version>
#endif
#ifdef __cpp_lib_source_location
#include <source_location>
#endif

namespace tg {

/* ---- Call sites --------------------------------------------------------------------------- */

/* The place of a call. If an error in a function of your own should be reported at the caller's
 * line, give it `tg::site at = TG_CALLER` as last parameter, and pass [at] on. */
struct site : tg_site {
    site(const char *in_file, int at_line) : tg_site{ in_file, at_line, nullptr, nullptr } {}
    site(const tg_site &c) : tg_site(c) {}
#ifdef __cpp_lib_source_location
    site(const std::source_location &place)
        : tg_site{ place.file_name(), static_cast<int>(place.line()), nullptr, nullptr }
    {
    }
#endif
};

#ifdef __cpp_lib_source_location
#define TG_CALLER ::tg::site(std::source_location::current())
#else
#define TG_CALLER ::tg::site(__builtin_FILE(), __builtin_LINE())
#endif

/* ---- Errors ------------------------------------------------------------------------------- */

/* Thrown by check(). what() is the whole message, as tg_report prints it. A lambda of an operation
 * may throw it, to fail with a status of its choice. */
class error : public std::runtime_error {
  public:
    error(tg_status status, const std::string &what) : std::runtime_error(what), status_(status)
    {
    }
    tg_status status() const noexcept { return status_; }

  private:
    tg_status status_;
};

/* The result of a function that reads or writes files: true if it succeeded. */
class [[nodiscard]] outcome {
  public:
    outcome(tg_status status, const tg_error &error)
        : status_(status), text_(status == TG_OK ? "" : error.text)
    {
    }
    explicit operator bool() const noexcept { return status_ == TG_OK; }
    tg_status status() const noexcept { return status_; }
    /* The message of the error; "" if it succeeded. */
    const char *what() const noexcept { return text_.c_str(); }
    /* Throws tg::error unless it succeeded. */
    void check() const
    {
        if (status_ != TG_OK) throw error(status_, text_);
    }

  private:
    tg_status status_;
    std::string text_;
};

/* ---- Plain values ------------------------------------------------------------------------- */

inline constexpr tg_dtype f32 = TG_F32, f64 = TG_F64, i32 = TG_I32, i64 = TG_I64, u8 = TG_U8,
                          boolean = TG_BOOL;

namespace detail {

/* Integers, including unscoped enumerations but not bool; and numbers. */
template <class T>
inline constexpr bool is_whole = (std::is_integral_v<T> && !std::is_same_v<T, bool>) ||
                                 (std::is_enum_v<T> && std::is_convertible_v<T, long long>);
template <class T> inline constexpr bool is_number = std::is_floating_point_v<T> || is_whole<T>;

template <class T> constexpr tg_dtype dtype_for()
{
    using U = std::remove_cv_t<T>;
    if constexpr (std::is_same_v<U, float>) return TG_F32;
    else if constexpr (std::is_same_v<U, double>) return TG_F64;
    else if constexpr (std::is_same_v<U, bool>) return TG_BOOL;
    else if constexpr (std::is_same_v<U, std::uint8_t>) return TG_U8;
    else if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 4) return TG_I32;
    else if constexpr (std::is_integral_v<U> && std::is_signed_v<U> && sizeof(U) == 8) return TG_I64;
    else return TG_DTYPE_DEFAULT;
}

/* Contiguous elements; arrays of arrays are flattened. */
template <class T> struct run_of {
    T *data;
    std::size_t count;
};
template <class T> auto flat(T *data, std::size_t count)
{
    if constexpr (std::is_array_v<T>) {
        using inner = std::remove_extent_t<T>;
        return flat(reinterpret_cast<inner *>(data), count * std::extent_v<T>);
    } else {
        static_assert(dtype_for<T>() != TG_DTYPE_DEFAULT,
                      "elements are float, double, int32_t, int64_t, uint8_t or bool");
        return run_of<T>{ data, count };
    }
}
template <class Range> using if_range =
    decltype(std::data(std::declval<Range &>()), std::size(std::declval<Range &>()), 0);
template <class Range> auto flat_range(Range &range)
{
    return flat(std::data(range), std::size(range));
}

} // namespace detail

/* The dtype of elements of type T: tg::dtype_v<float> is tg::f32. */
template <class T> inline constexpr tg_dtype dtype_v = detail::dtype_for<T>();

/* A size, of any integer type: { rows, points.size() } makes a shape. A value that does not fit 64
 * bits becomes a dimension that every function refuses. */
struct dim_of {
    std::int64_t value;
    template <class I, std::enable_if_t<detail::is_whole<I>, int> = 0>
    constexpr dim_of(I size)
        : value(sizeof(I) >= 8 && std::is_unsigned_v<I> &&
                        static_cast<std::uint64_t>(size) > static_cast<std::uint64_t>(INT64_MAX)
                    ? -2
                    : static_cast<std::int64_t>(size))
    {
    }
};

/* { 64, 784 }, or a container of integers; {} is the shape of one number. */
struct shape : tg_shape {
    shape() : tg_shape() {}
    template <class C, std::enable_if_t<std::is_same_v<C, tg_shape>, int> = 0>
    shape(const C &c) : tg_shape(c)
    {
    }
    shape(std::initializer_list<dim_of> sizes) : tg_shape()
    {
        for (const dim_of &size : sizes) push(size.value);
    }
    template <class Range, class I = typename Range::value_type,
              std::enable_if_t<detail::is_whole<I>, int> = 0>
    shape(const Range &sizes) : tg_shape()
    {
        for (const auto &size : sizes) push(dim_of(size).value);
    }
    /* The number of elements; -1 for an invalid shape, or if the count overflows. */
    std::int64_t count() const { return tg_shape_count(*this); }
    std::int64_t operator[](int axis) const { return dim[axis]; }
    friend bool operator==(const shape &a, const shape &b) { return tg_shape_equal(a, b); }
    friend bool operator!=(const shape &a, const shape &b) { return !tg_shape_equal(a, b); }

  private:
    void push(std::int64_t size)
    {
        if (rank < 0) return;
        if (rank == TG_MAX_RANK) rank = -1;
        else dim[rank++] = size;
    }
};

/* { 0, -1 }, or a container of integers. */
struct axes : tg_axes {
    axes() : tg_axes() {}
    template <class C, std::enable_if_t<std::is_same_v<C, tg_axes>, int> = 0>
    axes(const C &c) : tg_axes(c)
    {
    }
    axes(std::initializer_list<int> list) : tg_axes()
    {
        for (int one : list) push(one);
    }
    template <class Range, class I = typename Range::value_type,
              std::enable_if_t<detail::is_whole<I>, int> = 0>
    axes(const Range &list) : tg_axes()
    {
        for (const auto &one : list) push(static_cast<int>(one));
    }

  private:
    void push(int one)
    {
        if (count < 0) return;
        if (count == TG_MAX_RANK) count = -1;
        else axis[count++] = one;
    }
};

/* A name or a path: a string literal, a std::string, or nothing. Borrowed: do not store one made
 * from a temporary string in an options struct that outlives the statement. */
class text {
  public:
    text(const char *c = nullptr) : c_(c) {}
    text(const std::string &string) : c_(string.c_str()) {}
    const char *c_str() const { return c_; }

  private:
    const char *c_;
};

/* ---- Handles: values the size of a pointer, which own nothing ------------------------------ */

class tensor;
class tape_ref;

/* A store that somebody else owns; functions take it. A tg::store is one. */
class store_ref {
  public:
    store_ref(tg_store *c = nullptr) : c_(c) {}
    tg_store *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }
    /* Throws tg::error if an error stuck to the store. */
    void check() const
    {
        if (tg_store_status(c_) != TG_OK) throw tg::error(tg_store_status(c_), tg_store_error(c_));
    }
    /* Makes an error stick to the store, unless it has one. */
    void fail(tg_status status, text message, const tg::site &at = TG_CALLER) const
    {
        tg_store_fail(c_, at, status, "%s", message.c_str() ? message.c_str() : "");
    }
    tg_status status() const;
    const char *error() const;
    void clear_error() const;
    void *memory(size_t size) const;
    tg_dtype dtype() const;
    uint64_t seed() const;
    int64_t step() const;
    void set_step(int64_t step) const;
    void print(FILE *out) const;

  protected:
    tg_store *c_;
};

/* A variable. */
class var {
  public:
    var(tg_var *c = nullptr) : c_(c) {}
    tg_var *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }
    /* All its elements; none on an error (such as a T that is not the variable's dtype). */
    template <class T> std::vector<T> get() const;
    /* Copies all elements out or in: [count] must be their number, and T the variable's dtype. */
    template <class T> tg_status get(T *out, std::size_t count) const
    {
        const auto run = detail::flat(out, count);
        return tg_var_get_as(c_, dtype_v<std::remove_pointer_t<decltype(run.data)>>, run.data,
                             run.count);
    }
    template <class T> tg_status set(const T *data, std::size_t count) const
    {
        const auto run = detail::flat(data, count);
        return tg_var_set_as(c_, dtype_v<std::remove_pointer_t<decltype(run.data)>>, run.data,
                             run.count);
    }
    template <class Range, detail::if_range<Range> = 0> tg_status get(Range &&out) const
    {
        return get(std::data(out), std::size(out));
    }
    template <class Range, detail::if_range<const Range> = 0>
    tg_status set(const Range &data) const
    {
        return set(std::data(data), std::size(data));
    }
    const char *name() const;
    tg::shape shape() const;
    tg_dtype dtype() const;
    tg::store_ref store() const;
    bool trainable() const;

  private:
    tg_var *c_;
};

/* An operation of your own; see op_new below. */
class op {
  public:
    op(const tg_op *c = nullptr) : c_(c) {}
    const tg_op *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }
    const char *name() const;

  private:
    const tg_op *c_;
};

/* A tape that somebody else owns; functions take it. A tg::tape is one. */
class tape_ref {
  public:
    tape_ref(tg_tape *c = nullptr) : c_(c) {}
    tg_tape *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }
    /* Throws tg::error if an error stuck to the store or the tape, or if the last run failed. */
    void check() const
    {
        if (c_) store_ref(tg_tape_store(c_)).check();
        if (tg_tape_status(c_) != TG_OK) throw tg::error(tg_tape_status(c_), tg_tape_error(c_));
        if (tg_tape_run_status(c_) != TG_OK)
            throw tg::error(tg_tape_run_status(c_), tg_tape_run_error(c_));
    }
    /* Prints what check() would throw. Returns 0 if there is no error, else 1, as a result for
     * main. */
    int report(std::FILE *out) const { return tg_report(c_, out); }
    /* Removes all nodes, values and errors, for the next recording. */
    void rewind() const { tg_rewind(c_); }
    /* Makes the tape's assignments once, in define-by-run. */
    tg_status commit() const { return tg_commit(c_); }
    /* Makes an error stick to the tape, unless it has one; returns an empty tensor. */
    tensor fail(tg_status status, text message, const tg::site &at = TG_CALLER) const;
    tg_status status() const;
    const char *error() const;
    tg_status run_status() const;
    const char *run_error() const;
    void clear_error() const;
    tg::store_ref store() const;
    size_t length() const;

  protected:
    tg_tape *c_;
};

/* A node. An empty one is the result of an operation that failed; operations on it give empty ones.
 * It has no comparison operators, because they would compare handles: tg::less(a, b) and others
 * compare values. */
class tensor {
  public:
    tensor(tg_tensor *c = nullptr) : c_(c) {}
    template <class N, std::enable_if_t<std::is_arithmetic_v<N>, int> = 0> tensor(N) = delete;
    tg_tensor *handle() const { return c_; }
    tg_tensor **address() { return &c_; }
    explicit operator bool() const { return c_ != nullptr; }

    tape_ref tape() const { return tg_tape_of(c_); }
    tg::shape shape() const { return tg_shape_from(c_); }
    tg_dtype dtype() const { return tg_dtype_of(c_); }
    int rank() const { return tg_rank(c_); }
    std::int64_t dim(int axis) const { return tg_dim(c_, axis); }
    std::int64_t count() const { return tg_count(c_); }

    /* The only element; NaN on an error. */
    double item() const { return tg_item(c_); }
    /* All elements; none on an error (such as a T that is not the node's dtype). */
    template <class T> std::vector<T> get() const;
    /* Copies all elements out, or into an input: [count] must be their number, and T the node's
     * dtype. */
    template <class T> tg_status get(T *out, std::size_t count) const
    {
        const auto run = detail::flat(out, count);
        return tg_get_as(c_, dtype_v<std::remove_pointer_t<decltype(run.data)>>, run.data,
                         run.count);
    }
    template <class T> tg_status feed(const T *data, std::size_t count) const
    {
        const auto run = detail::flat(data, count);
        return tg_feed_as(c_, dtype_v<std::remove_pointer_t<decltype(run.data)>>, run.data,
                          run.count);
    }
    template <class Range, detail::if_range<Range> = 0> tg_status get(Range &&out) const
    {
        return get(std::data(out), std::size(out));
    }
    template <class Range, detail::if_range<const Range> = 0>
    tg_status feed(const Range &data) const
    {
        return feed(std::data(data), std::size(data));
    }

  private:
    tg_tensor *c_;
};

bool operator==(const tensor &, const tensor &) = delete;
bool operator!=(const tensor &, const tensor &) = delete;
bool operator<(const tensor &, const tensor &) = delete;
bool operator>(const tensor &, const tensor &) = delete;
bool operator<=(const tensor &, const tensor &) = delete;
bool operator>=(const tensor &, const tensor &) = delete;

inline tensor tape_ref::fail(tg_status status, text message, const tg::site &at) const
{
    return tg_fail(c_, at, status, "%s", message.c_str() ? message.c_str() : "");
}

namespace detail {

/* Reads all elements by calling [copy](pointer, count). */
template <class T, class Copy> std::vector<T> read_all(std::int64_t count, const Copy &copy)
{
    std::unique_ptr<T[]> room(new T[static_cast<std::size_t>(count > 0 ? count : 0)]());
    if (count < 0 || copy(room.get(), static_cast<std::size_t>(count)) != TG_OK) return {};
    return std::vector<T>(room.get(), room.get() + count);
}

} // namespace detail

template <class T> std::vector<T> tensor::get() const
{
    return detail::read_all<T>(count(), [this](T *out, std::size_t n) { return get(out, n); });
}
template <class T> std::vector<T> var::get() const
{
    return detail::read_all<T>(tg_shape_count(tg_var_shape(c_)),
                               [this](T *out, std::size_t n) { return get(out, n); });
}

/* Any number of nodes: { a, b }, a vector, or one node. */
class list {
  public:
    list() = default;
    list(tensor x) : nodes_(1, x.handle()) {}
    list(tg_tensor *x) : nodes_(1, x) {}
    list(std::initializer_list<tensor> nodes) : list(nodes.begin(), nodes.size()) {}
    list(const std::vector<tensor> &nodes) : list(nodes.data(), nodes.size()) {}
    list(const tensor *nodes, std::size_t count)
    {
        nodes_.reserve(count);
        for (std::size_t i = 0; i < count; i++) nodes_.push_back(nodes[i].handle());
    }
    std::size_t size() const { return nodes_.size(); }
    tensor operator[](std::size_t i) const { return nodes_[i]; }
    tg_list c() const { return { nodes_.size(), nodes_.data() }; }

  private:
    std::vector<tg_tensor *> nodes_;
};

/* Fields of samples, arrays, transforms: { a, b }. The names of fields, and the arrays' data, are
 * borrowed. */
template <class T, class C> class values_list {
  public:
    values_list() = default;
    values_list(std::initializer_list<T> all) : all_(all) {}
    values_list(std::vector<T> all) : all_(std::move(all)) {}
    C c() const { return { all_.size(), all_.data() }; }

  private:
    std::vector<T> all_;
};
using field_list = values_list<tg_field, tg_fields>;
using array_list = values_list<tg_array, tg_arrays>;
using transform_list = values_list<tg_transform, tg_transforms>;

/* ---- Arithmetic --------------------------------------------------------------------------- */

namespace detail {

/* An operand of an operator. An operator has no parameter for a site, so the conversion to this
 * type takes it. */
struct located {
    tg_tensor *x;
    tg::site at;
    located(const tensor &node, const tg::site &here = TG_CALLER) : x(node.handle()), at(here) {}
};
struct number {
    double value;
    tg::site at;
    template <class N, std::enable_if_t<is_number<N>, int> = 0>
    number(N n, const tg::site &here = TG_CALLER) : value(static_cast<double>(n)), at(here)
    {
    }
};

} // namespace detail

inline tensor operator-(const detail::located &x) { return tg_neg_at(x.at, x.x); }
inline tensor operator+(const detail::located &a, const tensor &b)
{
    return tg_add_at(a.at, a.x, b.handle());
}
inline tensor operator-(const detail::located &a, const tensor &b)
{
    return tg_sub_at(a.at, a.x, b.handle());
}
inline tensor operator*(const detail::located &a, const tensor &b)
{
    return tg_mul_at(a.at, a.x, b.handle());
}
inline tensor operator/(const detail::located &a, const tensor &b)
{
    return tg_div_at(a.at, a.x, b.handle());
}
inline tensor operator+(const tensor &x, const detail::number &c)
{
    return tg_add_num_at(c.at, x.handle(), c.value);
}
inline tensor operator-(const tensor &x, const detail::number &c)
{
    return tg_sub_num_at(c.at, x.handle(), c.value);
}
inline tensor operator*(const tensor &x, const detail::number &c)
{
    return tg_mul_num_at(c.at, x.handle(), c.value);
}
inline tensor operator/(const tensor &x, const detail::number &c)
{
    return tg_div_num_at(c.at, x.handle(), c.value);
}
inline tensor operator+(const detail::number &c, const tensor &x)
{
    return tg_add_num_at(c.at, x.handle(), c.value);
}
inline tensor operator-(const detail::number &c, const tensor &x)
{
    return tg_rsub_num_at(c.at, c.value, x.handle());
}
inline tensor operator*(const detail::number &c, const tensor &x)
{
    return tg_mul_num_at(c.at, x.handle(), c.value);
}
inline tensor operator/(const detail::number &c, const tensor &x)
{
    return tg_rdiv_num_at(c.at, c.value, x.handle());
}
inline tensor &operator+=(tensor &a, const detail::located &b)
{
    return a = tg_add_at(b.at, a.handle(), b.x);
}
inline tensor &operator-=(tensor &a, const detail::located &b)
{
    return a = tg_sub_at(b.at, a.handle(), b.x);
}
inline tensor &operator*=(tensor &a, const detail::located &b)
{
    return a = tg_mul_at(b.at, a.handle(), b.x);
}
inline tensor &operator/=(tensor &a, const detail::located &b)
{
    return a = tg_div_at(b.at, a.handle(), b.x);
}
inline tensor &operator+=(tensor &x, const detail::number &c) { return x = x + c; }
inline tensor &operator-=(tensor &x, const detail::number &c) { return x = x - c; }
inline tensor &operator*=(tensor &x, const detail::number &c) { return x = x * c; }
inline tensor &operator/=(tensor &x, const detail::number &c) { return x = x / c; }

/* ---- Callbacks of operations of your own --------------------------------------------------- */

/* Callbacks may only read their arguments, except a kernel's result. An exception fails the run, or
 * the recording, with the message what(): tg::error with its status, std::bad_alloc with
 * TG_ERR_MEMORY, a std::logic_error with TG_ERR_ARGUMENT, any other with TG_ERR_NUMERIC. */

namespace detail {

/* The attributes that were given to tg::apply. */
template <class A> A attr_from(const void *bytes)
{
    static_assert(std::is_trivially_copyable_v<A>, "attributes are plain data");
    if (!bytes) throw error(TG_ERR_STATE, "the operation was applied without attributes");
    A a;
    std::memcpy(&a, bytes, sizeof a);
    return a;
}

} // namespace detail

/* Elements in memory. */
template <class T> class values {
  public:
    values(T *data, std::size_t count) : data_(data), count_(count) {}
    T *begin() const { return data_; }
    T *end() const { return data_ + count_; }
    T *data() const { return data_; }
    std::size_t size() const { return count_; }
    T &operator[](std::size_t i) const { return data_[i]; }

  private:
    T *data_;
    std::size_t count_;
};

/* The argument of .run. */
class kernel {
  public:
    explicit kernel(const tg_call &c) : c_(c) {}
    int arity() const { return c_.arity; }
    /* The elements of an operand, dense and row-major. T must be the type of its dtype. */
    template <class T> values<const T> in(int i = 0) const
    {
        if (i < 0 || i >= c_.arity) throw error(TG_ERR_ARGUMENT, "there is no such operand");
        need<T>(c_.in[i].dtype);
        return { static_cast<const T *>(c_.in[i].data), static_cast<std::size_t>(c_.in[i].count) };
    }
    /* The elements of the result, to be filled. */
    template <class T> values<T> out() const
    {
        need<T>(c_.out.dtype);
        return { static_cast<T *>(c_.out.data), static_cast<std::size_t>(c_.out.count) };
    }
    tg_type in_type(int i = 0) const { return { c_.in[i].dtype, c_.in[i].shape }; }
    tg_type out_type() const { return { c_.out.dtype, c_.out.shape }; }
    template <class A> A attr() const { return detail::attr_from<A>(c_.attr); }

  private:
    template <class T> static void need(tg_dtype is)
    {
        if (dtype_v<T> != is)
            throw error(TG_ERR_DTYPE, std::string("the kernel reads ") + tg_dtype_name(dtype_v<T>) +
                                          " where there is " + tg_dtype_name(is));
    }
    const tg_call &c_;
};

/* The argument of .shape: the types of the operands. */
class types : public std::vector<tg_type> {
  public:
    types(const tg_type *in, int arity, const void *attr)
        : std::vector<tg_type>(in, in + arity), attr_(attr)
    {
    }
    template <class A> A attr() const { return detail::attr_from<A>(attr_); }

  private:
    const void *attr_;
};

/* The argument of .vjp: the operands. */
class operands : public std::vector<tensor> {
  public:
    operands(tg_tensor *const in[], int arity, const void *attr)
        : std::vector<tensor>(in, in + arity), attr_(attr)
    {
    }
    template <class A> A attr() const { return detail::attr_from<A>(attr_); }

  private:
    const void *attr_;
};

using run_fn = std::function<void(const kernel &k)>;
using shape_fn = std::function<tg_type(const types &in)>;
/* [g] is the cotangent of [y]; the result has a gradient for each operand, or an empty tensor. */
using vjp_fn = std::function<list(tensor y, tensor g, const operands &in)>;

/* ---- Options ------------------------------------------------------------------------------- */

/* For each TG_..._DEFAULTS of C a struct of options with these defaults. with_NAME(value) returns a
 * copy with another value of that option. */

/* TG_STORE_DEFAULTS */
struct store_options {
    uint64_t seed = 0;
    tg_dtype dtype = TG_F32;
    const tg_allocator *allocator = nullptr;
    bool keep_denormals = false;
    store_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    store_options with_dtype(tg_dtype v_) const { auto c_ = *this; c_.dtype = v_; return c_; }
    store_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    store_options with_keep_denormals(bool v_) const { auto c_ = *this; c_.keep_denormals = v_; return c_; }
    tg_store_args c_args(const tg_site &at_) const
    {
        tg_store_args c_ = {};
        c_.struct_size = offsetof(tg_store_args, keep_denormals) + sizeof c_.keep_denormals;
        c_.at = at_;
        c_.seed = seed;
        c_.dtype = dtype;
        c_.allocator = allocator;
        c_.keep_denormals = keep_denormals;
        return c_;
    }
};

/* TG_TAPE_DEFAULTS */
struct tape_options {
    tg_tape_args c_args(const tg_site &at_) const
    {
        tg_tape_args c_ = {};
        c_.struct_size = offsetof(tg_tape_args, store) + sizeof c_.store;
        c_.at = at_;
        return c_;
    }
};

/* TG_COMPILE_DEFAULTS */
struct compile_options {
    const tg_updates *updates = nullptr;
    int threads = 1;
    bool pure = false;
    bool naive = false;
    bool trap = false;
    bool steps = true;
    bool profile = false;
    bool jit = false;
    compile_options with_updates(const tg_updates *v_) const { auto c_ = *this; c_.updates = v_; return c_; }
    compile_options with_threads(int v_) const { auto c_ = *this; c_.threads = v_; return c_; }
    compile_options with_pure(bool v_) const { auto c_ = *this; c_.pure = v_; return c_; }
    compile_options with_naive(bool v_) const { auto c_ = *this; c_.naive = v_; return c_; }
    compile_options with_trap(bool v_) const { auto c_ = *this; c_.trap = v_; return c_; }
    compile_options with_steps(bool v_) const { auto c_ = *this; c_.steps = v_; return c_; }
    compile_options with_profile(bool v_) const { auto c_ = *this; c_.profile = v_; return c_; }
    compile_options with_jit(bool v_) const { auto c_ = *this; c_.jit = v_; return c_; }
    tg_compile_args c_args(const tg_site &at_) const
    {
        tg_compile_args c_ = {};
        c_.struct_size = offsetof(tg_compile_args, jit) + sizeof c_.jit;
        c_.at = at_;
        c_.updates = updates;
        c_.threads = threads;
        c_.pure = pure;
        c_.naive = naive;
        c_.trap = trap;
        c_.steps = steps;
        c_.profile = profile;
        c_.jit = jit;
        return c_;
    }
};

/* TG_REDUCE_DEFAULTS */
struct reduce_options {
    int axis = TG_ALL_AXES;
    tg::axes axes = {};
    bool keep = false;
    reduce_options with_axis(int v_) const { auto c_ = *this; c_.axis = v_; return c_; }
    reduce_options with_axes(tg::axes v_) const { auto c_ = *this; c_.axes = v_; return c_; }
    reduce_options with_keep(bool v_) const { auto c_ = *this; c_.keep = v_; return c_; }
    tg_reduce_args c_args(const tg_site &at_) const
    {
        tg_reduce_args c_ = {};
        c_.struct_size = offsetof(tg_reduce_args, keep) + sizeof c_.keep;
        c_.at = at_;
        c_.axis = axis;
        c_.axes = axes;
        c_.keep = keep;
        return c_;
    }
};

/* TG_VARIANCE_DEFAULTS */
struct variance_options {
    int axis = TG_ALL_AXES;
    tg::axes axes = {};
    bool keep = false;
    double correction = 1;
    variance_options with_axis(int v_) const { auto c_ = *this; c_.axis = v_; return c_; }
    variance_options with_axes(tg::axes v_) const { auto c_ = *this; c_.axes = v_; return c_; }
    variance_options with_keep(bool v_) const { auto c_ = *this; c_.keep = v_; return c_; }
    variance_options with_correction(double v_) const { auto c_ = *this; c_.correction = v_; return c_; }
    tg_variance_args c_args(const tg_site &at_) const
    {
        tg_variance_args c_ = {};
        c_.struct_size = offsetof(tg_variance_args, correction) + sizeof c_.correction;
        c_.at = at_;
        c_.axis = axis;
        c_.axes = axes;
        c_.keep = keep;
        c_.correction = correction;
        return c_;
    }
};

/* TG_NORM_DEFAULTS */
struct norm_options {
    int axis = TG_ALL_AXES;
    tg::axes axes = {};
    bool keep = false;
    double p = 2;
    norm_options with_axis(int v_) const { auto c_ = *this; c_.axis = v_; return c_; }
    norm_options with_axes(tg::axes v_) const { auto c_ = *this; c_.axes = v_; return c_; }
    norm_options with_keep(bool v_) const { auto c_ = *this; c_.keep = v_; return c_; }
    norm_options with_p(double v_) const { auto c_ = *this; c_.p = v_; return c_; }
    tg_norm_args c_args(const tg_site &at_) const
    {
        tg_norm_args c_ = {};
        c_.struct_size = offsetof(tg_norm_args, p) + sizeof c_.p;
        c_.at = at_;
        c_.axis = axis;
        c_.axes = axes;
        c_.keep = keep;
        c_.p = p;
        return c_;
    }
};

/* TG_SORT_DEFAULTS */
struct sort_options {
    int axis = -1;
    bool descending = false;
    sort_options with_axis(int v_) const { auto c_ = *this; c_.axis = v_; return c_; }
    sort_options with_descending(bool v_) const { auto c_ = *this; c_.descending = v_; return c_; }
    tg_sort_args c_args(const tg_site &at_) const
    {
        tg_sort_args c_ = {};
        c_.struct_size = offsetof(tg_sort_args, descending) + sizeof c_.descending;
        c_.at = at_;
        c_.axis = axis;
        c_.descending = descending;
        return c_;
    }
};

/* TG_TOP_K_DEFAULTS */
struct top_k_options {
    int axis = -1;
    bool smallest = false;
    tg::tensor *indices = nullptr;
    top_k_options with_axis(int v_) const { auto c_ = *this; c_.axis = v_; return c_; }
    top_k_options with_smallest(bool v_) const { auto c_ = *this; c_.smallest = v_; return c_; }
    top_k_options with_indices(tg::tensor *v_) const { auto c_ = *this; c_.indices = v_; return c_; }
    tg_top_k_args c_args(const tg_site &at_) const
    {
        tg_top_k_args c_ = {};
        c_.struct_size = offsetof(tg_top_k_args, indices) + sizeof c_.indices;
        c_.at = at_;
        c_.axis = axis;
        c_.smallest = smallest;
        c_.indices = indices ? indices->address() : nullptr;
        return c_;
    }
};

/* TG_DOT_DEFAULTS */
struct dot_options {
    tg::axes a_axes = {};
    tg::axes b_axes = {};
    tg::axes a_batch = {};
    tg::axes b_batch = {};
    dot_options with_a_axes(tg::axes v_) const { auto c_ = *this; c_.a_axes = v_; return c_; }
    dot_options with_b_axes(tg::axes v_) const { auto c_ = *this; c_.b_axes = v_; return c_; }
    dot_options with_a_batch(tg::axes v_) const { auto c_ = *this; c_.a_batch = v_; return c_; }
    dot_options with_b_batch(tg::axes v_) const { auto c_ = *this; c_.b_batch = v_; return c_; }
    tg_dot_args c_args(const tg_site &at_) const
    {
        tg_dot_args c_ = {};
        c_.struct_size = offsetof(tg_dot_args, b_batch) + sizeof c_.b_batch;
        c_.at = at_;
        c_.a_axes = a_axes;
        c_.b_axes = b_axes;
        c_.a_batch = a_batch;
        c_.b_batch = b_batch;
        return c_;
    }
};

/* TG_OP_DEFAULTS */
struct op_options {
    tg::run_fn run = {};
    tg::shape_fn shape = {};
    tg_dtype dtype = {};
    tg::vjp_fn vjp = {};
    tg::text no_gradient = {};
    int arity = 1;
    op_options with_run(tg::run_fn v_) const { auto c_ = *this; c_.run = v_; return c_; }
    op_options with_shape(tg::shape_fn v_) const { auto c_ = *this; c_.shape = v_; return c_; }
    op_options with_dtype(tg_dtype v_) const { auto c_ = *this; c_.dtype = v_; return c_; }
    op_options with_vjp(tg::vjp_fn v_) const { auto c_ = *this; c_.vjp = v_; return c_; }
    op_options with_no_gradient(tg::text v_) const { auto c_ = *this; c_.no_gradient = v_; return c_; }
    op_options with_arity(int v_) const { auto c_ = *this; c_.arity = v_; return c_; }
    tg_op_args c_args(const tg_site &at_) const
    {
        tg_op_args c_ = {};
        c_.struct_size = offsetof(tg_op_args, shape_in) + sizeof c_.shape_in;
        c_.at = at_;
        c_.dtype = dtype;
        c_.no_gradient = no_gradient.c_str();
        c_.arity = arity;
        return c_;
    }
};

/* TG_APPLY_DEFAULTS */
struct apply_options {
    tg_apply_args c_args(const tg_site &at_) const
    {
        tg_apply_args c_ = {};
        c_.struct_size = offsetof(tg_apply_args, attr_size) + sizeof c_.attr_size;
        c_.at = at_;
        return c_;
    }
};

/* TG_CHECK_DEFAULTS */
struct check_options {
    double tolerance = TG_AUTO;
    double step = TG_AUTO;
    int64_t entries = 200;
    bool first_order = false;
    uint64_t seed = 0;
    check_options with_tolerance(double v_) const { auto c_ = *this; c_.tolerance = v_; return c_; }
    check_options with_step(double v_) const { auto c_ = *this; c_.step = v_; return c_; }
    check_options with_entries(int64_t v_) const { auto c_ = *this; c_.entries = v_; return c_; }
    check_options with_first_order(bool v_) const { auto c_ = *this; c_.first_order = v_; return c_; }
    check_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    tg_check_args c_args(const tg_site &at_) const
    {
        tg_check_args c_ = {};
        c_.struct_size = offsetof(tg_check_args, seed) + sizeof c_.seed;
        c_.at = at_;
        c_.tolerance = tolerance;
        c_.step = step;
        c_.entries = entries;
        c_.first_order = first_order;
        c_.seed = seed;
        return c_;
    }
};

/* TG_CHECK_OP_DEFAULTS */
struct check_op_options {
    double tolerance = TG_AUTO;
    double step = TG_AUTO;
    int64_t entries = 200;
    bool first_order = false;
    uint64_t seed = 0;
    check_op_options with_tolerance(double v_) const { auto c_ = *this; c_.tolerance = v_; return c_; }
    check_op_options with_step(double v_) const { auto c_ = *this; c_.step = v_; return c_; }
    check_op_options with_entries(int64_t v_) const { auto c_ = *this; c_.entries = v_; return c_; }
    check_op_options with_first_order(bool v_) const { auto c_ = *this; c_.first_order = v_; return c_; }
    check_op_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    tg_check_op_args c_args(const tg_site &at_) const
    {
        tg_check_op_args c_ = {};
        c_.struct_size = offsetof(tg_check_op_args, seed) + sizeof c_.seed;
        c_.at = at_;
        c_.tolerance = tolerance;
        c_.step = step;
        c_.entries = entries;
        c_.first_order = first_order;
        c_.seed = seed;
        return c_;
    }
};

/* TG_INSTANCE_DEFAULTS */
struct instance_options {
    int threads = 1;
    instance_options with_threads(int v_) const { auto c_ = *this; c_.threads = v_; return c_; }
    tg_instance_args c_args(const tg_site &at_) const
    {
        tg_instance_args c_ = {};
        c_.struct_size = offsetof(tg_instance_args, threads) + sizeof c_.threads;
        c_.at = at_;
        c_.threads = threads;
        return c_;
    }
};

/* TG_EMIT_C_DEFAULTS */
struct emit_c_options {
    tg::text path = ".";
    bool variables = false;
    bool no_weights = false;
    emit_c_options with_path(tg::text v_) const { auto c_ = *this; c_.path = v_; return c_; }
    emit_c_options with_variables(bool v_) const { auto c_ = *this; c_.variables = v_; return c_; }
    emit_c_options with_no_weights(bool v_) const { auto c_ = *this; c_.no_weights = v_; return c_; }
    tg_emit_c_args c_args(const tg_site &at_) const
    {
        tg_emit_c_args c_ = {};
        c_.struct_size = offsetof(tg_emit_c_args, no_weights) + sizeof c_.no_weights;
        c_.at = at_;
        c_.path = path.c_str();
        c_.variables = variables;
        c_.no_weights = no_weights;
        return c_;
    }
};

/* TG_SOFTMAX_DEFAULTS */
struct softmax_options {
    int axis = -1;
    softmax_options with_axis(int v_) const { auto c_ = *this; c_.axis = v_; return c_; }
    tg_softmax_args c_args(const tg_site &at_) const
    {
        tg_softmax_args c_ = {};
        c_.struct_size = offsetof(tg_softmax_args, axis) + sizeof c_.axis;
        c_.at = at_;
        c_.axis = axis;
        return c_;
    }
};

/* TG_PRELU_DEFAULTS */
struct prelu_options {
    tg_init init = {};
    prelu_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    tg_prelu_args c_args(const tg_site &at_) const
    {
        tg_prelu_args c_ = {};
        c_.struct_size = offsetof(tg_prelu_args, init) + sizeof c_.init;
        c_.at = at_;
        c_.init = init;
        return c_;
    }
};

/* TG_KV_CACHE_DEFAULTS */
struct kv_cache_options {
    int64_t batch = 1;
    kv_cache_options with_batch(int64_t v_) const { auto c_ = *this; c_.batch = v_; return c_; }
    tg_kv_cache_args c_args(const tg_site &at_) const
    {
        tg_kv_cache_args c_ = {};
        c_.struct_size = offsetof(tg_kv_cache_args, batch) + sizeof c_.batch;
        c_.at = at_;
        c_.batch = batch;
        return c_;
    }
};

/* TG_SAMPLE_DEFAULTS */
struct sample_options {
    double temperature = 1;
    int64_t top_k = TG_AUTO;
    double top_p = 1;
    sample_options with_temperature(double v_) const { auto c_ = *this; c_.temperature = v_; return c_; }
    sample_options with_top_k(int64_t v_) const { auto c_ = *this; c_.top_k = v_; return c_; }
    sample_options with_top_p(double v_) const { auto c_ = *this; c_.top_p = v_; return c_; }
    tg_sample_args c_args(const tg_site &at_) const
    {
        tg_sample_args c_ = {};
        c_.struct_size = offsetof(tg_sample_args, top_p) + sizeof c_.top_p;
        c_.at = at_;
        c_.temperature = temperature;
        c_.top_k = top_k;
        c_.top_p = top_p;
        return c_;
    }
};

/* TG_LINEAR_DEFAULTS */
struct linear_options {
    bool no_bias = false;
    tg_init init = {};
    tg_init bias_init = {};
    linear_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    linear_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    linear_options with_bias_init(tg_init v_) const { auto c_ = *this; c_.bias_init = v_; return c_; }
    tg_linear_args c_args(const tg_site &at_) const
    {
        tg_linear_args c_ = {};
        c_.struct_size = offsetof(tg_linear_args, bias_init) + sizeof c_.bias_init;
        c_.at = at_;
        c_.no_bias = no_bias;
        c_.init = init;
        c_.bias_init = bias_init;
        return c_;
    }
};

/* TG_BILINEAR_DEFAULTS */
struct bilinear_options {
    bool no_bias = false;
    tg_init init = {};
    tg_init bias_init = {};
    bilinear_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    bilinear_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    bilinear_options with_bias_init(tg_init v_) const { auto c_ = *this; c_.bias_init = v_; return c_; }
    tg_bilinear_args c_args(const tg_site &at_) const
    {
        tg_bilinear_args c_ = {};
        c_.struct_size = offsetof(tg_bilinear_args, bias_init) + sizeof c_.bias_init;
        c_.at = at_;
        c_.no_bias = no_bias;
        c_.init = init;
        c_.bias_init = bias_init;
        return c_;
    }
};

/* TG_EMBEDDING_DEFAULTS */
struct embedding_options {
    int64_t padding_index = TG_NO_INDEX;
    tg_init init = {};
    embedding_options with_padding_index(int64_t v_) const { auto c_ = *this; c_.padding_index = v_; return c_; }
    embedding_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    tg_embedding_args c_args(const tg_site &at_) const
    {
        tg_embedding_args c_ = {};
        c_.struct_size = offsetof(tg_embedding_args, init) + sizeof c_.init;
        c_.at = at_;
        c_.padding_index = padding_index;
        c_.init = init;
        return c_;
    }
};

/* TG_BATCH_NORM_DEFAULTS */
struct batch_norm_options {
    double eps = 1e-5;
    double momentum = 0.1;
    bool cumulative = false;
    bool no_affine = false;
    bool no_statistics = false;
    batch_norm_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    batch_norm_options with_momentum(double v_) const { auto c_ = *this; c_.momentum = v_; return c_; }
    batch_norm_options with_cumulative(bool v_) const { auto c_ = *this; c_.cumulative = v_; return c_; }
    batch_norm_options with_no_affine(bool v_) const { auto c_ = *this; c_.no_affine = v_; return c_; }
    batch_norm_options with_no_statistics(bool v_) const { auto c_ = *this; c_.no_statistics = v_; return c_; }
    tg_batch_norm_args c_args(const tg_site &at_) const
    {
        tg_batch_norm_args c_ = {};
        c_.struct_size = offsetof(tg_batch_norm_args, no_statistics) + sizeof c_.no_statistics;
        c_.at = at_;
        c_.eps = eps;
        c_.momentum = momentum;
        c_.cumulative = cumulative;
        c_.no_affine = no_affine;
        c_.no_statistics = no_statistics;
        return c_;
    }
};

/* TG_LAYER_NORM_DEFAULTS */
struct layer_norm_options {
    double eps = 1e-5;
    bool no_affine = false;
    bool no_bias = false;
    layer_norm_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    layer_norm_options with_no_affine(bool v_) const { auto c_ = *this; c_.no_affine = v_; return c_; }
    layer_norm_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    tg_layer_norm_args c_args(const tg_site &at_) const
    {
        tg_layer_norm_args c_ = {};
        c_.struct_size = offsetof(tg_layer_norm_args, no_bias) + sizeof c_.no_bias;
        c_.at = at_;
        c_.eps = eps;
        c_.no_affine = no_affine;
        c_.no_bias = no_bias;
        return c_;
    }
};

/* TG_RMS_NORM_DEFAULTS */
struct rms_norm_options {
    double eps = TG_AUTO;
    bool no_affine = false;
    rms_norm_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    rms_norm_options with_no_affine(bool v_) const { auto c_ = *this; c_.no_affine = v_; return c_; }
    tg_rms_norm_args c_args(const tg_site &at_) const
    {
        tg_rms_norm_args c_ = {};
        c_.struct_size = offsetof(tg_rms_norm_args, no_affine) + sizeof c_.no_affine;
        c_.at = at_;
        c_.eps = eps;
        c_.no_affine = no_affine;
        return c_;
    }
};

/* TG_GROUP_NORM_DEFAULTS */
struct group_norm_options {
    double eps = 1e-5;
    bool no_affine = false;
    group_norm_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    group_norm_options with_no_affine(bool v_) const { auto c_ = *this; c_.no_affine = v_; return c_; }
    tg_group_norm_args c_args(const tg_site &at_) const
    {
        tg_group_norm_args c_ = {};
        c_.struct_size = offsetof(tg_group_norm_args, no_affine) + sizeof c_.no_affine;
        c_.at = at_;
        c_.eps = eps;
        c_.no_affine = no_affine;
        return c_;
    }
};

/* TG_INSTANCE_NORM_DEFAULTS */
struct instance_norm_options {
    double eps = 1e-5;
    bool affine = false;
    instance_norm_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    instance_norm_options with_affine(bool v_) const { auto c_ = *this; c_.affine = v_; return c_; }
    tg_instance_norm_args c_args(const tg_site &at_) const
    {
        tg_instance_norm_args c_ = {};
        c_.struct_size = offsetof(tg_instance_norm_args, affine) + sizeof c_.affine;
        c_.at = at_;
        c_.eps = eps;
        c_.affine = affine;
        return c_;
    }
};

/* TG_LOCAL_RESPONSE_NORM_DEFAULTS */
struct local_response_norm_options {
    double alpha = 1e-4;
    double beta = 0.75;
    double k = 1;
    local_response_norm_options with_alpha(double v_) const { auto c_ = *this; c_.alpha = v_; return c_; }
    local_response_norm_options with_beta(double v_) const { auto c_ = *this; c_.beta = v_; return c_; }
    local_response_norm_options with_k(double v_) const { auto c_ = *this; c_.k = v_; return c_; }
    tg_local_response_norm_args c_args(const tg_site &at_) const
    {
        tg_local_response_norm_args c_ = {};
        c_.struct_size = offsetof(tg_local_response_norm_args, k) + sizeof c_.k;
        c_.at = at_;
        c_.alpha = alpha;
        c_.beta = beta;
        c_.k = k;
        return c_;
    }
};

/* TG_SPECTRAL_NORM_DEFAULTS */
struct spectral_norm_options {
    int64_t steps = 1;
    double eps = 1e-12;
    spectral_norm_options with_steps(int64_t v_) const { auto c_ = *this; c_.steps = v_; return c_; }
    spectral_norm_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    tg_spectral_norm_args c_args(const tg_site &at_) const
    {
        tg_spectral_norm_args c_ = {};
        c_.struct_size = offsetof(tg_spectral_norm_args, eps) + sizeof c_.eps;
        c_.at = at_;
        c_.steps = steps;
        c_.eps = eps;
        return c_;
    }
};

/* TG_ATTENTION_DEFAULTS */
struct attention_options {
    tg::tensor mask = {};
    bool causal = false;
    double scale = TG_AUTO;
    double dropout = 0;
    tg::text key = {};
    bool training = false;
    bool lower_right = false;
    tg::tensor *weights = nullptr;
    attention_options with_mask(tg::tensor v_) const { auto c_ = *this; c_.mask = v_; return c_; }
    attention_options with_causal(bool v_) const { auto c_ = *this; c_.causal = v_; return c_; }
    attention_options with_scale(double v_) const { auto c_ = *this; c_.scale = v_; return c_; }
    attention_options with_dropout(double v_) const { auto c_ = *this; c_.dropout = v_; return c_; }
    attention_options with_key(tg::text v_) const { auto c_ = *this; c_.key = v_; return c_; }
    attention_options with_training(bool v_) const { auto c_ = *this; c_.training = v_; return c_; }
    attention_options with_lower_right(bool v_) const { auto c_ = *this; c_.lower_right = v_; return c_; }
    attention_options with_weights(tg::tensor *v_) const { auto c_ = *this; c_.weights = v_; return c_; }
    tg_attention_args c_args(const tg_site &at_) const
    {
        tg_attention_args c_ = {};
        c_.struct_size = offsetof(tg_attention_args, weights) + sizeof c_.weights;
        c_.at = at_;
        c_.mask = mask.handle();
        c_.causal = causal;
        c_.scale = scale;
        c_.dropout = dropout;
        c_.key = key.c_str();
        c_.training = training;
        c_.lower_right = lower_right;
        c_.weights = weights ? weights->address() : nullptr;
        return c_;
    }
};

/* TG_MULTIHEAD_ATTENTION_DEFAULTS */
struct multihead_attention_options {
    double dropout = 0;
    bool no_bias = false;
    multihead_attention_options with_dropout(double v_) const { auto c_ = *this; c_.dropout = v_; return c_; }
    multihead_attention_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    tg_multihead_attention_args c_args(const tg_site &at_) const
    {
        tg_multihead_attention_args c_ = {};
        c_.struct_size = offsetof(tg_multihead_attention_args, no_bias) + sizeof c_.no_bias;
        c_.at = at_;
        c_.dropout = dropout;
        c_.no_bias = no_bias;
        return c_;
    }
};

/* TG_MULTIHEAD_ATTENTION_APPLY_DEFAULTS */
struct multihead_attention_apply_options {
    tg::tensor source = {};
    tg::tensor values = {};
    tg::tensor mask = {};
    tg::tensor key_mask = {};
    bool causal = false;
    bool time_first = false;
    bool training = false;
    tg::text key = {};
    const tg_kv_cache *cache = nullptr;
    int cache_layer = 0;
    bool lower_right = false;
    tg::tensor *weights = nullptr;
    multihead_attention_apply_options with_source(tg::tensor v_) const { auto c_ = *this; c_.source = v_; return c_; }
    multihead_attention_apply_options with_values(tg::tensor v_) const { auto c_ = *this; c_.values = v_; return c_; }
    multihead_attention_apply_options with_mask(tg::tensor v_) const { auto c_ = *this; c_.mask = v_; return c_; }
    multihead_attention_apply_options with_key_mask(tg::tensor v_) const { auto c_ = *this; c_.key_mask = v_; return c_; }
    multihead_attention_apply_options with_causal(bool v_) const { auto c_ = *this; c_.causal = v_; return c_; }
    multihead_attention_apply_options with_time_first(bool v_) const { auto c_ = *this; c_.time_first = v_; return c_; }
    multihead_attention_apply_options with_training(bool v_) const { auto c_ = *this; c_.training = v_; return c_; }
    multihead_attention_apply_options with_key(tg::text v_) const { auto c_ = *this; c_.key = v_; return c_; }
    multihead_attention_apply_options with_cache(const tg_kv_cache *v_) const { auto c_ = *this; c_.cache = v_; return c_; }
    multihead_attention_apply_options with_cache_layer(int v_) const { auto c_ = *this; c_.cache_layer = v_; return c_; }
    multihead_attention_apply_options with_lower_right(bool v_) const { auto c_ = *this; c_.lower_right = v_; return c_; }
    multihead_attention_apply_options with_weights(tg::tensor *v_) const { auto c_ = *this; c_.weights = v_; return c_; }
    tg_multihead_attention_apply_args c_args(const tg_site &at_) const
    {
        tg_multihead_attention_apply_args c_ = {};
        c_.struct_size = offsetof(tg_multihead_attention_apply_args, weights) + sizeof c_.weights;
        c_.at = at_;
        c_.source = source.handle();
        c_.values = values.handle();
        c_.mask = mask.handle();
        c_.key_mask = key_mask.handle();
        c_.causal = causal;
        c_.time_first = time_first;
        c_.training = training;
        c_.key = key.c_str();
        c_.cache = cache;
        c_.cache_layer = cache_layer;
        c_.lower_right = lower_right;
        c_.weights = weights ? weights->address() : nullptr;
        return c_;
    }
};

/* TG_TRANSFORMER_LAYER_DEFAULTS */
struct transformer_layer_options {
    int64_t feedforward = 2048;
    double dropout = 0.1;
    tg_activation activation = tg_relu_at;
    bool norm_first = false;
    double eps = 1e-5;
    transformer_layer_options with_feedforward(int64_t v_) const { auto c_ = *this; c_.feedforward = v_; return c_; }
    transformer_layer_options with_dropout(double v_) const { auto c_ = *this; c_.dropout = v_; return c_; }
    transformer_layer_options with_activation(tg_activation v_) const { auto c_ = *this; c_.activation = v_; return c_; }
    transformer_layer_options with_norm_first(bool v_) const { auto c_ = *this; c_.norm_first = v_; return c_; }
    transformer_layer_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    tg_transformer_layer_args c_args(const tg_site &at_) const
    {
        tg_transformer_layer_args c_ = {};
        c_.struct_size = offsetof(tg_transformer_layer_args, eps) + sizeof c_.eps;
        c_.at = at_;
        c_.feedforward = feedforward;
        c_.dropout = dropout;
        c_.activation = activation;
        c_.norm_first = norm_first;
        c_.eps = eps;
        return c_;
    }
};

/* TG_TRANSFORMER_ENCODER_LAYER_APPLY_DEFAULTS */
struct transformer_encoder_layer_apply_options {
    tg::tensor mask = {};
    tg::tensor key_mask = {};
    bool causal = false;
    bool time_first = false;
    bool training = false;
    tg::text key = {};
    const tg_kv_cache *cache = nullptr;
    int cache_layer = 0;
    transformer_encoder_layer_apply_options with_mask(tg::tensor v_) const { auto c_ = *this; c_.mask = v_; return c_; }
    transformer_encoder_layer_apply_options with_key_mask(tg::tensor v_) const { auto c_ = *this; c_.key_mask = v_; return c_; }
    transformer_encoder_layer_apply_options with_causal(bool v_) const { auto c_ = *this; c_.causal = v_; return c_; }
    transformer_encoder_layer_apply_options with_time_first(bool v_) const { auto c_ = *this; c_.time_first = v_; return c_; }
    transformer_encoder_layer_apply_options with_training(bool v_) const { auto c_ = *this; c_.training = v_; return c_; }
    transformer_encoder_layer_apply_options with_key(tg::text v_) const { auto c_ = *this; c_.key = v_; return c_; }
    transformer_encoder_layer_apply_options with_cache(const tg_kv_cache *v_) const { auto c_ = *this; c_.cache = v_; return c_; }
    transformer_encoder_layer_apply_options with_cache_layer(int v_) const { auto c_ = *this; c_.cache_layer = v_; return c_; }
    tg_transformer_encoder_layer_apply_args c_args(const tg_site &at_) const
    {
        tg_transformer_encoder_layer_apply_args c_ = {};
        c_.struct_size = offsetof(tg_transformer_encoder_layer_apply_args,
        cache_layer) + sizeof c_.cache_layer;
        c_.at = at_;
        c_.mask = mask.handle();
        c_.key_mask = key_mask.handle();
        c_.causal = causal;
        c_.time_first = time_first;
        c_.training = training;
        c_.key = key.c_str();
        c_.cache = cache;
        c_.cache_layer = cache_layer;
        return c_;
    }
};

/* TG_TRANSFORMER_DECODER_LAYER_APPLY_DEFAULTS */
struct transformer_decoder_layer_apply_options {
    tg::tensor mask = {};
    tg::tensor key_mask = {};
    bool causal = false;
    tg::tensor memory_mask = {};
    tg::tensor memory_key_mask = {};
    bool time_first = false;
    bool training = false;
    tg::text key = {};
    const tg_kv_cache *cache = nullptr;
    int cache_layer = 0;
    transformer_decoder_layer_apply_options with_mask(tg::tensor v_) const { auto c_ = *this; c_.mask = v_; return c_; }
    transformer_decoder_layer_apply_options with_key_mask(tg::tensor v_) const { auto c_ = *this; c_.key_mask = v_; return c_; }
    transformer_decoder_layer_apply_options with_causal(bool v_) const { auto c_ = *this; c_.causal = v_; return c_; }
    transformer_decoder_layer_apply_options with_memory_mask(tg::tensor v_) const { auto c_ = *this; c_.memory_mask = v_; return c_; }
    transformer_decoder_layer_apply_options with_memory_key_mask(tg::tensor v_) const { auto c_ = *this; c_.memory_key_mask = v_; return c_; }
    transformer_decoder_layer_apply_options with_time_first(bool v_) const { auto c_ = *this; c_.time_first = v_; return c_; }
    transformer_decoder_layer_apply_options with_training(bool v_) const { auto c_ = *this; c_.training = v_; return c_; }
    transformer_decoder_layer_apply_options with_key(tg::text v_) const { auto c_ = *this; c_.key = v_; return c_; }
    transformer_decoder_layer_apply_options with_cache(const tg_kv_cache *v_) const { auto c_ = *this; c_.cache = v_; return c_; }
    transformer_decoder_layer_apply_options with_cache_layer(int v_) const { auto c_ = *this; c_.cache_layer = v_; return c_; }
    tg_transformer_decoder_layer_apply_args c_args(const tg_site &at_) const
    {
        tg_transformer_decoder_layer_apply_args c_ = {};
        c_.struct_size = offsetof(tg_transformer_decoder_layer_apply_args,
        cache_layer) + sizeof c_.cache_layer;
        c_.at = at_;
        c_.mask = mask.handle();
        c_.key_mask = key_mask.handle();
        c_.causal = causal;
        c_.memory_mask = memory_mask.handle();
        c_.memory_key_mask = memory_key_mask.handle();
        c_.time_first = time_first;
        c_.training = training;
        c_.key = key.c_str();
        c_.cache = cache;
        c_.cache_layer = cache_layer;
        return c_;
    }
};

/* TG_TRANSFORMER_DEFAULTS */
struct transformer_options {
    int64_t feedforward = 2048;
    double dropout = 0.1;
    tg_activation activation = tg_relu_at;
    bool norm_first = false;
    double eps = 1e-5;
    bool norm = false;
    transformer_options with_feedforward(int64_t v_) const { auto c_ = *this; c_.feedforward = v_; return c_; }
    transformer_options with_dropout(double v_) const { auto c_ = *this; c_.dropout = v_; return c_; }
    transformer_options with_activation(tg_activation v_) const { auto c_ = *this; c_.activation = v_; return c_; }
    transformer_options with_norm_first(bool v_) const { auto c_ = *this; c_.norm_first = v_; return c_; }
    transformer_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    transformer_options with_norm(bool v_) const { auto c_ = *this; c_.norm = v_; return c_; }
    tg_transformer_args c_args(const tg_site &at_) const
    {
        tg_transformer_args c_ = {};
        c_.struct_size = offsetof(tg_transformer_args, norm) + sizeof c_.norm;
        c_.at = at_;
        c_.feedforward = feedforward;
        c_.dropout = dropout;
        c_.activation = activation;
        c_.norm_first = norm_first;
        c_.eps = eps;
        c_.norm = norm;
        return c_;
    }
};

/* TG_TRANSFORMER_ENCODER_APPLY_DEFAULTS */
struct transformer_encoder_apply_options {
    tg::tensor mask = {};
    tg::tensor key_mask = {};
    bool causal = false;
    bool time_first = false;
    bool training = false;
    tg::text key = {};
    const tg_kv_cache *cache = nullptr;
    transformer_encoder_apply_options with_mask(tg::tensor v_) const { auto c_ = *this; c_.mask = v_; return c_; }
    transformer_encoder_apply_options with_key_mask(tg::tensor v_) const { auto c_ = *this; c_.key_mask = v_; return c_; }
    transformer_encoder_apply_options with_causal(bool v_) const { auto c_ = *this; c_.causal = v_; return c_; }
    transformer_encoder_apply_options with_time_first(bool v_) const { auto c_ = *this; c_.time_first = v_; return c_; }
    transformer_encoder_apply_options with_training(bool v_) const { auto c_ = *this; c_.training = v_; return c_; }
    transformer_encoder_apply_options with_key(tg::text v_) const { auto c_ = *this; c_.key = v_; return c_; }
    transformer_encoder_apply_options with_cache(const tg_kv_cache *v_) const { auto c_ = *this; c_.cache = v_; return c_; }
    tg_transformer_encoder_apply_args c_args(const tg_site &at_) const
    {
        tg_transformer_encoder_apply_args c_ = {};
        c_.struct_size = offsetof(tg_transformer_encoder_apply_args, cache) + sizeof c_.cache;
        c_.at = at_;
        c_.mask = mask.handle();
        c_.key_mask = key_mask.handle();
        c_.causal = causal;
        c_.time_first = time_first;
        c_.training = training;
        c_.key = key.c_str();
        c_.cache = cache;
        return c_;
    }
};

/* TG_TRANSFORMER_DECODER_APPLY_DEFAULTS */
struct transformer_decoder_apply_options {
    tg::tensor mask = {};
    tg::tensor key_mask = {};
    bool causal = false;
    tg::tensor memory_mask = {};
    tg::tensor memory_key_mask = {};
    bool time_first = false;
    bool training = false;
    tg::text key = {};
    const tg_kv_cache *cache = nullptr;
    transformer_decoder_apply_options with_mask(tg::tensor v_) const { auto c_ = *this; c_.mask = v_; return c_; }
    transformer_decoder_apply_options with_key_mask(tg::tensor v_) const { auto c_ = *this; c_.key_mask = v_; return c_; }
    transformer_decoder_apply_options with_causal(bool v_) const { auto c_ = *this; c_.causal = v_; return c_; }
    transformer_decoder_apply_options with_memory_mask(tg::tensor v_) const { auto c_ = *this; c_.memory_mask = v_; return c_; }
    transformer_decoder_apply_options with_memory_key_mask(tg::tensor v_) const { auto c_ = *this; c_.memory_key_mask = v_; return c_; }
    transformer_decoder_apply_options with_time_first(bool v_) const { auto c_ = *this; c_.time_first = v_; return c_; }
    transformer_decoder_apply_options with_training(bool v_) const { auto c_ = *this; c_.training = v_; return c_; }
    transformer_decoder_apply_options with_key(tg::text v_) const { auto c_ = *this; c_.key = v_; return c_; }
    transformer_decoder_apply_options with_cache(const tg_kv_cache *v_) const { auto c_ = *this; c_.cache = v_; return c_; }
    tg_transformer_decoder_apply_args c_args(const tg_site &at_) const
    {
        tg_transformer_decoder_apply_args c_ = {};
        c_.struct_size = offsetof(tg_transformer_decoder_apply_args, cache) + sizeof c_.cache;
        c_.at = at_;
        c_.mask = mask.handle();
        c_.key_mask = key_mask.handle();
        c_.causal = causal;
        c_.memory_mask = memory_mask.handle();
        c_.memory_key_mask = memory_key_mask.handle();
        c_.time_first = time_first;
        c_.training = training;
        c_.key = key.c_str();
        c_.cache = cache;
        return c_;
    }
};

/* TG_ROTARY_POSITIONS_DEFAULTS */
struct rotary_positions_options {
    int64_t offset = 0;
    tg::tensor positions = {};
    double base = 10000;
    bool halves = false;
    rotary_positions_options with_offset(int64_t v_) const { auto c_ = *this; c_.offset = v_; return c_; }
    rotary_positions_options with_positions(tg::tensor v_) const { auto c_ = *this; c_.positions = v_; return c_; }
    rotary_positions_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    rotary_positions_options with_halves(bool v_) const { auto c_ = *this; c_.halves = v_; return c_; }
    tg_rotary_positions_args c_args(const tg_site &at_) const
    {
        tg_rotary_positions_args c_ = {};
        c_.struct_size = offsetof(tg_rotary_positions_args, halves) + sizeof c_.halves;
        c_.at = at_;
        c_.offset = offset;
        c_.positions = positions.handle();
        c_.base = base;
        c_.halves = halves;
        return c_;
    }
};

/* TG_CONV_DEFAULTS */
struct conv_options {
    tg::shape kernel_shape = {};
    int64_t stride = 1;
    tg::shape stride_shape = {};
    int64_t padding = 0;
    tg::shape padding_shape = {};
    int64_t dilation = 1;
    tg::shape dilation_shape = {};
    int64_t groups = 1;
    bool same = false;
    bool full = false;
    bool no_bias = false;
    tg_init init = {};
    tg_init bias_init = {};
    conv_options with_kernel_shape(tg::shape v_) const { auto c_ = *this; c_.kernel_shape = v_; return c_; }
    conv_options with_stride(int64_t v_) const { auto c_ = *this; c_.stride = v_; return c_; }
    conv_options with_stride_shape(tg::shape v_) const { auto c_ = *this; c_.stride_shape = v_; return c_; }
    conv_options with_padding(int64_t v_) const { auto c_ = *this; c_.padding = v_; return c_; }
    conv_options with_padding_shape(tg::shape v_) const { auto c_ = *this; c_.padding_shape = v_; return c_; }
    conv_options with_dilation(int64_t v_) const { auto c_ = *this; c_.dilation = v_; return c_; }
    conv_options with_dilation_shape(tg::shape v_) const { auto c_ = *this; c_.dilation_shape = v_; return c_; }
    conv_options with_groups(int64_t v_) const { auto c_ = *this; c_.groups = v_; return c_; }
    conv_options with_same(bool v_) const { auto c_ = *this; c_.same = v_; return c_; }
    conv_options with_full(bool v_) const { auto c_ = *this; c_.full = v_; return c_; }
    conv_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    conv_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    conv_options with_bias_init(tg_init v_) const { auto c_ = *this; c_.bias_init = v_; return c_; }
    tg_conv_args c_args(const tg_site &at_) const
    {
        tg_conv_args c_ = {};
        c_.struct_size = offsetof(tg_conv_args, bias_init) + sizeof c_.bias_init;
        c_.at = at_;
        c_.kernel_shape = kernel_shape;
        c_.stride = stride;
        c_.stride_shape = stride_shape;
        c_.padding = padding;
        c_.padding_shape = padding_shape;
        c_.dilation = dilation;
        c_.dilation_shape = dilation_shape;
        c_.groups = groups;
        c_.same = same;
        c_.full = full;
        c_.no_bias = no_bias;
        c_.init = init;
        c_.bias_init = bias_init;
        return c_;
    }
};

/* TG_CONVOLVE_DEFAULTS */
struct convolve_options {
    tg::tensor bias = {};
    int64_t stride = 1;
    tg::shape stride_shape = {};
    int64_t padding = 0;
    tg::shape padding_shape = {};
    int64_t dilation = 1;
    tg::shape dilation_shape = {};
    int64_t groups = 1;
    bool same = false;
    bool full = false;
    convolve_options with_bias(tg::tensor v_) const { auto c_ = *this; c_.bias = v_; return c_; }
    convolve_options with_stride(int64_t v_) const { auto c_ = *this; c_.stride = v_; return c_; }
    convolve_options with_stride_shape(tg::shape v_) const { auto c_ = *this; c_.stride_shape = v_; return c_; }
    convolve_options with_padding(int64_t v_) const { auto c_ = *this; c_.padding = v_; return c_; }
    convolve_options with_padding_shape(tg::shape v_) const { auto c_ = *this; c_.padding_shape = v_; return c_; }
    convolve_options with_dilation(int64_t v_) const { auto c_ = *this; c_.dilation = v_; return c_; }
    convolve_options with_dilation_shape(tg::shape v_) const { auto c_ = *this; c_.dilation_shape = v_; return c_; }
    convolve_options with_groups(int64_t v_) const { auto c_ = *this; c_.groups = v_; return c_; }
    convolve_options with_same(bool v_) const { auto c_ = *this; c_.same = v_; return c_; }
    convolve_options with_full(bool v_) const { auto c_ = *this; c_.full = v_; return c_; }
    tg_convolve_args c_args(const tg_site &at_) const
    {
        tg_convolve_args c_ = {};
        c_.struct_size = offsetof(tg_convolve_args, full) + sizeof c_.full;
        c_.at = at_;
        c_.bias = bias.handle();
        c_.stride = stride;
        c_.stride_shape = stride_shape;
        c_.padding = padding;
        c_.padding_shape = padding_shape;
        c_.dilation = dilation;
        c_.dilation_shape = dilation_shape;
        c_.groups = groups;
        c_.same = same;
        c_.full = full;
        return c_;
    }
};

/* TG_CONV_TRANSPOSE_DEFAULTS */
struct conv_transpose_options {
    tg::shape kernel_shape = {};
    int64_t stride = 1;
    tg::shape stride_shape = {};
    int64_t padding = 0;
    tg::shape padding_shape = {};
    int64_t dilation = 1;
    tg::shape dilation_shape = {};
    int64_t output_padding = 0;
    tg::shape output_padding_shape = {};
    int64_t groups = 1;
    bool no_bias = false;
    tg_init init = {};
    tg_init bias_init = {};
    conv_transpose_options with_kernel_shape(tg::shape v_) const { auto c_ = *this; c_.kernel_shape = v_; return c_; }
    conv_transpose_options with_stride(int64_t v_) const { auto c_ = *this; c_.stride = v_; return c_; }
    conv_transpose_options with_stride_shape(tg::shape v_) const { auto c_ = *this; c_.stride_shape = v_; return c_; }
    conv_transpose_options with_padding(int64_t v_) const { auto c_ = *this; c_.padding = v_; return c_; }
    conv_transpose_options with_padding_shape(tg::shape v_) const { auto c_ = *this; c_.padding_shape = v_; return c_; }
    conv_transpose_options with_dilation(int64_t v_) const { auto c_ = *this; c_.dilation = v_; return c_; }
    conv_transpose_options with_dilation_shape(tg::shape v_) const { auto c_ = *this; c_.dilation_shape = v_; return c_; }
    conv_transpose_options with_output_padding(int64_t v_) const { auto c_ = *this; c_.output_padding = v_; return c_; }
    conv_transpose_options with_output_padding_shape(tg::shape v_) const { auto c_ = *this; c_.output_padding_shape = v_; return c_; }
    conv_transpose_options with_groups(int64_t v_) const { auto c_ = *this; c_.groups = v_; return c_; }
    conv_transpose_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    conv_transpose_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    conv_transpose_options with_bias_init(tg_init v_) const { auto c_ = *this; c_.bias_init = v_; return c_; }
    tg_conv_transpose_args c_args(const tg_site &at_) const
    {
        tg_conv_transpose_args c_ = {};
        c_.struct_size = offsetof(tg_conv_transpose_args, bias_init) + sizeof c_.bias_init;
        c_.at = at_;
        c_.kernel_shape = kernel_shape;
        c_.stride = stride;
        c_.stride_shape = stride_shape;
        c_.padding = padding;
        c_.padding_shape = padding_shape;
        c_.dilation = dilation;
        c_.dilation_shape = dilation_shape;
        c_.output_padding = output_padding;
        c_.output_padding_shape = output_padding_shape;
        c_.groups = groups;
        c_.no_bias = no_bias;
        c_.init = init;
        c_.bias_init = bias_init;
        return c_;
    }
};

/* TG_CONVOLVE_TRANSPOSE_DEFAULTS */
struct convolve_transpose_options {
    tg::tensor bias = {};
    int64_t stride = 1;
    tg::shape stride_shape = {};
    int64_t padding = 0;
    tg::shape padding_shape = {};
    int64_t dilation = 1;
    tg::shape dilation_shape = {};
    int64_t output_padding = 0;
    tg::shape output_padding_shape = {};
    int64_t groups = 1;
    convolve_transpose_options with_bias(tg::tensor v_) const { auto c_ = *this; c_.bias = v_; return c_; }
    convolve_transpose_options with_stride(int64_t v_) const { auto c_ = *this; c_.stride = v_; return c_; }
    convolve_transpose_options with_stride_shape(tg::shape v_) const { auto c_ = *this; c_.stride_shape = v_; return c_; }
    convolve_transpose_options with_padding(int64_t v_) const { auto c_ = *this; c_.padding = v_; return c_; }
    convolve_transpose_options with_padding_shape(tg::shape v_) const { auto c_ = *this; c_.padding_shape = v_; return c_; }
    convolve_transpose_options with_dilation(int64_t v_) const { auto c_ = *this; c_.dilation = v_; return c_; }
    convolve_transpose_options with_dilation_shape(tg::shape v_) const { auto c_ = *this; c_.dilation_shape = v_; return c_; }
    convolve_transpose_options with_output_padding(int64_t v_) const { auto c_ = *this; c_.output_padding = v_; return c_; }
    convolve_transpose_options with_output_padding_shape(tg::shape v_) const { auto c_ = *this; c_.output_padding_shape = v_; return c_; }
    convolve_transpose_options with_groups(int64_t v_) const { auto c_ = *this; c_.groups = v_; return c_; }
    tg_convolve_transpose_args c_args(const tg_site &at_) const
    {
        tg_convolve_transpose_args c_ = {};
        c_.struct_size = offsetof(tg_convolve_transpose_args, groups) + sizeof c_.groups;
        c_.at = at_;
        c_.bias = bias.handle();
        c_.stride = stride;
        c_.stride_shape = stride_shape;
        c_.padding = padding;
        c_.padding_shape = padding_shape;
        c_.dilation = dilation;
        c_.dilation_shape = dilation_shape;
        c_.output_padding = output_padding;
        c_.output_padding_shape = output_padding_shape;
        c_.groups = groups;
        return c_;
    }
};

/* TG_POOL_DEFAULTS */
struct pool_options {
    tg::shape kernel_shape = {};
    int64_t stride = TG_AUTO;
    tg::shape stride_shape = {};
    int64_t padding = 0;
    tg::shape padding_shape = {};
    int64_t dilation = 1;
    tg::shape dilation_shape = {};
    bool exclude_padding = false;
    bool ceil = false;
    pool_options with_kernel_shape(tg::shape v_) const { auto c_ = *this; c_.kernel_shape = v_; return c_; }
    pool_options with_stride(int64_t v_) const { auto c_ = *this; c_.stride = v_; return c_; }
    pool_options with_stride_shape(tg::shape v_) const { auto c_ = *this; c_.stride_shape = v_; return c_; }
    pool_options with_padding(int64_t v_) const { auto c_ = *this; c_.padding = v_; return c_; }
    pool_options with_padding_shape(tg::shape v_) const { auto c_ = *this; c_.padding_shape = v_; return c_; }
    pool_options with_dilation(int64_t v_) const { auto c_ = *this; c_.dilation = v_; return c_; }
    pool_options with_dilation_shape(tg::shape v_) const { auto c_ = *this; c_.dilation_shape = v_; return c_; }
    pool_options with_exclude_padding(bool v_) const { auto c_ = *this; c_.exclude_padding = v_; return c_; }
    pool_options with_ceil(bool v_) const { auto c_ = *this; c_.ceil = v_; return c_; }
    tg_pool_args c_args(const tg_site &at_) const
    {
        tg_pool_args c_ = {};
        c_.struct_size = offsetof(tg_pool_args, ceil) + sizeof c_.ceil;
        c_.at = at_;
        c_.kernel_shape = kernel_shape;
        c_.stride = stride;
        c_.stride_shape = stride_shape;
        c_.padding = padding;
        c_.padding_shape = padding_shape;
        c_.dilation = dilation;
        c_.dilation_shape = dilation_shape;
        c_.exclude_padding = exclude_padding;
        c_.ceil = ceil;
        return c_;
    }
};

/* TG_ADAPTIVE_POOL_DEFAULTS */
struct adaptive_pool_options {
    tg::shape size_shape = {};
    adaptive_pool_options with_size_shape(tg::shape v_) const { auto c_ = *this; c_.size_shape = v_; return c_; }
    tg_adaptive_pool_args c_args(const tg_site &at_) const
    {
        tg_adaptive_pool_args c_ = {};
        c_.struct_size = offsetof(tg_adaptive_pool_args, size_shape) + sizeof c_.size_shape;
        c_.at = at_;
        c_.size_shape = size_shape;
        return c_;
    }
};

/* TG_INTERPOLATE_DEFAULTS */
struct interpolate_options {
    tg::shape size_shape = {};
    tg_interpolation by = {};
    bool align_corners = false;
    interpolate_options with_size_shape(tg::shape v_) const { auto c_ = *this; c_.size_shape = v_; return c_; }
    interpolate_options with_by(tg_interpolation v_) const { auto c_ = *this; c_.by = v_; return c_; }
    interpolate_options with_align_corners(bool v_) const { auto c_ = *this; c_.align_corners = v_; return c_; }
    tg_interpolate_args c_args(const tg_site &at_) const
    {
        tg_interpolate_args c_ = {};
        c_.struct_size = offsetof(tg_interpolate_args, align_corners) + sizeof c_.align_corners;
        c_.at = at_;
        c_.size_shape = size_shape;
        c_.by = by;
        c_.align_corners = align_corners;
        return c_;
    }
};

/* TG_COUPLING_DEFAULTS */
struct coupling_options {
    bool swap = false;
    double limit = 2;
    coupling_options with_swap(bool v_) const { auto c_ = *this; c_.swap = v_; return c_; }
    coupling_options with_limit(double v_) const { auto c_ = *this; c_.limit = v_; return c_; }
    tg_coupling_args c_args(const tg_site &at_) const
    {
        tg_coupling_args c_ = {};
        c_.struct_size = offsetof(tg_coupling_args, limit) + sizeof c_.limit;
        c_.at = at_;
        c_.swap = swap;
        c_.limit = limit;
        return c_;
    }
};

/* TG_GCN_DEFAULTS */
struct gcn_options {
    bool no_bias = false;
    tg_init init = {};
    gcn_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    gcn_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    tg_gcn_args c_args(const tg_site &at_) const
    {
        tg_gcn_args c_ = {};
        c_.struct_size = offsetof(tg_gcn_args, init) + sizeof c_.init;
        c_.at = at_;
        c_.no_bias = no_bias;
        c_.init = init;
        return c_;
    }
};

/* TG_SAGE_DEFAULTS */
struct sage_options {
    bool no_bias = false;
    tg_init init = {};
    sage_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    sage_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    tg_sage_args c_args(const tg_site &at_) const
    {
        tg_sage_args c_ = {};
        c_.struct_size = offsetof(tg_sage_args, init) + sizeof c_.init;
        c_.at = at_;
        c_.no_bias = no_bias;
        c_.init = init;
        return c_;
    }
};

/* TG_GAT_DEFAULTS */
struct gat_options {
    int64_t heads = 1;
    bool mean = false;
    double slope = 0.2;
    bool no_bias = false;
    tg_init init = {};
    gat_options with_heads(int64_t v_) const { auto c_ = *this; c_.heads = v_; return c_; }
    gat_options with_mean(bool v_) const { auto c_ = *this; c_.mean = v_; return c_; }
    gat_options with_slope(double v_) const { auto c_ = *this; c_.slope = v_; return c_; }
    gat_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    gat_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    tg_gat_args c_args(const tg_site &at_) const
    {
        tg_gat_args c_ = {};
        c_.struct_size = offsetof(tg_gat_args, init) + sizeof c_.init;
        c_.at = at_;
        c_.heads = heads;
        c_.mean = mean;
        c_.slope = slope;
        c_.no_bias = no_bias;
        c_.init = init;
        return c_;
    }
};

/* TG_LOSS_DEFAULTS */
struct loss_options {
    tg_reduction reduction = {};
    loss_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_loss_args c_args(const tg_site &at_) const
    {
        tg_loss_args c_ = {};
        c_.struct_size = offsetof(tg_loss_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_HUBER_DEFAULTS */
struct huber_options {
    double delta = 1;
    tg_reduction reduction = {};
    huber_options with_delta(double v_) const { auto c_ = *this; c_.delta = v_; return c_; }
    huber_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_huber_args c_args(const tg_site &at_) const
    {
        tg_huber_args c_ = {};
        c_.struct_size = offsetof(tg_huber_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.delta = delta;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_SMOOTH_L1_DEFAULTS */
struct smooth_l1_options {
    double beta = 1;
    tg_reduction reduction = {};
    smooth_l1_options with_beta(double v_) const { auto c_ = *this; c_.beta = v_; return c_; }
    smooth_l1_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_smooth_l1_args c_args(const tg_site &at_) const
    {
        tg_smooth_l1_args c_ = {};
        c_.struct_size = offsetof(tg_smooth_l1_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.beta = beta;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_CROSS_ENTROPY_DEFAULTS */
struct cross_entropy_options {
    tg_reduction reduction = {};
    tg::tensor weight = {};
    double label_smoothing = 0;
    int64_t ignore_index = TG_NO_INDEX;
    cross_entropy_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    cross_entropy_options with_weight(tg::tensor v_) const { auto c_ = *this; c_.weight = v_; return c_; }
    cross_entropy_options with_label_smoothing(double v_) const { auto c_ = *this; c_.label_smoothing = v_; return c_; }
    cross_entropy_options with_ignore_index(int64_t v_) const { auto c_ = *this; c_.ignore_index = v_; return c_; }
    tg_cross_entropy_args c_args(const tg_site &at_) const
    {
        tg_cross_entropy_args c_ = {};
        c_.struct_size = offsetof(tg_cross_entropy_args, ignore_index) + sizeof c_.ignore_index;
        c_.at = at_;
        c_.reduction = reduction;
        c_.weight = weight.handle();
        c_.label_smoothing = label_smoothing;
        c_.ignore_index = ignore_index;
        return c_;
    }
};

/* TG_NLL_DEFAULTS */
struct nll_options {
    tg_reduction reduction = {};
    tg::tensor weight = {};
    int64_t ignore_index = TG_NO_INDEX;
    nll_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    nll_options with_weight(tg::tensor v_) const { auto c_ = *this; c_.weight = v_; return c_; }
    nll_options with_ignore_index(int64_t v_) const { auto c_ = *this; c_.ignore_index = v_; return c_; }
    tg_nll_args c_args(const tg_site &at_) const
    {
        tg_nll_args c_ = {};
        c_.struct_size = offsetof(tg_nll_args, ignore_index) + sizeof c_.ignore_index;
        c_.at = at_;
        c_.reduction = reduction;
        c_.weight = weight.handle();
        c_.ignore_index = ignore_index;
        return c_;
    }
};

/* TG_MULTI_MARGIN_DEFAULTS */
struct multi_margin_options {
    double p = 1;
    double margin = 1;
    tg_reduction reduction = {};
    multi_margin_options with_p(double v_) const { auto c_ = *this; c_.p = v_; return c_; }
    multi_margin_options with_margin(double v_) const { auto c_ = *this; c_.margin = v_; return c_; }
    multi_margin_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_multi_margin_args c_args(const tg_site &at_) const
    {
        tg_multi_margin_args c_ = {};
        c_.struct_size = offsetof(tg_multi_margin_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.p = p;
        c_.margin = margin;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_MARGIN_LOSS_DEFAULTS */
struct margin_loss_options {
    double rho = 1;
    tg_reduction reduction = {};
    margin_loss_options with_rho(double v_) const { auto c_ = *this; c_.rho = v_; return c_; }
    margin_loss_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_margin_loss_args c_args(const tg_site &at_) const
    {
        tg_margin_loss_args c_ = {};
        c_.struct_size = offsetof(tg_margin_loss_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.rho = rho;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_CTC_DEFAULTS */
struct ctc_options {
    tg::tensor input_lengths = {};
    tg::tensor label_lengths = {};
    int64_t blank = 0;
    bool zero_infinity = false;
    tg_reduction reduction = {};
    ctc_options with_input_lengths(tg::tensor v_) const { auto c_ = *this; c_.input_lengths = v_; return c_; }
    ctc_options with_label_lengths(tg::tensor v_) const { auto c_ = *this; c_.label_lengths = v_; return c_; }
    ctc_options with_blank(int64_t v_) const { auto c_ = *this; c_.blank = v_; return c_; }
    ctc_options with_zero_infinity(bool v_) const { auto c_ = *this; c_.zero_infinity = v_; return c_; }
    ctc_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_ctc_args c_args(const tg_site &at_) const
    {
        tg_ctc_args c_ = {};
        c_.struct_size = offsetof(tg_ctc_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.input_lengths = input_lengths.handle();
        c_.label_lengths = label_lengths.handle();
        c_.blank = blank;
        c_.zero_infinity = zero_infinity;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_BINARY_CROSS_ENTROPY_DEFAULTS */
struct binary_cross_entropy_options {
    tg::tensor pos_weight = {};
    tg_reduction reduction = {};
    binary_cross_entropy_options with_pos_weight(tg::tensor v_) const { auto c_ = *this; c_.pos_weight = v_; return c_; }
    binary_cross_entropy_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_binary_cross_entropy_args c_args(const tg_site &at_) const
    {
        tg_binary_cross_entropy_args c_ = {};
        c_.struct_size = offsetof(tg_binary_cross_entropy_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.pos_weight = pos_weight.handle();
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_KL_DIV_DEFAULTS */
struct kl_div_options {
    tg_reduction reduction = {};
    kl_div_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_kl_div_args c_args(const tg_site &at_) const
    {
        tg_kl_div_args c_ = {};
        c_.struct_size = offsetof(tg_kl_div_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_MARGIN_RANKING_DEFAULTS */
struct margin_ranking_options {
    double margin = 0;
    tg_reduction reduction = {};
    margin_ranking_options with_margin(double v_) const { auto c_ = *this; c_.margin = v_; return c_; }
    margin_ranking_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_margin_ranking_args c_args(const tg_site &at_) const
    {
        tg_margin_ranking_args c_ = {};
        c_.struct_size = offsetof(tg_margin_ranking_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.margin = margin;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_GAUSSIAN_NLL_DEFAULTS */
struct gaussian_nll_options {
    bool full = false;
    double eps = 1e-6;
    tg_reduction reduction = {};
    gaussian_nll_options with_full(bool v_) const { auto c_ = *this; c_.full = v_; return c_; }
    gaussian_nll_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    gaussian_nll_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_gaussian_nll_args c_args(const tg_site &at_) const
    {
        tg_gaussian_nll_args c_ = {};
        c_.struct_size = offsetof(tg_gaussian_nll_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.full = full;
        c_.eps = eps;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_POISSON_NLL_DEFAULTS */
struct poisson_nll_options {
    bool log_input = true;
    bool full = false;
    double eps = 1e-8;
    tg_reduction reduction = {};
    poisson_nll_options with_log_input(bool v_) const { auto c_ = *this; c_.log_input = v_; return c_; }
    poisson_nll_options with_full(bool v_) const { auto c_ = *this; c_.full = v_; return c_; }
    poisson_nll_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    poisson_nll_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_poisson_nll_args c_args(const tg_site &at_) const
    {
        tg_poisson_nll_args c_ = {};
        c_.struct_size = offsetof(tg_poisson_nll_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.log_input = log_input;
        c_.full = full;
        c_.eps = eps;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_GAUSSIAN_KL_DEFAULTS */
struct gaussian_kl_options {
    tg::tensor other_mean = {};
    tg::tensor other_log_variance = {};
    tg_reduction reduction = {};
    gaussian_kl_options with_other_mean(tg::tensor v_) const { auto c_ = *this; c_.other_mean = v_; return c_; }
    gaussian_kl_options with_other_log_variance(tg::tensor v_) const { auto c_ = *this; c_.other_log_variance = v_; return c_; }
    gaussian_kl_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_gaussian_kl_args c_args(const tg_site &at_) const
    {
        tg_gaussian_kl_args c_ = {};
        c_.struct_size = offsetof(tg_gaussian_kl_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.other_mean = other_mean.handle();
        c_.other_log_variance = other_log_variance.handle();
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_COSINE_SIMILARITY_DEFAULTS */
struct cosine_similarity_options {
    int axis = -1;
    cosine_similarity_options with_axis(int v_) const { auto c_ = *this; c_.axis = v_; return c_; }
    tg_cosine_similarity_args c_args(const tg_site &at_) const
    {
        tg_cosine_similarity_args c_ = {};
        c_.struct_size = offsetof(tg_cosine_similarity_args, axis) + sizeof c_.axis;
        c_.at = at_;
        c_.axis = axis;
        return c_;
    }
};

/* TG_COSINE_EMBEDDING_DEFAULTS */
struct cosine_embedding_options {
    double margin = 0;
    tg_reduction reduction = {};
    cosine_embedding_options with_margin(double v_) const { auto c_ = *this; c_.margin = v_; return c_; }
    cosine_embedding_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_cosine_embedding_args c_args(const tg_site &at_) const
    {
        tg_cosine_embedding_args c_ = {};
        c_.struct_size = offsetof(tg_cosine_embedding_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.margin = margin;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_TRIPLET_DEFAULTS */
struct triplet_options {
    double margin = 1;
    double p = 2;
    double eps = 1e-6;
    tg_reduction reduction = {};
    triplet_options with_margin(double v_) const { auto c_ = *this; c_.margin = v_; return c_; }
    triplet_options with_p(double v_) const { auto c_ = *this; c_.p = v_; return c_; }
    triplet_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    triplet_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_triplet_args c_args(const tg_site &at_) const
    {
        tg_triplet_args c_ = {};
        c_.struct_size = offsetof(tg_triplet_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.margin = margin;
        c_.p = p;
        c_.eps = eps;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_DISCRIMINATOR_LOSS_DEFAULTS */
struct discriminator_loss_options {
    tg_gan_form form = {};
    tg_reduction reduction = {};
    discriminator_loss_options with_form(tg_gan_form v_) const { auto c_ = *this; c_.form = v_; return c_; }
    discriminator_loss_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_discriminator_loss_args c_args(const tg_site &at_) const
    {
        tg_discriminator_loss_args c_ = {};
        c_.struct_size = offsetof(tg_discriminator_loss_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.form = form;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_GENERATOR_LOSS_DEFAULTS */
struct generator_loss_options {
    tg_gan_form form = {};
    tg_reduction reduction = {};
    generator_loss_options with_form(tg_gan_form v_) const { auto c_ = *this; c_.form = v_; return c_; }
    generator_loss_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_generator_loss_args c_args(const tg_site &at_) const
    {
        tg_generator_loss_args c_ = {};
        c_.struct_size = offsetof(tg_generator_loss_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.form = form;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_GRADIENT_PENALTY_DEFAULTS */
struct gradient_penalty_options {
    double norm = 1;
    tg_reduction reduction = {};
    gradient_penalty_options with_norm(double v_) const { auto c_ = *this; c_.norm = v_; return c_; }
    gradient_penalty_options with_reduction(tg_reduction v_) const { auto c_ = *this; c_.reduction = v_; return c_; }
    tg_gradient_penalty_args c_args(const tg_site &at_) const
    {
        tg_gradient_penalty_args c_ = {};
        c_.struct_size = offsetof(tg_gradient_penalty_args, reduction) + sizeof c_.reduction;
        c_.at = at_;
        c_.norm = norm;
        c_.reduction = reduction;
        return c_;
    }
};

/* TG_PENALTY_DEFAULTS */
struct penalty_options {
    tg::text params = {};
    tg::text except = {};
    penalty_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    penalty_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    tg_penalty_args c_args(const tg_site &at_) const
    {
        tg_penalty_args c_ = {};
        c_.struct_size = offsetof(tg_penalty_args, except) + sizeof c_.except;
        c_.at = at_;
        c_.params = params.c_str();
        c_.except = except.c_str();
        return c_;
    }
};

/* TG_PERPLEXITY_DEFAULTS */
struct perplexity_options {
    int64_t ignore_index = TG_NO_INDEX;
    perplexity_options with_ignore_index(int64_t v_) const { auto c_ = *this; c_.ignore_index = v_; return c_; }
    tg_perplexity_args c_args(const tg_site &at_) const
    {
        tg_perplexity_args c_ = {};
        c_.struct_size = offsetof(tg_perplexity_args, ignore_index) + sizeof c_.ignore_index;
        c_.at = at_;
        c_.ignore_index = ignore_index;
        return c_;
    }
};

/* TG_RECURRENT_DEFAULTS */
struct recurrent_options {
    int layers = 1;
    bool bidirectional = false;
    bool no_bias = false;
    bool batch_first = false;
    double dropout = 0;
    bool relu = false;
    tg_init init = {};
    recurrent_options with_layers(int v_) const { auto c_ = *this; c_.layers = v_; return c_; }
    recurrent_options with_bidirectional(bool v_) const { auto c_ = *this; c_.bidirectional = v_; return c_; }
    recurrent_options with_no_bias(bool v_) const { auto c_ = *this; c_.no_bias = v_; return c_; }
    recurrent_options with_batch_first(bool v_) const { auto c_ = *this; c_.batch_first = v_; return c_; }
    recurrent_options with_dropout(double v_) const { auto c_ = *this; c_.dropout = v_; return c_; }
    recurrent_options with_relu(bool v_) const { auto c_ = *this; c_.relu = v_; return c_; }
    recurrent_options with_init(tg_init v_) const { auto c_ = *this; c_.init = v_; return c_; }
    tg_recurrent_args c_args(const tg_site &at_) const
    {
        tg_recurrent_args c_ = {};
        c_.struct_size = offsetof(tg_recurrent_args, init) + sizeof c_.init;
        c_.at = at_;
        c_.layers = layers;
        c_.bidirectional = bidirectional;
        c_.no_bias = no_bias;
        c_.batch_first = batch_first;
        c_.dropout = dropout;
        c_.relu = relu;
        c_.init = init;
        return c_;
    }
};

/* TG_RECURRENT_APPLY_DEFAULTS */
struct recurrent_apply_options {
    tg::tensor lengths = {};
    const tg_recurrent_state *state = nullptr;
    tg_recurrent_state *end = nullptr;
    bool training = false;
    tg::text key = {};
    recurrent_apply_options with_lengths(tg::tensor v_) const { auto c_ = *this; c_.lengths = v_; return c_; }
    recurrent_apply_options with_state(const tg_recurrent_state *v_) const { auto c_ = *this; c_.state = v_; return c_; }
    recurrent_apply_options with_end(tg_recurrent_state *v_) const { auto c_ = *this; c_.end = v_; return c_; }
    recurrent_apply_options with_training(bool v_) const { auto c_ = *this; c_.training = v_; return c_; }
    recurrent_apply_options with_key(tg::text v_) const { auto c_ = *this; c_.key = v_; return c_; }
    tg_recurrent_apply_args c_args(const tg_site &at_) const
    {
        tg_recurrent_apply_args c_ = {};
        c_.struct_size = offsetof(tg_recurrent_apply_args, key) + sizeof c_.key;
        c_.at = at_;
        c_.lengths = lengths.handle();
        c_.state = state;
        c_.end = end;
        c_.training = training;
        c_.key = key.c_str();
        return c_;
    }
};

/* TG_CONSTANT_LR_DEFAULTS */
struct constant_lr_options {
    double base = 1e-3;
    int64_t warmup = 0;
    constant_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    constant_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_constant_lr_args c_args(const tg_site &at_) const
    {
        tg_constant_lr_args c_ = {};
        c_.struct_size = offsetof(tg_constant_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_STEP_LR_DEFAULTS */
struct step_lr_options {
    double base = 1e-3;
    double gamma = 0.1;
    int64_t every = 0;
    int64_t warmup = 0;
    step_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    step_lr_options with_gamma(double v_) const { auto c_ = *this; c_.gamma = v_; return c_; }
    step_lr_options with_every(int64_t v_) const { auto c_ = *this; c_.every = v_; return c_; }
    step_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_step_lr_args c_args(const tg_site &at_) const
    {
        tg_step_lr_args c_ = {};
        c_.struct_size = offsetof(tg_step_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.gamma = gamma;
        c_.every = every;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_MULTI_STEP_LR_DEFAULTS */
struct multi_step_lr_options {
    double base = 1e-3;
    double gamma = 0.1;
    int64_t warmup = 0;
    multi_step_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    multi_step_lr_options with_gamma(double v_) const { auto c_ = *this; c_.gamma = v_; return c_; }
    multi_step_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_multi_step_lr_args c_args(const tg_site &at_) const
    {
        tg_multi_step_lr_args c_ = {};
        c_.struct_size = offsetof(tg_multi_step_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.gamma = gamma;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_EXPONENTIAL_LR_DEFAULTS */
struct exponential_lr_options {
    double base = 1e-3;
    double gamma = 0;
    int64_t every = 1;
    int64_t warmup = 0;
    exponential_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    exponential_lr_options with_gamma(double v_) const { auto c_ = *this; c_.gamma = v_; return c_; }
    exponential_lr_options with_every(int64_t v_) const { auto c_ = *this; c_.every = v_; return c_; }
    exponential_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_exponential_lr_args c_args(const tg_site &at_) const
    {
        tg_exponential_lr_args c_ = {};
        c_.struct_size = offsetof(tg_exponential_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.gamma = gamma;
        c_.every = every;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_INVERSE_TIME_LR_DEFAULTS */
struct inverse_time_lr_options {
    double base = 1e-3;
    double gamma = 1;
    int64_t every = 1;
    double power = 1;
    int64_t warmup = 0;
    inverse_time_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    inverse_time_lr_options with_gamma(double v_) const { auto c_ = *this; c_.gamma = v_; return c_; }
    inverse_time_lr_options with_every(int64_t v_) const { auto c_ = *this; c_.every = v_; return c_; }
    inverse_time_lr_options with_power(double v_) const { auto c_ = *this; c_.power = v_; return c_; }
    inverse_time_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_inverse_time_lr_args c_args(const tg_site &at_) const
    {
        tg_inverse_time_lr_args c_ = {};
        c_.struct_size = offsetof(tg_inverse_time_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.gamma = gamma;
        c_.every = every;
        c_.power = power;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_POLYNOMIAL_LR_DEFAULTS */
struct polynomial_lr_options {
    double base = 1e-3;
    double final = 0;
    double power = 1;
    int64_t steps = 0;
    int64_t warmup = 0;
    polynomial_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    polynomial_lr_options with_final(double v_) const { auto c_ = *this; c_.final = v_; return c_; }
    polynomial_lr_options with_power(double v_) const { auto c_ = *this; c_.power = v_; return c_; }
    polynomial_lr_options with_steps(int64_t v_) const { auto c_ = *this; c_.steps = v_; return c_; }
    polynomial_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_polynomial_lr_args c_args(const tg_site &at_) const
    {
        tg_polynomial_lr_args c_ = {};
        c_.struct_size = offsetof(tg_polynomial_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.final = final;
        c_.power = power;
        c_.steps = steps;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_LINEAR_LR_DEFAULTS */
struct linear_lr_options {
    double base = 1e-3;
    double start = 1;
    double end = 0;
    int64_t steps = 0;
    int64_t warmup = 0;
    linear_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    linear_lr_options with_start(double v_) const { auto c_ = *this; c_.start = v_; return c_; }
    linear_lr_options with_end(double v_) const { auto c_ = *this; c_.end = v_; return c_; }
    linear_lr_options with_steps(int64_t v_) const { auto c_ = *this; c_.steps = v_; return c_; }
    linear_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_linear_lr_args c_args(const tg_site &at_) const
    {
        tg_linear_lr_args c_ = {};
        c_.struct_size = offsetof(tg_linear_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.start = start;
        c_.end = end;
        c_.steps = steps;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_COSINE_LR_DEFAULTS */
struct cosine_lr_options {
    double base = 1e-3;
    double final = 0;
    int64_t steps = 0;
    int64_t warmup = 0;
    cosine_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    cosine_lr_options with_final(double v_) const { auto c_ = *this; c_.final = v_; return c_; }
    cosine_lr_options with_steps(int64_t v_) const { auto c_ = *this; c_.steps = v_; return c_; }
    cosine_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_cosine_lr_args c_args(const tg_site &at_) const
    {
        tg_cosine_lr_args c_ = {};
        c_.struct_size = offsetof(tg_cosine_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.final = final;
        c_.steps = steps;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_COSINE_RESTARTS_LR_DEFAULTS */
struct cosine_restarts_lr_options {
    double base = 1e-3;
    double final = 0;
    int64_t first = 0;
    int64_t growth = 1;
    int64_t warmup = 0;
    cosine_restarts_lr_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    cosine_restarts_lr_options with_final(double v_) const { auto c_ = *this; c_.final = v_; return c_; }
    cosine_restarts_lr_options with_first(int64_t v_) const { auto c_ = *this; c_.first = v_; return c_; }
    cosine_restarts_lr_options with_growth(int64_t v_) const { auto c_ = *this; c_.growth = v_; return c_; }
    cosine_restarts_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_cosine_restarts_lr_args c_args(const tg_site &at_) const
    {
        tg_cosine_restarts_lr_args c_ = {};
        c_.struct_size = offsetof(tg_cosine_restarts_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.final = final;
        c_.first = first;
        c_.growth = growth;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_CYCLIC_DEFAULTS */
struct cyclic_options {
    double base = 1e-3;
    double peak = 1e-2;
    int64_t up = 2000;
    int64_t down = 0;
    tg_cycle_mode mode = {};
    double gamma = 1;
    double base_momentum = 0.8;
    double peak_momentum = 0.9;
    int64_t warmup = 0;
    cyclic_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    cyclic_options with_peak(double v_) const { auto c_ = *this; c_.peak = v_; return c_; }
    cyclic_options with_up(int64_t v_) const { auto c_ = *this; c_.up = v_; return c_; }
    cyclic_options with_down(int64_t v_) const { auto c_ = *this; c_.down = v_; return c_; }
    cyclic_options with_mode(tg_cycle_mode v_) const { auto c_ = *this; c_.mode = v_; return c_; }
    cyclic_options with_gamma(double v_) const { auto c_ = *this; c_.gamma = v_; return c_; }
    cyclic_options with_base_momentum(double v_) const { auto c_ = *this; c_.base_momentum = v_; return c_; }
    cyclic_options with_peak_momentum(double v_) const { auto c_ = *this; c_.peak_momentum = v_; return c_; }
    cyclic_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_cyclic_args c_args(const tg_site &at_) const
    {
        tg_cyclic_args c_ = {};
        c_.struct_size = offsetof(tg_cyclic_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.base = base;
        c_.peak = peak;
        c_.up = up;
        c_.down = down;
        c_.mode = mode;
        c_.gamma = gamma;
        c_.base_momentum = base_momentum;
        c_.peak_momentum = peak_momentum;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_ONE_CYCLE_DEFAULTS */
struct one_cycle_options {
    double peak = 1e-2;
    int64_t steps = 0;
    double rise = 0.3;
    double div = 25;
    double final_div = 1e4;
    bool linear = false;
    bool three_phase = false;
    double base_momentum = 0.85;
    double peak_momentum = 0.95;
    int64_t warmup = 0;
    one_cycle_options with_peak(double v_) const { auto c_ = *this; c_.peak = v_; return c_; }
    one_cycle_options with_steps(int64_t v_) const { auto c_ = *this; c_.steps = v_; return c_; }
    one_cycle_options with_rise(double v_) const { auto c_ = *this; c_.rise = v_; return c_; }
    one_cycle_options with_div(double v_) const { auto c_ = *this; c_.div = v_; return c_; }
    one_cycle_options with_final_div(double v_) const { auto c_ = *this; c_.final_div = v_; return c_; }
    one_cycle_options with_linear(bool v_) const { auto c_ = *this; c_.linear = v_; return c_; }
    one_cycle_options with_three_phase(bool v_) const { auto c_ = *this; c_.three_phase = v_; return c_; }
    one_cycle_options with_base_momentum(double v_) const { auto c_ = *this; c_.base_momentum = v_; return c_; }
    one_cycle_options with_peak_momentum(double v_) const { auto c_ = *this; c_.peak_momentum = v_; return c_; }
    one_cycle_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_one_cycle_args c_args(const tg_site &at_) const
    {
        tg_one_cycle_args c_ = {};
        c_.struct_size = offsetof(tg_one_cycle_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.peak = peak;
        c_.steps = steps;
        c_.rise = rise;
        c_.div = div;
        c_.final_div = final_div;
        c_.linear = linear;
        c_.three_phase = three_phase;
        c_.base_momentum = base_momentum;
        c_.peak_momentum = peak_momentum;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_SEQUENCE_LR_DEFAULTS */
struct sequence_lr_options {
    int64_t warmup = 0;
    sequence_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_sequence_lr_args c_args(const tg_site &at_) const
    {
        tg_sequence_lr_args c_ = {};
        c_.struct_size = offsetof(tg_sequence_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_PRODUCT_LR_DEFAULTS */
struct product_lr_options {
    int64_t warmup = 0;
    product_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_product_lr_args c_args(const tg_site &at_) const
    {
        tg_product_lr_args c_ = {};
        c_.struct_size = offsetof(tg_product_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_PLATEAU_DEFAULTS */
struct plateau_options {
    double base = 1e-3;
    double factor = 0.1;
    int64_t patience = 10;
    double threshold = 1e-4;
    bool absolute = false;
    bool maximize = false;
    int64_t cooldown = 0;
    double least = 0;
    double eps = 1e-8;
    plateau_options with_base(double v_) const { auto c_ = *this; c_.base = v_; return c_; }
    plateau_options with_factor(double v_) const { auto c_ = *this; c_.factor = v_; return c_; }
    plateau_options with_patience(int64_t v_) const { auto c_ = *this; c_.patience = v_; return c_; }
    plateau_options with_threshold(double v_) const { auto c_ = *this; c_.threshold = v_; return c_; }
    plateau_options with_absolute(bool v_) const { auto c_ = *this; c_.absolute = v_; return c_; }
    plateau_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    plateau_options with_cooldown(int64_t v_) const { auto c_ = *this; c_.cooldown = v_; return c_; }
    plateau_options with_least(double v_) const { auto c_ = *this; c_.least = v_; return c_; }
    plateau_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    tg_plateau_args c_args(const tg_site &at_) const
    {
        tg_plateau_args c_ = {};
        c_.struct_size = offsetof(tg_plateau_args, eps) + sizeof c_.eps;
        c_.at = at_;
        c_.base = base;
        c_.factor = factor;
        c_.patience = patience;
        c_.threshold = threshold;
        c_.absolute = absolute;
        c_.maximize = maximize;
        c_.cooldown = cooldown;
        c_.least = least;
        c_.eps = eps;
        return c_;
    }
};

/* TG_PLATEAU_LR_DEFAULTS */
struct plateau_lr_options {
    int64_t warmup = 0;
    plateau_lr_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_plateau_lr_args c_args(const tg_site &at_) const
    {
        tg_plateau_lr_args c_ = {};
        c_.struct_size = offsetof(tg_plateau_lr_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_GD_DEFAULTS */
struct gd_options {
    double lr = 1e-2;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "gd";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    gd_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    gd_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    gd_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    gd_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    gd_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    gd_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    gd_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    gd_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    gd_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    gd_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    gd_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    gd_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    gd_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    gd_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    gd_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    gd_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    gd_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    tg_gd_args c_args(const tg_site &at_) const
    {
        tg_gd_args c_ = {};
        c_.struct_size = offsetof(tg_gd_args, skip_nonfinite) + sizeof c_.skip_nonfinite;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        return c_;
    }
};

/* TG_SGD_DEFAULTS */
struct sgd_options {
    double lr = 1e-2;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "sgd";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double momentum = 0;
    tg_momentum_form form = {};
    double dampening = 0;
    bool nesterov = false;
    bool decoupled = false;
    tg::tensor momentum_at = {};
    tg_schedule momentum_schedule = {};
    bool first_undamped = false;
    sgd_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    sgd_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    sgd_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    sgd_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    sgd_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    sgd_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    sgd_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    sgd_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    sgd_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    sgd_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    sgd_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    sgd_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    sgd_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    sgd_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    sgd_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    sgd_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    sgd_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    sgd_options with_momentum(double v_) const { auto c_ = *this; c_.momentum = v_; return c_; }
    sgd_options with_form(tg_momentum_form v_) const { auto c_ = *this; c_.form = v_; return c_; }
    sgd_options with_dampening(double v_) const { auto c_ = *this; c_.dampening = v_; return c_; }
    sgd_options with_nesterov(bool v_) const { auto c_ = *this; c_.nesterov = v_; return c_; }
    sgd_options with_decoupled(bool v_) const { auto c_ = *this; c_.decoupled = v_; return c_; }
    sgd_options with_momentum_at(tg::tensor v_) const { auto c_ = *this; c_.momentum_at = v_; return c_; }
    sgd_options with_momentum_schedule(tg_schedule v_) const { auto c_ = *this; c_.momentum_schedule = v_; return c_; }
    sgd_options with_first_undamped(bool v_) const { auto c_ = *this; c_.first_undamped = v_; return c_; }
    tg_sgd_args c_args(const tg_site &at_) const
    {
        tg_sgd_args c_ = {};
        c_.struct_size = offsetof(tg_sgd_args, first_undamped) + sizeof c_.first_undamped;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.momentum = momentum;
        c_.form = form;
        c_.dampening = dampening;
        c_.nesterov = nesterov;
        c_.decoupled = decoupled;
        c_.momentum_at = momentum_at.handle();
        c_.momentum_schedule = momentum_schedule;
        c_.first_undamped = first_undamped;
        return c_;
    }
};

/* TG_ADAGRAD_DEFAULTS */
struct adagrad_options {
    double lr = 1e-2;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "adagrad";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double eps = 1e-10;
    bool eps_beside = false;
    double lr_decay = 0;
    double initial = 0;
    adagrad_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    adagrad_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    adagrad_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    adagrad_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    adagrad_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    adagrad_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    adagrad_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    adagrad_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    adagrad_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    adagrad_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    adagrad_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    adagrad_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    adagrad_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    adagrad_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    adagrad_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    adagrad_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    adagrad_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    adagrad_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    adagrad_options with_eps_beside(bool v_) const { auto c_ = *this; c_.eps_beside = v_; return c_; }
    adagrad_options with_lr_decay(double v_) const { auto c_ = *this; c_.lr_decay = v_; return c_; }
    adagrad_options with_initial(double v_) const { auto c_ = *this; c_.initial = v_; return c_; }
    tg_adagrad_args c_args(const tg_site &at_) const
    {
        tg_adagrad_args c_ = {};
        c_.struct_size = offsetof(tg_adagrad_args, initial) + sizeof c_.initial;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.eps = eps;
        c_.eps_beside = eps_beside;
        c_.lr_decay = lr_decay;
        c_.initial = initial;
        return c_;
    }
};

/* TG_RMSPROP_DEFAULTS */
struct rmsprop_options {
    double lr = 1e-2;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "rmsprop";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double rho = 0.99;
    double eps = 1e-8;
    double momentum = 0;
    tg::tensor rho_at = {};
    tg::tensor momentum_at = {};
    tg_schedule momentum_schedule = {};
    bool eps_beside = false;
    bool centered = false;
    rmsprop_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    rmsprop_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    rmsprop_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    rmsprop_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    rmsprop_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    rmsprop_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    rmsprop_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    rmsprop_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    rmsprop_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    rmsprop_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    rmsprop_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    rmsprop_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    rmsprop_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    rmsprop_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    rmsprop_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    rmsprop_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    rmsprop_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    rmsprop_options with_rho(double v_) const { auto c_ = *this; c_.rho = v_; return c_; }
    rmsprop_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    rmsprop_options with_momentum(double v_) const { auto c_ = *this; c_.momentum = v_; return c_; }
    rmsprop_options with_rho_at(tg::tensor v_) const { auto c_ = *this; c_.rho_at = v_; return c_; }
    rmsprop_options with_momentum_at(tg::tensor v_) const { auto c_ = *this; c_.momentum_at = v_; return c_; }
    rmsprop_options with_momentum_schedule(tg_schedule v_) const { auto c_ = *this; c_.momentum_schedule = v_; return c_; }
    rmsprop_options with_eps_beside(bool v_) const { auto c_ = *this; c_.eps_beside = v_; return c_; }
    rmsprop_options with_centered(bool v_) const { auto c_ = *this; c_.centered = v_; return c_; }
    tg_rmsprop_args c_args(const tg_site &at_) const
    {
        tg_rmsprop_args c_ = {};
        c_.struct_size = offsetof(tg_rmsprop_args, centered) + sizeof c_.centered;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.rho = rho;
        c_.eps = eps;
        c_.momentum = momentum;
        c_.rho_at = rho_at.handle();
        c_.momentum_at = momentum_at.handle();
        c_.momentum_schedule = momentum_schedule;
        c_.eps_beside = eps_beside;
        c_.centered = centered;
        return c_;
    }
};

/* TG_ADADELTA_DEFAULTS */
struct adadelta_options {
    double lr = 1;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "adadelta";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double rho = 0.9;
    double eps = 1e-6;
    adadelta_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    adadelta_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    adadelta_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    adadelta_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    adadelta_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    adadelta_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    adadelta_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    adadelta_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    adadelta_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    adadelta_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    adadelta_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    adadelta_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    adadelta_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    adadelta_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    adadelta_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    adadelta_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    adadelta_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    adadelta_options with_rho(double v_) const { auto c_ = *this; c_.rho = v_; return c_; }
    adadelta_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    tg_adadelta_args c_args(const tg_site &at_) const
    {
        tg_adadelta_args c_ = {};
        c_.struct_size = offsetof(tg_adadelta_args, eps) + sizeof c_.eps;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.rho = rho;
        c_.eps = eps;
        return c_;
    }
};

/* TG_ADAM_DEFAULTS */
struct adam_options {
    double lr = 1e-3;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "adam";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
    tg::tensor beta1_at = {};
    tg_schedule beta1_schedule = {};
    tg::tensor beta2_at = {};
    bool amsgrad = false;
    adam_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    adam_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    adam_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    adam_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    adam_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    adam_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    adam_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    adam_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    adam_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    adam_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    adam_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    adam_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    adam_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    adam_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    adam_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    adam_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    adam_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    adam_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    adam_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    adam_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    adam_options with_beta1_at(tg::tensor v_) const { auto c_ = *this; c_.beta1_at = v_; return c_; }
    adam_options with_beta1_schedule(tg_schedule v_) const { auto c_ = *this; c_.beta1_schedule = v_; return c_; }
    adam_options with_beta2_at(tg::tensor v_) const { auto c_ = *this; c_.beta2_at = v_; return c_; }
    adam_options with_amsgrad(bool v_) const { auto c_ = *this; c_.amsgrad = v_; return c_; }
    tg_adam_args c_args(const tg_site &at_) const
    {
        tg_adam_args c_ = {};
        c_.struct_size = offsetof(tg_adam_args, amsgrad) + sizeof c_.amsgrad;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.eps = eps;
        c_.beta1_at = beta1_at.handle();
        c_.beta1_schedule = beta1_schedule;
        c_.beta2_at = beta2_at.handle();
        c_.amsgrad = amsgrad;
        return c_;
    }
};

/* TG_ADAMW_DEFAULTS */
struct adamw_options {
    double lr = 1e-3;
    tg::tensor lr_at = {};
    double weight_decay = 1e-2;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "adamw";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
    tg::tensor beta1_at = {};
    tg_schedule beta1_schedule = {};
    tg::tensor beta2_at = {};
    bool amsgrad = false;
    adamw_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    adamw_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    adamw_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    adamw_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    adamw_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    adamw_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    adamw_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    adamw_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    adamw_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    adamw_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    adamw_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    adamw_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    adamw_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    adamw_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    adamw_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    adamw_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    adamw_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    adamw_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    adamw_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    adamw_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    adamw_options with_beta1_at(tg::tensor v_) const { auto c_ = *this; c_.beta1_at = v_; return c_; }
    adamw_options with_beta1_schedule(tg_schedule v_) const { auto c_ = *this; c_.beta1_schedule = v_; return c_; }
    adamw_options with_beta2_at(tg::tensor v_) const { auto c_ = *this; c_.beta2_at = v_; return c_; }
    adamw_options with_amsgrad(bool v_) const { auto c_ = *this; c_.amsgrad = v_; return c_; }
    tg_adam_args c_args(const tg_site &at_) const
    {
        tg_adam_args c_ = {};
        c_.struct_size = offsetof(tg_adam_args, amsgrad) + sizeof c_.amsgrad;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.eps = eps;
        c_.beta1_at = beta1_at.handle();
        c_.beta1_schedule = beta1_schedule;
        c_.beta2_at = beta2_at.handle();
        c_.amsgrad = amsgrad;
        return c_;
    }
};

/* TG_ADAMAX_DEFAULTS */
struct adamax_options {
    double lr = 2e-3;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "adamax";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
    tg::tensor beta1_at = {};
    tg_schedule beta1_schedule = {};
    adamax_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    adamax_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    adamax_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    adamax_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    adamax_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    adamax_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    adamax_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    adamax_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    adamax_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    adamax_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    adamax_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    adamax_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    adamax_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    adamax_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    adamax_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    adamax_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    adamax_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    adamax_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    adamax_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    adamax_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    adamax_options with_beta1_at(tg::tensor v_) const { auto c_ = *this; c_.beta1_at = v_; return c_; }
    adamax_options with_beta1_schedule(tg_schedule v_) const { auto c_ = *this; c_.beta1_schedule = v_; return c_; }
    tg_adamax_args c_args(const tg_site &at_) const
    {
        tg_adamax_args c_ = {};
        c_.struct_size = offsetof(tg_adamax_args, beta1_schedule) + sizeof c_.beta1_schedule;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.eps = eps;
        c_.beta1_at = beta1_at.handle();
        c_.beta1_schedule = beta1_schedule;
        return c_;
    }
};

/* TG_NADAM_DEFAULTS */
struct nadam_options {
    double lr = 2e-3;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "nadam";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
    double momentum_decay = 4e-3;
    bool decoupled = false;
    nadam_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    nadam_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    nadam_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    nadam_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    nadam_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    nadam_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    nadam_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    nadam_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    nadam_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    nadam_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    nadam_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    nadam_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    nadam_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    nadam_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    nadam_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    nadam_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    nadam_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    nadam_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    nadam_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    nadam_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    nadam_options with_momentum_decay(double v_) const { auto c_ = *this; c_.momentum_decay = v_; return c_; }
    nadam_options with_decoupled(bool v_) const { auto c_ = *this; c_.decoupled = v_; return c_; }
    tg_nadam_args c_args(const tg_site &at_) const
    {
        tg_nadam_args c_ = {};
        c_.struct_size = offsetof(tg_nadam_args, decoupled) + sizeof c_.decoupled;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.eps = eps;
        c_.momentum_decay = momentum_decay;
        c_.decoupled = decoupled;
        return c_;
    }
};

/* TG_RADAM_DEFAULTS */
struct radam_options {
    double lr = 1e-3;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "radam";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
    bool decoupled = false;
    radam_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    radam_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    radam_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    radam_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    radam_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    radam_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    radam_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    radam_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    radam_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    radam_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    radam_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    radam_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    radam_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    radam_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    radam_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    radam_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    radam_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    radam_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    radam_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    radam_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    radam_options with_decoupled(bool v_) const { auto c_ = *this; c_.decoupled = v_; return c_; }
    tg_radam_args c_args(const tg_site &at_) const
    {
        tg_radam_args c_ = {};
        c_.struct_size = offsetof(tg_radam_args, decoupled) + sizeof c_.decoupled;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.eps = eps;
        c_.decoupled = decoupled;
        return c_;
    }
};

/* TG_ADAN_DEFAULTS */
struct adan_options {
    double lr = 1e-3;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "adan";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.98;
    double beta2 = 0.92;
    double beta3 = 0.99;
    double eps = 1e-8;
    adan_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    adan_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    adan_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    adan_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    adan_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    adan_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    adan_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    adan_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    adan_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    adan_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    adan_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    adan_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    adan_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    adan_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    adan_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    adan_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    adan_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    adan_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    adan_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    adan_options with_beta3(double v_) const { auto c_ = *this; c_.beta3 = v_; return c_; }
    adan_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    tg_adan_args c_args(const tg_site &at_) const
    {
        tg_adan_args c_ = {};
        c_.struct_size = offsetof(tg_adan_args, eps) + sizeof c_.eps;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.beta3 = beta3;
        c_.eps = eps;
        return c_;
    }
};

/* TG_LAMB_DEFAULTS */
struct lamb_options {
    double lr = 1e-3;
    tg::tensor lr_at = {};
    double weight_decay = 1e-2;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "lamb";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-6;
    lamb_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    lamb_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    lamb_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    lamb_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    lamb_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    lamb_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    lamb_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    lamb_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    lamb_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    lamb_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    lamb_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    lamb_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    lamb_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    lamb_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    lamb_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    lamb_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    lamb_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    lamb_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    lamb_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    lamb_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    tg_lamb_args c_args(const tg_site &at_) const
    {
        tg_lamb_args c_ = {};
        c_.struct_size = offsetof(tg_lamb_args, eps) + sizeof c_.eps;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.eps = eps;
        return c_;
    }
};

/* TG_LION_DEFAULTS */
struct lion_options {
    double lr = 1e-4;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "lion";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.9;
    double beta2 = 0.99;
    tg::tensor beta1_at = {};
    tg_schedule beta1_schedule = {};
    lion_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    lion_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    lion_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    lion_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    lion_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    lion_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    lion_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    lion_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    lion_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    lion_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    lion_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    lion_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    lion_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    lion_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    lion_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    lion_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    lion_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    lion_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    lion_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    lion_options with_beta1_at(tg::tensor v_) const { auto c_ = *this; c_.beta1_at = v_; return c_; }
    lion_options with_beta1_schedule(tg_schedule v_) const { auto c_ = *this; c_.beta1_schedule = v_; return c_; }
    tg_lion_args c_args(const tg_site &at_) const
    {
        tg_lion_args c_ = {};
        c_.struct_size = offsetof(tg_lion_args, beta1_schedule) + sizeof c_.beta1_schedule;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.beta1_at = beta1_at.handle();
        c_.beta1_schedule = beta1_schedule;
        return c_;
    }
};

/* TG_RPROP_DEFAULTS */
struct rprop_options {
    double lr = 1e-2;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "rprop";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double shrink = 0.5;
    double grow = 1.2;
    double smallest = 1e-6;
    double largest = 50;
    rprop_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    rprop_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    rprop_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    rprop_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    rprop_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    rprop_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    rprop_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    rprop_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    rprop_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    rprop_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    rprop_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    rprop_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    rprop_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    rprop_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    rprop_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    rprop_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    rprop_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    rprop_options with_shrink(double v_) const { auto c_ = *this; c_.shrink = v_; return c_; }
    rprop_options with_grow(double v_) const { auto c_ = *this; c_.grow = v_; return c_; }
    rprop_options with_smallest(double v_) const { auto c_ = *this; c_.smallest = v_; return c_; }
    rprop_options with_largest(double v_) const { auto c_ = *this; c_.largest = v_; return c_; }
    tg_rprop_args c_args(const tg_site &at_) const
    {
        tg_rprop_args c_ = {};
        c_.struct_size = offsetof(tg_rprop_args, largest) + sizeof c_.largest;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.shrink = shrink;
        c_.grow = grow;
        c_.smallest = smallest;
        c_.largest = largest;
        return c_;
    }
};

/* TG_MUON_DEFAULTS */
struct muon_options {
    double lr = 1e-3;
    tg::tensor lr_at = {};
    double weight_decay = 0.1;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "muon";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double momentum = 0.95;
    bool nesterov = true;
    int iterations = 5;
    tg_muon_scale scale = {};
    double eps = 1e-7;
    tg::tensor momentum_at = {};
    tg_schedule momentum_schedule = {};
    muon_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    muon_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    muon_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    muon_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    muon_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    muon_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    muon_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    muon_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    muon_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    muon_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    muon_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    muon_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    muon_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    muon_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    muon_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    muon_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    muon_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    muon_options with_momentum(double v_) const { auto c_ = *this; c_.momentum = v_; return c_; }
    muon_options with_nesterov(bool v_) const { auto c_ = *this; c_.nesterov = v_; return c_; }
    muon_options with_iterations(int v_) const { auto c_ = *this; c_.iterations = v_; return c_; }
    muon_options with_scale(tg_muon_scale v_) const { auto c_ = *this; c_.scale = v_; return c_; }
    muon_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    muon_options with_momentum_at(tg::tensor v_) const { auto c_ = *this; c_.momentum_at = v_; return c_; }
    muon_options with_momentum_schedule(tg_schedule v_) const { auto c_ = *this; c_.momentum_schedule = v_; return c_; }
    tg_muon_args c_args(const tg_site &at_) const
    {
        tg_muon_args c_ = {};
        c_.struct_size = offsetof(tg_muon_args, momentum_schedule) + sizeof c_.momentum_schedule;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.momentum = momentum;
        c_.nesterov = nesterov;
        c_.iterations = iterations;
        c_.scale = scale;
        c_.eps = eps;
        c_.momentum_at = momentum_at.handle();
        c_.momentum_schedule = momentum_schedule;
        return c_;
    }
};

/* TG_SCHEDULE_FREE_SGD_DEFAULTS */
struct schedule_free_sgd_options {
    double lr = 1;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "schedulefree";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double momentum = 0.9;
    int64_t warmup = 0;
    schedule_free_sgd_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    schedule_free_sgd_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    schedule_free_sgd_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    schedule_free_sgd_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    schedule_free_sgd_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    schedule_free_sgd_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    schedule_free_sgd_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    schedule_free_sgd_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    schedule_free_sgd_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    schedule_free_sgd_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    schedule_free_sgd_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    schedule_free_sgd_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    schedule_free_sgd_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    schedule_free_sgd_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    schedule_free_sgd_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    schedule_free_sgd_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    schedule_free_sgd_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    schedule_free_sgd_options with_momentum(double v_) const { auto c_ = *this; c_.momentum = v_; return c_; }
    schedule_free_sgd_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_schedule_free_sgd_args c_args(const tg_site &at_) const
    {
        tg_schedule_free_sgd_args c_ = {};
        c_.struct_size = offsetof(tg_schedule_free_sgd_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.momentum = momentum;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_SCHEDULE_FREE_ADAMW_DEFAULTS */
struct schedule_free_adamw_options {
    double lr = 2.5e-3;
    tg::tensor lr_at = {};
    double weight_decay = 0;
    tg::text no_decay = {};
    tg::text params = {};
    tg::text except = {};
    double clip_norm = HUGE_VAL;
    bool allow_unused = false;
    tg::text state = "schedulefree";
    tg_schedule schedule = {};
    tg::tensor weight_decay_at = {};
    tg::list wrt = {};
    tg::list grads = {};
    bool maximize = false;
    double clip_value = HUGE_VAL;
    double clip_order = 2;
    bool skip_nonfinite = false;
    double beta1 = 0.9;
    double beta2 = 0.999;
    double eps = 1e-8;
    int64_t warmup = 0;
    schedule_free_adamw_options with_lr(double v_) const { auto c_ = *this; c_.lr = v_; return c_; }
    schedule_free_adamw_options with_lr_at(tg::tensor v_) const { auto c_ = *this; c_.lr_at = v_; return c_; }
    schedule_free_adamw_options with_weight_decay(double v_) const { auto c_ = *this; c_.weight_decay = v_; return c_; }
    schedule_free_adamw_options with_no_decay(tg::text v_) const { auto c_ = *this; c_.no_decay = v_; return c_; }
    schedule_free_adamw_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    schedule_free_adamw_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    schedule_free_adamw_options with_clip_norm(double v_) const { auto c_ = *this; c_.clip_norm = v_; return c_; }
    schedule_free_adamw_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    schedule_free_adamw_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    schedule_free_adamw_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    schedule_free_adamw_options with_weight_decay_at(tg::tensor v_) const { auto c_ = *this; c_.weight_decay_at = v_; return c_; }
    schedule_free_adamw_options with_wrt(tg::list v_) const { auto c_ = *this; c_.wrt = v_; return c_; }
    schedule_free_adamw_options with_grads(tg::list v_) const { auto c_ = *this; c_.grads = v_; return c_; }
    schedule_free_adamw_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    schedule_free_adamw_options with_clip_value(double v_) const { auto c_ = *this; c_.clip_value = v_; return c_; }
    schedule_free_adamw_options with_clip_order(double v_) const { auto c_ = *this; c_.clip_order = v_; return c_; }
    schedule_free_adamw_options with_skip_nonfinite(bool v_) const { auto c_ = *this; c_.skip_nonfinite = v_; return c_; }
    schedule_free_adamw_options with_beta1(double v_) const { auto c_ = *this; c_.beta1 = v_; return c_; }
    schedule_free_adamw_options with_beta2(double v_) const { auto c_ = *this; c_.beta2 = v_; return c_; }
    schedule_free_adamw_options with_eps(double v_) const { auto c_ = *this; c_.eps = v_; return c_; }
    schedule_free_adamw_options with_warmup(int64_t v_) const { auto c_ = *this; c_.warmup = v_; return c_; }
    tg_schedule_free_adamw_args c_args(const tg_site &at_) const
    {
        tg_schedule_free_adamw_args c_ = {};
        c_.struct_size = offsetof(tg_schedule_free_adamw_args, warmup) + sizeof c_.warmup;
        c_.at = at_;
        c_.lr = lr;
        c_.lr_at = lr_at.handle();
        c_.weight_decay = weight_decay;
        c_.no_decay = no_decay.c_str();
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.clip_norm = clip_norm;
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.schedule = schedule;
        c_.weight_decay_at = weight_decay_at.handle();
        c_.wrt = wrt.c();
        c_.grads = grads.c();
        c_.maximize = maximize;
        c_.clip_value = clip_value;
        c_.clip_order = clip_order;
        c_.skip_nonfinite = skip_nonfinite;
        c_.beta1 = beta1;
        c_.beta2 = beta2;
        c_.eps = eps;
        c_.warmup = warmup;
        return c_;
    }
};

/* TG_ACCUMULATE_DEFAULTS */
struct accumulate_options {
    tg::text params = {};
    tg::text except = {};
    bool allow_unused = false;
    tg::text state = "accumulated";
    double weight = 1;
    tg::tensor weight_at = {};
    accumulate_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    accumulate_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    accumulate_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    accumulate_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    accumulate_options with_weight(double v_) const { auto c_ = *this; c_.weight = v_; return c_; }
    accumulate_options with_weight_at(tg::tensor v_) const { auto c_ = *this; c_.weight_at = v_; return c_; }
    tg_accumulate_args c_args(const tg_site &at_) const
    {
        tg_accumulate_args c_ = {};
        c_.struct_size = offsetof(tg_accumulate_args, weight_at) + sizeof c_.weight_at;
        c_.at = at_;
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.allow_unused = allow_unused;
        c_.state = state.c_str();
        c_.weight = weight;
        c_.weight_at = weight_at.handle();
        return c_;
    }
};

/* TG_ACCUMULATED_DEFAULTS */
struct accumulated_options {
    tg::text params = {};
    tg::text except = {};
    tg::text state = "accumulated";
    accumulated_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    accumulated_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    accumulated_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    tg_accumulated_args c_args(const tg_site &at_) const
    {
        tg_accumulated_args c_ = {};
        c_.struct_size = offsetof(tg_accumulated_args, state) + sizeof c_.state;
        c_.at = at_;
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.state = state.c_str();
        return c_;
    }
};

/* TG_GLOBAL_NORM_DEFAULTS */
struct global_norm_options {
    double order = 2;
    global_norm_options with_order(double v_) const { auto c_ = *this; c_.order = v_; return c_; }
    tg_global_norm_args c_args(const tg_site &at_) const
    {
        tg_global_norm_args c_ = {};
        c_.struct_size = offsetof(tg_global_norm_args, order) + sizeof c_.order;
        c_.at = at_;
        c_.order = order;
        return c_;
    }
};

/* TG_CLIP_NORM_DEFAULTS */
struct clip_norm_options {
    double order = 2;
    clip_norm_options with_order(double v_) const { auto c_ = *this; c_.order = v_; return c_; }
    tg_clip_norm_args c_args(const tg_site &at_) const
    {
        tg_clip_norm_args c_ = {};
        c_.struct_size = offsetof(tg_clip_norm_args, order) + sizeof c_.order;
        c_.at = at_;
        c_.order = order;
        return c_;
    }
};

/* TG_SAM_DEFAULTS */
struct sam_options {
    double rho = 0.05;
    tg::text params = {};
    tg::text except = {};
    bool allow_unused = false;
    sam_options with_rho(double v_) const { auto c_ = *this; c_.rho = v_; return c_; }
    sam_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    sam_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    sam_options with_allow_unused(bool v_) const { auto c_ = *this; c_.allow_unused = v_; return c_; }
    tg_sam_args c_args(const tg_site &at_) const
    {
        tg_sam_args c_ = {};
        c_.struct_size = offsetof(tg_sam_args, allow_unused) + sizeof c_.allow_unused;
        c_.at = at_;
        c_.rho = rho;
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.allow_unused = allow_unused;
        return c_;
    }
};

/* TG_EMA_DEFAULTS */
struct ema_options {
    double decay = 0.999;
    tg::text params = {};
    tg::text except = {};
    tg::text state = "ema";
    ema_options with_decay(double v_) const { auto c_ = *this; c_.decay = v_; return c_; }
    ema_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    ema_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    ema_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    tg_ema_args c_args(const tg_site &at_) const
    {
        tg_ema_args c_ = {};
        c_.struct_size = offsetof(tg_ema_args, state) + sizeof c_.state;
        c_.at = at_;
        c_.decay = decay;
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.state = state.c_str();
        return c_;
    }
};

/* TG_SWA_DEFAULTS */
struct swa_options {
    int64_t start = 0;
    int64_t every = 1;
    tg::text params = {};
    tg::text except = {};
    tg::text state = "swa";
    swa_options with_start(int64_t v_) const { auto c_ = *this; c_.start = v_; return c_; }
    swa_options with_every(int64_t v_) const { auto c_ = *this; c_.every = v_; return c_; }
    swa_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    swa_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    swa_options with_state(tg::text v_) const { auto c_ = *this; c_.state = v_; return c_; }
    tg_swa_args c_args(const tg_site &at_) const
    {
        tg_swa_args c_ = {};
        c_.struct_size = offsetof(tg_swa_args, state) + sizeof c_.state;
        c_.at = at_;
        c_.start = start;
        c_.every = every;
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.state = state.c_str();
        return c_;
    }
};

/* TG_FLAT_DEFAULTS */
struct flat_options {
    tg::text params = {};
    tg::text except = {};
    tg_var *const *vars = nullptr;
    size_t var_count = 0;
    flat_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    flat_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    flat_options with_vars(tg_var *const *v_) const { auto c_ = *this; c_.vars = v_; return c_; }
    flat_options with_var_count(size_t v_) const { auto c_ = *this; c_.var_count = v_; return c_; }
    tg_flat_args c_args(const tg_site &at_) const
    {
        tg_flat_args c_ = {};
        c_.struct_size = offsetof(tg_flat_args, var_count) + sizeof c_.var_count;
        c_.at = at_;
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.vars = vars;
        c_.var_count = var_count;
        return c_;
    }
};

/* TG_OBJECTIVE_DEFAULTS */
struct objective_options {
    tg::text params = {};
    tg::text except = {};
    tg_var *const *vars = nullptr;
    size_t var_count = 0;
    int threads = 1;
    objective_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    objective_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    objective_options with_vars(tg_var *const *v_) const { auto c_ = *this; c_.vars = v_; return c_; }
    objective_options with_var_count(size_t v_) const { auto c_ = *this; c_.var_count = v_; return c_; }
    objective_options with_threads(int v_) const { auto c_ = *this; c_.threads = v_; return c_; }
    tg_objective_args c_args(const tg_site &at_) const
    {
        tg_objective_args c_ = {};
        c_.struct_size = offsetof(tg_objective_args, threads) + sizeof c_.threads;
        c_.at = at_;
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.vars = vars;
        c_.var_count = var_count;
        c_.threads = threads;
        return c_;
    }
};

/* TG_LBFGS_DEFAULTS */
struct lbfgs_options {
    tg::text params = {};
    tg::text except = {};
    tg_var *const *vars = nullptr;
    size_t var_count = 0;
    int threads = 1;
    tg_objective *objective = nullptr;
    int history = 10;
    int64_t max_iterations = 1000;
    int64_t max_evaluations = INT64_MAX;
    double gradient_tolerance = 1e-6;
    double change_tolerance = 0;
    double c1 = 1e-4;
    double c2 = 0.9;
    tg_minimize_fn callback = {};
    void *callback_context = nullptr;
    lbfgs_options with_params(tg::text v_) const { auto c_ = *this; c_.params = v_; return c_; }
    lbfgs_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    lbfgs_options with_vars(tg_var *const *v_) const { auto c_ = *this; c_.vars = v_; return c_; }
    lbfgs_options with_var_count(size_t v_) const { auto c_ = *this; c_.var_count = v_; return c_; }
    lbfgs_options with_threads(int v_) const { auto c_ = *this; c_.threads = v_; return c_; }
    lbfgs_options with_objective(tg_objective *v_) const { auto c_ = *this; c_.objective = v_; return c_; }
    lbfgs_options with_history(int v_) const { auto c_ = *this; c_.history = v_; return c_; }
    lbfgs_options with_max_iterations(int64_t v_) const { auto c_ = *this; c_.max_iterations = v_; return c_; }
    lbfgs_options with_max_evaluations(int64_t v_) const { auto c_ = *this; c_.max_evaluations = v_; return c_; }
    lbfgs_options with_gradient_tolerance(double v_) const { auto c_ = *this; c_.gradient_tolerance = v_; return c_; }
    lbfgs_options with_change_tolerance(double v_) const { auto c_ = *this; c_.change_tolerance = v_; return c_; }
    lbfgs_options with_c1(double v_) const { auto c_ = *this; c_.c1 = v_; return c_; }
    lbfgs_options with_c2(double v_) const { auto c_ = *this; c_.c2 = v_; return c_; }
    lbfgs_options with_callback(tg_minimize_fn v_) const { auto c_ = *this; c_.callback = v_; return c_; }
    lbfgs_options with_callback_context(void *v_) const { auto c_ = *this; c_.callback_context = v_; return c_; }
    tg_lbfgs_args c_args(const tg_site &at_) const
    {
        tg_lbfgs_args c_ = {};
        c_.struct_size = offsetof(tg_lbfgs_args, callback_context) + sizeof c_.callback_context;
        c_.at = at_;
        c_.params = params.c_str();
        c_.except = except.c_str();
        c_.vars = vars;
        c_.var_count = var_count;
        c_.threads = threads;
        c_.objective = objective;
        c_.history = history;
        c_.max_iterations = max_iterations;
        c_.max_evaluations = max_evaluations;
        c_.gradient_tolerance = gradient_tolerance;
        c_.change_tolerance = change_tolerance;
        c_.c1 = c1;
        c_.c2 = c2;
        c_.callback = callback;
        c_.callback_context = callback_context;
        return c_;
    }
};

/* TG_IDX_DEFAULTS */
struct idx_options {
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    idx_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    idx_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_idx_args c_args(const tg_site &at_) const
    {
        tg_idx_args c_ = {};
        c_.struct_size = offsetof(tg_idx_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_WRITE_IDX_DEFAULTS */
struct write_idx_options {
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    write_idx_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    write_idx_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_write_idx_args c_args(const tg_site &at_) const
    {
        tg_write_idx_args c_ = {};
        c_.struct_size = offsetof(tg_write_idx_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_CSV_DEFAULTS */
struct csv_options {
    tg_dtype dtype = TG_F32;
    char separator = ',';
    char comment = 0;
    int64_t skip_lines = 0;
    bool nonfinite = false;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    csv_options with_dtype(tg_dtype v_) const { auto c_ = *this; c_.dtype = v_; return c_; }
    csv_options with_separator(char v_) const { auto c_ = *this; c_.separator = v_; return c_; }
    csv_options with_comment(char v_) const { auto c_ = *this; c_.comment = v_; return c_; }
    csv_options with_skip_lines(int64_t v_) const { auto c_ = *this; c_.skip_lines = v_; return c_; }
    csv_options with_nonfinite(bool v_) const { auto c_ = *this; c_.nonfinite = v_; return c_; }
    csv_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    csv_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_csv_args c_args(const tg_site &at_) const
    {
        tg_csv_args c_ = {};
        c_.struct_size = offsetof(tg_csv_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.dtype = dtype;
        c_.separator = separator;
        c_.comment = comment;
        c_.skip_lines = skip_lines;
        c_.nonfinite = nonfinite;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_DATASET_IDX_DEFAULTS */
struct dataset_idx_options {
    int64_t classes = TG_AUTO;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    dataset_idx_options with_classes(int64_t v_) const { auto c_ = *this; c_.classes = v_; return c_; }
    dataset_idx_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    dataset_idx_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_dataset_idx_args c_args(const tg_site &at_) const
    {
        tg_dataset_idx_args c_ = {};
        c_.struct_size = offsetof(tg_dataset_idx_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.classes = classes;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_DATASET_CSV_DEFAULTS */
struct dataset_csv_options {
    int64_t label = -1;
    tg_dtype label_dtype = TG_I32;
    int64_t classes = TG_AUTO;
    tg_dtype dtype = TG_F32;
    char separator = ',';
    char comment = 0;
    int64_t skip_lines = 0;
    bool nonfinite = false;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    dataset_csv_options with_label(int64_t v_) const { auto c_ = *this; c_.label = v_; return c_; }
    dataset_csv_options with_label_dtype(tg_dtype v_) const { auto c_ = *this; c_.label_dtype = v_; return c_; }
    dataset_csv_options with_classes(int64_t v_) const { auto c_ = *this; c_.classes = v_; return c_; }
    dataset_csv_options with_dtype(tg_dtype v_) const { auto c_ = *this; c_.dtype = v_; return c_; }
    dataset_csv_options with_separator(char v_) const { auto c_ = *this; c_.separator = v_; return c_; }
    dataset_csv_options with_comment(char v_) const { auto c_ = *this; c_.comment = v_; return c_; }
    dataset_csv_options with_skip_lines(int64_t v_) const { auto c_ = *this; c_.skip_lines = v_; return c_; }
    dataset_csv_options with_nonfinite(bool v_) const { auto c_ = *this; c_.nonfinite = v_; return c_; }
    dataset_csv_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    dataset_csv_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_dataset_csv_args c_args(const tg_site &at_) const
    {
        tg_dataset_csv_args c_ = {};
        c_.struct_size = offsetof(tg_dataset_csv_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.label = label;
        c_.label_dtype = label_dtype;
        c_.classes = classes;
        c_.dtype = dtype;
        c_.separator = separator;
        c_.comment = comment;
        c_.skip_lines = skip_lines;
        c_.nonfinite = nonfinite;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SPLIT_DEFAULTS */
struct split_options {
    double fraction = 0.2;
    uint64_t seed = 0;
    const tg_allocator *allocator = nullptr;
    split_options with_fraction(double v_) const { auto c_ = *this; c_.fraction = v_; return c_; }
    split_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    split_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_split_args c_args(const tg_site &at_) const
    {
        tg_split_args c_ = {};
        c_.struct_size = offsetof(tg_split_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.fraction = fraction;
        c_.seed = seed;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_BATCHES_DEFAULTS */
struct batches_options {
    uint64_t seed = 0;
    bool shuffle = true;
    bool drop_last = false;
    const tg_allocator *allocator = nullptr;
    batches_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    batches_options with_shuffle(bool v_) const { auto c_ = *this; c_.shuffle = v_; return c_; }
    batches_options with_drop_last(bool v_) const { auto c_ = *this; c_.drop_last = v_; return c_; }
    batches_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_batches_args c_args(const tg_site &at_) const
    {
        tg_batches_args c_ = {};
        c_.struct_size = offsetof(tg_batches_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.seed = seed;
        c_.shuffle = shuffle;
        c_.drop_last = drop_last;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SAMPLES_DEFAULTS */
struct samples_options {
    tg_seek_fn seek = {};
    tg_rewind_fn rewind = {};
    tg_close_fn close = {};
    tg_close_fn interrupt = {};
    int64_t length = TG_AUTO;
    const tg_allocator *allocator = nullptr;
    samples_options with_seek(tg_seek_fn v_) const { auto c_ = *this; c_.seek = v_; return c_; }
    samples_options with_rewind(tg_rewind_fn v_) const { auto c_ = *this; c_.rewind = v_; return c_; }
    samples_options with_close(tg_close_fn v_) const { auto c_ = *this; c_.close = v_; return c_; }
    samples_options with_interrupt(tg_close_fn v_) const { auto c_ = *this; c_.interrupt = v_; return c_; }
    samples_options with_length(int64_t v_) const { auto c_ = *this; c_.length = v_; return c_; }
    samples_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_samples_args c_args(const tg_site &at_) const
    {
        tg_samples_args c_ = {};
        c_.struct_size = offsetof(tg_samples_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.seek = seek;
        c_.rewind = rewind;
        c_.close = close;
        c_.interrupt = interrupt;
        c_.length = length;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SAMPLES_OF_FUNCTION_DEFAULTS */
struct samples_of_function_options {
    int64_t length = 0;
    tg_close_fn close = {};
    const tg_allocator *allocator = nullptr;
    samples_of_function_options with_length(int64_t v_) const { auto c_ = *this; c_.length = v_; return c_; }
    samples_of_function_options with_close(tg_close_fn v_) const { auto c_ = *this; c_.close = v_; return c_; }
    samples_of_function_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_samples_of_function_args c_args(const tg_site &at_) const
    {
        tg_samples_of_function_args c_ = {};
        c_.struct_size = offsetof(tg_samples_of_function_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.length = length;
        c_.close = close;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SAMPLES_OF_ARRAYS_DEFAULTS */
struct samples_of_arrays_options {
    const tg_allocator *allocator = nullptr;
    samples_of_arrays_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_samples_of_arrays_args c_args(const tg_site &at_) const
    {
        tg_samples_of_arrays_args c_ = {};
        c_.struct_size = offsetof(tg_samples_of_arrays_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SAMPLES_OF_DATASET_DEFAULTS */
struct samples_of_dataset_options {
    const tg_allocator *allocator = nullptr;
    samples_of_dataset_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_samples_of_dataset_args c_args(const tg_site &at_) const
    {
        tg_samples_of_dataset_args c_ = {};
        c_.struct_size = offsetof(tg_samples_of_dataset_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SAMPLES_SUBSET_DEFAULTS */
struct samples_subset_options {
    const tg_allocator *allocator = nullptr;
    samples_subset_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_samples_subset_args c_args(const tg_site &at_) const
    {
        tg_samples_subset_args c_ = {};
        c_.struct_size = offsetof(tg_samples_subset_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SAMPLES_CONCAT_DEFAULTS */
struct samples_concat_options {
    const tg_allocator *allocator = nullptr;
    samples_concat_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_samples_concat_args c_args(const tg_site &at_) const
    {
        tg_samples_concat_args c_ = {};
        c_.struct_size = offsetof(tg_samples_concat_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_IMAGE_SCALE_DEFAULTS */
struct image_scale_options {
    double divisor = 255;
    int field = 0;
    image_scale_options with_divisor(double v_) const { auto c_ = *this; c_.divisor = v_; return c_; }
    image_scale_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    tg_image_scale_args c_args(const tg_site &at_) const
    {
        tg_image_scale_args c_ = {};
        c_.struct_size = offsetof(tg_image_scale_args, field) + sizeof c_.field;
        c_.at = at_;
        c_.divisor = divisor;
        c_.field = field;
        return c_;
    }
};

/* TG_IMAGE_NORMALIZE_DEFAULTS */
struct image_normalize_options {
    double mean = 0;
    double deviation = 1;
    const tg_array *means = nullptr;
    const tg_array *deviations = nullptr;
    int field = 0;
    bool channels_last = false;
    image_normalize_options with_mean(double v_) const { auto c_ = *this; c_.mean = v_; return c_; }
    image_normalize_options with_deviation(double v_) const { auto c_ = *this; c_.deviation = v_; return c_; }
    image_normalize_options with_means(const tg_array *v_) const { auto c_ = *this; c_.means = v_; return c_; }
    image_normalize_options with_deviations(const tg_array *v_) const { auto c_ = *this; c_.deviations = v_; return c_; }
    image_normalize_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    image_normalize_options with_channels_last(bool v_) const { auto c_ = *this; c_.channels_last = v_; return c_; }
    tg_image_normalize_args c_args(const tg_site &at_) const
    {
        tg_image_normalize_args c_ = {};
        c_.struct_size = offsetof(tg_image_normalize_args, channels_last) + sizeof c_.channels_last;
        c_.at = at_;
        c_.mean = mean;
        c_.deviation = deviation;
        c_.means = means;
        c_.deviations = deviations;
        c_.field = field;
        c_.channels_last = channels_last;
        return c_;
    }
};

/* TG_IMAGE_SHIFT_DEFAULTS */
struct image_shift_options {
    int64_t pixels = 2;
    double fill = 0;
    int field = 0;
    bool channels_last = false;
    image_shift_options with_pixels(int64_t v_) const { auto c_ = *this; c_.pixels = v_; return c_; }
    image_shift_options with_fill(double v_) const { auto c_ = *this; c_.fill = v_; return c_; }
    image_shift_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    image_shift_options with_channels_last(bool v_) const { auto c_ = *this; c_.channels_last = v_; return c_; }
    tg_image_shift_args c_args(const tg_site &at_) const
    {
        tg_image_shift_args c_ = {};
        c_.struct_size = offsetof(tg_image_shift_args, channels_last) + sizeof c_.channels_last;
        c_.at = at_;
        c_.pixels = pixels;
        c_.fill = fill;
        c_.field = field;
        c_.channels_last = channels_last;
        return c_;
    }
};

/* TG_IMAGE_FLIP_DEFAULTS */
struct image_flip_options {
    double probability = 0.5;
    bool vertical = false;
    int field = 0;
    bool channels_last = false;
    image_flip_options with_probability(double v_) const { auto c_ = *this; c_.probability = v_; return c_; }
    image_flip_options with_vertical(bool v_) const { auto c_ = *this; c_.vertical = v_; return c_; }
    image_flip_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    image_flip_options with_channels_last(bool v_) const { auto c_ = *this; c_.channels_last = v_; return c_; }
    tg_image_flip_args c_args(const tg_site &at_) const
    {
        tg_image_flip_args c_ = {};
        c_.struct_size = offsetof(tg_image_flip_args, channels_last) + sizeof c_.channels_last;
        c_.at = at_;
        c_.probability = probability;
        c_.vertical = vertical;
        c_.field = field;
        c_.channels_last = channels_last;
        return c_;
    }
};

/* TG_IMAGE_CROP_DEFAULTS */
struct image_crop_options {
    int64_t height = TG_AUTO;
    int64_t width = TG_AUTO;
    int64_t padding = 0;
    double fill = 0;
    int field = 0;
    bool channels_last = false;
    image_crop_options with_height(int64_t v_) const { auto c_ = *this; c_.height = v_; return c_; }
    image_crop_options with_width(int64_t v_) const { auto c_ = *this; c_.width = v_; return c_; }
    image_crop_options with_padding(int64_t v_) const { auto c_ = *this; c_.padding = v_; return c_; }
    image_crop_options with_fill(double v_) const { auto c_ = *this; c_.fill = v_; return c_; }
    image_crop_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    image_crop_options with_channels_last(bool v_) const { auto c_ = *this; c_.channels_last = v_; return c_; }
    tg_image_crop_args c_args(const tg_site &at_) const
    {
        tg_image_crop_args c_ = {};
        c_.struct_size = offsetof(tg_image_crop_args, channels_last) + sizeof c_.channels_last;
        c_.at = at_;
        c_.height = height;
        c_.width = width;
        c_.padding = padding;
        c_.fill = fill;
        c_.field = field;
        c_.channels_last = channels_last;
        return c_;
    }
};

/* TG_IMAGE_CUTOUT_DEFAULTS */
struct image_cutout_options {
    int64_t size = 8;
    double fill = 0;
    double probability = 1;
    int field = 0;
    bool channels_last = false;
    image_cutout_options with_size(int64_t v_) const { auto c_ = *this; c_.size = v_; return c_; }
    image_cutout_options with_fill(double v_) const { auto c_ = *this; c_.fill = v_; return c_; }
    image_cutout_options with_probability(double v_) const { auto c_ = *this; c_.probability = v_; return c_; }
    image_cutout_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    image_cutout_options with_channels_last(bool v_) const { auto c_ = *this; c_.channels_last = v_; return c_; }
    tg_image_cutout_args c_args(const tg_site &at_) const
    {
        tg_image_cutout_args c_ = {};
        c_.struct_size = offsetof(tg_image_cutout_args, channels_last) + sizeof c_.channels_last;
        c_.at = at_;
        c_.size = size;
        c_.fill = fill;
        c_.probability = probability;
        c_.field = field;
        c_.channels_last = channels_last;
        return c_;
    }
};

/* TG_IMAGE_NOISE_DEFAULTS */
struct image_noise_options {
    double deviation = 0.1;
    int field = 0;
    image_noise_options with_deviation(double v_) const { auto c_ = *this; c_.deviation = v_; return c_; }
    image_noise_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    tg_image_noise_args c_args(const tg_site &at_) const
    {
        tg_image_noise_args c_ = {};
        c_.struct_size = offsetof(tg_image_noise_args, field) + sizeof c_.field;
        c_.at = at_;
        c_.deviation = deviation;
        c_.field = field;
        return c_;
    }
};

/* TG_LABEL_ONE_HOT_DEFAULTS */
struct label_one_hot_options {
    double smooth = 0;
    int field = 1;
    label_one_hot_options with_smooth(double v_) const { auto c_ = *this; c_.smooth = v_; return c_; }
    label_one_hot_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    tg_label_one_hot_args c_args(const tg_site &at_) const
    {
        tg_label_one_hot_args c_ = {};
        c_.struct_size = offsetof(tg_label_one_hot_args, field) + sizeof c_.field;
        c_.at = at_;
        c_.smooth = smooth;
        c_.field = field;
        return c_;
    }
};

/* TG_SAMPLE_MAP_DEFAULTS */
struct sample_map_options {
    tg::field_list fields = {};
    sample_map_options with_fields(tg::field_list v_) const { auto c_ = *this; c_.fields = v_; return c_; }
    tg_sample_map_args c_args(const tg_site &at_) const
    {
        tg_sample_map_args c_ = {};
        c_.struct_size = offsetof(tg_sample_map_args, fields) + sizeof c_.fields;
        c_.at = at_;
        c_.fields = fields.c();
        return c_;
    }
};

/* TG_MIXUP_DEFAULTS */
struct mixup_options {
    double alpha = 0.2;
    double probability = 1;
    int field = 0;
    int label_field = 1;
    mixup_options with_alpha(double v_) const { auto c_ = *this; c_.alpha = v_; return c_; }
    mixup_options with_probability(double v_) const { auto c_ = *this; c_.probability = v_; return c_; }
    mixup_options with_field(int v_) const { auto c_ = *this; c_.field = v_; return c_; }
    mixup_options with_label_field(int v_) const { auto c_ = *this; c_.label_field = v_; return c_; }
    tg_mixup_args c_args(const tg_site &at_) const
    {
        tg_mixup_args c_ = {};
        c_.struct_size = offsetof(tg_mixup_args, label_field) + sizeof c_.label_field;
        c_.at = at_;
        c_.alpha = alpha;
        c_.probability = probability;
        c_.field = field;
        c_.label_field = label_field;
        return c_;
    }
};

/* TG_LOADER_DEFAULTS */
struct loader_options {
    int64_t batch = 64;
    uint64_t seed = 0;
    bool shuffle = true;
    bool drop_last = false;
    bool pad = false;
    int64_t prefetch = 0;
    tg::transform_list transforms = {};
    const tg_array *weights = nullptr;
    int64_t draws = TG_AUTO;
    const tg_allocator *allocator = nullptr;
    loader_options with_batch(int64_t v_) const { auto c_ = *this; c_.batch = v_; return c_; }
    loader_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    loader_options with_shuffle(bool v_) const { auto c_ = *this; c_.shuffle = v_; return c_; }
    loader_options with_drop_last(bool v_) const { auto c_ = *this; c_.drop_last = v_; return c_; }
    loader_options with_pad(bool v_) const { auto c_ = *this; c_.pad = v_; return c_; }
    loader_options with_prefetch(int64_t v_) const { auto c_ = *this; c_.prefetch = v_; return c_; }
    loader_options with_transforms(tg::transform_list v_) const { auto c_ = *this; c_.transforms = v_; return c_; }
    loader_options with_weights(const tg_array *v_) const { auto c_ = *this; c_.weights = v_; return c_; }
    loader_options with_draws(int64_t v_) const { auto c_ = *this; c_.draws = v_; return c_; }
    loader_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_loader_args c_args(const tg_site &at_) const
    {
        tg_loader_args c_ = {};
        c_.struct_size = offsetof(tg_loader_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.batch = batch;
        c_.seed = seed;
        c_.shuffle = shuffle;
        c_.drop_last = drop_last;
        c_.pad = pad;
        c_.prefetch = prefetch;
        c_.transforms = transforms.c();
        c_.weights = weights;
        c_.draws = draws;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_NPY_DEFAULTS */
struct npy_options {
    tg::text member = {};
    tg_npy_report *report = nullptr;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    npy_options with_member(tg::text v_) const { auto c_ = *this; c_.member = v_; return c_; }
    npy_options with_report(tg_npy_report *v_) const { auto c_ = *this; c_.report = v_; return c_; }
    npy_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    npy_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_npy_args c_args(const tg_site &at_) const
    {
        tg_npy_args c_ = {};
        c_.struct_size = offsetof(tg_npy_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.member = member.c_str();
        c_.report = report;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_MAP_NPY_DEFAULTS */
struct map_npy_options {
    tg_npy_report *report = nullptr;
    map_npy_options with_report(tg_npy_report *v_) const { auto c_ = *this; c_.report = v_; return c_; }
    tg_map_npy_args c_args(const tg_site &at_) const
    {
        tg_map_npy_args c_ = {};
        c_.struct_size = offsetof(tg_map_npy_args, report) + sizeof c_.report;
        c_.at = at_;
        c_.report = report;
        return c_;
    }
};

/* TG_WRITE_NPY_DEFAULTS */
struct write_npy_options {
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    write_npy_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    write_npy_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_write_npy_args c_args(const tg_site &at_) const
    {
        tg_write_npy_args c_ = {};
        c_.struct_size = offsetof(tg_write_npy_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_NPZ_DEFAULTS */
struct npz_options {
    bool headers_only = false;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    npz_options with_headers_only(bool v_) const { auto c_ = *this; c_.headers_only = v_; return c_; }
    npz_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    npz_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_npz_args c_args(const tg_site &at_) const
    {
        tg_npz_args c_ = {};
        c_.struct_size = offsetof(tg_npz_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.headers_only = headers_only;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_WRITE_NPZ_DEFAULTS */
struct write_npz_options {
    bool compress = false;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    write_npz_options with_compress(bool v_) const { auto c_ = *this; c_.compress = v_; return c_; }
    write_npz_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    write_npz_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_write_npz_args c_args(const tg_site &at_) const
    {
        tg_write_npz_args c_ = {};
        c_.struct_size = offsetof(tg_write_npz_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.compress = compress;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_PNG_DEFAULTS */
struct png_options {
    int64_t channels = 0;
    int64_t max_pixels = 268435456;
    tg_png_report *report = nullptr;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    png_options with_channels(int64_t v_) const { auto c_ = *this; c_.channels = v_; return c_; }
    png_options with_max_pixels(int64_t v_) const { auto c_ = *this; c_.max_pixels = v_; return c_; }
    png_options with_report(tg_png_report *v_) const { auto c_ = *this; c_.report = v_; return c_; }
    png_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    png_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_png_args c_args(const tg_site &at_) const
    {
        tg_png_args c_ = {};
        c_.struct_size = offsetof(tg_png_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.channels = channels;
        c_.max_pixels = max_pixels;
        c_.report = report;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_WRITE_PNG_DEFAULTS */
struct write_png_options {
    int64_t *clamped = nullptr;
    int64_t level = 6;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    write_png_options with_clamped(int64_t *v_) const { auto c_ = *this; c_.clamped = v_; return c_; }
    write_png_options with_level(int64_t v_) const { auto c_ = *this; c_.level = v_; return c_; }
    write_png_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    write_png_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_write_png_args c_args(const tg_site &at_) const
    {
        tg_write_png_args c_ = {};
        c_.struct_size = offsetof(tg_write_png_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.clamped = clamped;
        c_.level = level;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SAVE_DEFAULTS */
struct save_options {
    bool params_only = false;
    tg::text prefix = {};
    const tg_io_layer *io = nullptr;
    bool no_checksum = false;
    const tg_pair *metadata = nullptr;
    tg_rename_fn rename = {};
    void *rename_context = nullptr;
    save_options with_params_only(bool v_) const { auto c_ = *this; c_.params_only = v_; return c_; }
    save_options with_prefix(tg::text v_) const { auto c_ = *this; c_.prefix = v_; return c_; }
    save_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    save_options with_no_checksum(bool v_) const { auto c_ = *this; c_.no_checksum = v_; return c_; }
    save_options with_metadata(const tg_pair *v_) const { auto c_ = *this; c_.metadata = v_; return c_; }
    save_options with_rename(tg_rename_fn v_) const { auto c_ = *this; c_.rename = v_; return c_; }
    save_options with_rename_context(void *v_) const { auto c_ = *this; c_.rename_context = v_; return c_; }
    tg_save_args c_args(const tg_site &at_) const
    {
        tg_save_args c_ = {};
        c_.struct_size = offsetof(tg_save_args, rename_context) + sizeof c_.rename_context;
        c_.at = at_;
        c_.params_only = params_only;
        c_.prefix = prefix.c_str();
        c_.io = io;
        c_.no_checksum = no_checksum;
        c_.metadata = metadata;
        c_.rename = rename;
        c_.rename_context = rename_context;
        return c_;
    }
};

/* TG_LOAD_DEFAULTS */
struct load_options {
    bool partial = false;
    bool params_only = false;
    tg::text prefix = {};
    const tg_io_layer *io = nullptr;
    tg_load_report *report = nullptr;
    bool no_checksum = false;
    bool narrow = false;
    tg_rename_fn rename = {};
    void *rename_context = nullptr;
    load_options with_partial(bool v_) const { auto c_ = *this; c_.partial = v_; return c_; }
    load_options with_params_only(bool v_) const { auto c_ = *this; c_.params_only = v_; return c_; }
    load_options with_prefix(tg::text v_) const { auto c_ = *this; c_.prefix = v_; return c_; }
    load_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    load_options with_report(tg_load_report *v_) const { auto c_ = *this; c_.report = v_; return c_; }
    load_options with_no_checksum(bool v_) const { auto c_ = *this; c_.no_checksum = v_; return c_; }
    load_options with_narrow(bool v_) const { auto c_ = *this; c_.narrow = v_; return c_; }
    load_options with_rename(tg_rename_fn v_) const { auto c_ = *this; c_.rename = v_; return c_; }
    load_options with_rename_context(void *v_) const { auto c_ = *this; c_.rename_context = v_; return c_; }
    tg_load_args c_args(const tg_site &at_) const
    {
        tg_load_args c_ = {};
        c_.struct_size = offsetof(tg_load_args, rename_context) + sizeof c_.rename_context;
        c_.at = at_;
        c_.partial = partial;
        c_.params_only = params_only;
        c_.prefix = prefix.c_str();
        c_.io = io;
        c_.report = report;
        c_.no_checksum = no_checksum;
        c_.narrow = narrow;
        c_.rename = rename;
        c_.rename_context = rename_context;
        return c_;
    }
};

/* TG_READ_METADATA_DEFAULTS */
struct read_metadata_options {
    const tg_io_layer *io = nullptr;
    bool no_checksum = false;
    const tg_allocator *allocator = nullptr;
    read_metadata_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    read_metadata_options with_no_checksum(bool v_) const { auto c_ = *this; c_.no_checksum = v_; return c_; }
    read_metadata_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_read_metadata_args c_args(const tg_site &at_) const
    {
        tg_read_metadata_args c_ = {};
        c_.struct_size = offsetof(tg_read_metadata_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.io = io;
        c_.no_checksum = no_checksum;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_CHECKPOINTS_DEFAULTS */
struct checkpoints_options {
    int64_t keep = 3;
    bool maximize = false;
    const tg_io_layer *io = nullptr;
    checkpoints_options with_keep(int64_t v_) const { auto c_ = *this; c_.keep = v_; return c_; }
    checkpoints_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    checkpoints_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    tg_checkpoints_args c_args(const tg_site &at_) const
    {
        tg_checkpoints_args c_ = {};
        c_.struct_size = offsetof(tg_checkpoints_args, io) + sizeof c_.io;
        c_.at = at_;
        c_.keep = keep;
        c_.maximize = maximize;
        c_.io = io;
        return c_;
    }
};

/* TG_LOGGER_DEFAULTS */
struct logger_options {
    tg::text tensorboard = {};
    tg::text jsonl = {};
    tg::text csv = {};
    int64_t resume_at = TG_AUTO;
    double flush_seconds = 5;
    bool keep = false;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    logger_options with_tensorboard(tg::text v_) const { auto c_ = *this; c_.tensorboard = v_; return c_; }
    logger_options with_jsonl(tg::text v_) const { auto c_ = *this; c_.jsonl = v_; return c_; }
    logger_options with_csv(tg::text v_) const { auto c_ = *this; c_.csv = v_; return c_; }
    logger_options with_resume_at(int64_t v_) const { auto c_ = *this; c_.resume_at = v_; return c_; }
    logger_options with_flush_seconds(double v_) const { auto c_ = *this; c_.flush_seconds = v_; return c_; }
    logger_options with_keep(bool v_) const { auto c_ = *this; c_.keep = v_; return c_; }
    logger_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    logger_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_logger_args c_args(const tg_site &at_) const
    {
        tg_logger_args c_ = {};
        c_.struct_size = offsetof(tg_logger_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.tensorboard = tensorboard.c_str();
        c_.jsonl = jsonl.c_str();
        c_.csv = csv.c_str();
        c_.resume_at = resume_at;
        c_.flush_seconds = flush_seconds;
        c_.keep = keep;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SCALARS_DEFAULTS */
struct scalars_options {
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    scalars_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    scalars_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_scalars_args c_args(const tg_site &at_) const
    {
        tg_scalars_args c_ = {};
        c_.struct_size = offsetof(tg_scalars_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_CURVES_DEFAULTS */
struct curves_options {
    tg::text title = {};
    tg::text x_label = "step";
    tg::text y_label = {};
    bool log_x = false;
    bool log_y = false;
    double smooth = 0;
    int width = 760;
    int height = 440;
    double scale = 2;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    curves_options with_title(tg::text v_) const { auto c_ = *this; c_.title = v_; return c_; }
    curves_options with_x_label(tg::text v_) const { auto c_ = *this; c_.x_label = v_; return c_; }
    curves_options with_y_label(tg::text v_) const { auto c_ = *this; c_.y_label = v_; return c_; }
    curves_options with_log_x(bool v_) const { auto c_ = *this; c_.log_x = v_; return c_; }
    curves_options with_log_y(bool v_) const { auto c_ = *this; c_.log_y = v_; return c_; }
    curves_options with_smooth(double v_) const { auto c_ = *this; c_.smooth = v_; return c_; }
    curves_options with_width(int v_) const { auto c_ = *this; c_.width = v_; return c_; }
    curves_options with_height(int v_) const { auto c_ = *this; c_.height = v_; return c_; }
    curves_options with_scale(double v_) const { auto c_ = *this; c_.scale = v_; return c_; }
    curves_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    curves_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_curves_args c_args(const tg_site &at_) const
    {
        tg_curves_args c_ = {};
        c_.struct_size = offsetof(tg_curves_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.title = title.c_str();
        c_.x_label = x_label.c_str();
        c_.y_label = y_label.c_str();
        c_.log_x = log_x;
        c_.log_y = log_y;
        c_.smooth = smooth;
        c_.width = width;
        c_.height = height;
        c_.scale = scale;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SCALER_FIT_DEFAULTS */
struct scaler_fit_options {
    tg_scaling by = TG_SCALE_STANDARD;
    double low = 0;
    double high = 1;
    bool skip_missing = false;
    const tg_allocator *allocator = nullptr;
    scaler_fit_options with_by(tg_scaling v_) const { auto c_ = *this; c_.by = v_; return c_; }
    scaler_fit_options with_low(double v_) const { auto c_ = *this; c_.low = v_; return c_; }
    scaler_fit_options with_high(double v_) const { auto c_ = *this; c_.high = v_; return c_; }
    scaler_fit_options with_skip_missing(bool v_) const { auto c_ = *this; c_.skip_missing = v_; return c_; }
    scaler_fit_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_scaler_fit_args c_args(const tg_site &at_) const
    {
        tg_scaler_fit_args c_ = {};
        c_.struct_size = offsetof(tg_scaler_fit_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.by = by;
        c_.low = low;
        c_.high = high;
        c_.skip_missing = skip_missing;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_ONE_HOT_ARRAY_DEFAULTS */
struct one_hot_array_options {
    int64_t classes = TG_AUTO;
    tg_dtype dtype = TG_F32;
    const tg_allocator *allocator = nullptr;
    one_hot_array_options with_classes(int64_t v_) const { auto c_ = *this; c_.classes = v_; return c_; }
    one_hot_array_options with_dtype(tg_dtype v_) const { auto c_ = *this; c_.dtype = v_; return c_; }
    one_hot_array_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_one_hot_array_args c_args(const tg_site &at_) const
    {
        tg_one_hot_array_args c_ = {};
        c_.struct_size = offsetof(tg_one_hot_array_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.classes = classes;
        c_.dtype = dtype;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_SPLIT_PARTS_DEFAULTS */
struct split_parts_options {
    bool stratified = false;
    uint64_t seed = 0;
    const tg_allocator *allocator = nullptr;
    split_parts_options with_stratified(bool v_) const { auto c_ = *this; c_.stratified = v_; return c_; }
    split_parts_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    split_parts_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_split_parts_args c_args(const tg_site &at_) const
    {
        tg_split_parts_args c_ = {};
        c_.struct_size = offsetof(tg_split_parts_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.stratified = stratified;
        c_.seed = seed;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_FOLDS_MAKE_DEFAULTS */
struct folds_make_options {
    bool stratified = false;
    const tg_array *groups = nullptr;
    uint64_t seed = 0;
    const tg_allocator *allocator = nullptr;
    folds_make_options with_stratified(bool v_) const { auto c_ = *this; c_.stratified = v_; return c_; }
    folds_make_options with_groups(const tg_array *v_) const { auto c_ = *this; c_.groups = v_; return c_; }
    folds_make_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    folds_make_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_folds_make_args c_args(const tg_site &at_) const
    {
        tg_folds_make_args c_ = {};
        c_.struct_size = offsetof(tg_folds_make_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.stratified = stratified;
        c_.groups = groups;
        c_.seed = seed;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_READ_TABLE_DEFAULTS */
struct read_table_options {
    int64_t header = TG_AUTO;
    char separator = 0;
    char decimal = '.';
    tg::text missing = {};
    tg::text types = {};
    bool nonfinite = false;
    char comment = 0;
    int64_t skip_lines = 0;
    const tg_table *like = nullptr;
    bool unknown_missing = false;
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    read_table_options with_header(int64_t v_) const { auto c_ = *this; c_.header = v_; return c_; }
    read_table_options with_separator(char v_) const { auto c_ = *this; c_.separator = v_; return c_; }
    read_table_options with_decimal(char v_) const { auto c_ = *this; c_.decimal = v_; return c_; }
    read_table_options with_missing(tg::text v_) const { auto c_ = *this; c_.missing = v_; return c_; }
    read_table_options with_types(tg::text v_) const { auto c_ = *this; c_.types = v_; return c_; }
    read_table_options with_nonfinite(bool v_) const { auto c_ = *this; c_.nonfinite = v_; return c_; }
    read_table_options with_comment(char v_) const { auto c_ = *this; c_.comment = v_; return c_; }
    read_table_options with_skip_lines(int64_t v_) const { auto c_ = *this; c_.skip_lines = v_; return c_; }
    read_table_options with_like(const tg_table *v_) const { auto c_ = *this; c_.like = v_; return c_; }
    read_table_options with_unknown_missing(bool v_) const { auto c_ = *this; c_.unknown_missing = v_; return c_; }
    read_table_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    read_table_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_read_table_args c_args(const tg_site &at_) const
    {
        tg_read_table_args c_ = {};
        c_.struct_size = offsetof(tg_read_table_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.header = header;
        c_.separator = separator;
        c_.decimal = decimal;
        c_.missing = missing.c_str();
        c_.types = types.c_str();
        c_.nonfinite = nonfinite;
        c_.comment = comment;
        c_.skip_lines = skip_lines;
        c_.like = like;
        c_.unknown_missing = unknown_missing;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_TABLE_FILL_DEFAULTS */
struct table_fill_options {
    double value = 0;
    tg::text word = {};
    const tg_table *from = nullptr;
    table_fill_options with_value(double v_) const { auto c_ = *this; c_.value = v_; return c_; }
    table_fill_options with_word(tg::text v_) const { auto c_ = *this; c_.word = v_; return c_; }
    table_fill_options with_from(const tg_table *v_) const { auto c_ = *this; c_.from = v_; return c_; }
    tg_table_fill_args c_args(const tg_site &at_) const
    {
        tg_table_fill_args c_ = {};
        c_.struct_size = offsetof(tg_table_fill_args, from) + sizeof c_.from;
        c_.at = at_;
        c_.value = value;
        c_.word = word.c_str();
        c_.from = from;
        return c_;
    }
};

/* TG_TABLE_MATRIX_DEFAULTS */
struct table_matrix_options {
    tg::text columns = {};
    tg::text except = {};
    tg_dtype dtype = TG_F32;
    bool one_hot = false;
    bool keep_missing = false;
    const tg_allocator *allocator = nullptr;
    table_matrix_options with_columns(tg::text v_) const { auto c_ = *this; c_.columns = v_; return c_; }
    table_matrix_options with_except(tg::text v_) const { auto c_ = *this; c_.except = v_; return c_; }
    table_matrix_options with_dtype(tg_dtype v_) const { auto c_ = *this; c_.dtype = v_; return c_; }
    table_matrix_options with_one_hot(bool v_) const { auto c_ = *this; c_.one_hot = v_; return c_; }
    table_matrix_options with_keep_missing(bool v_) const { auto c_ = *this; c_.keep_missing = v_; return c_; }
    table_matrix_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_table_matrix_args c_args(const tg_site &at_) const
    {
        tg_table_matrix_args c_ = {};
        c_.struct_size = offsetof(tg_table_matrix_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.columns = columns.c_str();
        c_.except = except.c_str();
        c_.dtype = dtype;
        c_.one_hot = one_hot;
        c_.keep_missing = keep_missing;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_WRITE_TABLE_DEFAULTS */
struct write_table_options {
    char separator = ',';
    char decimal = '.';
    bool no_header = false;
    tg::text missing = {};
    const tg_io_layer *io = nullptr;
    write_table_options with_separator(char v_) const { auto c_ = *this; c_.separator = v_; return c_; }
    write_table_options with_decimal(char v_) const { auto c_ = *this; c_.decimal = v_; return c_; }
    write_table_options with_no_header(bool v_) const { auto c_ = *this; c_.no_header = v_; return c_; }
    write_table_options with_missing(tg::text v_) const { auto c_ = *this; c_.missing = v_; return c_; }
    write_table_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    tg_write_table_args c_args(const tg_site &at_) const
    {
        tg_write_table_args c_ = {};
        c_.struct_size = offsetof(tg_write_table_args, io) + sizeof c_.io;
        c_.at = at_;
        c_.separator = separator;
        c_.decimal = decimal;
        c_.no_header = no_header;
        c_.missing = missing.c_str();
        c_.io = io;
        return c_;
    }
};

/* TG_WRITE_CSV_DEFAULTS */
struct write_csv_options {
    tg::text header = {};
    char separator = ',';
    const tg_io_layer *io = nullptr;
    write_csv_options with_header(tg::text v_) const { auto c_ = *this; c_.header = v_; return c_; }
    write_csv_options with_separator(char v_) const { auto c_ = *this; c_.separator = v_; return c_; }
    write_csv_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    tg_write_csv_args c_args(const tg_site &at_) const
    {
        tg_write_csv_args c_ = {};
        c_.struct_size = offsetof(tg_write_csv_args, io) + sizeof c_.io;
        c_.at = at_;
        c_.header = header.c_str();
        c_.separator = separator;
        c_.io = io;
        return c_;
    }
};

/* TG_READ_TEXT_DEFAULTS */
struct read_text_options {
    const tg_io_layer *io = nullptr;
    const tg_allocator *allocator = nullptr;
    read_text_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    read_text_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_read_text_args c_args(const tg_site &at_) const
    {
        tg_read_text_args c_ = {};
        c_.struct_size = offsetof(tg_read_text_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.io = io;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_VOCABULARY_BUILD_DEFAULTS */
struct vocabulary_build_options {
    bool bytes = false;
    bool replace = false;
    const tg_allocator *allocator = nullptr;
    vocabulary_build_options with_bytes(bool v_) const { auto c_ = *this; c_.bytes = v_; return c_; }
    vocabulary_build_options with_replace(bool v_) const { auto c_ = *this; c_.replace = v_; return c_; }
    vocabulary_build_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_vocabulary_build_args c_args(const tg_site &at_) const
    {
        tg_vocabulary_build_args c_ = {};
        c_.struct_size = offsetof(tg_vocabulary_build_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.bytes = bytes;
        c_.replace = replace;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_VOCABULARY_ENCODE_DEFAULTS */
struct vocabulary_encode_options {
    int64_t unknown = TG_NO_INDEX;
    bool replace = false;
    const tg_allocator *allocator = nullptr;
    vocabulary_encode_options with_unknown(int64_t v_) const { auto c_ = *this; c_.unknown = v_; return c_; }
    vocabulary_encode_options with_replace(bool v_) const { auto c_ = *this; c_.replace = v_; return c_; }
    vocabulary_encode_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_vocabulary_encode_args c_args(const tg_site &at_) const
    {
        tg_vocabulary_encode_args c_ = {};
        c_.struct_size = offsetof(tg_vocabulary_encode_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.unknown = unknown;
        c_.replace = replace;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_PAGE_DEFAULTS */
struct page_options {
    const tg_allocator *allocator = nullptr;
    page_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_page_args c_args(const tg_site &at_) const
    {
        tg_page_args c_ = {};
        c_.struct_size = offsetof(tg_page_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_PAGE_WRITE_DEFAULTS */
struct page_write_options {
    const tg_io_layer *io = nullptr;
    page_write_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    tg_page_write_args c_args(const tg_site &at_) const
    {
        tg_page_write_args c_ = {};
        c_.struct_size = offsetof(tg_page_write_args, io) + sizeof c_.io;
        c_.at = at_;
        c_.io = io;
        return c_;
    }
};

/* TG_PAGE_CURVES_DEFAULTS */
struct page_curves_options {
    tg::text x_label = "step";
    tg::text y_label = {};
    bool log_x = false;
    bool log_y = false;
    double smooth = 0;
    int width = 760;
    int height = 440;
    page_curves_options with_x_label(tg::text v_) const { auto c_ = *this; c_.x_label = v_; return c_; }
    page_curves_options with_y_label(tg::text v_) const { auto c_ = *this; c_.y_label = v_; return c_; }
    page_curves_options with_log_x(bool v_) const { auto c_ = *this; c_.log_x = v_; return c_; }
    page_curves_options with_log_y(bool v_) const { auto c_ = *this; c_.log_y = v_; return c_; }
    page_curves_options with_smooth(double v_) const { auto c_ = *this; c_.smooth = v_; return c_; }
    page_curves_options with_width(int v_) const { auto c_ = *this; c_.width = v_; return c_; }
    page_curves_options with_height(int v_) const { auto c_ = *this; c_.height = v_; return c_; }
    tg_page_curves_args c_args(const tg_site &at_) const
    {
        tg_page_curves_args c_ = {};
        c_.struct_size = offsetof(tg_page_curves_args, height) + sizeof c_.height;
        c_.at = at_;
        c_.x_label = x_label.c_str();
        c_.y_label = y_label.c_str();
        c_.log_x = log_x;
        c_.log_y = log_y;
        c_.smooth = smooth;
        c_.width = width;
        c_.height = height;
        return c_;
    }
};

/* TG_PAGE_CONFUSION_DEFAULTS */
struct page_confusion_options {
    const char *const *classes = nullptr;
    page_confusion_options with_classes(const char *const *v_) const { auto c_ = *this; c_.classes = v_; return c_; }
    tg_page_confusion_args c_args(const tg_site &at_) const
    {
        tg_page_confusion_args c_ = {};
        c_.struct_size = offsetof(tg_page_confusion_args, classes) + sizeof c_.classes;
        c_.at = at_;
        c_.classes = classes;
        return c_;
    }
};

/* TG_PAGE_PICTURES_DEFAULTS */
struct page_pictures_options {
    double low = 0;
    double high = 1;
    int width = 96;
    page_pictures_options with_low(double v_) const { auto c_ = *this; c_.low = v_; return c_; }
    page_pictures_options with_high(double v_) const { auto c_ = *this; c_.high = v_; return c_; }
    page_pictures_options with_width(int v_) const { auto c_ = *this; c_.width = v_; return c_; }
    tg_page_pictures_args c_args(const tg_site &at_) const
    {
        tg_page_pictures_args c_ = {};
        c_.struct_size = offsetof(tg_page_pictures_args, width) + sizeof c_.width;
        c_.at = at_;
        c_.low = low;
        c_.high = high;
        c_.width = width;
        return c_;
    }
};

/* TG_RUNNER_DEFAULTS */
struct runner_options {
    bool training = false;
    tg_schedule schedule = {};
    tg::text name = {};
    int threads = 1;
    runner_options with_training(bool v_) const { auto c_ = *this; c_.training = v_; return c_; }
    runner_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    runner_options with_name(tg::text v_) const { auto c_ = *this; c_.name = v_; return c_; }
    runner_options with_threads(int v_) const { auto c_ = *this; c_.threads = v_; return c_; }
    tg_runner_args c_args(const tg_site &at_) const
    {
        tg_runner_args c_ = {};
        c_.struct_size = offsetof(tg_runner_args, threads) + sizeof c_.threads;
        c_.at = at_;
        c_.training = training;
        c_.schedule = schedule;
        c_.name = name.c_str();
        c_.threads = threads;
        return c_;
    }
};

/* TG_EARLY_STOP_DEFAULTS */
struct early_stop_options {
    int64_t patience = 10;
    double least_change = 0;
    bool maximize = false;
    early_stop_options with_patience(int64_t v_) const { auto c_ = *this; c_.patience = v_; return c_; }
    early_stop_options with_least_change(double v_) const { auto c_ = *this; c_.least_change = v_; return c_; }
    early_stop_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    tg_early_stop_args c_args(const tg_site &at_) const
    {
        tg_early_stop_args c_ = {};
        c_.struct_size = offsetof(tg_early_stop_args, maximize) + sizeof c_.maximize;
        c_.at = at_;
        c_.patience = patience;
        c_.least_change = least_change;
        c_.maximize = maximize;
        return c_;
    }
};

/* TG_FIT_DEFAULTS */
struct fit_options {
    tg_loader *validation = nullptr;
    int64_t epochs = 10;
    int threads = 1;
    tg_schedule schedule = {};
    const tg_plateau *plateau = nullptr;
    tg::text watch = "loss";
    bool maximize = false;
    int64_t patience = TG_AUTO;
    double least_change = 0;
    bool keep_last = false;
    bool allow_nonfinite = false;
    tg::text checkpoints = {};
    int64_t keep = 3;
    int64_t save_every = 0;
    tg::text tensorboard = {};
    tg::text jsonl = {};
    tg::text csv = {};
    int64_t log_every = 10;
    tg::text curves = {};
    tg::text report = {};
    tg::text title = "A training run";
    const char *const *classes = nullptr;
    FILE *progress = nullptr;
    tg_fit_fn callback = {};
    void *callback_context = nullptr;
    tg::text name = "fit";
    const tg_io_layer *io = nullptr;
    fit_options with_validation(tg_loader *v_) const { auto c_ = *this; c_.validation = v_; return c_; }
    fit_options with_epochs(int64_t v_) const { auto c_ = *this; c_.epochs = v_; return c_; }
    fit_options with_threads(int v_) const { auto c_ = *this; c_.threads = v_; return c_; }
    fit_options with_schedule(tg_schedule v_) const { auto c_ = *this; c_.schedule = v_; return c_; }
    fit_options with_plateau(const tg_plateau *v_) const { auto c_ = *this; c_.plateau = v_; return c_; }
    fit_options with_watch(tg::text v_) const { auto c_ = *this; c_.watch = v_; return c_; }
    fit_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    fit_options with_patience(int64_t v_) const { auto c_ = *this; c_.patience = v_; return c_; }
    fit_options with_least_change(double v_) const { auto c_ = *this; c_.least_change = v_; return c_; }
    fit_options with_keep_last(bool v_) const { auto c_ = *this; c_.keep_last = v_; return c_; }
    fit_options with_allow_nonfinite(bool v_) const { auto c_ = *this; c_.allow_nonfinite = v_; return c_; }
    fit_options with_checkpoints(tg::text v_) const { auto c_ = *this; c_.checkpoints = v_; return c_; }
    fit_options with_keep(int64_t v_) const { auto c_ = *this; c_.keep = v_; return c_; }
    fit_options with_save_every(int64_t v_) const { auto c_ = *this; c_.save_every = v_; return c_; }
    fit_options with_tensorboard(tg::text v_) const { auto c_ = *this; c_.tensorboard = v_; return c_; }
    fit_options with_jsonl(tg::text v_) const { auto c_ = *this; c_.jsonl = v_; return c_; }
    fit_options with_csv(tg::text v_) const { auto c_ = *this; c_.csv = v_; return c_; }
    fit_options with_log_every(int64_t v_) const { auto c_ = *this; c_.log_every = v_; return c_; }
    fit_options with_curves(tg::text v_) const { auto c_ = *this; c_.curves = v_; return c_; }
    fit_options with_report(tg::text v_) const { auto c_ = *this; c_.report = v_; return c_; }
    fit_options with_title(tg::text v_) const { auto c_ = *this; c_.title = v_; return c_; }
    fit_options with_classes(const char *const *v_) const { auto c_ = *this; c_.classes = v_; return c_; }
    fit_options with_progress(FILE *v_) const { auto c_ = *this; c_.progress = v_; return c_; }
    fit_options with_callback(tg_fit_fn v_) const { auto c_ = *this; c_.callback = v_; return c_; }
    fit_options with_callback_context(void *v_) const { auto c_ = *this; c_.callback_context = v_; return c_; }
    fit_options with_name(tg::text v_) const { auto c_ = *this; c_.name = v_; return c_; }
    fit_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    tg_fit_args c_args(const tg_site &at_) const
    {
        tg_fit_args c_ = {};
        c_.struct_size = offsetof(tg_fit_args, io) + sizeof c_.io;
        c_.at = at_;
        c_.validation = validation;
        c_.epochs = epochs;
        c_.threads = threads;
        c_.schedule = schedule;
        c_.plateau = plateau;
        c_.watch = watch.c_str();
        c_.maximize = maximize;
        c_.patience = patience;
        c_.least_change = least_change;
        c_.keep_last = keep_last;
        c_.allow_nonfinite = allow_nonfinite;
        c_.checkpoints = checkpoints.c_str();
        c_.keep = keep;
        c_.save_every = save_every;
        c_.tensorboard = tensorboard.c_str();
        c_.jsonl = jsonl.c_str();
        c_.csv = csv.c_str();
        c_.log_every = log_every;
        c_.curves = curves.c_str();
        c_.report = report.c_str();
        c_.title = title.c_str();
        c_.classes = classes;
        c_.progress = progress;
        c_.callback = callback;
        c_.callback_context = callback_context;
        c_.name = name.c_str();
        c_.io = io;
        return c_;
    }
};

/* TG_FIND_LR_DEFAULTS */
struct find_lr_options {
    double low = 1e-7;
    double high = 10;
    int64_t steps = 100;
    double smooth = 0.9;
    double diverge = 4;
    int threads = 1;
    tg::text curves = {};
    const tg_io_layer *io = nullptr;
    find_lr_options with_low(double v_) const { auto c_ = *this; c_.low = v_; return c_; }
    find_lr_options with_high(double v_) const { auto c_ = *this; c_.high = v_; return c_; }
    find_lr_options with_steps(int64_t v_) const { auto c_ = *this; c_.steps = v_; return c_; }
    find_lr_options with_smooth(double v_) const { auto c_ = *this; c_.smooth = v_; return c_; }
    find_lr_options with_diverge(double v_) const { auto c_ = *this; c_.diverge = v_; return c_; }
    find_lr_options with_threads(int v_) const { auto c_ = *this; c_.threads = v_; return c_; }
    find_lr_options with_curves(tg::text v_) const { auto c_ = *this; c_.curves = v_; return c_; }
    find_lr_options with_io(const tg_io_layer *v_) const { auto c_ = *this; c_.io = v_; return c_; }
    tg_find_lr_args c_args(const tg_site &at_) const
    {
        tg_find_lr_args c_ = {};
        c_.struct_size = offsetof(tg_find_lr_args, io) + sizeof c_.io;
        c_.at = at_;
        c_.low = low;
        c_.high = high;
        c_.steps = steps;
        c_.smooth = smooth;
        c_.diverge = diverge;
        c_.threads = threads;
        c_.curves = curves.c_str();
        c_.io = io;
        return c_;
    }
};

/* TG_GRID_SEARCH_DEFAULTS */
struct grid_search_options {
    bool maximize = false;
    uint64_t seed = 0;
    double budget = 1;
    FILE *progress = nullptr;
    tg_search_fn callback = {};
    void *callback_context = nullptr;
    const tg_allocator *allocator = nullptr;
    grid_search_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    grid_search_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    grid_search_options with_budget(double v_) const { auto c_ = *this; c_.budget = v_; return c_; }
    grid_search_options with_progress(FILE *v_) const { auto c_ = *this; c_.progress = v_; return c_; }
    grid_search_options with_callback(tg_search_fn v_) const { auto c_ = *this; c_.callback = v_; return c_; }
    grid_search_options with_callback_context(void *v_) const { auto c_ = *this; c_.callback_context = v_; return c_; }
    grid_search_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    tg_grid_search_args c_args(const tg_site &at_) const
    {
        tg_grid_search_args c_ = {};
        c_.struct_size = offsetof(tg_grid_search_args, allocator) + sizeof c_.allocator;
        c_.at = at_;
        c_.maximize = maximize;
        c_.seed = seed;
        c_.budget = budget;
        c_.progress = progress;
        c_.callback = callback;
        c_.callback_context = callback_context;
        c_.allocator = allocator;
        return c_;
    }
};

/* TG_RANDOM_SEARCH_DEFAULTS */
struct random_search_options {
    bool maximize = false;
    uint64_t seed = 0;
    double budget = 1;
    FILE *progress = nullptr;
    tg_search_fn callback = {};
    void *callback_context = nullptr;
    const tg_allocator *allocator = nullptr;
    int64_t trials = 20;
    random_search_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    random_search_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    random_search_options with_budget(double v_) const { auto c_ = *this; c_.budget = v_; return c_; }
    random_search_options with_progress(FILE *v_) const { auto c_ = *this; c_.progress = v_; return c_; }
    random_search_options with_callback(tg_search_fn v_) const { auto c_ = *this; c_.callback = v_; return c_; }
    random_search_options with_callback_context(void *v_) const { auto c_ = *this; c_.callback_context = v_; return c_; }
    random_search_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    random_search_options with_trials(int64_t v_) const { auto c_ = *this; c_.trials = v_; return c_; }
    tg_random_search_args c_args(const tg_site &at_) const
    {
        tg_random_search_args c_ = {};
        c_.struct_size = offsetof(tg_random_search_args, trials) + sizeof c_.trials;
        c_.at = at_;
        c_.maximize = maximize;
        c_.seed = seed;
        c_.budget = budget;
        c_.progress = progress;
        c_.callback = callback;
        c_.callback_context = callback_context;
        c_.allocator = allocator;
        c_.trials = trials;
        return c_;
    }
};

/* TG_HALVING_SEARCH_DEFAULTS */
struct halving_search_options {
    bool maximize = false;
    uint64_t seed = 0;
    double budget = 1;
    FILE *progress = nullptr;
    tg_search_fn callback = {};
    void *callback_context = nullptr;
    const tg_allocator *allocator = nullptr;
    int64_t trials = 27;
    int64_t factor = 3;
    halving_search_options with_maximize(bool v_) const { auto c_ = *this; c_.maximize = v_; return c_; }
    halving_search_options with_seed(uint64_t v_) const { auto c_ = *this; c_.seed = v_; return c_; }
    halving_search_options with_budget(double v_) const { auto c_ = *this; c_.budget = v_; return c_; }
    halving_search_options with_progress(FILE *v_) const { auto c_ = *this; c_.progress = v_; return c_; }
    halving_search_options with_callback(tg_search_fn v_) const { auto c_ = *this; c_.callback = v_; return c_; }
    halving_search_options with_callback_context(void *v_) const { auto c_ = *this; c_.callback_context = v_; return c_; }
    halving_search_options with_allocator(const tg_allocator *v_) const { auto c_ = *this; c_.allocator = v_; return c_; }
    halving_search_options with_trials(int64_t v_) const { auto c_ = *this; c_.trials = v_; return c_; }
    halving_search_options with_factor(int64_t v_) const { auto c_ = *this; c_.factor = v_; return c_; }
    tg_halving_search_args c_args(const tg_site &at_) const
    {
        tg_halving_search_args c_ = {};
        c_.struct_size = offsetof(tg_halving_search_args, factor) + sizeof c_.factor;
        c_.at = at_;
        c_.maximize = maximize;
        c_.seed = seed;
        c_.budget = budget;
        c_.progress = progress;
        c_.callback = callback;
        c_.callback_context = callback_context;
        c_.allocator = allocator;
        c_.trials = trials;
        c_.factor = factor;
        return c_;
    }
};

/* TG_HEALTH_DEFAULTS */
struct health_options {
    const tg_updates *updates = nullptr;
    tg::tensor features = {};
    double train_loss = TG_AUTO;
    double validation_loss = TG_AUTO;
    double first_loss = TG_AUTO;
    health_options with_updates(const tg_updates *v_) const { auto c_ = *this; c_.updates = v_; return c_; }
    health_options with_features(tg::tensor v_) const { auto c_ = *this; c_.features = v_; return c_; }
    health_options with_train_loss(double v_) const { auto c_ = *this; c_.train_loss = v_; return c_; }
    health_options with_validation_loss(double v_) const { auto c_ = *this; c_.validation_loss = v_; return c_; }
    health_options with_first_loss(double v_) const { auto c_ = *this; c_.first_loss = v_; return c_; }
    tg_health_args c_args(const tg_site &at_) const
    {
        tg_health_args c_ = {};
        c_.struct_size = offsetof(tg_health_args, first_loss) + sizeof c_.first_loss;
        c_.at = at_;
        c_.updates = updates;
        c_.features = features.handle();
        c_.train_loss = train_loss;
        c_.validation_loss = validation_loss;
        c_.first_loss = first_loss;
        return c_;
    }
};

/* TG_COMPILE_DEFAULTS, .pure = true */
struct compile_pure_options {
    const tg_updates *updates = nullptr;
    int threads = 1;
    bool pure = true;
    bool naive = false;
    bool trap = false;
    bool steps = true;
    bool profile = false;
    bool jit = false;
    compile_pure_options with_updates(const tg_updates *v_) const { auto c_ = *this; c_.updates = v_; return c_; }
    compile_pure_options with_threads(int v_) const { auto c_ = *this; c_.threads = v_; return c_; }
    compile_pure_options with_pure(bool v_) const { auto c_ = *this; c_.pure = v_; return c_; }
    compile_pure_options with_naive(bool v_) const { auto c_ = *this; c_.naive = v_; return c_; }
    compile_pure_options with_trap(bool v_) const { auto c_ = *this; c_.trap = v_; return c_; }
    compile_pure_options with_steps(bool v_) const { auto c_ = *this; c_.steps = v_; return c_; }
    compile_pure_options with_profile(bool v_) const { auto c_ = *this; c_.profile = v_; return c_; }
    compile_pure_options with_jit(bool v_) const { auto c_ = *this; c_.jit = v_; return c_; }
    tg_compile_args c_args(const tg_site &at_) const
    {
        tg_compile_args c_ = {};
        c_.struct_size = offsetof(tg_compile_args, jit) + sizeof c_.jit;
        c_.at = at_;
        c_.updates = updates;
        c_.threads = threads;
        c_.pure = pure;
        c_.naive = naive;
        c_.trap = trap;
        c_.steps = steps;
        c_.profile = profile;
        c_.jit = jit;
        return c_;
    }
};

/* ---- Owners --------------------------------------------------------------------------------- */

namespace detail {

/* Objects that must exist as long as a store. */
struct kept {
    virtual ~kept() = default;
};

struct op_state : kept {
    run_fn run;
    shape_fn shape;
    vjp_fn vjp;
    tg::site at;
    explicit op_state(const tg::site &here) : at(here) {}
};

/* In a catch block: the exception as a status and a message. */
inline tg_status caught(char *text, std::size_t room) noexcept
{
    tg_status status = TG_ERR_NUMERIC;
    try {
        throw;
    } catch (const tg::error &e) {
        status = e.status() == TG_OK ? TG_ERR_NUMERIC : e.status();
        std::snprintf(text, room, "%s", e.what());
    } catch (const std::bad_alloc &) {
        status = TG_ERR_MEMORY;
        std::snprintf(text, room, "out of memory");
    } catch (const std::logic_error &e) {
        status = TG_ERR_ARGUMENT;
        std::snprintf(text, room, "%s", e.what());
    } catch (const std::exception &e) {
        std::snprintf(text, room, "%s", e.what());
    } catch (...) {
        std::snprintf(text, room, "something was thrown that is no std::exception");
    }
    return status;
}

} // namespace detail

/* Variables. It must outlive its tapes and plans. */
class store : public store_ref {
  public:
    /* Throws std::bad_alloc. */
    explicit store(const store_options &options = {}, const tg::site &at = TG_CALLER)
    {
        const tg_store_args args = options.c_args(at);
        c_ = tg_store_new_with(&args);
        if (!c_) throw std::bad_alloc();
    }
    store(store &&other) noexcept : store_ref(other.c_), kept_(std::move(other.kept_))
    {
        other.c_ = nullptr;
    }
    store &operator=(store &&other) noexcept
    {
        std::swap(c_, other.c_);
        std::swap(kept_, other.kept_);
        return *this;
    }
    ~store() { tg_store_free(c_); }

  private:
    friend op op_new(store &, const text &, const op_options &, const tg::site &);
    std::vector<std::unique_ptr<detail::kept>> kept_;
};

/* The nodes of one recorded computation. */
class tape : public tape_ref {
  public:
    /* Throws std::bad_alloc, or tg::error for an invalid store. */
    explicit tape(store_ref store, const tape_options &options = {}, const tg::site &at = TG_CALLER)
    {
        if (!store) throw tg::error(TG_ERR_ARGUMENT, "a tape needs a store");
        tg_tape_args args = options.c_args(at);
        args.store = store.handle();
        c_ = tg_tape_new_with(&args);
        if (!c_) throw std::bad_alloc();
    }
    tape(tape &&other) noexcept : tape_ref(other.c_) { other.c_ = nullptr; }
    tape &operator=(tape &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~tape() { tg_tape_free(c_); }
};

/* One way to run a tape. It is empty if tg::compile failed; the tape has the error. */
class plan {
  public:
    plan(tg_plan *c = nullptr) : c_(c) {}
    plan(plan &&other) noexcept : c_(other.c_), status_(other.status_) { other.c_ = nullptr; }
    plan &operator=(plan &&other) noexcept
    {
        std::swap(c_, other.c_);
        std::swap(status_, other.status_);
        return *this;
    }
    ~plan() { tg_plan_free(c_); }
    tg_plan *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }
    /* Runs it. If it fails it assigns nothing, and the error does not stick. */
    tg_status run() { return status_ = tg_run(c_); }
    /* Throws tg::error if there is no plan, or if its last run failed. */
    void check() const
    {
        if (!c_) throw tg::error(TG_ERR_ARGUMENT, "the plan is empty; its tape says why");
        if (status_ != TG_OK) throw tg::error(status_, tg_plan_error(c_));
    }
    /* Measures its runs from now on, or no longer. */
    tg_status profile(bool on = true) { return tg_profile(c_, on); }
    void profile_reset() { tg_profile_reset(c_); }
    /* How many kernels were measured, and each of them, the one that took the longest first. */
    std::size_t profile_count() const { return tg_profile_count(c_); }
    tg_profile_row profile_nth(std::size_t i) const { return tg_profile_nth(c_, i); }
    /* As a table, and as JSON for Chrome's trace viewer. */
    void profile_print(std::FILE *out) const { tg_profile_print(c_, out); }
    void profile_trace(std::FILE *out) const { tg_profile_trace(c_, out); }
    const char *error() const;
    size_t bytes() const;
    size_t kernels() const;
    void print(FILE *out) const;
    void draw(FILE *out) const;
    tg_jit_info jit() const;

  private:
    tg_plan *c_;
    tg_status status_ = TG_OK;
};

/* Inputs, memory and results for runs of a plan beside the plan's own: one for each thread that
 * runs it (tg_instance.h). Empty if it could not be made,
         of which the plan's tape has the error. Its
 * errors are its own; none sticks. */
class instance {
  public:
    explicit instance(const tg::plan &plan, const instance_options &options = {},
                      const tg::site &at = TG_CALLER)
    {
        tg_instance_args args = options.c_args(at);
        args.plan = plan.handle();
        c_ = tg_instance_new_with(&args);
    }
    instance(instance &&other) noexcept : c_(std::exchange(other.c_, nullptr)) {}
    instance &operator=(instance &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~instance() { tg_instance_free(c_); }
    tg_instance *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }

    /* Copies all elements of an input in: as many as there are, and of its dtype. */
    template <class T> tg_status feed(tensor input, const T *data, std::size_t count)
    {
        const auto run = detail::flat(data, count);
        return tg_instance_feed_as(c_, input.handle(),
                                   dtype_v<std::remove_pointer_t<decltype(run.data)>>,
                                   run.data, run.count);
    }
    template <class Range, detail::if_range<const Range> = 0>
    tg_status feed(tensor input, const Range &data)
    {
        return feed(input, std::data(data), std::size(data));
    }
    tg_status run() { return tg_instance_run(c_); }
    /* The value of a node that the plan keeps: all elements; none on an error (of T that is not the
     * node's dtype, for one). */
    template <class T> std::vector<T> get(tensor x)
    {
        return detail::read_all<T>(x.count(),
                                   [this, x](T *out, std::size_t n) { return get(x, out, n); });
    }
    template <class T> tg_status get(tensor x, T *out, std::size_t count)
    {
        const auto run = detail::flat(out, count);
        return tg_instance_get_as(c_, x.handle(),
                                   dtype_v<std::remove_pointer_t<decltype(run.data)>>,
                                   run.data, run.count);
    }
    template <class Range, detail::if_range<Range> = 0> tg_status get(tensor x, Range &&out)
    {
        return get(x, std::data(out), std::size(out));
    }
    /* The single element; NaN on an error. */
    double item(tensor x) { return tg_instance_item(c_, x.handle()); }
    tg_status status() const { return tg_instance_status(c_); }
    /* The text of the last call's error; "" if it succeeded. */
    const char *error() const { return tg_instance_error(c_); }
    /* Throws tg::error if there is no instance, or if the last call failed. */
    void check() const
    {
        if (!c_) throw tg::error(TG_ERR_ARGUMENT,
        "the instance is empty; the plan's tape says why");
        if (status() != TG_OK) throw tg::error(status(), tg_instance_error(c_));
    }

  private:
    tg_instance *c_;
};

/* An array in memory, owned or borrowed. */
class array {
  public:
    array() : c_() {}
    /* Takes ownership of what the C struct owns. */
    explicit array(const tg_array &c) : c_(c) {}
    array(array &&other) noexcept : c_(std::exchange(other.c_, tg_array())) {}
    array &operator=(array &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~array() { tg_array_free(&c_); }
    /* [out] becomes an array of zeros. */
    static outcome zeros(array &out, tg_dtype dtype, const tg::shape &shape)
    {
        tg_array fresh = {};
        const tg_status status = tg_array_new(&fresh, dtype, shape, nullptr);
        out = array(fresh);
        tg_error why = {};
        std::snprintf(why.text, sizeof why.text, "tg_array_new: %s", tg_status_name(status));
        return outcome(status, why);
    }
    /* An array of the caller's elements; their number must be that of the shape, else it is an
     * array of an invalid shape, which every function refuses. */
    template <class Range, detail::if_range<Range> = 0>
    static array view(const tg::shape &shape, Range &elements)
    {
        const auto run = detail::flat_range(elements);
        using T = std::remove_pointer_t<decltype(run.data)>;
        static_assert(!std::is_const_v<T>, "a view's elements may be written to");
        tg::shape fit = shape;
        if (shape.count() < 0 || static_cast<std::uint64_t>(shape.count()) != run.count)
            fit.rank = -1;
        return array(tg_array_view(dtype_v<T>, fit, run.data));
    }
    operator const tg_array &() const { return c_; }
    operator tg_array &() { return c_; }
    tg_dtype dtype() const { return c_.dtype; }
    tg::shape shape() const { return c_.shape; }
    /* The elements; none if T is not the type of the dtype. */
    template <class T> tg::values<T> values() const
    {
        const bool fits = dtype_v<T> == c_.dtype && c_.data;
        return { fits ? static_cast<T *>(c_.data) : nullptr,
                 fits ? static_cast<std::size_t>(tg_shape_count(c_.shape)) : 0 };
    }

  private:
    tg_array c_;
};

/* A table from a CSV file: tg::read_table(table, path), and the functions that take one. */
class table {
  public:
    table() : c_() {}
    /* Takes ownership of it. */
    explicit table(const tg_table &c) : c_(c) {}
    table(table &&other) noexcept : c_(std::exchange(other.c_, tg_table())) {}
    table &operator=(table &&other) noexcept
    {
        table old(std::move(other));
        std::swap(c_, old.c_);
        return *this;
    }
    ~table() { tg_table_free(&c_); }
    operator const tg_table &() const { return c_; }
    operator tg_table &() { return c_; }
    std::int64_t rows() const { return c_.rows; }
    std::int64_t columns() const { return c_.column_count; }
    /* A column by its index, which must be valid, or by its name; nullptr for an unknown name. */
    const tg_column &operator[](std::int64_t place) const { return c_.columns[place]; }
    const tg_column *column(const tg::text &name) const
    {
        return tg_table_column(&c_, name.c_str());
    }

  private:
    tg_table c_;
};

/* Scales columns: tg::scaler_fit(scaler, x). */
class scaler {
  public:
    scaler() : c_() {}
    /* Takes ownership of it. */
    explicit scaler(const tg_scaler &c) : c_(c) {}
    scaler(scaler &&other) noexcept : c_(std::exchange(other.c_, tg_scaler())) {}
    scaler &operator=(scaler &&other) noexcept
    {
        scaler old(std::move(other));
        std::swap(c_, old.c_);
        return *this;
    }
    ~scaler() { tg_scaler_free(&c_); }
    operator const tg_scaler &() const { return c_; }
    operator tg_scaler &() { return c_; }

  private:
    tg_scaler c_;
};

/* The rows of a dataset in folds: tg::folds_make(folds, data, 5). */
class folds {
  public:
    folds() : c_() {}
    /* Takes ownership of it. */
    explicit folds(const tg_folds &c) : c_(c) {}
    folds(folds &&other) noexcept : c_(std::exchange(other.c_, tg_folds())) {}
    folds &operator=(folds &&other) noexcept
    {
        folds old(std::move(other));
        std::swap(c_, old.c_);
        return *this;
    }
    ~folds() { tg_folds_free(&c_); }
    operator const tg_folds &() const { return c_; }
    operator tg_folds &() { return c_; }
    std::int64_t count() const { return c_.count; }

  private:
    tg_folds c_;
};

/* The metadata of a program in a file: tg::read_metadata(metadata, path). */
class metadata {
  public:
    metadata() : c_() {}
    /* Takes ownership of it. */
    explicit metadata(const tg_metadata &c) : c_(c) {}
    metadata(metadata &&other) noexcept : c_(std::exchange(other.c_, tg_metadata())) {}
    metadata &operator=(metadata &&other) noexcept
    {
        metadata old(std::move(other));
        std::swap(c_, old.c_);
        return *this;
    }
    ~metadata() { tg_metadata_free(&c_); }
    operator const tg_metadata &() const { return c_; }
    operator tg_metadata &() { return c_; }
    /* The value of a key, or nullptr. */
    const char *find(const tg::text &key) const { return tg_metadata_find(&c_, key.c_str()); }

  private:
    tg_metadata c_;
};

/* The bytes or characters of a text, in order: tg::vocabulary_build(vocabulary, text). */
class vocabulary {
  public:
    vocabulary() : c_() {}
    /* Takes ownership of it. */
    explicit vocabulary(const tg_vocabulary &c) : c_(c) {}
    vocabulary(vocabulary &&other) noexcept : c_(std::exchange(other.c_, tg_vocabulary())) {}
    vocabulary &operator=(vocabulary &&other) noexcept
    {
        vocabulary old(std::move(other));
        std::swap(c_, old.c_);
        return *this;
    }
    ~vocabulary() { tg_vocabulary_free(&c_); }
    operator const tg_vocabulary &() const { return c_; }
    operator tg_vocabulary &() { return c_; }
    std::int32_t size() const { return tg_vocabulary_size(&c_); }
    /* -1 if it does not have the symbol. */
    std::int32_t id(std::int32_t symbol) const { return tg_vocabulary_id(&c_, symbol); }
    std::int32_t symbol(std::int32_t id) const { return tg_vocabulary_symbol(&c_, id); }

  private:
    tg_vocabulary c_;
};

/* A copy of a store in memory. */
class snapshot {
  public:
    snapshot() = default;
    explicit operator bool() const { return c_ != nullptr; }
    outcome take(const store_ref &store, const tg::site &at = TG_CALLER)
    {
        tg_error failure = {};
        tg_snapshot *c = c_.release();
        const tg_status status = tg_snapshot_take_at(at, &c, store.handle(), &failure);
        c_.reset(c);
        return outcome(status, failure);
    }
    outcome restore(const store_ref &store, const tg::site &at = TG_CALLER) const
    {
        tg_error failure = {};
        const tg_status status =
            tg_snapshot_restore_at(at, store.handle(), c_.get(), &failure);
        return outcome(status, failure);
    }

  private:
    struct freer {
        void operator()(tg_snapshot *c) const { tg_snapshot_free(c); }
    };
    std::unique_ptr<tg_snapshot, freer> c_;
};

/* Examples and their labels. Moving a dataset does not move its arrays, so batches of it stay
 * valid. */
class dataset {
  public:
    dataset() : c_(new tg_dataset()) {}
    /* Takes ownership of what the C struct owns. */
    explicit dataset(const tg_dataset &c) : c_(new tg_dataset(c)) {}
    explicit dataset(array x, array y = array()) : dataset()
    {
        std::swap(c_->x, static_cast<tg_array &>(x));
        std::swap(c_->y, static_cast<tg_array &>(y));
    }
    dataset(dataset &&) noexcept = default;
    dataset &operator=(dataset &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~dataset() { tg_dataset_free(c_.get()); }
    operator const tg_dataset &() const
    {
        static const tg_dataset none = {};
        return c_ ? *c_ : none;
    }
    const tg_array &x() const { return static_cast<const tg_dataset &>(*this).x; }
    const tg_array &y() const { return static_cast<const tg_dataset &>(*this).y; }
    tg_array &x() { return whole().x; }
    tg_array &y() { return whole().y; }
    std::int64_t rows() const { return tg_dataset_rows(c_.get()); }

  private:
    tg_dataset &whole()
    {
        if (!c_) c_.reset(new tg_dataset());
        return *c_;
    }
    std::unique_ptr<tg_dataset> c_;
};

/* Named arrays: those of an archive, from read_npz; or a list for write_npz, of arrays that outlive
 * it: tg::npz{ { "x", x }, { "y", y } }. */
class npz {
  public:
    npz() : c_() {}
    npz(std::initializer_list<tg_npz_member> members) : list_(members), c_()
    {
        c_.count = list_.size();
        c_.members = list_.data();
    }
    /* Takes ownership of what the C struct owns. */
    explicit npz(const tg_npz &c) : c_(c) {}
    npz(npz &&other) noexcept : list_(std::move(other.list_)), c_(std::exchange(other.c_, tg_npz()))
    {
    }
    npz &operator=(npz &&other) noexcept
    {
        std::swap(list_, other.list_);
        std::swap(c_, other.c_);
        return *this;
    }
    ~npz() { tg_npz_free(&c_); }
    operator const tg_npz &() const { return c_; }
    std::size_t size() const { return c_.count; }
    const char *name(std::size_t i) const { return c_.members[i].name; }
    /* The archive's description of the array; only for arrays that were read. */
    const tg_npy_report &report(std::size_t i) const { return c_.reports[i]; }
    /* The array of that name, or nullptr. */
    const tg_array *find(const tg::text &array_name) const
    {
        return tg_npz_find(&c_, array_name.c_str());
    }

  private:
    std::vector<tg_npz_member> list_;
    tg_npz c_;
};

/* Gives a dataset, which must outlive it, in batches. If it could not be made, error() has the
 * reason, and the tape reports it at the first next(). */
class batches {
  public:
    batches(const tg_dataset &data, std::int64_t size, const batches_options &options = {},
            const tg::site &at = TG_CALLER)
        : c_(made(data, size, options, at))
    {
    }
    batches(dataset &&, std::int64_t, const batches_options & = {}) = delete;
    batches(batches &&other) noexcept : c_(std::exchange(other.c_, tg_batches())) {}
    batches &operator=(batches &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~batches() { tg_batches_free(&c_); }
    operator const tg_batches &() const { return c_; }
    std::int64_t size() const { return c_.size; }
    std::int64_t epoch() const { return c_.epoch; }
    std::int64_t row() const { return c_.row; }
    outcome error() const { return outcome(c_.error.status, c_.error); }
    int64_t next(tg::tensor x, tg::tensor y, const tg::site &at = TG_CALLER);
    int64_t peek() const;
    int64_t count() const;
    int64_t rest() const;
    tg_status seek(int64_t epoch, int64_t row);

  private:
    static tg_batches made(const tg_dataset &data, std::int64_t size,
                           const batches_options &options, const tg::site &at)
    {
        tg_batches_args args = options.c_args(at);
        args.data = &data;
        args.size = size;
        return tg_batches_new_with(&args);
    }
    tg_batches c_;
};

/* Variables as one vector; must not outlive their store. Empty if it could not be made; the store
 * has the error. */
class flat {
  public:
    explicit flat(store_ref store, const flat_options &options = {}, const tg::site &at = TG_CALLER)
        : c_(made(store, options, at))
    {
    }
    flat(flat &&other) noexcept : c_(std::exchange(other.c_, tg_flat())) {}
    flat &operator=(flat &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~flat() { tg_flat_free(&c_); }
    operator const tg_flat &() const { return c_; }
    explicit operator bool() const { return c_.memory != nullptr; }
    std::size_t size() const { return static_cast<std::size_t>(c_.total); }
    std::vector<double> get() const
    {
        std::vector<double> vector(size());
        if (!vector.empty()) (void)tg_flat_get(&c_, vector.data());
        return vector;
    }
    /* TG_ERR_SHAPE for a vector of another size. */
    tg_status set(const std::vector<double> &vector) const
    {
        return vector.size() == size() ? tg_flat_set(&c_, vector.data()) : TG_ERR_SHAPE;
    }

  private:
    static tg_flat made(store_ref store, const flat_options &options, const tg::site &at)
    {
        tg_flat_args args = options.c_args(at);
        args.store = store.handle();
        return tg_flat_new_with(&args);
    }
    tg_flat c_;
};

/* A loss as a function of the vector of its parameters; must not outlive the loss' tape. Empty if
 * it could not be made; the tape has the error. */
class objective {
  public:
    explicit objective(tensor loss, const objective_options &options = {},
                       const tg::site &at = TG_CALLER)
        : c_(made(loss, options, at))
    {
    }
    objective(objective &&other) noexcept : c_(std::exchange(other.c_, nullptr)) {}
    objective &operator=(objective &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~objective() { tg_objective_free(c_); }
    tg_objective *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }
    std::size_t size() const
    {
        return c_ ? static_cast<std::size_t>(tg_objective_flat(c_)->total) : 0;
    }
    /* As tg_objective_value: arrays of size() elements; [x] and [gradient] may be NULL. */
    tg_status value(const double *x, double *value, double *gradient = nullptr) const
    {
        return tg_objective_value(c_, x, value, gradient);
    }

  private:
    static tg_objective *made(tensor loss, const objective_options &options, const tg::site &at)
    {
        tg_objective_args args = options.c_args(at);
        args.loss = loss.handle();
        return tg_objective_new_with(&args);
    }
    tg_objective *c_;
};

/* A health report (tg_health.h): health->verdict, health->finding[i]. Empty if it could not be
 * made; error() has the reason. Free it before its store. */
class health {
  public:
    explicit health(tensor loss, const health_options &options = {},
                    const tg::site &at = TG_CALLER)
    {
        tg_health_args args = options.c_args(at);
        args.loss = loss.handle();
        args.error = &why_;
        c_.reset(tg_health_new_with(&args));
    }
    explicit operator bool() const { return c_ != nullptr; }
    outcome error() const { return outcome(c_ ? TG_OK : why_.status, why_); }
    const tg_health *operator->() const { return c_.get(); }
    void print(std::FILE *out) const { tg_health_print(c_.get(), out); }

  private:
    struct freer {
        void operator()(tg_health *c) const { tg_health_free(c); }
    };
    tg_error why_ = {};
    std::unique_ptr<tg_health, freer> c_;
};

/* The checkpoints of a run. Empty if they could not be opened; error() has the reason. */
class checkpoints {
  public:
    checkpoints(store_ref store, const text &folder, const checkpoints_options &options = {},
                const tg::site &at = TG_CALLER)
    {
        tg_checkpoints_args args = options.c_args(at);
        args.store = store.handle();
        args.folder = folder.c_str();
        args.error = &why_;
        c_.reset(tg_checkpoints_open_with(&args));
    }
    explicit operator bool() const { return c_ != nullptr; }
    outcome error() const { return outcome(c_ ? TG_OK : why_.status, why_); }
    std::int64_t number() const { return tg_checkpoints_number(c_.get()); }
    std::int64_t damaged() const { return tg_checkpoints_damaged(c_.get()); }
    double best() const { return tg_checkpoints_best(c_.get()); }
    outcome resume(const tg::site &at = TG_CALLER)
    {
        tg_error why = {};
        const tg_status status = tg_checkpoints_resume_at(at, c_.get(), &why);
        return outcome(status, why);
    }
    outcome save(const tg::site &at = TG_CALLER)
    {
        tg_error why = {};
        const tg_status status = tg_checkpoints_save_at(at, c_.get(), &why);
        return outcome(status, why);
    }
    outcome save_best(double score, const tg::site &at = TG_CALLER)
    {
        tg_error why = {};
        const tg_status status = tg_checkpoints_save_best_at(at, c_.get(), score, &why);
        return outcome(status, why);
    }
    outcome load_best(const tg::site &at = TG_CALLER)
    {
        tg_error why = {};
        const tg_status status = tg_checkpoints_load_best_at(at, c_.get(), &why);
        return outcome(status, why);
    }

  private:
    struct freer {
        void operator()(tg_checkpoints *c) const { tg_checkpoints_free(c); }
    };
    tg_error why_ = {};
    std::unique_ptr<tg_checkpoints, freer> c_;
};

/* An open log. If it could not be made it is empty, and logging does nothing; error() has the
 * reason in both cases. */
class logger {
  public:
    explicit logger(const logger_options &options = {}, const tg::site &at = TG_CALLER)
    {
        tg_logger_args args = options.c_args(at);
        args.error = &why_;
        c_ = tg_logger_new_with(&args);
    }
    logger(logger &&other) noexcept : c_(std::exchange(other.c_, nullptr)), why_(other.why_) {}
    logger &operator=(logger &&other) noexcept
    {
        std::swap(c_, other.c_);
        std::swap(why_, other.why_);
        return *this;
    }
    ~logger() { tg_logger_free(c_); }
    tg_logger *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }
    outcome error() const
    {
        if (!c_) return outcome(why_.status, why_);
        tg_error now = {};
        std::snprintf(now.text, sizeof now.text, "%s", tg_logger_error(c_));
        return outcome(tg_logger_status(c_), now);
    }
    template <class Range, detail::if_range<const Range> = 0>
    tg_status histogram(std::int64_t step, const text &name, const Range &values,
                        const tg::site &at = TG_CALLER) const
    {
        const auto run = detail::flat_range(values);
        using T = std::remove_const_t<std::remove_pointer_t<decltype(run.data)>>;
        return tg_logger_histogram_at(at, c_, step, name.c_str(), dtype_v<T>, run.data,
                                         static_cast<std::size_t>(run.count));
    }
    tg_status hparams(const std::vector<tg_hparam> &all, const tg::site &at = TG_CALLER) const
    {
        return tg_logger_hparams_at(at, c_, all.data(), all.size());
    }
    tg_status flush(const tg::site &at = TG_CALLER) const;
    tg_status status() const;
    tg_status scalar(int64_t step, const tg::text &name, double value,
            const tg::site &at = TG_CALLER) const;
    tg_status image(int64_t step, const tg::text &name, const tg_array &image,
            const tg::site &at = TG_CALLER) const;
    tg_status text(int64_t step, const tg::text &name, const tg::text &text,
            const tg::site &at = TG_CALLER) const;
    tg_status graph(tg::tape_ref tape, const tg::site &at = TG_CALLER) const;
    tg_series series(const tg::text &name) const;

  private:
    tg_logger *c_ = nullptr;
    tg_error why_ = {};
};

/* A report that is being made. If it could not be made it is empty, and its functions do nothing;
 * error() has the reason in both cases, and so does write(). */
class page {
  public:
    explicit page(const tg::text &title, const page_options &options = {},
                  const tg::site &at = TG_CALLER)
    {
        tg_page_args args = options.c_args(at);
        args.title = title.c_str();
        args.error = &why_;
        c_ = tg_page_new_with(&args);
    }
    page(page &&other) noexcept : c_(std::exchange(other.c_, nullptr)), why_(other.why_) {}
    page &operator=(page &&other) noexcept
    {
        std::swap(c_, other.c_);
        std::swap(why_, other.why_);
        return *this;
    }
    ~page() { tg_page_free(c_); }
    tg_page *handle() const { return c_; }
    explicit operator bool() const { return c_ != nullptr; }
    outcome error() const
    {
        if (!c_) return outcome(why_.status, why_);
        tg_error now = {};
        std::snprintf(now.text, sizeof now.text, "%s", tg_page_error(c_));
        return outcome(tg_page_status(c_), now);
    }
    tg_status facts(const tg::text &title, const std::vector<tg_hparam> &all,
                    const tg::site &at = TG_CALLER) const
    {
        return tg_page_facts_at(at, c_, title.c_str(), all.data(), all.size());
    }
    tg_status curves(const tg::text &title, const std::vector<tg_series> &series,
                     const page_curves_options &options = {}, const tg::site &at = TG_CALLER) const
    {
        tg_page_curves_args args = options.c_args(at);
        args.page = c_;
        args.title = title.c_str();
        args.series = series.data();
        args.count = static_cast<std::int64_t>(series.size());
        return tg_page_curves_with(&args);
    }
    tg_status confusion(const tg::text &title, const tg_array &matrix,
                        const page_confusion_options &options = {},
                        const tg::site &at = TG_CALLER) const
    {
        tg_page_confusion_args args = options.c_args(at);
        args.page = c_;
        args.title = title.c_str();
        args.matrix = &matrix;
        return tg_page_confusion_with(&args);
    }
    tg_status pictures(const tg::text &title, const std::vector<tg_page_picture> &all,
                       const page_pictures_options &options = {},
                       const tg::site &at = TG_CALLER) const
    {
        tg_page_pictures_args args = options.c_args(at);
        args.page = c_;
        args.title = title.c_str();
        args.pictures = all.data();
        args.count = static_cast<std::int64_t>(all.size());
        return tg_page_pictures_with(&args);
    }
    tg_status plan(const tg::text &title, const tg::plan &of, const tg::site &at = TG_CALLER) const
    {
        return tg_page_plan_at(at, c_, title.c_str(), of.handle());
    }
    outcome write(const tg::text &path, const page_write_options &options = {},
                  const tg::site &at = TG_CALLER) const
    {
        tg_error why = why_;
        if (!c_) return outcome(why.status, why);
        tg_page_write_args args = options.c_args(at);
        args.page = c_;
        args.path = path.c_str();
        args.error = &why;
        const tg_status status = tg_page_write_with(&args);
        return outcome(status, why);
    }
    tg_status status() const;
    tg_status text(const tg::text &title, const tg::text &text,
            const tg::site &at = TG_CALLER) const;
    tg_status store(const tg::text &title, tg::store_ref store,
            const tg::site &at = TG_CALLER) const;

  private:
    tg_page *c_ = nullptr;
    tg_error why_ = {};
};

/* Scalars of a file, by name. */
class scalars {
  public:
    scalars() : c_() {}
    /* Takes ownership of what the C struct owns. */
    explicit scalars(const tg_scalars &c) : c_(c) {}
    scalars(scalars &&other) noexcept : c_(std::exchange(other.c_, tg_scalars())) {}
    scalars &operator=(scalars &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~scalars() { tg_scalars_free(&c_); }
    operator const tg_scalars &() const { return c_; }
    tg_series find(const text &name) const { return tg_scalars_find(&c_, name.c_str()); }

  private:
    tg_scalars c_;
};

/* The values that a hyper-parameter may have: range("lr", 1e-4, 1).log(), or a list of them. */
class range {
  public:
    range(const text &name, double low, double high) : name_(name.c_str())
    {
        c_.low = low;
        c_.high = high;
    }
    range(const text &name, std::vector<double> values)
        : name_(name.c_str()), values_(std::move(values))
    {
    }
    range log() const { auto r = *this; r.c_.log = true; return r; }
    range whole() const { auto r = *this; r.c_.whole = true; return r; }
    range points(std::int64_t count) const { auto r = *this; r.c_.points = count; return r; }
    /* Valid until the range is changed. */
    tg_range c() const
    {
        tg_range c = c_;
        c.name = name_.c_str();
        c.values = values_.empty() ? nullptr : values_.data();
        c.count = values_.size();
        return c;
    }

  private:
    std::string name_;
    std::vector<double> values_;
    tg_range c_ = {};
};

/* t["lr"] is the value of a range; t->score and so on are members of tg_trial. Empty if there is
 * none. */
class trial {
  public:
    explicit trial(const tg_trial *c) : c_(c) {}
    explicit operator bool() const { return c_ != nullptr; }
    const tg_trial *operator->() const { return c_; }
    double operator[](const text &name) const { return tg_trial_value(c_, name.c_str()); }

  private:
    const tg_trial *c_;
};

using trial_fn = std::function<double(const trial &t)>;

/* The trials of a search. Empty on an error; error() has the reason. An exception of the function
 * ends the search, and is thrown again. */
class search {
  public:
    static search grid(const std::vector<range> &ranges, const trial_fn &function,
                       const grid_search_options &options = {}, const tg::site &at = TG_CALLER)
    {
        return search(options.c_args(at), ranges, function, tg_grid_search_with);
    }
    static search random(const std::vector<range> &ranges, const trial_fn &function,
                         const random_search_options &options = {}, const tg::site &at = TG_CALLER)
    {
        return search(options.c_args(at), ranges, function, tg_random_search_with);
    }
    static search halving(const std::vector<range> &ranges, const trial_fn &function,
                          const halving_search_options &options = {},
                          const tg::site &at = TG_CALLER)
    {
        return search(options.c_args(at), ranges, function, tg_halving_search_with);
    }
    explicit operator bool() const { return c_ != nullptr; }
    outcome error() const { return outcome(c_ ? TG_OK : why_.status, why_); }
    std::int64_t size() const { return tg_search_count(c_.get()); }
    /* By rank, the best first; valid as long as the search. */
    trial operator[](std::int64_t rank) const { return trial(tg_search_ranked(c_.get(), rank)); }
    trial best() const { return trial(tg_search_best(c_.get())); }
    void print(std::FILE *out) const { tg_search_print(c_.get(), out); }
    outcome write(const text &path, const tg::site &at = TG_CALLER) const
    {
        tg_error why = {};
        const tg_status status = tg_search_write_at(at, c_.get(), path.c_str(), &why);
        return outcome(status, why);
    }

  private:
    struct call {
        const trial_fn &function;
        tg_search_fn callback;
        void *context;
        std::exception_ptr thrown;
    };
    template <class Args>
    search(Args args, const std::vector<range> &ranges, const trial_fn &function,
           tg_search *(*run)(const Args *))
    {
        std::vector<tg_range> list;
        for (const range &r : ranges) list.push_back(r.c());
        call now = { function, args.callback, args.callback_context, nullptr };
        args.ranges = { list.size(), list.data() };
        args.trial = function ? try_one : nullptr;
        args.context = args.callback_context = &now;
        args.callback = go_on;
        args.error = &why_;
        c_.reset(run(&args));
        if (now.thrown) std::rethrow_exception(now.thrown);
    }
    static double try_one(void *context, const tg_trial *t) noexcept
    {
        call &now = *static_cast<call *>(context);
        try {
            return now.function(trial(t));
        } catch (...) {
            now.thrown = std::current_exception();
            return std::numeric_limits<double>::quiet_NaN();
        }
    }
    static bool go_on(void *context, const tg_trial *t, const tg_trial *best) noexcept
    {
        const call &now = *static_cast<call *>(context);
        return !now.thrown && (!now.callback || now.callback(now.context, t, best));
    }
    struct freer {
        void operator()(tg_search *c) const { tg_search_free(c); }
    };
    tg_error why_ = {};
    std::unique_ptr<tg_search, freer> c_;
};

/* A source of samples. A function that takes one by value owns it. Samples from functions are made
 * in C: samples(tg_samples_new_with(&args)). */
class samples {
  public:
    samples() : c_() {}
    /* Takes ownership of samples made in C. */
    explicit samples(tg_samples *c) : c_(c) {}
    samples(samples &&other) noexcept : c_(other.release()) {}
    samples &operator=(samples &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~samples() { tg_samples_free(c_); }
    tg_samples *handle() const { return c_; }
    tg_samples *release() { return std::exchange(c_, nullptr); }
    tg_status status() const;
    const char *error() const;
    int64_t length() const;
    tg_fields fields() const;

  private:
    tg_samples *c_;
};

/* Gives samples in batches. If it could not be made, error() has the reason, and the tape reports
 * it at the first next(). */
class loader {
  public:
    explicit loader(tg::samples from, const loader_options &options = {},
                    const tg::site &at = TG_CALLER)
        : c_(made(from.release(), options, at))
    {
    }
    loader(loader &&other) noexcept : c_(std::exchange(other.c_, nullptr)) {}
    loader &operator=(loader &&other) noexcept
    {
        std::swap(c_, other.c_);
        return *this;
    }
    ~loader() { tg_loader_free(c_); }
    tg_loader *handle() const { return c_; }
    tg_status status() const;
    const char *error() const;
    tg_fields fields() const;
    int64_t next(const tg::list &inputs, const tg::site &at = TG_CALLER) const;
    int64_t peek() const;
    int64_t count() const;
    int64_t rest() const;
    int64_t batch() const;
    bool pads() const;
    tg_position position() const;
    tg_status seek(int64_t epoch, int64_t row) const;
    tg::tensor keep(tg::tape_ref tape, const tg::text &name, const tg::site &at = TG_CALLER) const;
    tg::outcome resume(tg::store_ref store, const tg::text &name,
            const tg::site &at = TG_CALLER) const;

  private:
    static tg_loader *made(tg_samples *from, const loader_options &options, const tg::site &at)
    {
        tg_loader_args args = options.c_args(at);
        args.samples = from;
        return tg_loader_new_with(&args);
    }
    tg_loader *c_;
};

/* ---- Runs ----------------------------------------------------------------------------------- */

/* The argument of a step: batch[0] is the input of the loader's first field. */
class batch {
  public:
    explicit batch(tg_batch *c) : c_(c) {}
    tg_batch *handle() const { return c_; }
    tape_ref tape() const { return c_->tape; }
    std::int64_t rows() const { return c_->rows; }
    bool training() const { return c_->training; }
    std::size_t size() const { return c_->fields; }
    tensor operator[](std::size_t i) const { return i < c_->fields ? c_->field[i] : nullptr; }
    tensor mask() const { return c_->mask; }
    const tg_schedule &schedule() const { return c_->schedule; }
    /* The names must be valid as long as the runner. */
    void track(const char *name, tensor value, const tg::site &at = TG_CALLER) const
    {
        tg_track_at(at, c_, name, value.handle());
    }
    void track_sum(const char *name, tensor values, const tg::site &at = TG_CALLER) const
    {
        tg_track_sum_at(at, c_, name, values.handle());
    }
    void track_last(const char *name, tensor value, const tg::site &at = TG_CALLER) const
    {
        tg_track_last_at(at, c_, name, value.handle());
    }
    void track_classes(tensor logits, tensor labels, const tg::site &at = TG_CALLER) const
    {
        tg_track_classes_at(at, c_, logits.handle(), labels.handle());
    }

  private:
    tg_batch *c_;
};

using step_fn = std::function<tensor(const batch &b)>;

namespace detail {

/* A step as C calls it. An exception is stored, and thrown again by the C++ function that called
 * C. */
struct step_call {
    step_fn function;
    std::exception_ptr thrown;
    static tg_tensor *record(void *context, tg_batch *c) noexcept
    {
        step_call &now = *static_cast<step_call *>(context);
        try {
            return now.function(batch(c)).handle();
        } catch (...) {
            now.thrown = std::current_exception();
            return nullptr;
        }
    }
    void rethrow() const
    {
        if (thrown) std::rethrow_exception(thrown);
    }
};

} // namespace detail

/* A step over the batches of a loader, which must outlive it. Empty if it could not be made;
 * error() has the reason. An exception of the step is thrown again by the function that recorded
 * it. */
class runner {
  public:
    runner(store_ref store, step_fn step, const tg::loader &loader,
           const runner_options &options = {}, const tg::site &at = TG_CALLER)
        : call_(new detail::step_call{ std::move(step), nullptr })
    {
        tg_runner_args args = options.c_args(at);
        args.store = store.handle();
        args.step = call_->function ? detail::step_call::record : nullptr;
        args.context = call_.get();
        args.loader = loader.handle();
        args.error = &why_;
        c_.reset(tg_runner_new_with(&args));
        call_->rethrow();
    }
    tg_runner *handle() const { return c_.get(); }
    explicit operator bool() const { return c_ != nullptr; }
    /* Of the last call. */
    outcome error() const { return outcome(why_.status, why_); }
    /* The rows of the next batch; 0 at the end of the epoch; negative on an error. */
    std::int64_t next(const tg::site &at = TG_CALLER)
    {
        const std::int64_t rows = tg_runner_next_at(at, c_.get(), &why_);
        if (call_) call_->rethrow();
        return rows;
    }
    outcome epoch(const tg::site &at = TG_CALLER)
    {
        tg_runner_epoch_at(at, c_.get(), &why_);
        if (call_) call_->rethrow();
        return error();
    }
    outcome begin(std::int64_t epoch, const tg::site &at = TG_CALLER)
    {
        tg_runner_begin_at(at, c_.get(), epoch, &why_);
        return error();
    }
    outcome keep(const tg::site &at = TG_CALLER)
    {
        tg_runner_keep_at(at, c_.get(), &why_);
        return error();
    }
    outcome resume(const tg::site &at = TG_CALLER)
    {
        tg_runner_resume_at(at, c_.get(), &why_);
        return error();
    }
    double value(const text &name) const { return tg_runner_value(c_.get(), name.c_str()); }
    double latest(const text &name) const { return tg_runner_latest(c_.get(), name.c_str()); }
    tg_array sum(const text &name) const { return tg_runner_sum(c_.get(), name.c_str()); }
    std::int64_t rows() const { return tg_runner_rows(c_.get()); }
    std::size_t size() const { return tg_runner_count(c_.get()); }
    const char *name(std::size_t i) const { return tg_runner_name(c_.get(), i); }
    tg_tracked_kind kind(std::size_t i) const { return tg_runner_kind(c_.get(), i); }
    tg_runner_look last() const { return tg_runner_last(c_.get()); }

  private:
    struct freer {
        void operator()(tg_runner *c) const { tg_runner_free(c); }
    };
    tg_error why_ = {};
    std::unique_ptr<detail::step_call> call_;
    std::unique_ptr<tg_runner, freer> c_;
};

/* tg_fit: a complete run; [error], if given, receives the reason of a failure. */
inline tg_fitted fit(store_ref store, step_fn step, const tg::loader &train,
                     const fit_options &options = {}, tg_error *error = nullptr,
                     const tg::site &at = TG_CALLER)
{
    detail::step_call call = { std::move(step), nullptr };
    tg_fit_args args = options.c_args(at);
    args.store = store.handle();
    args.step = call.function ? detail::step_call::record : nullptr;
    args.context = &call;
    args.train = train.handle();
    args.error = error;
    const tg_fitted end = tg_fit_with(&args);
    call.rethrow();
    return end;
}

/* tg_score: runs the step once over all batches of the loader. */
inline double score(store_ref store, step_fn step, const tg::loader &loader,
                    const text &name = "loss", tg_error *error = nullptr,
                    const tg::site &at = TG_CALLER)
{
    detail::step_call call = { std::move(step), nullptr };
    const double value = tg_score_at(at, store.handle(),
                                     call.function ? detail::step_call::record : nullptr, &call,
                                     loader.handle(), name.c_str(), error);
    call.rethrow();
    return value;
}

/* tg_find_lr: a test to find a learning rate. */
inline tg_found_lr find_lr(store_ref store, step_fn step, const tg::loader &loader,
                           const find_lr_options &options = {}, tg_error *error = nullptr,
                           const tg::site &at = TG_CALLER)
{
    detail::step_call call = { std::move(step), nullptr };
    tg_find_lr_args args = options.c_args(at);
    args.store = store.handle();
    args.step = call.function ? detail::step_call::record : nullptr;
    args.context = &call;
    args.loader = loader.handle();
    args.error = error;
    const tg_found_lr found = tg_find_lr_with(&args);
    call.rethrow();
    return found;
}

namespace detail {

/* Receives the result of a C function, and then moves it to [out]. */
template <class Owner, class C> class receiver {
  public:
    explicit receiver(Owner &out) : out_(out), c_() {}
    ~receiver() noexcept(false) { out_ = Owner(c_); }
    C *get() { return &c_; }

  private:
    Owner &out_;
    C c_;
};

} // namespace detail

/* ---- Layers --------------------------------------------------------------------------------- */

/* Plain structs of variables, as in C. Their constructor makes the variables, and their call
 * operator applies them: tg::linear hidden(store, "hidden", 784, 256); hidden(x). */

struct prelu : tg_prelu {
    prelu() : tg_prelu() {}
    prelu(const tg_prelu &c) : tg_prelu(c) {}
    prelu(tg::store_ref store, const tg::text &name, int64_t count,
            const tg::prelu_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_prelu()
    {
        tg_prelu_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.count = count;
        static_cast<tg_prelu &>(*this) = tg_prelu_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, const tg::site &at = TG_CALLER) const
    {
        return tg_prelu_apply_at(at, this, x.handle());
    }
};

struct kv_cache : tg_kv_cache {
    kv_cache() : tg_kv_cache() {}
    kv_cache(const tg_kv_cache &c) : tg_kv_cache(c) {}
    kv_cache(tg::store_ref store, const tg::text &name, int count_, int64_t width, int64_t heads,
            int64_t length_, const tg::kv_cache_options &options = {},
            const tg::site &at = TG_CALLER)
        : tg_kv_cache()
    {
        tg_kv_cache_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.count = count_;
        args.width = width;
        args.heads = heads;
        args.length = length_;
        static_cast<tg_kv_cache &>(*this) = tg_kv_cache_new_with(&args);
    }
};

struct linear : tg_linear {
    linear() : tg_linear() {}
    linear(const tg_linear &c) : tg_linear(c) {}
    linear(tg::store_ref store, const tg::text &name, int64_t in, int64_t out,
            const tg::linear_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_linear()
    {
        tg_linear_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.in = in;
        args.out = out;
        static_cast<tg_linear &>(*this) = tg_linear_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, const tg::site &at = TG_CALLER) const
    {
        return tg_linear_apply_at(at, this, x.handle());
    }
};

struct bilinear : tg_bilinear {
    bilinear() : tg_bilinear() {}
    bilinear(const tg_bilinear &c) : tg_bilinear(c) {}
    bilinear(tg::store_ref store, const tg::text &name, int64_t in1, int64_t in2, int64_t out,
            const tg::bilinear_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_bilinear()
    {
        tg_bilinear_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.in1 = in1;
        args.in2 = in2;
        args.out = out;
        static_cast<tg_bilinear &>(*this) = tg_bilinear_new_with(&args);
    }
    tg::tensor operator()(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER) const
    {
        return tg_bilinear_apply_at(at, this, a.handle(), b.handle());
    }
};

struct embedding : tg_embedding {
    embedding() : tg_embedding() {}
    embedding(const tg_embedding &c) : tg_embedding(c) {}
    embedding(tg::store_ref store, const tg::text &name, int64_t num, int64_t dim,
            const tg::embedding_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_embedding()
    {
        tg_embedding_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.num = num;
        args.dim = dim;
        static_cast<tg_embedding &>(*this) = tg_embedding_new_with(&args);
    }
    tg::tensor operator()(tg::tensor index, const tg::site &at = TG_CALLER) const
    {
        return tg_embedding_apply_at(at, this, index.handle());
    }
};

struct batch_norm : tg_batch_norm {
    batch_norm() : tg_batch_norm() {}
    batch_norm(const tg_batch_norm &c) : tg_batch_norm(c) {}
    batch_norm(tg::store_ref store, const tg::text &name, int64_t features_,
            const tg::batch_norm_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_batch_norm()
    {
        tg_batch_norm_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.features = features_;
        static_cast<tg_batch_norm &>(*this) = tg_batch_norm_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, bool training, const tg::site &at = TG_CALLER) const
    {
        return tg_batch_norm_apply_at(at, this, x.handle(), training);
    }
};

struct layer_norm : tg_layer_norm {
    layer_norm() : tg_layer_norm() {}
    layer_norm(const tg_layer_norm &c) : tg_layer_norm(c) {}
    layer_norm(tg::store_ref store, const tg::text &name, const tg::shape &shape_,
            const tg::layer_norm_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_layer_norm()
    {
        tg_layer_norm_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.shape = shape_;
        static_cast<tg_layer_norm &>(*this) = tg_layer_norm_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, const tg::site &at = TG_CALLER) const
    {
        return tg_layer_norm_apply_at(at, this, x.handle());
    }
};

struct rms_norm : tg_rms_norm {
    rms_norm() : tg_rms_norm() {}
    rms_norm(const tg_rms_norm &c) : tg_rms_norm(c) {}
    rms_norm(tg::store_ref store, const tg::text &name, const tg::shape &shape_,
            const tg::rms_norm_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_rms_norm()
    {
        tg_rms_norm_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.shape = shape_;
        static_cast<tg_rms_norm &>(*this) = tg_rms_norm_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, const tg::site &at = TG_CALLER) const
    {
        return tg_rms_norm_apply_at(at, this, x.handle());
    }
};

struct group_norm : tg_group_norm {
    group_norm() : tg_group_norm() {}
    group_norm(const tg_group_norm &c) : tg_group_norm(c) {}
    group_norm(tg::store_ref store, const tg::text &name, int64_t groups_, int64_t channels_,
            const tg::group_norm_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_group_norm()
    {
        tg_group_norm_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.groups = groups_;
        args.channels = channels_;
        static_cast<tg_group_norm &>(*this) = tg_group_norm_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, const tg::site &at = TG_CALLER) const
    {
        return tg_group_norm_apply_at(at, this, x.handle());
    }
};

struct instance_norm : tg_instance_norm {
    instance_norm() : tg_instance_norm() {}
    instance_norm(const tg_instance_norm &c) : tg_instance_norm(c) {}
    instance_norm(tg::store_ref store, const tg::text &name, int64_t channels_,
            const tg::instance_norm_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_instance_norm()
    {
        tg_instance_norm_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.channels = channels_;
        static_cast<tg_instance_norm &>(*this) = tg_instance_norm_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, const tg::site &at = TG_CALLER) const
    {
        return tg_instance_norm_apply_at(at, this, x.handle());
    }
};

struct spectral_norm : tg_spectral_norm {
    spectral_norm() : tg_spectral_norm() {}
    spectral_norm(const tg_spectral_norm &c) : tg_spectral_norm(c) {}
    spectral_norm(tg::store_ref store, const tg::text &name, int64_t rows, int64_t columns,
            const tg::spectral_norm_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_spectral_norm()
    {
        tg_spectral_norm_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.rows = rows;
        args.columns = columns;
        static_cast<tg_spectral_norm &>(*this) = tg_spectral_norm_new_with(&args);
    }
    tg::tensor operator()(tg::tensor weight, bool training, const tg::site &at = TG_CALLER) const
    {
        return tg_spectral_norm_apply_at(at, this, weight.handle(), training);
    }
};

struct multihead_attention : tg_multihead_attention {
    multihead_attention() : tg_multihead_attention() {}
    multihead_attention(const tg_multihead_attention &c) : tg_multihead_attention(c) {}
    multihead_attention(tg::store_ref store, const tg::text &name, int64_t width, int64_t heads_,
            const tg::multihead_attention_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_multihead_attention()
    {
        tg_multihead_attention_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.width = width;
        args.heads = heads_;
        static_cast<tg_multihead_attention &>(*this) = tg_multihead_attention_new_with(&args);
    }
    tg::tensor operator()(tg::tensor query,
            const tg::multihead_attention_apply_options &options = {},
            const tg::site &at = TG_CALLER) const
    {
        tg_multihead_attention_apply_args args = options.c_args(at);
        args.layer = this;
        args.query = query.handle();
        return tg_multihead_attention_apply_with(&args);
    }
};

struct transformer_encoder_layer : tg_transformer_encoder_layer {
    transformer_encoder_layer() : tg_transformer_encoder_layer() {}
    transformer_encoder_layer(const tg_transformer_encoder_layer &c) : tg_transformer_encoder_layer(c) {}
    transformer_encoder_layer(tg::store_ref store, const tg::text &name, int64_t width,
            int64_t heads, const tg::transformer_layer_options &options = {},
            const tg::site &at = TG_CALLER)
        : tg_transformer_encoder_layer()
    {
        tg_transformer_layer_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.width = width;
        args.heads = heads;
        static_cast<tg_transformer_encoder_layer &>(*this) = tg_transformer_encoder_layer_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x,
            const tg::transformer_encoder_layer_apply_options &options = {},
            const tg::site &at = TG_CALLER) const
    {
        tg_transformer_encoder_layer_apply_args args = options.c_args(at);
        args.layer = this;
        args.x = x.handle();
        return tg_transformer_encoder_layer_apply_with(&args);
    }
};

struct transformer_decoder_layer : tg_transformer_decoder_layer {
    transformer_decoder_layer() : tg_transformer_decoder_layer() {}
    transformer_decoder_layer(const tg_transformer_decoder_layer &c) : tg_transformer_decoder_layer(c) {}
    transformer_decoder_layer(tg::store_ref store, const tg::text &name, int64_t width,
            int64_t heads, const tg::transformer_layer_options &options = {},
            const tg::site &at = TG_CALLER)
        : tg_transformer_decoder_layer()
    {
        tg_transformer_layer_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.width = width;
        args.heads = heads;
        static_cast<tg_transformer_decoder_layer &>(*this) = tg_transformer_decoder_layer_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, tg::tensor memory,
            const tg::transformer_decoder_layer_apply_options &options = {},
            const tg::site &at = TG_CALLER) const
    {
        tg_transformer_decoder_layer_apply_args args = options.c_args(at);
        args.layer = this;
        args.x = x.handle();
        args.memory = memory.handle();
        return tg_transformer_decoder_layer_apply_with(&args);
    }
};

struct transformer_encoder : tg_transformer_encoder {
    transformer_encoder() : tg_transformer_encoder() {}
    transformer_encoder(const tg_transformer_encoder &c) : tg_transformer_encoder(c) {}
    transformer_encoder(tg::store_ref store, const tg::text &name, int count_, int64_t width,
            int64_t heads, const tg::transformer_options &options = {},
            const tg::site &at = TG_CALLER)
        : tg_transformer_encoder()
    {
        tg_transformer_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.count = count_;
        args.width = width;
        args.heads = heads;
        static_cast<tg_transformer_encoder &>(*this) = tg_transformer_encoder_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, const tg::transformer_encoder_apply_options &options = {},
            const tg::site &at = TG_CALLER) const
    {
        tg_transformer_encoder_apply_args args = options.c_args(at);
        args.stack = this;
        args.x = x.handle();
        return tg_transformer_encoder_apply_with(&args);
    }
};

struct transformer_decoder : tg_transformer_decoder {
    transformer_decoder() : tg_transformer_decoder() {}
    transformer_decoder(const tg_transformer_decoder &c) : tg_transformer_decoder(c) {}
    transformer_decoder(tg::store_ref store, const tg::text &name, int count_, int64_t width,
            int64_t heads, const tg::transformer_options &options = {},
            const tg::site &at = TG_CALLER)
        : tg_transformer_decoder()
    {
        tg_transformer_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.count = count_;
        args.width = width;
        args.heads = heads;
        static_cast<tg_transformer_decoder &>(*this) = tg_transformer_decoder_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, tg::tensor memory,
            const tg::transformer_decoder_apply_options &options = {},
            const tg::site &at = TG_CALLER) const
    {
        tg_transformer_decoder_apply_args args = options.c_args(at);
        args.stack = this;
        args.x = x.handle();
        args.memory = memory.handle();
        return tg_transformer_decoder_apply_with(&args);
    }
};

struct conv : tg_conv {
    conv() : tg_conv() {}
    conv(const tg_conv &c) : tg_conv(c) {}
    tg::tensor operator()(tg::tensor x, const tg::site &at = TG_CALLER) const
    {
        return tg_conv_apply_at(at, this, x.handle());
    }
};

struct conv_transpose : tg_conv_transpose {
    conv_transpose() : tg_conv_transpose() {}
    conv_transpose(const tg_conv_transpose &c) : tg_conv_transpose(c) {}
    tg::tensor operator()(tg::tensor x, const tg::site &at = TG_CALLER) const
    {
        return tg_conv_transpose_apply_at(at, this, x.handle());
    }
};

struct coupling : tg_coupling {
    coupling() : tg_coupling() {}
    coupling(const tg_coupling &c) : tg_coupling(c) {}
    coupling(tg::store_ref store, const tg::text &name, int64_t width_, int64_t hidden_,
            const tg::coupling_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_coupling()
    {
        tg_coupling_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.width = width_;
        args.hidden = hidden_;
        static_cast<tg_coupling &>(*this) = tg_coupling_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, tg::tensor *log_det, const tg::site &at = TG_CALLER) const
    {
        return tg_coupling_apply_at(at, this, x.handle(), log_det ? log_det->address() : nullptr);
    }
};

struct gcn : tg_gcn {
    gcn() : tg_gcn() {}
    gcn(const tg_gcn &c) : tg_gcn(c) {}
    gcn(tg::store_ref store, const tg::text &name, int64_t in, int64_t out,
            const tg::gcn_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_gcn()
    {
        tg_gcn_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.in = in;
        args.out = out;
        static_cast<tg_gcn &>(*this) = tg_gcn_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, tg::tensor source, tg::tensor target,
            const tg::site &at = TG_CALLER) const
    {
        return tg_gcn_apply_at(at, this, x.handle(), source.handle(), target.handle());
    }
};

struct sage : tg_sage {
    sage() : tg_sage() {}
    sage(const tg_sage &c) : tg_sage(c) {}
    sage(tg::store_ref store, const tg::text &name, int64_t in, int64_t out,
            const tg::sage_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_sage()
    {
        tg_sage_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.in = in;
        args.out = out;
        static_cast<tg_sage &>(*this) = tg_sage_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, tg::tensor source, tg::tensor target,
            const tg::site &at = TG_CALLER) const
    {
        return tg_sage_apply_at(at, this, x.handle(), source.handle(), target.handle());
    }
};

struct gat : tg_gat {
    gat() : tg_gat() {}
    gat(const tg_gat &c) : tg_gat(c) {}
    gat(tg::store_ref store, const tg::text &name, int64_t in, int64_t out,
            const tg::gat_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_gat()
    {
        tg_gat_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        args.in = in;
        args.out = out;
        static_cast<tg_gat &>(*this) = tg_gat_new_with(&args);
    }
    tg::tensor operator()(tg::tensor x, tg::tensor source, tg::tensor target,
            const tg::site &at = TG_CALLER) const
    {
        return tg_gat_apply_at(at, this, x.handle(), source.handle(), target.handle());
    }
};

struct recurrent : tg_recurrent {
    recurrent() : tg_recurrent() {}
    recurrent(const tg_recurrent &c) : tg_recurrent(c) {}
    tg::tensor operator()(tg::tensor x, const tg::recurrent_apply_options &options = {},
            const tg::site &at = TG_CALLER) const
    {
        tg_recurrent_apply_args args = options.c_args(at);
        args.net = this;
        args.x = x.handle();
        return tg_recurrent_apply_with(&args);
    }
};

struct plateau : tg_plateau {
    plateau() : tg_plateau() {}
    plateau(const tg_plateau &c) : tg_plateau(c) {}
    plateau(tg::store_ref store, const tg::text &name, const tg::plateau_options &options = {},
            const tg::site &at = TG_CALLER)
        : tg_plateau()
    {
        tg_plateau_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        static_cast<tg_plateau &>(*this) = tg_plateau_new_with(&args);
    }
};

struct early_stop : tg_early_stop {
    early_stop() : tg_early_stop() {}
    early_stop(const tg_early_stop &c) : tg_early_stop(c) {}
    early_stop(tg::store_ref store, const tg::text &name,
            const tg::early_stop_options &options = {}, const tg::site &at = TG_CALLER)
        : tg_early_stop()
    {
        tg_early_stop_args args = options.c_args(at);
        args.store = store.handle();
        args.name = name.c_str();
        static_cast<tg_early_stop &>(*this) = tg_early_stop_new_with(&args);
    }
};

/* ---- Functions ------------------------------------------------------------------------------- */

inline const char *version()
{
    return tg_version();
}
inline const char *status_name(tg_status status)
{
    return tg_status_name(status);
}
inline size_t dtype_size(tg_dtype dtype)
{
    return tg_dtype_size(dtype);
}
inline const char *dtype_name(tg_dtype dtype)
{
    return tg_dtype_name(dtype);
}
inline tg::var param(tg::store_ref store, const tg::text &name, const tg::shape &shape,
        tg_init init, const tg::site &at = TG_CALLER)
{
    return tg_param_at(at, store.handle(), name.c_str(), shape, init);
}
inline tg::var state(tg::store_ref store, const tg::text &name, tg_dtype dtype,
        const tg::shape &shape, double value, const tg::site &at = TG_CALLER)
{
    return tg_state_at(at, store.handle(), name.c_str(), dtype, shape, value);
}
inline tg::var find(tg::store_ref store, const tg::text &name)
{
    return tg_find(store.handle(), name.c_str());
}
inline size_t var_count(tg::store_ref store)
{
    return tg_var_count(store.handle());
}
inline tg::var var_nth(tg::store_ref store, size_t index)
{
    return tg_var_nth(store.handle(), index);
}
inline size_t freeze(tg::store_ref store, const tg::text &prefix)
{
    return tg_freeze(store.handle(), prefix.c_str());
}
inline size_t unfreeze(tg::store_ref store, const tg::text &prefix)
{
    return tg_unfreeze(store.handle(), prefix.c_str());
}
inline bool name_under(const tg::text &name, const tg::text &prefix)
{
    return tg_name_under(name.c_str(), prefix.c_str());
}
inline bool name_has(const tg::text &name, const tg::text &part)
{
    return tg_name_has(name.c_str(), part.c_str());
}
inline bool name_among(const tg::text &name, const tg::text &parts)
{
    return tg_name_among(name.c_str(), parts.c_str());
}
inline int64_t param_count(tg::store_ref store, const tg::text &prefix)
{
    return tg_param_count(store.handle(), prefix.c_str());
}
inline bool enter(tg_site &at, const tg::text &function, const tg::list &operands)
{
    return tg_enter(&at, function.c_str(), operands.c());
}
inline bool enter_tape(tg_site &at, const tg::text &function, tg::tape_ref tape)
{
    return tg_enter_tape(&at, function.c_str(), tape.handle());
}
inline tg::tensor undo(const tg::site &at = TG_CALLER)
{
    return tg_undo(at);
}
inline uint32_t assign_count(tg::tape_ref tape)
{
    return tg_assign_count(tape.handle());
}
inline void *scratch(tg::tape_ref tape, size_t size)
{
    return tg_scratch(tape.handle(), size);
}
inline tg::tape_ref tape_of(tg::tensor x)
{
    return tg_tape_of(x.handle());
}
inline tg_dtype dtype_of(tg::tensor x)
{
    return tg_dtype_of(x.handle());
}
inline tg::shape shape_from(tg::tensor x)
{
    return tg::shape(tg_shape_from(x.handle()));
}
inline int rank(tg::tensor x)
{
    return tg_rank(x.handle());
}
inline int64_t dim(tg::tensor x, int axis)
{
    return tg_dim(x.handle(), axis);
}
inline int64_t count(tg::tensor x)
{
    return tg_count(x.handle());
}
inline int arity(tg::tensor x)
{
    return tg_arity(x.handle());
}
inline bool is_input(tg::tensor x)
{
    return tg_is_input(x.handle());
}
inline tg::var var_of(tg::tensor x)
{
    return tg_var_of(x.handle());
}
inline tg::tensor name(tg::tensor x, const tg::text &name)
{
    return tg_name(x.handle(), name.c_str());
}
inline const char *name_of(tg::tensor x)
{
    return tg_name_of(x.handle());
}
inline tg::tensor input(tg::tape_ref tape, const tg::text &name, tg_dtype dtype,
        const tg::shape &shape, const tg::site &at = TG_CALLER)
{
    return tg_input_at(at, tape.handle(), name.c_str(), dtype, shape);
}
inline tg::tensor read(tg::tape_ref tape, tg::var var, const tg::site &at = TG_CALLER)
{
    return tg_read_at(at, tape.handle(), var.handle());
}
inline tg::tensor assign(tg::var var, tg::tensor value, const tg::site &at = TG_CALLER)
{
    return tg_assign_at(at, var.handle(), value.handle());
}
inline tg::tensor latest(tg::tape_ref tape, tg::var var, const tg::site &at = TG_CALLER)
{
    return tg_latest_at(at, tape.handle(), var.handle());
}
inline tg_status override(tg::tape_ref tape, tg::var var, tg::tensor value,
        const tg::site &at = TG_CALLER)
{
    return tg_override_at(at, tape.handle(), var.handle(), value.handle());
}
inline tg_status override_end(tg::tape_ref tape, tg::var var, const tg::site &at = TG_CALLER)
{
    return tg_override_end_at(at, tape.handle(), var.handle());
}
inline tg_status unroll(tg::tape_ref tape, const tg::site &at = TG_CALLER)
{
    return tg_unroll_at(at, tape.handle());
}
inline tg_status unroll_step(tg::tape_ref tape, const tg::site &at = TG_CALLER)
{
    return tg_unroll_step_at(at, tape.handle());
}
inline tg_status unroll_end(tg::tape_ref tape, const tg::site &at = TG_CALLER)
{
    return tg_unroll_end_at(at, tape.handle());
}
inline tg::tensor grad(tg::tensor loss, tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_grad_at(at, loss.handle(), x.handle());
}
inline bool depends(tg::tensor y, tg::tensor x)
{
    return tg_depends(y.handle(), x.handle());
}
inline tg_status evaluate(const tg::list &list)
{
    return tg_evaluate(list.c());
}
inline void print(tg::tensor x, FILE *out)
{
    tg_print(x.handle(), out);
}
inline tg::tensor node(tg::tape_ref tape, size_t index)
{
    return tg_node(tape.handle(), index);
}
inline int64_t index_of(tg::tensor x)
{
    return tg_index_of(x.handle());
}
inline tg::tensor operand_of(tg::tensor x, int index)
{
    return tg_operand_of(x.handle(), index);
}
inline const char *operation_of(tg::tensor x)
{
    return tg_operation_of(x.handle());
}
inline tg_site origin_of(tg::tensor x)
{
    return tg_origin_of(x.handle());
}
inline void dump(tg::tape_ref tape, FILE *out)
{
    tg_dump(tape.handle(), out);
}
inline void draw(tg::tape_ref tape, FILE *out)
{
    tg_draw(tape.handle(), out);
}
inline tg_updates updates_since(tg::tape_ref tape, uint32_t first)
{
    return tg_updates_since(tape.handle(), first);
}
inline tg::plan compile(tg::tape_ref tape, const tg::list &keep = {},
        const tg::compile_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_compile_args args = options.c_args(at);
    args.tape = tape.handle();
    args.keep = keep.c();
    return tg::plan(tg_compile_with(&args));
}
inline tg::tensor number(tg::tape_ref tape, double value, const tg::site &at = TG_CALLER)
{
    return tg_number_at(at, tape.handle(), value);
}
inline tg::tensor number_as(tg::tape_ref tape, tg_dtype dtype, double value,
        const tg::site &at = TG_CALLER)
{
    return tg_number_as_at(at, tape.handle(), dtype, value);
}
inline tg::tensor number_like(tg::tensor x, double value, const tg::site &at = TG_CALLER)
{
    return tg_number_like_at(at, x.handle(), value);
}
inline tg::tensor full(tg::tape_ref tape, tg_dtype dtype, const tg::shape &shape, double value,
        const tg::site &at = TG_CALLER)
{
    return tg_full_at(at, tape.handle(), dtype, shape, value);
}
inline tg::tensor zeros_like(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_zeros_like_at(at, x.handle());
}
inline tg::tensor ones_like(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_ones_like_at(at, x.handle());
}
inline tg::tensor iota(tg::tape_ref tape, tg_dtype dtype, int64_t count,
        const tg::site &at = TG_CALLER)
{
    return tg_iota_at(at, tape.handle(), dtype, count);
}
inline tg::tensor step(tg::tape_ref tape, const tg::site &at = TG_CALLER)
{
    return tg_step_at(at, tape.handle());
}
inline tg::tensor neg(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_neg_at(at, x.handle());
}
inline tg::tensor abs(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_abs_at(at, x.handle());
}
inline tg::tensor sign(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_sign_at(at, x.handle());
}
inline tg::tensor exp(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_exp_at(at, x.handle());
}
inline tg::tensor expm1(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_expm1_at(at, x.handle());
}
inline tg::tensor log(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_log_at(at, x.handle());
}
inline tg::tensor log1p(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_log1p_at(at, x.handle());
}
inline tg::tensor sqrt(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_sqrt_at(at, x.handle());
}
inline tg::tensor exp2(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_exp2_at(at, x.handle());
}
inline tg::tensor log2(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_log2_at(at, x.handle());
}
inline tg::tensor log10(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_log10_at(at, x.handle());
}
inline tg::tensor rsqrt(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_rsqrt_at(at, x.handle());
}
inline tg::tensor cbrt(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_cbrt_at(at, x.handle());
}
inline tg::tensor reciprocal(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_reciprocal_at(at, x.handle());
}
inline tg::tensor sin(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_sin_at(at, x.handle());
}
inline tg::tensor cos(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_cos_at(at, x.handle());
}
inline tg::tensor tan(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_tan_at(at, x.handle());
}
inline tg::tensor asin(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_asin_at(at, x.handle());
}
inline tg::tensor acos(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_acos_at(at, x.handle());
}
inline tg::tensor atan(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_atan_at(at, x.handle());
}
inline tg::tensor sinh(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_sinh_at(at, x.handle());
}
inline tg::tensor cosh(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_cosh_at(at, x.handle());
}
inline tg::tensor tanh(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_tanh_at(at, x.handle());
}
inline tg::tensor asinh(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_asinh_at(at, x.handle());
}
inline tg::tensor acosh(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_acosh_at(at, x.handle());
}
inline tg::tensor atanh(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_atanh_at(at, x.handle());
}
inline tg::tensor sigmoid(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_sigmoid_at(at, x.handle());
}
inline tg::tensor softplus(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_softplus_at(at, x.handle());
}
inline tg::tensor log_sigmoid(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_log_sigmoid_at(at, x.handle());
}
inline tg::tensor erf(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_erf_at(at, x.handle());
}
inline tg::tensor erfc(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_erfc_at(at, x.handle());
}
inline tg::tensor erfinv(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_erfinv_at(at, x.handle());
}
inline tg::tensor lgamma(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_lgamma_at(at, x.handle());
}
inline tg::tensor digamma(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_digamma_at(at, x.handle());
}
inline tg::tensor polygamma(int order, tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_polygamma_at(at, order, x.handle());
}
inline tg::tensor normal_pdf(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_normal_pdf_at(at, x.handle());
}
inline tg::tensor gelu(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_gelu_at(at, x.handle());
}
inline tg::tensor gelu_slope(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_gelu_slope_at(at, x.handle());
}
inline tg::tensor floor(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_floor_at(at, x.handle());
}
inline tg::tensor ceil(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_ceil_at(at, x.handle());
}
inline tg::tensor round(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_round_at(at, x.handle());
}
inline tg::tensor trunc(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_trunc_at(at, x.handle());
}
inline tg::tensor square(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_square_at(at, x.handle());
}
inline tg::tensor is_nan(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_is_nan_at(at, x.handle());
}
inline tg::tensor is_infinite(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_is_infinite_at(at, x.handle());
}
inline tg::tensor is_finite(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_is_finite_at(at, x.handle());
}
inline tg::tensor logical_not(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_not_at(at, x.handle());
}
inline tg::tensor add(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_add_at(at, a.handle(), b.handle());
}
inline tg::tensor sub(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_sub_at(at, a.handle(), b.handle());
}
inline tg::tensor mul(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_mul_at(at, a.handle(), b.handle());
}
inline tg::tensor div(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_div_at(at, a.handle(), b.handle());
}
inline tg::tensor pow(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_pow_at(at, a.handle(), b.handle());
}
inline tg::tensor floor_div(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_floor_div_at(at, a.handle(), b.handle());
}
inline tg::tensor remainder(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_remainder_at(at, a.handle(), b.handle());
}
inline tg::tensor atan2(tg::tensor y, tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_atan2_at(at, y.handle(), x.handle());
}
inline tg::tensor hypot(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_hypot_at(at, a.handle(), b.handle());
}
inline tg::tensor logaddexp(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_logaddexp_at(at, a.handle(), b.handle());
}
inline tg::tensor xlogy(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_xlogy_at(at, a.handle(), b.handle());
}
inline tg::tensor maximum(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_maximum_at(at, a.handle(), b.handle());
}
inline tg::tensor minimum(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_minimum_at(at, a.handle(), b.handle());
}
inline tg::tensor equal(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_equal_at(at, a.handle(), b.handle());
}
inline tg::tensor not_equal(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_not_equal_at(at, a.handle(), b.handle());
}
inline tg::tensor less(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_less_at(at, a.handle(), b.handle());
}
inline tg::tensor less_equal(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_less_equal_at(at, a.handle(), b.handle());
}
inline tg::tensor greater(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_greater_at(at, a.handle(), b.handle());
}
inline tg::tensor greater_equal(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_greater_equal_at(at, a.handle(), b.handle());
}
inline tg::tensor logical_and(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_and_at(at, a.handle(), b.handle());
}
inline tg::tensor logical_or(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_or_at(at, a.handle(), b.handle());
}
inline tg::tensor logical_xor(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_xor_at(at, a.handle(), b.handle());
}
inline tg::tensor select(tg::tensor condition, tg::tensor a, tg::tensor b,
        const tg::site &at = TG_CALLER)
{
    return tg_select_at(at, condition.handle(), a.handle(), b.handle());
}
inline tg::tensor add(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_add_num_at(at, x.handle(), c);
}
inline tg::tensor sub(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_sub_num_at(at, x.handle(), c);
}
inline tg::tensor sub(double c, tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_rsub_num_at(at, c, x.handle());
}
inline tg::tensor mul(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_mul_num_at(at, x.handle(), c);
}
inline tg::tensor div(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_div_num_at(at, x.handle(), c);
}
inline tg::tensor div(double c, tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_rdiv_num_at(at, c, x.handle());
}
inline tg::tensor pow(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_pow_num_at(at, x.handle(), c);
}
inline tg::tensor maximum(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_maximum_num_at(at, x.handle(), c);
}
inline tg::tensor minimum(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_minimum_num_at(at, x.handle(), c);
}
inline tg::tensor equal(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_equal_num_at(at, x.handle(), c);
}
inline tg::tensor not_equal(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_not_equal_num_at(at, x.handle(), c);
}
inline tg::tensor less(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_less_num_at(at, x.handle(), c);
}
inline tg::tensor less_equal(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_less_equal_num_at(at, x.handle(), c);
}
inline tg::tensor greater(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_greater_num_at(at, x.handle(), c);
}
inline tg::tensor greater_equal(tg::tensor x, double c, const tg::site &at = TG_CALLER)
{
    return tg_greater_equal_num_at(at, x.handle(), c);
}
inline tg::tensor clamp(tg::tensor x, double low, double high, const tg::site &at = TG_CALLER)
{
    return tg_clamp_at(at, x.handle(), low, high);
}
inline tg::tensor cast(tg::tensor x, tg_dtype dtype, const tg::site &at = TG_CALLER)
{
    return tg_cast_at(at, x.handle(), dtype);
}
inline tg::tensor stop_gradient(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_stop_gradient_at(at, x.handle());
}
inline tg::tensor sum(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_sum_with(&args);
}
inline tg::tensor sum_squares(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_sum_squares_with(&args);
}
inline tg::tensor mean(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_mean_with(&args);
}
inline tg::tensor max(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_max_with(&args);
}
inline tg::tensor min(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_min_with(&args);
}
inline tg::tensor prod(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_prod_with(&args);
}
inline tg::tensor any(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_any_with(&args);
}
inline tg::tensor all(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_all_with(&args);
}
inline tg::tensor argmax(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_argmax_with(&args);
}
inline tg::tensor argmin(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_argmin_with(&args);
}
inline tg::tensor logsumexp(tg::tensor x, const tg::reduce_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_reduce_args args = options.c_args(at);
    args.x = x.handle();
    return tg_logsumexp_with(&args);
}
inline tg::tensor variance(tg::tensor x, const tg::variance_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_variance_args args = options.c_args(at);
    args.x = x.handle();
    return tg_variance_with(&args);
}
inline tg::tensor std(tg::tensor x, const tg::variance_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_variance_args args = options.c_args(at);
    args.x = x.handle();
    return tg_std_with(&args);
}
inline tg::tensor norm(tg::tensor x, const tg::norm_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_norm_args args = options.c_args(at);
    args.x = x.handle();
    return tg_norm_with(&args);
}
inline tg::tensor cumsum(tg::tensor x, int axis, const tg::site &at = TG_CALLER)
{
    return tg_cumsum_at(at, x.handle(), axis);
}
inline tg::tensor cumprod(tg::tensor x, int axis, const tg::site &at = TG_CALLER)
{
    return tg_cumprod_at(at, x.handle(), axis);
}
inline tg::tensor cummax(tg::tensor x, int axis, const tg::site &at = TG_CALLER)
{
    return tg_cummax_at(at, x.handle(), axis);
}
inline tg::tensor cumargmax(tg::tensor x, int axis, const tg::site &at = TG_CALLER)
{
    return tg_cumargmax_at(at, x.handle(), axis);
}
inline tg::tensor sort(tg::tensor x, const tg::sort_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_sort_args args = options.c_args(at);
    args.x = x.handle();
    return tg_sort_with(&args);
}
inline tg::tensor argsort(tg::tensor x, const tg::sort_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_sort_args args = options.c_args(at);
    args.x = x.handle();
    return tg_argsort_with(&args);
}
inline tg::tensor top_k(tg::tensor x, int64_t k, const tg::top_k_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_top_k_args args = options.c_args(at);
    args.x = x.handle();
    args.k = k;
    return tg_top_k_with(&args);
}
inline tg::tensor reshape(tg::tensor x, const tg::shape &shape, const tg::site &at = TG_CALLER)
{
    return tg_reshape_at(at, x.handle(), shape);
}
inline tg::tensor unsqueeze(tg::tensor x, int axis, const tg::site &at = TG_CALLER)
{
    return tg_unsqueeze_at(at, x.handle(), axis);
}
inline tg::tensor squeeze(tg::tensor x, int axis, const tg::site &at = TG_CALLER)
{
    return tg_squeeze_at(at, x.handle(), axis);
}
inline tg::tensor permute(tg::tensor x, const tg::axes &axes, const tg::site &at = TG_CALLER)
{
    return tg_permute_at(at, x.handle(), axes);
}
inline tg::tensor transpose(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_transpose_at(at, x.handle());
}
inline tg::tensor broadcast(tg::tensor x, const tg::shape &shape, const tg::site &at = TG_CALLER)
{
    return tg_broadcast_at(at, x.handle(), shape);
}
inline tg::tensor slice(tg::tensor x, int axis, int64_t start, int64_t stop, int64_t step,
        const tg::site &at = TG_CALLER)
{
    return tg_slice_at(at, x.handle(), axis, start, stop, step);
}
inline tg::tensor pick(tg::tensor x, int axis, int64_t index, const tg::site &at = TG_CALLER)
{
    return tg_pick_at(at, x.handle(), axis, index);
}
inline tg::tensor flip(tg::tensor x, const tg::axes &axes, const tg::site &at = TG_CALLER)
{
    return tg_flip_at(at, x.handle(), axes);
}
inline tg::tensor diagonal(tg::tensor x, int64_t offset, const tg::site &at = TG_CALLER)
{
    return tg_diagonal_at(at, x.handle(), offset);
}
inline tg::tensor window(tg::tensor x, int axis, int64_t size, int64_t stride, int64_t dilation,
        const tg::site &at = TG_CALLER)
{
    return tg_window_at(at, x.handle(), axis, size, stride, dilation);
}
inline tg::tensor pad(tg::tensor x, int axis, int64_t before, int64_t after, int64_t between,
        double value, const tg::site &at = TG_CALLER)
{
    return tg_pad_at(at, x.handle(), axis, before, after, between, value);
}
inline tg::tensor concat(const tg::list &list, int axis, const tg::site &at = TG_CALLER)
{
    return tg_concat_at(at, list.c(), axis);
}
inline tg::tensor stack(const tg::list &list, int axis, const tg::site &at = TG_CALLER)
{
    return tg_stack_at(at, list.c(), axis);
}
inline tg::tensor roll(tg::tensor x, int axis, int64_t shift, const tg::site &at = TG_CALLER)
{
    return tg_roll_at(at, x.handle(), axis, shift);
}
inline tg::tensor repeat(tg::tensor x, int axis, int64_t times, const tg::site &at = TG_CALLER)
{
    return tg_repeat_at(at, x.handle(), axis, times);
}
inline tg::tensor tile(tg::tensor x, int axis, int64_t times, const tg::site &at = TG_CALLER)
{
    return tg_tile_at(at, x.handle(), axis, times);
}
inline tg::tensor diag(tg::tensor x, int64_t offset, const tg::site &at = TG_CALLER)
{
    return tg_diag_at(at, x.handle(), offset);
}
inline tg::tensor eye(tg::tape_ref tape, tg_dtype dtype, int64_t n, const tg::site &at = TG_CALLER)
{
    return tg_eye_at(at, tape.handle(), dtype, n);
}
inline tg::tensor tril(tg::tensor x, int64_t offset, const tg::site &at = TG_CALLER)
{
    return tg_tril_at(at, x.handle(), offset);
}
inline tg::tensor triu(tg::tensor x, int64_t offset, const tg::site &at = TG_CALLER)
{
    return tg_triu_at(at, x.handle(), offset);
}
inline tg::tensor tril_mask(tg::tape_ref tape, int64_t rows, int64_t columns, int64_t offset,
        const tg::site &at = TG_CALLER)
{
    return tg_tril_mask_at(at, tape.handle(), rows, columns, offset);
}
inline tg::tensor update_slice(tg::tensor x, int axis, int64_t start, int64_t stop, int64_t step,
        tg::tensor value, const tg::site &at = TG_CALLER)
{
    return tg_update_slice_at(at, x.handle(), axis, start, stop, step, value.handle());
}
inline tg::tensor fold(tg::tensor x, int axis, int64_t length, int64_t stride, int64_t dilation,
        const tg::site &at = TG_CALLER)
{
    return tg_fold_at(at, x.handle(), axis, length, stride, dilation);
}
inline tg::tensor gather(tg::tensor x, tg::tensor index, int axis, const tg::site &at = TG_CALLER)
{
    return tg_gather_at(at, x.handle(), index.handle(), axis);
}
inline tg::tensor scatter_add(tg::tensor x, tg::tensor index, int axis, int64_t size,
        const tg::site &at = TG_CALLER)
{
    return tg_scatter_add_at(at, x.handle(), index.handle(), axis, size);
}
inline tg::tensor scatter_max(tg::tensor x, tg::tensor index, int axis, int64_t size,
        const tg::site &at = TG_CALLER)
{
    return tg_scatter_max_at(at, x.handle(), index.handle(), axis, size);
}
inline tg::tensor scatter_min(tg::tensor x, tg::tensor index, int axis, int64_t size,
        const tg::site &at = TG_CALLER)
{
    return tg_scatter_min_at(at, x.handle(), index.handle(), axis, size);
}
inline tg::tensor take_along(tg::tensor x, tg::tensor index, int axis,
        const tg::site &at = TG_CALLER)
{
    return tg_take_along_at(at, x.handle(), index.handle(), axis);
}
inline tg::tensor scatter_add_along(tg::tensor x, tg::tensor index, int axis, int64_t size,
        const tg::site &at = TG_CALLER)
{
    return tg_scatter_add_along_at(at, x.handle(), index.handle(), axis, size);
}
inline tg::tensor check_index(tg::tensor index, int64_t size, const tg::site &at = TG_CALLER)
{
    return tg_check_index_at(at, index.handle(), size);
}
inline tg::tensor one_hot(tg::tensor index, int64_t classes, tg_dtype dtype,
        const tg::site &at = TG_CALLER)
{
    return tg_one_hot_at(at, index.handle(), classes, dtype);
}
inline tg::tensor segment_sum(tg::tensor x, tg::tensor index, int64_t count,
        const tg::site &at = TG_CALLER)
{
    return tg_segment_sum_at(at, x.handle(), index.handle(), count);
}
inline tg::tensor segment_mean(tg::tensor x, tg::tensor index, int64_t count,
        const tg::site &at = TG_CALLER)
{
    return tg_segment_mean_at(at, x.handle(), index.handle(), count);
}
inline tg::tensor segment_max(tg::tensor x, tg::tensor index, int64_t count,
        const tg::site &at = TG_CALLER)
{
    return tg_segment_max_at(at, x.handle(), index.handle(), count);
}
inline tg::tensor segment_min(tg::tensor x, tg::tensor index, int64_t count,
        const tg::site &at = TG_CALLER)
{
    return tg_segment_min_at(at, x.handle(), index.handle(), count);
}
inline tg::tensor segment_softmax(tg::tensor x, tg::tensor index, int64_t count,
        const tg::site &at = TG_CALLER)
{
    return tg_segment_softmax_at(at, x.handle(), index.handle(), count);
}
inline tg::tensor matmul(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_matmul_at(at, a.handle(), b.handle());
}
inline tg::tensor outer(tg::tensor a, tg::tensor b, const tg::site &at = TG_CALLER)
{
    return tg_outer_at(at, a.handle(), b.handle());
}
inline tg::tensor dot(tg::tensor a, tg::tensor b, const tg::dot_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_dot_args args = options.c_args(at);
    args.a = a.handle();
    args.b = b.handle();
    return tg_dot_with(&args);
}
inline tg::tensor einsum(const tg::text &subscripts, const tg::list &list,
        const tg::site &at = TG_CALLER)
{
    return tg_einsum_at(at, subscripts.c_str(), list.c());
}
inline tg::tensor uniform(tg::tape_ref tape, const tg::text &key, tg_dtype dtype,
        const tg::shape &shape, double low, double high, const tg::site &at = TG_CALLER)
{
    return tg_uniform_at(at, tape.handle(), key.c_str(), dtype, shape, low, high);
}
inline tg::tensor normal(tg::tape_ref tape, const tg::text &key, tg_dtype dtype,
        const tg::shape &shape, double mean, double deviation, const tg::site &at = TG_CALLER)
{
    return tg_normal_at(at, tape.handle(), key.c_str(), dtype, shape, mean, deviation);
}
inline tg::tensor truncated_normal(tg::tape_ref tape, const tg::text &key, tg_dtype dtype,
        const tg::shape &shape, double mean, double deviation, double low, double high,
        const tg::site &at = TG_CALLER)
{
    return tg_truncated_normal_at(at, tape.handle(), key.c_str(), dtype, shape, mean, deviation,
            low, high);
}
inline tg::tensor bernoulli(tg::tape_ref tape, const tg::text &key, tg_dtype dtype,
        const tg::shape &shape, double p, const tg::site &at = TG_CALLER)
{
    return tg_bernoulli_at(at, tape.handle(), key.c_str(), dtype, shape, p);
}
inline tg::tensor integers(tg::tape_ref tape, const tg::text &key, tg_dtype dtype,
        const tg::shape &shape, int64_t low, int64_t high, const tg::site &at = TG_CALLER)
{
    return tg_integers_at(at, tape.handle(), key.c_str(), dtype, shape, low, high);
}
inline tg::tensor permutation(tg::tape_ref tape, const tg::text &key, int64_t count,
        const tg::site &at = TG_CALLER)
{
    return tg_permutation_at(at, tape.handle(), key.c_str(), count);
}
inline tg::tensor categorical(tg::tensor logits, const tg::text &key,
        const tg::site &at = TG_CALLER)
{
    return tg_categorical_at(at, logits.handle(), key.c_str());
}
inline tg::op op_of(tg::tensor y)
{
    return tg_op_of(y.handle());
}
inline tg::tensor jvp(tg::tensor y, const tg::list &wrt, const tg::list &tangent,
        const tg::site &at = TG_CALLER)
{
    return tg_jvp_at(at, y.handle(), wrt.c(), tangent.c());
}
inline tg::tensor hvp(tg::tensor loss, tg::tensor x, tg::tensor v, const tg::site &at = TG_CALLER)
{
    return tg_hvp_at(at, loss.handle(), x.handle(), v.handle());
}
inline tg::tensor jacobian(tg::tensor y, tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_jacobian_at(at, y.handle(), x.handle());
}
inline tg::tensor hessian(tg::tensor loss, tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_hessian_at(at, loss.handle(), x.handle());
}
inline tg_status check_gradient(tg::tensor y, const tg::list &wrt,
        const tg::check_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_check_args args = options.c_args(at);
    args.y = y.handle();
    args.wrt = wrt.c();
    return tg_check_gradient_with(&args);
}
inline tg::outcome emit_c(const tg_plan *plan, const tg::text &name,
        const tg::emit_c_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_emit_c_args args = options.c_args(at);
    args.plan = plan;
    args.name = name.c_str();
    args.error = &failure;
    const tg_status status = tg_emit_c_with(&args);
    return tg::outcome(status, failure);
}
inline tg::tensor identity(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_identity_at(at, x.handle());
}
inline tg::tensor binary_step(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_binary_step_at(at, x.handle());
}
inline tg::tensor sign_step(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_sign_step_at(at, x.handle());
}
inline tg::tensor relu(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_relu_at(at, x.handle());
}
inline tg::tensor relu6(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_relu6_at(at, x.handle());
}
inline tg::tensor leaky_relu(tg::tensor x, double slope, const tg::site &at = TG_CALLER)
{
    return tg_leaky_relu_at(at, x.handle(), slope);
}
inline tg::tensor hard_tanh(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_hard_tanh_at(at, x.handle());
}
inline tg::tensor hard_sigmoid(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_hard_sigmoid_at(at, x.handle());
}
inline tg::tensor hard_swish(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_hard_swish_at(at, x.handle());
}
inline tg::tensor soft_shrink(tg::tensor x, double threshold, const tg::site &at = TG_CALLER)
{
    return tg_soft_shrink_at(at, x.handle(), threshold);
}
inline tg::tensor hard_shrink(tg::tensor x, double threshold, const tg::site &at = TG_CALLER)
{
    return tg_hard_shrink_at(at, x.handle(), threshold);
}
inline tg::tensor threshold(tg::tensor x, double threshold, double value,
        const tg::site &at = TG_CALLER)
{
    return tg_threshold_at(at, x.handle(), threshold, value);
}
inline tg::tensor elu(tg::tensor x, double alpha, const tg::site &at = TG_CALLER)
{
    return tg_elu_at(at, x.handle(), alpha);
}
inline tg::tensor celu(tg::tensor x, double alpha, const tg::site &at = TG_CALLER)
{
    return tg_celu_at(at, x.handle(), alpha);
}
inline tg::tensor selu(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_selu_at(at, x.handle());
}
inline tg::tensor gelu_tanh(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_gelu_tanh_at(at, x.handle());
}
inline tg::tensor tanh_shrink(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_tanh_shrink_at(at, x.handle());
}
inline tg::tensor softsign(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_softsign_at(at, x.handle());
}
inline tg::tensor silu(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_silu_at(at, x.handle());
}
inline tg::tensor mish(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_mish_at(at, x.handle());
}
inline tg::tensor gaussian(tg::tensor x, const tg::site &at = TG_CALLER)
{
    return tg_gaussian_at(at, x.handle());
}
inline tg::tensor maxout(tg::tensor x, int axis, int64_t pieces, const tg::site &at = TG_CALLER)
{
    return tg_maxout_at(at, x.handle(), axis, pieces);
}
inline tg::tensor glu(tg::tensor x, int axis, const tg::site &at = TG_CALLER)
{
    return tg_glu_at(at, x.handle(), axis);
}
inline tg::tensor softmax(tg::tensor x, const tg::softmax_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_softmax_args args = options.c_args(at);
    args.x = x.handle();
    return tg_softmax_with(&args);
}
inline tg::tensor log_softmax(tg::tensor x, const tg::softmax_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_softmax_args args = options.c_args(at);
    args.x = x.handle();
    return tg_log_softmax_with(&args);
}
inline tg_status kv_cache_seek(const tg_kv_cache &cache, int64_t position)
{
    return tg_kv_cache_seek(&cache, position);
}
inline tg::tensor kv_cache_positions(tg::tape_ref tape, const tg_kv_cache &cache, int64_t count,
        const tg::site &at = TG_CALLER)
{
    return tg_kv_cache_positions_at(at, tape.handle(), &cache, count);
}
inline tg::tensor kv_cache_put(const tg_kv_cache &cache, int layer, tg::tensor *keys,
        tg::tensor *values, const tg::site &at = TG_CALLER)
{
    return tg_kv_cache_put_at(at, &cache, layer, keys ? keys->address() : nullptr,
            values ? values->address() : nullptr);
}
inline tg::tensor sample(tg::tensor logits, const tg::text &key,
        const tg::sample_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_sample_args args = options.c_args(at);
    args.logits = logits.handle();
    args.key = key.c_str();
    return tg_sample_with(&args);
}
inline tg::tensor dropout(tg::tensor x, double p, const tg::text &key, bool training,
        const tg::site &at = TG_CALLER)
{
    return tg_dropout_at(at, x.handle(), p, key.c_str(), training);
}
inline tg::tensor spatial_dropout(tg::tensor x, double p, const tg::text &key, bool training,
        const tg::site &at = TG_CALLER)
{
    return tg_spatial_dropout_at(at, x.handle(), p, key.c_str(), training);
}
inline tg::tensor local_response_norm(tg::tensor x, int64_t size,
        const tg::local_response_norm_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_local_response_norm_args args = options.c_args(at);
    args.x = x.handle();
    args.size = size;
    return tg_local_response_norm_with(&args);
}
inline tg::tensor weight_norm(tg::tensor v, tg::tensor g, int axis, const tg::site &at = TG_CALLER)
{
    return tg_weight_norm_at(at, v.handle(), g.handle(), axis);
}
inline tg::tensor attention(tg::tensor q, tg::tensor k, tg::tensor v,
        const tg::attention_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_attention_args args = options.c_args(at);
    args.q = q.handle();
    args.k = k.handle();
    args.v = v.handle();
    return tg_attention_with(&args);
}
inline tg::tensor sinusoidal_positions(tg::tape_ref tape, tg_dtype dtype, int64_t length,
        int64_t width, const tg::site &at = TG_CALLER)
{
    return tg_sinusoidal_positions_at(at, tape.handle(), dtype, length, width);
}
inline tg::tensor rotary_positions(tg::tensor x, const tg::rotary_positions_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_rotary_positions_args args = options.c_args(at);
    args.x = x.handle();
    return tg_rotary_positions_with(&args);
}
inline tg::conv conv1d(tg::store_ref store, const tg::text &name, int64_t in, int64_t out,
        int64_t kernel = 0, const tg::conv_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_conv_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.out = out;
    args.kernel = kernel;
    return tg::conv(tg_conv1d_new_with(&args));
}
inline tg::conv conv2d(tg::store_ref store, const tg::text &name, int64_t in, int64_t out,
        int64_t kernel = 0, const tg::conv_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_conv_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.out = out;
    args.kernel = kernel;
    return tg::conv(tg_conv2d_new_with(&args));
}
inline tg::conv conv3d(tg::store_ref store, const tg::text &name, int64_t in, int64_t out,
        int64_t kernel = 0, const tg::conv_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_conv_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.out = out;
    args.kernel = kernel;
    return tg::conv(tg_conv3d_new_with(&args));
}
inline tg::tensor convolve(tg::tensor x, tg::tensor weight,
        const tg::convolve_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_convolve_args args = options.c_args(at);
    args.x = x.handle();
    args.weight = weight.handle();
    return tg_convolve_with(&args);
}
inline tg::conv_transpose conv_transpose1d(tg::store_ref store, const tg::text &name, int64_t in,
        int64_t out, int64_t kernel = 0, const tg::conv_transpose_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_conv_transpose_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.out = out;
    args.kernel = kernel;
    return tg::conv_transpose(tg_conv_transpose1d_new_with(&args));
}
inline tg::conv_transpose conv_transpose2d(tg::store_ref store, const tg::text &name, int64_t in,
        int64_t out, int64_t kernel = 0, const tg::conv_transpose_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_conv_transpose_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.out = out;
    args.kernel = kernel;
    return tg::conv_transpose(tg_conv_transpose2d_new_with(&args));
}
inline tg::conv_transpose conv_transpose3d(tg::store_ref store, const tg::text &name, int64_t in,
        int64_t out, int64_t kernel = 0, const tg::conv_transpose_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_conv_transpose_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.out = out;
    args.kernel = kernel;
    return tg::conv_transpose(tg_conv_transpose3d_new_with(&args));
}
inline tg::tensor convolve_transpose(tg::tensor x, tg::tensor weight,
        const tg::convolve_transpose_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_convolve_transpose_args args = options.c_args(at);
    args.x = x.handle();
    args.weight = weight.handle();
    return tg_convolve_transpose_with(&args);
}
inline tg::tensor max_pool(tg::tensor x, int64_t kernel = 0, const tg::pool_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_pool_args args = options.c_args(at);
    args.x = x.handle();
    args.kernel = kernel;
    return tg_max_pool_with(&args);
}
inline tg::tensor avg_pool(tg::tensor x, int64_t kernel = 0, const tg::pool_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_pool_args args = options.c_args(at);
    args.x = x.handle();
    args.kernel = kernel;
    return tg_avg_pool_with(&args);
}
inline tg::tensor l2_pool(tg::tensor x, int64_t kernel = 0, const tg::pool_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_pool_args args = options.c_args(at);
    args.x = x.handle();
    args.kernel = kernel;
    return tg_l2_pool_with(&args);
}
inline tg::tensor adaptive_max_pool(tg::tensor x, int64_t size = 0,
        const tg::adaptive_pool_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_adaptive_pool_args args = options.c_args(at);
    args.x = x.handle();
    args.size = size;
    return tg_adaptive_max_pool_with(&args);
}
inline tg::tensor adaptive_avg_pool(tg::tensor x, int64_t size = 0,
        const tg::adaptive_pool_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_adaptive_pool_args args = options.c_args(at);
    args.x = x.handle();
    args.size = size;
    return tg_adaptive_avg_pool_with(&args);
}
inline tg::tensor upsample_nearest(tg::tensor x, int64_t times, const tg::site &at = TG_CALLER)
{
    return tg_upsample_nearest_at(at, x.handle(), times);
}
inline tg::tensor upsample_linear(tg::tensor x, int64_t times, const tg::site &at = TG_CALLER)
{
    return tg_upsample_linear_at(at, x.handle(), times);
}
inline tg::tensor interpolate(tg::tensor x, int64_t size,
        const tg::interpolate_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_interpolate_args args = options.c_args(at);
    args.x = x.handle();
    args.size = size;
    return tg_interpolate_with(&args);
}
inline tg::tensor pad_reflect(tg::tensor x, int axis, int64_t before, int64_t after,
        const tg::site &at = TG_CALLER)
{
    return tg_pad_reflect_at(at, x.handle(), axis, before, after);
}
inline tg::tensor pad_replicate(tg::tensor x, int axis, int64_t before, int64_t after,
        const tg::site &at = TG_CALLER)
{
    return tg_pad_replicate_at(at, x.handle(), axis, before, after);
}
inline tg::tensor pad_circular(tg::tensor x, int axis, int64_t before, int64_t after,
        const tg::site &at = TG_CALLER)
{
    return tg_pad_circular_at(at, x.handle(), axis, before, after);
}
inline tg::tensor pixel_shuffle(tg::tensor x, int64_t times, const tg::site &at = TG_CALLER)
{
    return tg_pixel_shuffle_at(at, x.handle(), times);
}
inline tg::tensor pixel_unshuffle(tg::tensor x, int64_t times, const tg::site &at = TG_CALLER)
{
    return tg_pixel_unshuffle_at(at, x.handle(), times);
}
inline tg::tensor flatten(tg::tensor x, int axis, const tg::site &at = TG_CALLER)
{
    return tg_flatten_at(at, x.handle(), axis);
}
inline tg::tensor coupling_invert(const tg_coupling &layer, tg::tensor y,
        const tg::site &at = TG_CALLER)
{
    return tg_coupling_invert_at(at, &layer, y.handle());
}
inline tg_init init_constant(double value)
{
    return tg_init_constant(value);
}
inline tg_init init_zeros()
{
    return tg_init_zeros();
}
inline tg_init init_ones()
{
    return tg_init_ones();
}
inline tg_init init_uniform(double low, double high)
{
    return tg_init_uniform(low, high);
}
inline tg_init init_normal(double mean, double deviation)
{
    return tg_init_normal(mean, deviation);
}
inline tg_init init_truncated_normal(double mean, double deviation)
{
    return tg_init_truncated_normal(mean, deviation);
}
inline tg_init init_he_normal(int64_t fan_in)
{
    return tg_init_he_normal(fan_in);
}
inline tg_init init_he_uniform(int64_t fan_in)
{
    return tg_init_he_uniform(fan_in);
}
inline tg_init init_glorot_normal(int64_t fan_in, int64_t fan_out)
{
    return tg_init_glorot_normal(fan_in, fan_out);
}
inline tg_init init_glorot_uniform(int64_t fan_in, int64_t fan_out)
{
    return tg_init_glorot_uniform(fan_in, fan_out);
}
inline tg_init init_lecun_normal(int64_t fan_in)
{
    return tg_init_lecun_normal(fan_in);
}
inline tg_init init_lecun_uniform(int64_t fan_in)
{
    return tg_init_lecun_uniform(fan_in);
}
inline tg_init init_orthogonal()
{
    return tg_init_orthogonal();
}
inline tg_init init_sparse(double sparsity, double deviation)
{
    return tg_init_sparse(sparsity, deviation);
}
inline tg_init init_identity()
{
    return tg_init_identity();
}
inline tg_init init_dirac(int64_t groups)
{
    return tg_init_dirac(groups);
}
inline tg_init init_scaled(tg_init init, double gain)
{
    return tg_init_scaled(init, gain);
}
inline double init_gain(const tg::text &nonlinearity, double slope)
{
    return tg_init_gain(nonlinearity.c_str(), slope);
}
inline tg::tensor mse(tg::tensor prediction, tg::tensor target,
        const tg::loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_loss_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_mse_with(&args);
}
inline tg::tensor half_mse(tg::tensor prediction, tg::tensor target,
        const tg::loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_loss_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_half_mse_with(&args);
}
inline tg::tensor l1_loss(tg::tensor prediction, tg::tensor target,
        const tg::loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_loss_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_l1_loss_with(&args);
}
inline tg::tensor huber(tg::tensor prediction, tg::tensor target,
        const tg::huber_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_huber_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_huber_with(&args);
}
inline tg::tensor smooth_l1(tg::tensor prediction, tg::tensor target,
        const tg::smooth_l1_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_smooth_l1_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_smooth_l1_with(&args);
}
inline tg::tensor cross_entropy(tg::tensor logits, tg::tensor labels,
        const tg::cross_entropy_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_cross_entropy_args args = options.c_args(at);
    args.logits = logits.handle();
    args.labels = labels.handle();
    return tg_cross_entropy_with(&args);
}
inline tg::tensor nll(tg::tensor log_probabilities, tg::tensor labels,
        const tg::nll_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_nll_args args = options.c_args(at);
    args.log_probabilities = log_probabilities.handle();
    args.labels = labels.handle();
    return tg_nll_with(&args);
}
inline tg::tensor multi_margin(tg::tensor logits, tg::tensor labels,
        const tg::multi_margin_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_multi_margin_args args = options.c_args(at);
    args.logits = logits.handle();
    args.labels = labels.handle();
    return tg_multi_margin_with(&args);
}
inline tg::tensor margin_loss(tg::tensor logits, tg::tensor labels,
        const tg::margin_loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_margin_loss_args args = options.c_args(at);
    args.logits = logits.handle();
    args.labels = labels.handle();
    return tg_margin_loss_with(&args);
}
inline tg::tensor ctc(tg::tensor log_probabilities, tg::tensor labels,
        const tg::ctc_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_ctc_args args = options.c_args(at);
    args.log_probabilities = log_probabilities.handle();
    args.labels = labels.handle();
    return tg_ctc_with(&args);
}
inline tg::tensor binary_cross_entropy(tg::tensor logits, tg::tensor target,
        const tg::binary_cross_entropy_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_binary_cross_entropy_args args = options.c_args(at);
    args.logits = logits.handle();
    args.target = target.handle();
    return tg_binary_cross_entropy_with(&args);
}
inline tg::tensor kl_div(tg::tensor log_probabilities, tg::tensor target,
        const tg::kl_div_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_kl_div_args args = options.c_args(at);
    args.log_probabilities = log_probabilities.handle();
    args.target = target.handle();
    return tg_kl_div_with(&args);
}
inline tg::tensor hinge(tg::tensor prediction, tg::tensor target,
        const tg::loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_loss_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_hinge_with(&args);
}
inline tg::tensor squared_hinge(tg::tensor prediction, tg::tensor target,
        const tg::loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_loss_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_squared_hinge_with(&args);
}
inline tg::tensor perceptron_loss(tg::tensor prediction, tg::tensor target,
        const tg::loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_loss_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_perceptron_loss_with(&args);
}
inline tg::tensor margin_ranking(tg::tensor a, tg::tensor b, tg::tensor target,
        const tg::margin_ranking_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_margin_ranking_args args = options.c_args(at);
    args.a = a.handle();
    args.b = b.handle();
    args.target = target.handle();
    return tg_margin_ranking_with(&args);
}
inline tg::tensor bernoulli_nll(tg::tensor prediction, tg::tensor target,
        const tg::loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_loss_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_bernoulli_nll_with(&args);
}
inline tg::tensor gaussian_nll(tg::tensor prediction, tg::tensor target, tg::tensor variance,
        const tg::gaussian_nll_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_gaussian_nll_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    args.variance = variance.handle();
    return tg_gaussian_nll_with(&args);
}
inline tg::tensor poisson_nll(tg::tensor prediction, tg::tensor target,
        const tg::poisson_nll_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_poisson_nll_args args = options.c_args(at);
    args.prediction = prediction.handle();
    args.target = target.handle();
    return tg_poisson_nll_with(&args);
}
inline tg::tensor gaussian_kl(tg::tensor mean, tg::tensor log_variance,
        const tg::gaussian_kl_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_gaussian_kl_args args = options.c_args(at);
    args.mean = mean.handle();
    args.log_variance = log_variance.handle();
    return tg_gaussian_kl_with(&args);
}
inline tg::tensor cosine_similarity(tg::tensor a, tg::tensor b,
        const tg::cosine_similarity_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_cosine_similarity_args args = options.c_args(at);
    args.a = a.handle();
    args.b = b.handle();
    return tg_cosine_similarity_with(&args);
}
inline tg::tensor cosine_embedding(tg::tensor a, tg::tensor b, tg::tensor target,
        const tg::cosine_embedding_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_cosine_embedding_args args = options.c_args(at);
    args.a = a.handle();
    args.b = b.handle();
    args.target = target.handle();
    return tg_cosine_embedding_with(&args);
}
inline tg::tensor triplet(tg::tensor anchor, tg::tensor positive, tg::tensor negative,
        const tg::triplet_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_triplet_args args = options.c_args(at);
    args.anchor = anchor.handle();
    args.positive = positive.handle();
    args.negative = negative.handle();
    return tg_triplet_with(&args);
}
inline tg::tensor discriminator_loss(tg::tensor real, tg::tensor fake,
        const tg::discriminator_loss_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_discriminator_loss_args args = options.c_args(at);
    args.real = real.handle();
    args.fake = fake.handle();
    return tg_discriminator_loss_with(&args);
}
inline tg::tensor generator_loss(tg::tensor fake, const tg::generator_loss_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_generator_loss_args args = options.c_args(at);
    args.fake = fake.handle();
    return tg_generator_loss_with(&args);
}
inline tg::tensor gradient_penalty(tg::tensor score, tg::tensor x,
        const tg::gradient_penalty_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_gradient_penalty_args args = options.c_args(at);
    args.score = score.handle();
    args.x = x.handle();
    return tg_gradient_penalty_with(&args);
}
inline tg::tensor l1_penalty(tg::tape_ref tape, const tg::penalty_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_penalty_args args = options.c_args(at);
    args.tape = tape.handle();
    return tg_l1_penalty_with(&args);
}
inline tg::tensor l2_penalty(tg::tape_ref tape, const tg::penalty_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_penalty_args args = options.c_args(at);
    args.tape = tape.handle();
    return tg_l2_penalty_with(&args);
}
inline tg::tensor accuracy(tg::tensor logits, tg::tensor labels, const tg::site &at = TG_CALLER)
{
    return tg_accuracy_at(at, logits.handle(), labels.handle());
}
inline tg::tensor correct(tg::tensor logits, tg::tensor labels, const tg::site &at = TG_CALLER)
{
    return tg_correct_at(at, logits.handle(), labels.handle());
}
inline tg::tensor top_k_accuracy(tg::tensor logits, tg::tensor labels, int64_t k,
        const tg::site &at = TG_CALLER)
{
    return tg_top_k_accuracy_at(at, logits.handle(), labels.handle(), k);
}
inline tg::tensor confusion_matrix(tg::tensor logits, tg::tensor labels,
        const tg::site &at = TG_CALLER)
{
    return tg_confusion_matrix_at(at, logits.handle(), labels.handle());
}
inline tg::tensor precision(tg::tensor confusion, tg_average average,
        const tg::site &at = TG_CALLER)
{
    return tg_precision_at(at, confusion.handle(), average);
}
inline tg::tensor recall(tg::tensor confusion, tg_average average, const tg::site &at = TG_CALLER)
{
    return tg_recall_at(at, confusion.handle(), average);
}
inline tg::tensor f1(tg::tensor confusion, tg_average average, const tg::site &at = TG_CALLER)
{
    return tg_f1_at(at, confusion.handle(), average);
}
inline tg::tensor binary_accuracy(tg::tensor logits, tg::tensor target,
        const tg::site &at = TG_CALLER)
{
    return tg_binary_accuracy_at(at, logits.handle(), target.handle());
}
inline tg::tensor binary_confusion_matrix(tg::tensor logits, tg::tensor target,
        const tg::site &at = TG_CALLER)
{
    return tg_binary_confusion_matrix_at(at, logits.handle(), target.handle());
}
inline tg::tensor roc_auc(tg::tensor scores, tg::tensor target, const tg::site &at = TG_CALLER)
{
    return tg_roc_auc_at(at, scores.handle(), target.handle());
}
inline tg::tensor average_precision(tg::tensor scores, tg::tensor target,
        const tg::site &at = TG_CALLER)
{
    return tg_average_precision_at(at, scores.handle(), target.handle());
}
inline tg::tensor r2(tg::tensor prediction, tg::tensor target, const tg::site &at = TG_CALLER)
{
    return tg_r2_at(at, prediction.handle(), target.handle());
}
inline tg::tensor r2_sums(tg::tensor prediction, tg::tensor target, const tg::site &at = TG_CALLER)
{
    return tg_r2_sums_at(at, prediction.handle(), target.handle());
}
inline tg::tensor r2_of_sums(tg::tensor sums, const tg::site &at = TG_CALLER)
{
    return tg_r2_of_sums_at(at, sums.handle());
}
inline tg::tensor perplexity(tg::tensor logits, tg::tensor labels,
        const tg::perplexity_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_perplexity_args args = options.c_args(at);
    args.logits = logits.handle();
    args.labels = labels.handle();
    return tg_perplexity_with(&args);
}
inline tg::tensor perplexity_sums(tg::tensor logits, tg::tensor labels,
        const tg::perplexity_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_perplexity_args args = options.c_args(at);
    args.logits = logits.handle();
    args.labels = labels.handle();
    return tg_perplexity_sums_with(&args);
}
inline tg::tensor perplexity_of_sums(tg::tensor sums, const tg::site &at = TG_CALLER)
{
    return tg_perplexity_of_sums_at(at, sums.handle());
}
inline tg::recurrent rnn(tg::store_ref store, const tg::text &name, int64_t in, int64_t hidden,
        const tg::recurrent_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_recurrent_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.hidden = hidden;
    return tg::recurrent(tg_rnn_new_with(&args));
}
inline tg::recurrent gru(tg::store_ref store, const tg::text &name, int64_t in, int64_t hidden,
        const tg::recurrent_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_recurrent_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.hidden = hidden;
    return tg::recurrent(tg_gru_new_with(&args));
}
inline tg::recurrent lstm(tg::store_ref store, const tg::text &name, int64_t in, int64_t hidden,
        const tg::recurrent_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_recurrent_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.in = in;
    args.hidden = hidden;
    return tg::recurrent(tg_lstm_new_with(&args));
}
inline tg_schedule constant_lr(const tg::constant_lr_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_constant_lr_args args = options.c_args(at);
    return tg_constant_lr_with(&args);
}
inline tg_schedule step_lr(const tg::step_lr_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_step_lr_args args = options.c_args(at);
    return tg_step_lr_with(&args);
}
inline tg_schedule exponential_lr(const tg::exponential_lr_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_exponential_lr_args args = options.c_args(at);
    return tg_exponential_lr_with(&args);
}
inline tg_schedule inverse_time_lr(const tg::inverse_time_lr_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_inverse_time_lr_args args = options.c_args(at);
    return tg_inverse_time_lr_with(&args);
}
inline tg_schedule polynomial_lr(const tg::polynomial_lr_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_polynomial_lr_args args = options.c_args(at);
    return tg_polynomial_lr_with(&args);
}
inline tg_schedule linear_lr(const tg::linear_lr_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_linear_lr_args args = options.c_args(at);
    return tg_linear_lr_with(&args);
}
inline tg_schedule cosine_lr(const tg::cosine_lr_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_cosine_lr_args args = options.c_args(at);
    return tg_cosine_lr_with(&args);
}
inline tg_schedule cosine_restarts_lr(const tg::cosine_restarts_lr_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_cosine_restarts_lr_args args = options.c_args(at);
    return tg_cosine_restarts_lr_with(&args);
}
inline tg_schedule cyclic_lr(const tg::cyclic_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_cyclic_args args = options.c_args(at);
    return tg_cyclic_lr_with(&args);
}
inline tg_schedule cyclic_momentum(const tg::cyclic_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_cyclic_args args = options.c_args(at);
    return tg_cyclic_momentum_with(&args);
}
inline tg_schedule one_cycle_lr(const tg::one_cycle_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_one_cycle_args args = options.c_args(at);
    return tg_one_cycle_lr_with(&args);
}
inline tg_schedule one_cycle_momentum(const tg::one_cycle_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_one_cycle_args args = options.c_args(at);
    return tg_one_cycle_momentum_with(&args);
}
inline tg_schedule function_lr(tg_rate_fn function, void *context, const tg::site &at = TG_CALLER)
{
    return tg_function_lr_at(at, function, context);
}
inline double plateau_feed(const tg_plateau &plateau, double metric)
{
    return tg_plateau_feed(&plateau, metric);
}
inline tg_schedule plateau_lr(const tg_plateau &plateau,
        const tg::plateau_lr_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_plateau_lr_args args = options.c_args(at);
    args.plateau = &plateau;
    return tg_plateau_lr_with(&args);
}
inline tg::tensor schedule_rate(tg_schedule schedule, tg::tensor count,
        const tg::site &at = TG_CALLER)
{
    return tg_schedule_rate_at(at, schedule, count.handle());
}
inline tg_updates gd(tg::tensor loss, const tg::gd_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_gd_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_gd_with(&args);
}
inline tg_updates sgd(tg::tensor loss, const tg::sgd_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_sgd_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_sgd_with(&args);
}
inline tg_updates adagrad(tg::tensor loss, const tg::adagrad_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_adagrad_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_adagrad_with(&args);
}
inline tg_updates rmsprop(tg::tensor loss, const tg::rmsprop_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_rmsprop_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_rmsprop_with(&args);
}
inline tg_updates adadelta(tg::tensor loss, const tg::adadelta_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_adadelta_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_adadelta_with(&args);
}
inline tg_updates adam(tg::tensor loss, const tg::adam_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_adam_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_adam_with(&args);
}
inline tg_updates adamw(tg::tensor loss, const tg::adamw_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_adam_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_adamw_with(&args);
}
inline tg_updates adamax(tg::tensor loss, const tg::adamax_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_adamax_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_adamax_with(&args);
}
inline tg_updates nadam(tg::tensor loss, const tg::nadam_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_nadam_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_nadam_with(&args);
}
inline tg_updates radam(tg::tensor loss, const tg::radam_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_radam_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_radam_with(&args);
}
inline tg_updates adan(tg::tensor loss, const tg::adan_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_adan_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_adan_with(&args);
}
inline tg_updates lamb(tg::tensor loss, const tg::lamb_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_lamb_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_lamb_with(&args);
}
inline tg_updates lion(tg::tensor loss, const tg::lion_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_lion_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_lion_with(&args);
}
inline tg_updates rprop(tg::tensor loss, const tg::rprop_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_rprop_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_rprop_with(&args);
}
inline tg_updates muon(tg::tensor loss, const tg::muon_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_muon_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_muon_with(&args);
}
inline tg_updates schedule_free_sgd(tg::tensor loss,
        const tg::schedule_free_sgd_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_schedule_free_sgd_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_schedule_free_sgd_with(&args);
}
inline tg_updates schedule_free_adamw(tg::tensor loss,
        const tg::schedule_free_adamw_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_schedule_free_adamw_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_schedule_free_adamw_with(&args);
}
inline tg_updates accumulate(tg::tensor loss, const tg::accumulate_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_accumulate_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_accumulate_with(&args);
}
inline tg::tensor accumulated(tg::tape_ref tape, const tg::accumulated_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_accumulated_args args = options.c_args(at);
    args.tape = tape.handle();
    return tg_accumulated_with(&args);
}
inline tg::tensor global_norm(const tg::list &list, const tg::global_norm_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_global_norm_args args = options.c_args(at);
    args.list = list.c();
    return tg_global_norm_with(&args);
}
inline tg_sam_result sam(tg::tape_ref tape, tg_loss_fn loss, void *context,
        const tg::sam_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_sam_args args = options.c_args(at);
    args.tape = tape.handle();
    args.loss = loss;
    args.context = context;
    return tg_sam_with(&args);
}
inline tg_updates ema(tg::tape_ref tape, const tg::ema_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_ema_args args = options.c_args(at);
    args.tape = tape.handle();
    return tg_ema_with(&args);
}
inline tg_updates swa(tg::tape_ref tape, const tg::swa_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_swa_args args = options.c_args(at);
    args.tape = tape.handle();
    return tg_swa_with(&args);
}
inline tg_status use_state(tg::tape_ref tape, const tg::text &state, const tg::site &at = TG_CALLER)
{
    return tg_use_state_at(at, tape.handle(), state.c_str());
}
inline tg_status take_state(tg::store_ref store, const tg::text &state,
        const tg::site &at = TG_CALLER)
{
    return tg_take_state_at(at, store.handle(), state.c_str());
}
inline const char *stop_name(tg_stop stop)
{
    return tg_stop_name(stop);
}
inline tg_minimum lbfgs(tg::tensor loss, const tg::lbfgs_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_lbfgs_args args = options.c_args(at);
    args.loss = loss.handle();
    return tg_lbfgs_with(&args);
}
inline tg_status feed_array(tg::tensor input, const tg_array &array, const tg::site &at = TG_CALLER)
{
    return tg_feed_array_at(at, input.handle(), &array);
}
inline tg::outcome read_idx(tg::array &out, const tg::text &path,
        const tg::idx_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_idx_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_idx_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome write_idx(const tg_array &array, const tg::text &path,
        const tg::write_idx_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_write_idx_args args = options.c_args(at);
    args.array = &array;
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_write_idx_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome read_csv(tg::array &out, const tg::text &path,
        const tg::csv_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_csv_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_csv_with(&args);
    return tg::outcome(status, failure);
}
inline int64_t dataset_rows(const tg_dataset &data)
{
    return tg_dataset_rows(&data);
}
inline tg::outcome dataset_from_idx(tg::dataset &out, const tg::text &images,
        const tg::text &labels, const tg::dataset_idx_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::dataset, tg_dataset> out_c(out);
    tg_dataset_idx_args args = options.c_args(at);
    args.out = out_c.get();
    args.images = images.c_str();
    args.labels = labels.c_str();
    args.error = &failure;
    const tg_status status = tg_dataset_from_idx_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome dataset_from_csv(tg::dataset &out, const tg::text &path,
        const tg::dataset_csv_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::dataset, tg_dataset> out_c(out);
    tg_dataset_csv_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_dataset_from_csv_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome split_stratified(const tg_dataset &data, tg::dataset &train, tg::dataset &test,
        const tg::split_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::dataset, tg_dataset> train_c(train);
    tg::detail::receiver<tg::dataset, tg_dataset> test_c(test);
    tg_split_args args = options.c_args(at);
    args.data = &data;
    args.train = train_c.get();
    args.test = test_c.get();
    args.error = &failure;
    const tg_status status = tg_split_stratified_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome moments(const tg_array &x, tg::array &mean, tg::array &deviation,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_moments_at(at, &x, tg::detail::receiver<tg::array,
            tg_array>(mean).get(), tg::detail::receiver<tg::array, tg_array>(deviation).get(),
            &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome standardize(tg_array &x, const tg_array &mean, const tg_array &deviation,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_standardize_at(at, &x, &mean, &deviation, &failure);
    return tg::outcome(status, failure);
}
inline tg::samples samples_of_arrays(const tg::array_list &arrays,
        const tg::samples_of_arrays_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_samples_of_arrays_args args = options.c_args(at);
    args.arrays = arrays.c();
    return tg::samples(tg_samples_of_arrays_with(&args));
}
inline tg::samples samples_of_dataset(const tg_dataset &data,
        const tg::samples_of_dataset_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_samples_of_dataset_args args = options.c_args(at);
    args.data = &data;
    return tg::samples(tg_samples_of_dataset_with(&args));
}
inline double dice_uniform(tg_dice &dice)
{
    return tg_dice_uniform(&dice);
}
inline double dice_normal(tg_dice &dice)
{
    return tg_dice_normal(&dice);
}
inline int64_t dice_below(tg_dice &dice, int64_t count)
{
    return tg_dice_below(&dice, count);
}
inline tg_transform image_scale(const tg::image_scale_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_image_scale_args args = options.c_args(at);
    return tg_image_scale_with(&args);
}
inline tg_transform image_normalize(const tg::image_normalize_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_image_normalize_args args = options.c_args(at);
    return tg_image_normalize_with(&args);
}
inline tg_transform image_shift(const tg::image_shift_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_image_shift_args args = options.c_args(at);
    return tg_image_shift_with(&args);
}
inline tg_transform image_flip(const tg::image_flip_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_image_flip_args args = options.c_args(at);
    return tg_image_flip_with(&args);
}
inline tg_transform image_crop(const tg::image_crop_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_image_crop_args args = options.c_args(at);
    return tg_image_crop_with(&args);
}
inline tg_transform image_cutout(const tg::image_cutout_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_image_cutout_args args = options.c_args(at);
    return tg_image_cutout_with(&args);
}
inline tg_transform image_noise(const tg::image_noise_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_image_noise_args args = options.c_args(at);
    return tg_image_noise_with(&args);
}
inline tg_transform label_one_hot(int64_t classes, const tg::label_one_hot_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_label_one_hot_args args = options.c_args(at);
    args.classes = classes;
    return tg_label_one_hot_with(&args);
}
inline tg_transform mixup(const tg::mixup_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_mixup_args args = options.c_args(at);
    return tg_mixup_with(&args);
}
inline tg::outcome read_npy(tg::array &out, const tg::text &path,
        const tg::npy_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_npy_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_npy_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome map_npy(tg::array &out, const tg::text &path,
        const tg::map_npy_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_map_npy_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_map_npy_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome write_npy(const tg_array &array, const tg::text &path,
        const tg::write_npy_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_write_npy_args args = options.c_args(at);
    args.array = &array;
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_write_npy_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome read_npz(tg::npz &out, const tg::text &path,
        const tg::npz_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::npz, tg_npz> out_c(out);
    tg_npz_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_npz_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome write_npz(const tg_npz &arrays, const tg::text &path,
        const tg::write_npz_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_write_npz_args args = options.c_args(at);
    args.arrays = &arrays;
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_write_npz_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome read_png(tg::array &out, const tg::text &path,
        const tg::png_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_png_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_png_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome write_png(const tg_array &picture, const tg::text &path,
        const tg::write_png_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_write_png_args args = options.c_args(at);
    args.picture = &picture;
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_write_png_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome save(tg::store_ref store, const tg::text &path,
        const tg::save_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_save_args args = options.c_args(at);
    args.store = store.handle();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_save_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome load(tg::store_ref store, const tg::text &path,
        const tg::load_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_load_args args = options.c_args(at);
    args.store = store.handle();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_load_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome read_metadata(tg::metadata &out, const tg::text &path,
        const tg::read_metadata_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::metadata, tg_metadata> out_c(out);
    tg_read_metadata_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_metadata_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome read_scalars(tg::scalars &out, const tg::text &path,
        const tg::scalars_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::scalars, tg_scalars> out_c(out);
    tg_scalars_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_scalars_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome scaler_fit(tg::scaler &out, const tg_array &x,
        const tg::scaler_fit_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::scaler, tg_scaler> out_c(out);
    tg_scaler_fit_args args = options.c_args(at);
    args.out = out_c.get();
    args.x = &x;
    args.error = &failure;
    const tg_status status = tg_scaler_fit_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome scaler_apply(const tg_scaler &scaler, tg_array &x,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_scaler_apply_at(at, &scaler, &x, &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome scaler_invert(const tg_scaler &scaler, tg_array &y,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_scaler_invert_at(at, &scaler, &y, &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome scaler_keep(tg::store_ref store, const tg::text &name, const tg_scaler &scaler,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_scaler_keep_at(at, store.handle(), name.c_str(), &scaler, &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome scaler_from(tg::scaler &out, tg::store_ref store, const tg::text &name,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_scaler_from_at(at, tg::detail::receiver<tg::scaler,
            tg_scaler>(out).get(), store.handle(), name.c_str(), &failure);
    return tg::outcome(status, failure);
}
inline tg::tensor scaled(tg::tensor x, const tg::text &name, const tg::site &at = TG_CALLER)
{
    return tg_scaled_at(at, x.handle(), name.c_str());
}
inline tg::tensor unscaled(tg::tensor y, const tg::text &name, const tg::site &at = TG_CALLER)
{
    return tg_unscaled_at(at, y.handle(), name.c_str());
}
inline tg::outcome one_hot_array(const tg_array &labels, tg::array &out,
        const tg::one_hot_array_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_one_hot_array_args args = options.c_args(at);
    args.labels = &labels;
    args.out = out_c.get();
    args.error = &failure;
    const tg_status status = tg_one_hot_array_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome split_random(const tg_dataset &data, tg::dataset &train, tg::dataset &test,
        const tg::split_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::dataset, tg_dataset> train_c(train);
    tg::detail::receiver<tg::dataset, tg_dataset> test_c(test);
    tg_split_args args = options.c_args(at);
    args.data = &data;
    args.train = train_c.get();
    args.test = test_c.get();
    args.error = &failure;
    const tg_status status = tg_split_random_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome folds_make(tg::folds &out, const tg_dataset &data, int64_t count,
        const tg::folds_make_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::folds, tg_folds> out_c(out);
    tg_folds_make_args args = options.c_args(at);
    args.out = out_c.get();
    args.data = &data;
    args.count = count;
    args.error = &failure;
    const tg_status status = tg_folds_make_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome folds_rows(const tg_folds &folds, int64_t fold, tg::array &train,
        tg::array &test, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_folds_rows_at(at, &folds, fold, tg::detail::receiver<tg::array,
            tg_array>(train).get(), tg::detail::receiver<tg::array, tg_array>(test).get(),
            &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome folds_take(const tg_folds &folds, int64_t fold, const tg_dataset &data,
        tg::dataset &train, tg::dataset &test, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_folds_take_at(at, &folds, fold, &data,
            tg::detail::receiver<tg::dataset, tg_dataset>(train).get(),
            tg::detail::receiver<tg::dataset, tg_dataset>(test).get(), &failure);
    return tg::outcome(status, failure);
}
inline const tg_column *table_column(const tg_table &table, const tg::text &name)
{
    return tg_table_column(&table, name.c_str());
}
inline tg::outcome table_select(tg_table &table, const tg::text &columns,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_table_select_at(at, &table, columns.c_str(), &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome table_drop(tg_table &table, const tg::text &columns,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_table_drop_at(at, &table, columns.c_str(), &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome read_table(tg::table &out, const tg::text &path,
        const tg::read_table_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::table, tg_table> out_c(out);
    tg_read_table_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_table_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome table_drop_missing(tg_table &table, const tg::text &columns,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_table_drop_missing_at(at, &table, columns.c_str(), &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome table_fill(tg_table &table, const tg::text &columns, tg_fill with,
        const tg::table_fill_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_table_fill_args args = options.c_args(at);
    args.table = &table;
    args.columns = columns.c_str();
    args.with = with;
    args.error = &failure;
    const tg_status status = tg_table_fill_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome table_matrix(const tg_table &table, tg::array &out,
        const tg::table_matrix_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_table_matrix_args args = options.c_args(at);
    args.table = &table;
    args.out = out_c.get();
    args.error = &failure;
    const tg_status status = tg_table_matrix_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome table_labels(const tg_table &table, const tg::text &column, tg::array &out,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_table_labels_at(at, &table, column.c_str(),
            tg::detail::receiver<tg::array, tg_array>(out).get(), &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome write_table(const tg_table &table, const tg::text &path,
        const tg::write_table_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_write_table_args args = options.c_args(at);
    args.table = &table;
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_write_table_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome write_csv(const tg_array &array, const tg::text &path,
        const tg::write_csv_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg_write_csv_args args = options.c_args(at);
    args.array = &array;
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_write_csv_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome read_text(tg::array &out, const tg::text &path,
        const tg::read_text_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_read_text_args args = options.c_args(at);
    args.out = out_c.get();
    args.path = path.c_str();
    args.error = &failure;
    const tg_status status = tg_read_text_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome vocabulary_build(tg::vocabulary &out, const tg_array &text,
        const tg::vocabulary_build_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::vocabulary, tg_vocabulary> out_c(out);
    tg_vocabulary_build_args args = options.c_args(at);
    args.out = out_c.get();
    args.text = &text;
    args.error = &failure;
    const tg_status status = tg_vocabulary_build_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome vocabulary_encode(const tg_vocabulary &vocabulary, const tg_array &text,
        tg::array &out, const tg::vocabulary_encode_options &options = {},
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    tg::detail::receiver<tg::array, tg_array> out_c(out);
    tg_vocabulary_encode_args args = options.c_args(at);
    args.vocabulary = &vocabulary;
    args.text = &text;
    args.out = out_c.get();
    args.error = &failure;
    const tg_status status = tg_vocabulary_encode_with(&args);
    return tg::outcome(status, failure);
}
inline tg::outcome vocabulary_decode(const tg_vocabulary &vocabulary, const tg_array &ids,
        tg::array &out, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_vocabulary_decode_at(at, &vocabulary, &ids,
            tg::detail::receiver<tg::array, tg_array>(out).get(), &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome vocabulary_keep(tg::store_ref store, const tg::text &name,
        const tg_vocabulary &vocabulary, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_vocabulary_keep_at(at, store.handle(), name.c_str(), &vocabulary,
            &failure);
    return tg::outcome(status, failure);
}
inline tg::outcome vocabulary_from(tg::vocabulary &out, tg::store_ref store, const tg::text &name,
        const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    const tg_status status = tg_vocabulary_from_at(at, tg::detail::receiver<tg::vocabulary,
            tg_vocabulary>(out).get(), store.handle(), name.c_str(), &failure);
    return tg::outcome(status, failure);
}
inline bool early_stop_feed(const tg_early_stop &stop, double metric)
{
    return tg_early_stop_feed(&stop, metric);
}
inline bool early_stop_improved(const tg_early_stop &stop)
{
    return tg_early_stop_improved(&stop);
}
inline double early_stop_best(const tg_early_stop &stop)
{
    return tg_early_stop_best(&stop);
}
inline int64_t early_stop_best_index(const tg_early_stop &stop)
{
    return tg_early_stop_best_index(&stop);
}
inline int64_t early_stop_count(const tg_early_stop &stop)
{
    return tg_early_stop_count(&stop);
}
inline const char *fit_end_name(tg_fit_end end)
{
    return tg_fit_end_name(end);
}
inline const char *health_topic_name(tg_health_topic topic)
{
    return tg_health_topic_name(topic);
}
inline tg::plan compile_pure(tg::tape_ref tape, const tg::list &keep = {},
        const tg::compile_pure_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_compile_args args = options.c_args(at);
    args.tape = tape.handle();
    args.keep = keep.c();
    return tg::plan(tg_compile_with(&args));
}
inline tg_status store_ref::status() const
{
    return tg_store_status(c_);
}
inline const char *store_ref::error() const
{
    return tg_store_error(c_);
}
inline void store_ref::clear_error() const
{
    tg_store_clear_error(c_);
}
inline void *store_ref::memory(size_t size) const
{
    return tg_store_memory(c_, size);
}
inline tg_dtype store_ref::dtype() const
{
    return tg_store_dtype(c_);
}
inline uint64_t store_ref::seed() const
{
    return tg_store_seed(c_);
}
inline int64_t store_ref::step() const
{
    return tg_store_step(c_);
}
inline void store_ref::set_step(int64_t step) const
{
    tg_store_set_step(c_, step);
}
inline const char *var::name() const
{
    return tg_var_name(c_);
}
inline tg::shape var::shape() const
{
    return tg::shape(tg_var_shape(c_));
}
inline tg_dtype var::dtype() const
{
    return tg_var_dtype(c_);
}
inline tg::store_ref var::store() const
{
    return tg_var_store(c_);
}
inline bool var::trainable() const
{
    return tg_var_trainable(c_);
}
inline void store_ref::print(FILE *out) const
{
    tg_store_print(c_, out);
}
inline tg_status tape_ref::status() const
{
    return tg_tape_status(c_);
}
inline const char *tape_ref::error() const
{
    return tg_tape_error(c_);
}
inline tg_status tape_ref::run_status() const
{
    return tg_tape_run_status(c_);
}
inline const char *tape_ref::run_error() const
{
    return tg_tape_run_error(c_);
}
inline void tape_ref::clear_error() const
{
    tg_tape_clear_error(c_);
}
inline tg::store_ref tape_ref::store() const
{
    return tg_tape_store(c_);
}
inline size_t tape_ref::length() const
{
    return tg_tape_length(c_);
}
inline const char *plan::error() const
{
    return tg_plan_error(c_);
}
inline size_t plan::bytes() const
{
    return tg_plan_bytes(c_);
}
inline size_t plan::kernels() const
{
    return tg_plan_kernels(c_);
}
inline void plan::print(FILE *out) const
{
    tg_plan_print(c_, out);
}
inline void plan::draw(FILE *out) const
{
    tg_plan_draw(c_, out);
}
inline const char *op::name() const
{
    return tg_op_name(c_);
}
inline tg_jit_info plan::jit() const
{
    return tg_plan_jit(c_);
}
inline int64_t batches::next(tg::tensor x, tg::tensor y, const tg::site &at)
{
    return tg_batches_next_at(at, &c_, x.handle(), y.handle());
}
inline int64_t batches::peek() const
{
    return tg_batches_peek(&c_);
}
inline int64_t batches::count() const
{
    return tg_batches_count(&c_);
}
inline int64_t batches::rest() const
{
    return tg_batches_rest(&c_);
}
inline tg_status batches::seek(int64_t epoch, int64_t row)
{
    return tg_batches_seek(&c_, epoch, row);
}
inline tg_status samples::status() const
{
    return tg_samples_status(c_);
}
inline const char *samples::error() const
{
    return tg_samples_error(c_);
}
inline int64_t samples::length() const
{
    return tg_samples_length(c_);
}
inline tg_fields samples::fields() const
{
    return tg_samples_fields(c_);
}
inline tg_status loader::status() const
{
    return tg_loader_status(c_);
}
inline const char *loader::error() const
{
    return tg_loader_error(c_);
}
inline tg_fields loader::fields() const
{
    return tg_loader_fields(c_);
}
inline int64_t loader::next(const tg::list &inputs, const tg::site &at) const
{
    return tg_loader_next_at(at, c_, inputs.c());
}
inline int64_t loader::peek() const
{
    return tg_loader_peek(c_);
}
inline int64_t loader::count() const
{
    return tg_loader_count(c_);
}
inline int64_t loader::rest() const
{
    return tg_loader_rest(c_);
}
inline int64_t loader::batch() const
{
    return tg_loader_batch(c_);
}
inline bool loader::pads() const
{
    return tg_loader_pads(c_);
}
inline tg_position loader::position() const
{
    return tg_loader_position(c_);
}
inline tg_status loader::seek(int64_t epoch, int64_t row) const
{
    return tg_loader_seek(c_, epoch, row);
}
inline tg::tensor loader::keep(tg::tape_ref tape, const tg::text &name, const tg::site &at) const
{
    return tg_loader_keep_at(at, c_, tape.handle(), name.c_str());
}
inline tg::outcome loader::resume(tg::store_ref store, const tg::text &name,
        const tg::site &at) const
{
    tg_error failure = {};
    const tg_status status = tg_loader_resume_at(at, c_, store.handle(), name.c_str(), &failure);
    return tg::outcome(status, failure);
}
inline tg_status logger::flush(const tg::site &at) const
{
    return tg_logger_flush_at(at, c_);
}
inline tg_status logger::status() const
{
    return tg_logger_status(c_);
}
inline tg_status logger::scalar(int64_t step, const tg::text &name, double value,
        const tg::site &at) const
{
    return tg_logger_scalar_at(at, c_, step, name.c_str(), value);
}
inline tg_status logger::image(int64_t step, const tg::text &name, const tg_array &image,
        const tg::site &at) const
{
    return tg_logger_image_at(at, c_, step, name.c_str(), &image);
}
inline tg_status logger::text(int64_t step, const tg::text &name, const tg::text &text,
        const tg::site &at) const
{
    return tg_logger_text_at(at, c_, step, name.c_str(), text.c_str());
}
inline tg_status logger::graph(tg::tape_ref tape, const tg::site &at) const
{
    return tg_logger_graph_at(at, c_, tape.handle());
}
inline tg_series logger::series(const tg::text &name) const
{
    return tg_logger_series(c_, name.c_str());
}
inline tg_status page::status() const
{
    return tg_page_status(c_);
}
inline tg_status page::text(const tg::text &title, const tg::text &text, const tg::site &at) const
{
    return tg_page_text_at(at, c_, title.c_str(), text.c_str());
}
inline tg_status page::store(const tg::text &title, tg::store_ref store, const tg::site &at) const
{
    return tg_page_store_at(at, c_, title.c_str(), store.handle());
}
/* ---- Schedules of lists ------------------------------------------------------------------------ */

/* As in C, the list must be valid until the schedule is recorded. */
inline tg_schedule multi_step_lr(const std::vector<std::int64_t> &milestones,
                                 const multi_step_lr_options &options = {},
                                 const tg::site &at = TG_CALLER)
{
    tg_multi_step_lr_args args = options.c_args(at);
    args.milestones = milestones.data();
    args.count = milestones.size();
    return tg_multi_step_lr_with(&args);
}
inline tg_schedule sequence_lr(const std::vector<tg_stage> &stages,
                               const sequence_lr_options &options = {},
                               const tg::site &at = TG_CALLER)
{
    tg_sequence_lr_args args = options.c_args(at);
    args.stages = stages.data();
    args.count = stages.size();
    return tg_sequence_lr_with(&args);
}
inline tg_schedule product_lr(const std::vector<tg_schedule> &factors,
                              const product_lr_options &options = {},
                              const tg::site &at = TG_CALLER)
{
    tg_product_lr_args args = options.c_args(at);
    args.factors = factors.data();
    args.count = factors.size();
    return tg_product_lr_with(&args);
}

/* Minimises an objective that was made before. */
inline tg_minimum lbfgs(const objective &objective, const lbfgs_options &options = {},
                        const tg::site &at = TG_CALLER)
{
    tg_lbfgs_args args = options.c_args(at);
    args.objective = objective.handle();
    return tg_lbfgs_with(&args);
}

/* ---- Functions on data and lists ------------------------------------------------------------- */

/* A constant of these elements, copied; their number must be that of the shape. */
template <class T>
tensor constant(tape_ref tape, const tg::shape &shape, const T *data, std::size_t count,
                const tg::site &at = TG_CALLER)
{
    const auto run = detail::flat(data, count);
    const std::int64_t wanted = shape.count();
    if (wanted >= 0 && static_cast<std::uint64_t>(wanted) != run.count)
        return tg_fail(tape.handle(), at, TG_ERR_SHAPE,
                       "tg_constant: the shape has %lld elements, and there are %llu",
                       static_cast<long long>(wanted), static_cast<unsigned long long>(run.count));
    return tg_constant_at(at, tape.handle(), dtype_v<std::remove_pointer_t<decltype(run.data)>>,
                          shape, run.data);
}
template <class Range, detail::if_range<const Range> = 0>
tensor constant(tape_ref tape, const tg::shape &shape, const Range &data,
                const tg::site &at = TG_CALLER)
{
    return constant(tape, shape, std::data(data), std::size(data), at);
}

namespace detail {

inline std::vector<tensor> tensors(const std::vector<tg_tensor *> &c)
{
    return std::vector<tensor>(c.begin(), c.end());
}

} // namespace detail

/* cotangent . dy/dwrt[i] for each node of [wrt]; all empty on an error. An empty cotangent means 1,
 * for a y of one element. */
inline std::vector<tensor> vjp(tensor y, tensor cotangent, const list &wrt,
                               const tg::site &at = TG_CALLER)
{
    std::vector<tg_tensor *> out(wrt.size() + 1, nullptr);
    tg_vjp_at(at, y.handle(), cotangent.handle(), wrt.c(), out.data());
    out.pop_back();
    return detail::tensors(out);
}
/* Parts of equal size along an axis, or of these sizes; all empty on an error. */
inline std::vector<tensor> split(tensor x, int axis, std::size_t count,
                                 const tg::site &at = TG_CALLER)
{
    std::vector<tg_tensor *> out(count + 1, nullptr);
    tg_split_at(at, x.handle(), axis, count, nullptr, out.data());
    out.pop_back();
    return detail::tensors(out);
}
inline std::vector<tensor> split(tensor x, int axis, const std::vector<std::int64_t> &sizes,
                                 const tg::site &at = TG_CALLER)
{
    std::vector<tg_tensor *> out(sizes.size() + 1, nullptr);
    tg_split_at(at, x.handle(), axis, sizes.size(), sizes.data(), out.data());
    out.pop_back();
    return detail::tensors(out);
}
/* out[i] = x[i] * min(1, limit / norm); returns the norm of all of them, as one vector. */
inline tensor clip_norm(const list &x, double limit, std::vector<tensor> &out,
                        const clip_norm_options &options = {}, const tg::site &at = TG_CALLER)
{
    std::vector<tg_tensor *> clipped(x.size() + 1, nullptr);
    tg_clip_norm_args args = options.c_args(at);
    args.list = x.c();
    args.limit = limit;
    args.out = clipped.data();
    const tensor norm = tg_clip_norm_with(&args);
    clipped.pop_back();
    out = detail::tensors(clipped);
    return norm;
}
/* [out] becomes these rows of [data]; a row may occur twice. */
/* [parts] gets a dataset for each fraction. */
inline outcome split_parts(const tg_dataset &data, std::vector<dataset> &parts,
                           const std::vector<double> &fractions,
                           const split_parts_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error failure = {};
    std::vector<tg_dataset> made(fractions.size());
    tg_split_parts_args args = options.c_args(at);
    args.data = &data;
    args.parts = made.data();
    args.fractions = fractions.data();
    args.count = static_cast<std::int64_t>(fractions.size());
    args.error = &failure;
    const tg_status status = tg_split_parts_with(&args);
    std::vector<dataset> fresh;
    for (const tg_dataset &one : made) fresh.emplace_back(one);
    parts = std::move(fresh);
    return outcome(status, failure);
}

inline outcome dataset_take(const tg_dataset &data, const std::vector<std::int64_t> &rows,
                            dataset &out, const tg::site &at = TG_CALLER)
{
    tg_error why = {};
    tg_dataset fresh = {};
    const tg_status status = tg_dataset_take_at(
        at, &data, rows.data(), static_cast<std::int64_t>(rows.size()), &fresh, &why);
    out = dataset(fresh);
    return outcome(status, why);
}

/* Draws the series as a picture. */
inline outcome draw_curves(const text &path, const std::vector<tg_series> &series,
                           const curves_options &options = {}, const tg::site &at = TG_CALLER)
{
    tg_error why = {};
    tg_curves_args args = options.c_args(at);
    args.path = path.c_str();
    args.series = series.data();
    args.count = static_cast<std::int64_t>(series.size());
    args.error = &why;
    const tg_status status = tg_draw_curves_with(&args);
    return outcome(status, why);
}

/* Some of the samples, in this order. */
inline samples samples_subset(samples of, const std::vector<std::int64_t> &rows,
                              const samples_subset_options &options = {},
                              const tg::site &at = TG_CALLER)
{
    tg_samples_subset_args args = options.c_args(at);
    args.samples = of.release();
    args.rows = rows.data();
    args.count = static_cast<std::int64_t>(rows.size());
    return samples(tg_samples_subset_with(&args));
}
/* The samples of all parts, one part behind the other. */
inline samples samples_concat(std::vector<samples> parts,
        const samples_concat_options &options = {},
                              const tg::site &at = TG_CALLER)
{
    std::vector<tg_samples *> released;
    released.reserve(parts.size());
    for (samples &part : parts) released.push_back(part.release());
    tg_samples_concat_args args = options.c_args(at);
    args.parts = released.data();
    args.count = static_cast<std::int64_t>(released.size());
    return samples(tg_samples_concat_with(&args));
}

/* ---- Operations of your own ------------------------------------------------------------------ */

namespace detail {

inline tg_status run_op(const tg_call *k) noexcept
{
    try {
        static_cast<const op_state *>(k->context)->run(kernel(*k));
        return TG_OK;
    } catch (...) {
        return caught(k->error->text, sizeof k->error->text);
    }
}

inline tg_status shape_op(const void *context, const void *attr, int arity, const tg_type *in,
                          tg_type *out, tg_error *error) noexcept
{
    try {
        *out = static_cast<const op_state *>(context)->shape(types(in, arity, attr));
        return TG_OK;
    } catch (...) {
        return caught(error->text, sizeof error->text);
    }
}

inline void vjp_op(tg_tensor *y, tg_tensor *g, tg_tensor *const in[], tg_tensor *to[]) noexcept
{
    const auto *state = static_cast<const op_state *>(tg_op_context(tg_op_of(y)));
    const std::size_t arity = static_cast<std::size_t>(tg_arity(y));
    char text[TG_ERROR_TEXT / 2];
    try {
        const list gradients = state->vjp(y, g, operands(in, tg_arity(y), tg_attr_of(y)));
        if (gradients.size() != arity)
            throw error(TG_ERR_ARGUMENT, std::to_string(gradients.size()) + " gradients for " +
                                             std::to_string(arity) + " operands");
        for (std::size_t i = 0; i < arity; i++) to[i] = gradients[i].handle();
    } catch (...) {
        const tg_status status = caught(text, sizeof text);
        tg_fail(tg_tape_of(y), state->at, status, "%s", text);
    }
}

} // namespace detail

/* An operation whose kernel and rules are lambdas or functions; these are kept as long as the
 * store. On an error, which sticks to the store, the operation is empty. */
inline op op_new(store &store, const text &name, const op_options &options,
                 const tg::site &at = TG_CALLER)
{
    auto state = std::make_unique<detail::op_state>(at);
    state->run = options.run;
    state->shape = options.shape;
    state->vjp = options.vjp;
    tg_op_args args = options.c_args(at);
    args.store = store.handle();
    args.name = name.c_str();
    args.context = state.get();
    if (options.run) args.run = detail::run_op;
    if (options.shape) args.shape_in = detail::shape_op;
    if (options.vjp) args.vjp = detail::vjp_op;
    store.kept_.push_back(std::move(state));
    return tg_op_new_with(&args);
}

/* Records the operation. */
inline tensor apply(op operation, const list &operands, const tg::site &at = TG_CALLER)
{
    tg_apply_args args = apply_options().c_args(at);
    args.op = operation.handle();
    args.operands = operands.c();
    return tg_apply_with(&args);
}
/* The same with attributes, plain data that kernel and rules get by .attr<A>(). Operations with
 * equal bytes are equal, so A must not have padding, nor pointers to data that may change. */
template <class A, std::enable_if_t<!std::is_convertible_v<const A &, tg::site>, int> = 0>
tensor apply(op operation, const list &operands, const A &attr, const tg::site &at = TG_CALLER)
{
    static_assert(std::is_trivially_copyable_v<A>, "attributes are plain data");
    tg_apply_args args = apply_options().c_args(at);
    args.op = operation.handle();
    args.operands = operands.c();
    args.attr = &attr;
    args.attr_size = sizeof attr;
    return tg_apply_with(&args);
}
/* Checks its derivatives at operands that are inputs or reads. */
inline tg_status check_op(op operation, const list &operands, const check_op_options &options = {},
                          const tg::site &at = TG_CALLER)
{
    tg_check_op_args args = options.c_args(at);
    args.op = operation.handle();
    args.operands = operands.c();
    return tg_check_op_with(&args);
}
template <class A, std::enable_if_t<!std::is_convertible_v<const A &, tg::site> &&
                                        !std::is_same_v<A, check_op_options>, int> = 0>
tg_status check_op(op operation, const list &operands, const A &attr,
                   const check_op_options &options = {}, const tg::site &at = TG_CALLER)
{
    static_assert(std::is_trivially_copyable_v<A>, "attributes are plain data");
    tg_check_op_args args = options.c_args(at);
    args.op = operation.handle();
    args.operands = operands.c();
    args.attr = &attr;
    args.attr_size = sizeof attr;
    return tg_check_op_with(&args);
}

} // namespace tg

#endif
