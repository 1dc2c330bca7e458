/* check.cpp: what tapegrad.hpp adds to C: owners, operators, the caller's line, errors, lambdas,
 * data in and out. (bits.cpp shows that it computes the same.) */
#include <tapegrad.hpp>

#include <cmath>
#include <list>
#include <thread>
#if __cplusplus >= 202002L
#include <span>
#endif

static int failures;
#define CHECK(what)                                                                   \
    do {                                                                              \
        if (!(what)) std::printf("check.cpp:%d: not so: %s\n", __LINE__, #what), failures++; \
    } while (false)

static bool has(const char *text, const std::string &part)
{
    if (std::string(text).find(part) != std::string::npos) return true;
    std::printf("\"%s\" lacks \"%s\"\n", text, part.c_str());
    return false;
}

static std::string here(int line) { return "check.cpp:" + std::to_string(line); }

/* ---- Owners ------------------------------------------------------------------------------- */

static tg::store make_store()
{
    tg::store made(tg::store_options().with_dtype(tg::f64));
    return made;
}

static long live;
static void *count_alloc(void *, std::size_t size)
{
    live++;
    return ::operator new(size, std::align_val_t(64), std::nothrow);
}
static void count_free(void *, void *block)
{
    live--;
    ::operator delete(block, std::align_val_t(64));
}
static void *no_alloc(void *, std::size_t) { return nullptr; }

static void owners()
{
    static_assert(!std::is_copy_constructible_v<tg::store> && !std::is_copy_assignable_v<tg::store>);
    static_assert(!std::is_copy_constructible_v<tg::tape> && !std::is_copy_assignable_v<tg::tape>);
    static_assert(!std::is_copy_constructible_v<tg::plan> && !std::is_copy_assignable_v<tg::plan>);
    static_assert(!std::is_copy_constructible_v<tg::instance>);
    static_assert(std::is_nothrow_move_constructible_v<tg::instance>);
    static_assert(!std::is_copy_constructible_v<tg::array>);
    static_assert(!std::is_copy_constructible_v<tg::dataset>);
    static_assert(!std::is_copy_constructible_v<tg::batches>);
    static_assert(!std::is_copy_constructible_v<tg::samples>);
    static_assert(!std::is_copy_constructible_v<tg::loader>);
    static_assert(std::is_nothrow_move_constructible_v<tg::plan>);
    static_assert(sizeof(tg::tensor) == sizeof(void *) && std::is_trivially_copyable_v<tg::tensor>);
    const tg_allocator counting = { count_alloc, count_free, nullptr };
    {
        tg::store store(tg::store_options().with_allocator(&counting)), other;
        tg::tape tape(store), second(store);
        tg::plan plan = tg::compile(tape, tg::number(tape, 1) + 1);
        CHECK(plan && plan.run() == TG_OK && live > 0);
        tg::plan moved = std::move(plan);
        CHECK(moved && !plan && plan.run() == TG_ERR_ARGUMENT); /* a moved-from one is empty */
        plan = std::move(moved);
        CHECK(plan && plan.kernels() > 0);
        second = std::move(tape);
        CHECK(second.length() > 0);
        plan = tg::plan();
    }
    CHECK(live == 0);
    const tg_allocator none = { no_alloc, count_free, nullptr };
    bool thrown = false;
    try {
        tg::store store(tg::store_options().with_allocator(&none));
    } catch (const std::bad_alloc &) {
        thrown = true;
    }
    CHECK(thrown);
    tg::store moved = make_store();
    CHECK(moved.dtype() == tg::f64);
    thrown = false;
    try {
        tg::tape tape((tg::store_ref()));
    } catch (const tg::error &e) {
        thrown = e.status() == TG_ERR_ARGUMENT;
    }
    CHECK(thrown);
}

/* ---- Values, operators, lists ------------------------------------------------------------- */

static void operators()
{
    tg::store store = make_store();
    tg::tape tape(store);
    const tg::tensor a = tg::number(tape, 6), b = tg::number(tape, 4);
    CHECK((a + b).item() == 10 && (a - b).item() == 2 && (a * b).item() == 24);
    CHECK((a / b).item() == 1.5 && (-a).item() == -6);
    CHECK((a + 1).item() == 7 && (a - 1).item() == 5 && (a * 2).item() == 12 && (a / 4).item() == 1.5);
    CHECK((1 + a).item() == 7 && (1 - a).item() == -5 && (2 * a).item() == 12 && (3 / a).item() == 0.5);
    CHECK((a + 0.5f).item() == 6.5 && (a * std::int64_t(3)).item() == 18 && (a + 2u).item() == 8);
    tg::tensor c = a;
    c += b;
    CHECK(c.item() == 10 && a.item() == 6);
    c -= 1;
    c *= b;
    c /= 2;
    c *= 3;
    c -= a;
    c /= b;
    c += 1;
    CHECK(c.item() == ((6 + 4 - 1) * 4 / 2.0 * 3 - 6) / 4 + 1);
    CHECK(pow(a, 2).item() == 36 && pow(a, b).item() == 1296 && pow(a, 0).item() == 1);
    CHECK(maximum(a, 5).item() == 6 && less(a, 7).get<bool>()[0] && !less(a, b).get<bool>()[0]);
    CHECK(tg::sub(1, a).item() == -5 && tg::div(3, a).item() == 0.5);
    CHECK(logical_not(less(a, b)).get<bool>()[0]);
    CHECK(tg::concat({ reshape(a, { 1 }), reshape(b, { 1 }) }, 0).count() == 2);
    const std::vector<tg::tensor> both = { reshape(a, { 1 }), reshape(b, { 1 }) };
    CHECK(concat(both, 0).get<double>() == (std::vector<double>{ 6, 4 }));
    const auto parts = split(concat(both, 0), 0, 2);
    CHECK(parts.size() == 2 && parts[1].item() == 4);
    const auto uneven = split(tg::iota(tape, tg::f64, 5), 0, { 2, 3 });
    CHECK(uneven.size() == 2 && uneven[1].get<double>() == (std::vector<double>{ 2, 3, 4 }));
    const auto slopes = vjp(a * b, tg::tensor(), { a, b });
    CHECK(slopes.size() == 2 && slopes[0].item() == 4 && slopes[1].item() == 6);
    std::vector<tg::tensor> clipped;
    CHECK(clip_norm({ a, b }, 1, clipped).item() > 7 && clipped.size() == 2 && clipped[0].item() < 1);
    tape.check();
    CHECK(tape.report(stderr) == 0);
}

static void shapes()
{
    const std::vector<std::size_t> sizes = { 2, 3 };
    const std::vector<int> ints = { 2, 3 };
    CHECK(tg::shape({ 2, sizes.size() + 1 }) == tg::shape(sizes) && tg::shape(ints) == tg::shape(sizes));
    CHECK(tg::shape(std::list<long>{ 2, 3 }).count() == 6 && tg::shape().count() == 1);
    CHECK(tg::shape({ 1, 1, 1, 1, 1, 1, 1, 1, 1 }).rank == -1);
    CHECK(tg::shape({ SIZE_MAX }).count() == -1); /* and not the -1 that stands for "work it out" */
    CHECK(tg::shape({ SIZE_MAX }).dim[0] == -2);
    CHECK(tg::axes({ 0, -1 }).count == 2 && tg::axes().count == 0);
    CHECK(tg::axes({ 0, 1, 2, 3, 4, 5, 6, 7, 8 }).count == -1);
}

/* ---- The caller's line --------------------------------------------------------------------- */

static tg::tensor in_a_function(tg::tensor a, tg::tensor b, tg::site at = TG_CALLER)
{
    return matmul(a, b, at);
}

template <class F> static void names_line(tg::store &store, int line, const char *op, F record)
{
    tg::tape tape(store);
    record(tg::input(tape, "a", tg::f64, { 2, 3 }), tg::input(tape, "b", tg::f64, { 4 }));
    CHECK(tape.status() != TG_OK);
    CHECK(has(tape.error(), here(line) + ": tg_" + op + ":"));
}

static void lines()
{
    tg::store store = make_store();
    using T = tg::tensor;
    names_line(store, __LINE__, "add", [](T a, T b) { a + b; });
    names_line(store, __LINE__, "sub", [](T a, T b) { a - b; });
    names_line(store, __LINE__, "mul", [](T a, T b) { a * b; });
    names_line(store, __LINE__, "div", [](T a, T b) { a / b; });
    names_line(store, __LINE__, "neg", [](T a, T) { -equal(a, a); });
    names_line(store, __LINE__, "add_num", [](T a, T) { equal(a, a) + 1; });
    names_line(store, __LINE__, "rsub_num", [](T a, T) { 1 - equal(a, a); });
    names_line(store, __LINE__, "add", [](T a, T b) { a += b; });
    names_line(store, __LINE__, "mul_num", [](T a, T) { (a = equal(a, a)) *= 2; });
    names_line(store, __LINE__, "matmul", [](T a, T b) { matmul(a, b); });
    names_line(store, __LINE__, "matmul", [](T a, T b) { in_a_function(a, b); });
    names_line(store, __LINE__, "sum", [](T a, T) { sum(a, tg::reduce_options().with_axis(2)); });
    names_line(store, __LINE__, "mse", [](T a, T b) { mse(a, b); });
    const std::vector<double> two(2);
    names_line(store, __LINE__, "constant", [&](T a, T) { tg::constant(a.tape(), { 3 }, two); });
    const int line = __LINE__; tg::linear wrong(store, "w", -1, 2);
    CHECK(store.status() != TG_OK && has(store.error(), here(line)));
    CHECK(!wrong.weight);
}

/* ---- Errors -------------------------------------------------------------------------------- */

static tg_status status_of(const std::function<void()> &what)
{
    try {
        what();
    } catch (const tg::error &e) {
        return has(e.what(), "") && *e.what() ? e.status() : TG_OK;
    }
    return TG_OK;
}

static void errors()
{
    tg::store store = make_store();
    tg::tape tape(store);
    CHECK(status_of([&] { tape.check(); }) == TG_OK);
    const tg::tensor x = tg::input(tape, "x", tg::f64, { 3 });
    const tg::tensor bad = x + tg::input(tape, "y", tg::f64, { 4 });
    CHECK(!bad && !(bad * 2) && !exp(bad));
    CHECK(status_of([&] { tape.check(); }) == TG_ERR_SHAPE);
    tg::plan none = tg::compile(tape, x);
    CHECK(!none && status_of([&] { none.check(); }) == TG_ERR_ARGUMENT);
    tape.clear_error();
    CHECK(status_of([&] { tape.check(); }) == TG_OK);
    CHECK(!tape.fail(TG_ERR_FORMAT, "100 % wrong") && tape.status() == TG_ERR_FORMAT);
    CHECK(has(tape.error(), "100 % wrong"));
    tape.rewind();

    /* A run that fails: an index out of range. It does not stick. */
    const tg::tensor index = tg::input(tape, "index", tg::i64, { 2 });
    const tg::tensor picked = gather(tg::iota(tape, tg::f64, 3), index, 0);
    tg::plan plan = tg::compile(tape, picked);
    index.feed(std::vector<std::int64_t>{ 0, 7 });
    CHECK(plan.run() == TG_ERR_INDEX && status_of([&] { plan.check(); }) == TG_ERR_INDEX);
    CHECK(status_of([&] { tape.check(); }) == TG_ERR_INDEX && tape.status() == TG_OK);
    index.feed(std::vector<std::int64_t>{ 0, 2 });
    CHECK(plan.run() == TG_OK && status_of([&] { plan.check(); }) == TG_OK);
    CHECK(status_of([&] { tape.check(); }) == TG_OK);

    store.fail(TG_ERR_ARGUMENT, "mine");
    CHECK(status_of([&] { store.check(); }) == TG_ERR_ARGUMENT && has(store.error(), "mine"));
    CHECK(status_of([&] { tape.check(); }) == TG_ERR_ARGUMENT);
    const tg::outcome missing = tg::load(store, "/nowhere/at/all");
    CHECK(!missing && missing.status() != TG_OK && *missing.what());
    CHECK(status_of([&] { missing.check(); }) == missing.status());
}

/* ---- Data ---------------------------------------------------------------------------------- */

static void data()
{
    tg::store store; /* f32 */
    tg::tape tape(store);
    const tg::tensor x = tg::input(tape, "x", tg::f32, { 2, 2 });
    const std::vector<float> four = { 1, 2, 3, 4 };
    CHECK(x.feed(four) == TG_OK && x.get<float>() == four);
    const float rows[2][2] = { { 5, 6 }, { 7, 8 } };
    CHECK(x.feed(rows) == TG_OK && x.get<float>()[3] == 8);
    float back[2][2];
    CHECK(x.get(back) == TG_OK && back[1][0] == 7);
    std::array<float, 4> array = { { 9, 9, 9, 9 } };
    CHECK(x.feed(array) == TG_OK && x.feed(four.data(), 4) == TG_OK && x.get(array) == TG_OK);
    CHECK(array[1] == 2);
    const tg::tensor flags = tg::greater(x, 2.5);
    CHECK(flags.get<bool>() == (std::vector<bool>{ false, false, true, true }));
    CHECK(tape.status() == TG_OK);
    CHECK(x.get<double>().empty() && tape.status() == TG_ERR_DTYPE); /* not silently converted */
    tape.clear_error();
    CHECK(x.feed(std::vector<float>(3)) != TG_OK);
    tape.clear_error();
    CHECK(!tg::constant(tape, { 5 }, four) && tape.status() == TG_ERR_SHAPE);
    tape.clear_error();
    CHECK(tg::constant(tape, { 2, 2 }, rows).dtype() == tg::f32);

    const tg::var w = tg::param(store, std::string("w"), { 4 }, tg::init_ones());
    CHECK(w.get<float>() == std::vector<float>(4, 1.0f) && w.set(four) == TG_OK);
    CHECK(w.get<float>() == four && w.shape().count() == 4 && !std::strcmp(w.name(), "w"));
    CHECK(w.get<double>().empty() && w.set(std::vector<float>(3)) != TG_OK);
    CHECK(store.status() == TG_ERR_DTYPE);
    store.clear_error();
    CHECK(find(store, "w").handle() == w.handle() && !find(store, "v"));

    /* Datasets: owners of what C makes, which batches go on with when they are moved. */
    std::vector<float> points(20);
    std::vector<std::int32_t> labels(10);
    for (std::size_t i = 0; i < 10; i++) {
        points[2 * i] = static_cast<float>(i);
        labels[i] = static_cast<std::int32_t>(i % 2);
    }
    tg::dataset all(tg::array::view({ 10, 2 }, points), tg::array::view({ 10 }, labels)), train, test;
    CHECK(all.rows() == 10);
    split_stratified(all, train, test, tg::split_options().with_fraction(0.4)).check();
    CHECK(train.rows() == 6 && test.rows() == 4);
    CHECK(!split_stratified(all, train, test, tg::split_options().with_fraction(2)));
    CHECK(train.rows() == 0 && test.rows() == 0);
    dataset_take(all, { 9, 9, 0 }, train).check();
    CHECK(train.rows() == 3 && tg::dataset(std::move(train)).rows() == 3);
    CHECK(!dataset_take(all, { 10 }, test) && test.rows() == 0);
    dataset_take(all, { 1, 2 }, all).check(); /* onto itself */
    CHECK(all.rows() == 2);
    tg::batches batches(all, 1, tg::batches_options().with_shuffle(false));
    const tg::dataset moved = std::move(all);
    const tg::tensor px = tg::input(tape, "px", tg::f32, { 1, 2 });
    CHECK(batches.next(px, tg::tensor()) == 1 && px.get<float>()[0] == 1 && batches.count() == 2);
    CHECK(all.rows() == 0);
    /* Loaders: owners too, which take their samples over. */
    tg::samples two = tg::samples_of_dataset(moved);
    CHECK(two.status() == TG_OK && two.length() == 2 && two.fields().count == 2);
    std::vector<tg::samples> parts;
    parts.push_back(tg::samples_subset(std::move(two), { 1, 0, 1 }));
    parts.push_back(tg::samples_of_arrays({ moved.x(), moved.y() }));
    CHECK(!two.handle());
    tg::loader made(tg::samples_concat(std::move(parts)),
                    tg::loader_options().with_batch(2).with_shuffle(false).with_pad(true).with_transforms(
                        { tg::image_scale(tg::image_scale_options().with_divisor(2)) }));
    tg::loader loader = std::move(made);
    CHECK(loader.status() == TG_OK && loader.count() == 3 && loader.fields().count == 3);
    const tg::tensor lx = tg::input(tape, "lx", tg::f32, { 2, 2 }), ly = tg::input(tape, "ly", tg::i32, { 2 }),
                     mask = tg::input(tape, "mask", tg::f32, { 2 });
    CHECK(loader.next({ lx, ly, mask }) == 2 && lx.get<float>()[0] == 1 && lx.get<float>()[2] == 0.5F);
    CHECK(loader.seek(0, 4) == TG_OK && loader.next({ lx, ly, mask }) == 1);
    CHECK(mask.get<float>()[0] == 1 && mask.get<float>()[1] == 0 && loader.position().row == 5);
    CHECK(tg::loader(tg::samples_of_dataset(tg::dataset())).status() != TG_OK);
    const tg::array wrong = tg::array::view({ 21 }, points);
    CHECK(feed_array(px, wrong) != TG_OK);
    tape.clear_error();
    tg::array zeros, mean, deviation;
    tg::array::zeros(zeros, tg::f32, { 2, 2 }).check();
    CHECK(zeros.values<float>().size() == 4 && zeros.values<double>().size() == 0);
    moments(moved.x(), mean, deviation).check();
    CHECK(mean.values<double>()[0] == 1.5);
    standardize(zeros, mean, deviation).check();
    CHECK(zeros.values<float>()[0] == -3);
#if __cplusplus >= 202002L
    CHECK(x.feed(std::span<const float>(four)) == TG_OK);
    std::vector<float> room(4);
    CHECK(x.get(std::span<float>(room)) == TG_OK && room == four);
#endif
}

/* ---- Schedules and minima ------------------------------------------------------------------- */

static void minima()
{
    tg::store store = make_store();
    const tg::var w = tg::param(store, "w", { 2 }, tg::init_zeros());
    tg::tape tape(store);
    const std::vector<tg_stage> stages = {
        { 0, tg::constant_lr(tg::constant_lr_options().with_base(1)) },
        { 2, tg::linear_lr(tg::linear_lr_options().with_base(4).with_steps(4)) },
    };
    const std::vector<std::int64_t> drops = { 1, 3 };
    const std::vector<tg_schedule> factors = {
        tg::sequence_lr(stages),
        tg::multi_step_lr(drops, tg::multi_step_lr_options().with_base(2).with_gamma(0.5)),
    };
    CHECK(schedule_rate(factors[0], tg::iota(tape, tg::f64, 4)).get<double>() ==
          (std::vector<double>{ 1, 1, 4, 3 }));
    CHECK(schedule_rate(tg::product_lr(factors), tg::iota(tape, tg::f64, 4)).get<double>() ==
          (std::vector<double>{ 2, 1, 4, 1.5 }));
    tg::plateau plateau(store, "plateau", tg::plateau_options().with_base(0.5).with_patience(0));
    CHECK(plateau_feed(plateau, 1) == 0.5 && plateau_feed(plateau, 1) == 0.05);
    CHECK(schedule_rate(tg::plateau_lr(plateau), tg::number(tape, 7)).item() == 0.05);

    const tg::tensor loss = sum(square(tg::read(tape, w) - 3)) + 1;
    tg::objective f(loss);
    const double x[2] = { 1, 5 };
    double value = 0, gradient[2];
    CHECK(f.size() == 2 && f.value(x, &value, gradient) == TG_OK && value == 9);
    CHECK(gradient[0] == -4 && gradient[1] == 4 && w.get<double>()[1] == 5);
    const tg::health health(loss, tg::health_options().with_train_loss(9).with_first_loss(9.5));
    CHECK(health && health.error() && health->loss == 9 && health->parameter_count == 1);
    CHECK(health->severity == TG_HEALTH_WARNING);
    CHECK(health->finding[0].topic == TG_HEALTH_ARCHITECTURE);
    CHECK(!tg::health(tg::read(tape, w)) && tape.status() == TG_OK);
    CHECK(*operation_of(tg::node(tape, 0)) && index_of(tg::node(tape, 1)) == 1);
    const tg_minimum end = lbfgs(f, tg::lbfgs_options().with_gradient_tolerance(1e-9));
    CHECK(end.stop == TG_STOP_GRADIENT && end.value == 1 && w.get<double>()[0] == 3);
    tg::objective moved = std::move(f);
    CHECK(!f && moved && lbfgs(loss).iterations == 0);

    const tg::flat flat(store);
    CHECK(flat && flat.size() == 2 && flat.get() == (std::vector<double>{ 3, 3 }));
    CHECK(flat.set({ 1, 2 }) == TG_OK && w.get<double>()[1] == 2);
    CHECK(flat.set({ 1 }) == TG_ERR_SHAPE);
    static_assert(!std::is_copy_constructible_v<tg::flat>);
    static_assert(!std::is_copy_constructible_v<tg::objective>);
    CHECK(!tg::objective(tg::read(tape, w)) && tape.status() == TG_ERR_SHAPE);
    tape.clear_error();
}

/* ---- Options -------------------------------------------------------------------------------- */

/* Tables, scalers, parts and folds are freed by what holds them. */
static void preparation()
{
    std::vector<double> numbers = { 1, 2, 3, 4, 5, 6 };
    const tg::array x = tg::array::view({ 6, 1 }, numbers);
    const char *path = "tapegrad-check.csv";
    tg::table table;
    CHECK(!read_table(table, "/nowhere") && table.columns() == 0 && !table.column("a"));
    write_csv(x, path, tg::write_csv_options().with_header("a")).check();
    read_table(table, std::string(path)).check();
    std::remove(path);
    CHECK(table.rows() == 6 && table.column("a")->type == TG_COLUMN_INTEGER);
    CHECK(std::string(table[0].name) == "a");
    tg::array matrix, labels;
    table_matrix(table, matrix, tg::table_matrix_options().with_dtype(tg::f64)).check();
    table_labels(table, "a", labels).check();
    tg::table moved = std::move(table);
    table_drop(moved, "a").check();
    CHECK(moved.columns() == 0 && table.columns() == 0);

    tg::store store;
    tg::scaler scaler, again;
    scaler_fit(scaler, matrix, tg::scaler_fit_options().with_by(TG_SCALE_RANGE)).check();
    scaler_keep(store, "scaler", scaler).check();
    scaler_from(again, store, "scaler").check();
    scaler_apply(again, matrix).check();
    CHECK(static_cast<double *>(static_cast<const tg_array &>(matrix).data)[5] == 1);
    tg::tape tape(store);
    const tg::tensor in = tg::constant(tape, tg::shape{ 6, 1 }, numbers);
    CHECK(tg::scaled(in, "scaler").get<double>()[5] == 1);

    const tg_pair pairs[] = { { "kind", "test" }, { nullptr, nullptr } };
    tg::metadata metadata;
    save(store, path, tg::save_options().with_metadata(pairs)).check();
    read_metadata(metadata, path).check();
    CHECK(!std::strcmp(metadata.find("kind"), "test") && !metadata.find("other"));
    CHECK(!read_metadata(metadata, "/nowhere") && !metadata.find("kind"));
    std::remove(path);
    std::vector<std::uint8_t> letters = { 'b', 'a', 'b' };
    const tg::array words = tg::array::view({ 3 }, letters);
    tg::vocabulary vocabulary, none;
    tg::array ids;
    vocabulary_build(vocabulary, words).check();
    vocabulary_encode(vocabulary, words, ids).check();
    vocabulary_keep(store, "text", vocabulary).check();
    CHECK(vocabulary.size() == 2 && vocabulary.id('b') == 1 && vocabulary.symbol(0) == 'a');
    CHECK(!vocabulary_from(none, store, "other") && none.size() == 0);
    vocabulary_from(none, store, "text").check();
    tg::snapshot best;
    CHECK(!best && !best.restore(store));
    best.take(store).check();
    best.take(store).check();
    best.restore(store).check();
    CHECK(static_cast<bool>(best) && !best.restore(tg::store()));

    const tg::dataset all(tg::array::view({ 6, 1 }, numbers), std::move(labels));
    std::vector<tg::dataset> parts;
    split_parts(all, parts, { 0.5, 0.5 }).check();
    CHECK(parts.size() == 2 && parts[0].rows() == 3 && parts[1].rows() == 3);
    CHECK(!split_parts(all, parts, { 0.5, 0.6 }) && parts[0].rows() == 0);
    tg::folds folds;
    tg::dataset train, test;
    folds_make(folds, all, 3).check();
    folds_take(folds, 2, all, train, test).check();
    CHECK(folds.count() == 3 && train.rows() == 4 && test.rows() == 2);
    CHECK(!folds_take(folds, 3, all, train, test) && train.rows() == 0);
}

static void options()
{
    tg::store store = make_store();
    tg::tape tape(store);
    const tg::tensor x = reshape(tg::iota(tape, tg::f64, 6), { 2, 3 });
    const auto keep = tg::reduce_options().with_keep(true);
    CHECK(sum(x).item() == 15 && sum(x, keep).rank() == 2);
    CHECK(sum(x, keep.with_axis(0)).shape() == tg::shape({ 1, 3 }) && keep.axis == TG_ALL_AXES);
    CHECK(sum(sum(x, keep.with_axis(0))).item() == 15); /* an inner call's options are its own */
    const int axis = 0;
    CHECK(sum(x, tg::reduce_options().with_axis(axis)).count() == 3);
    CHECK(sum(x, tg::reduce_options().with_axes({ 0, 1 })).rank() == 0);
    CHECK(tg::compile_pure_options().pure && !tg::compile_options().pure);
    CHECK(tg::adamw_options().weight_decay == 1e-2 && tg::adam_options().weight_decay == 0);
    CHECK(tg::conv2d(store, "c", 1, 2, 0, tg::conv_options().with_kernel_shape({ 2, 3 })).weight);
#if __cplusplus >= 202002L
    CHECK(sum(x, { .axis = 1, .keep = true }).shape() == tg::shape({ 2, 1 }));
    CHECK(tg::variance(x, { .axes = { 0, 1 }, .correction = 0 }).rank() == 0);
    CHECK(softmax(x, { .axis = 0 }).count() == 6);
    tg::tensor where;
    CHECK(top_k(x, 1, { .axis = 0, .indices = &where }).count() == 3 && where.count() == 3);
    tg::store other({ .seed = 3, .dtype = tg::f64 });
    CHECK(other.seed() == 3 && other.dtype() == tg::f64);
    const tg::linear layer(other, "l", 3, 1, { .init = tg::init_ones() });
    tg::tape training(other);
    const tg::tensor loss = sum(layer(tg::input(training, "in", tg::f64, { 1, 3 })));
    const tg_updates updates = tg::sgd(loss, { .lr = 0.1, .no_decay = "bias", .momentum = 0.9 });
    tg::plan step = tg::compile(training, loss, { .updates = &updates, .threads = 2 });
    CHECK(step.run() == TG_OK);
    training.check();
#endif
    tape.check();
}

/* ---- Operations of one's own ---------------------------------------------------------------- */

static tg::op scaled(tg::store &store, const char *name, double by)
{
    return tg::op_new(store, name,
                      tg::op_options()
                          .with_run([by](const tg::kernel &k) {
                              const auto in = k.in<double>();
                              const auto out = k.out<double>();
                              for (std::size_t i = 0; i < out.size(); i++) out[i] = by * in[i];
                          })
                          .with_vjp([by](tg::tensor, tg::tensor g, const tg::operands &) {
                              return g * by;
                          }));
}

struct power {
    std::int64_t exponent;
};

static void operations()
{
    tg::store store = make_store();
    const tg::op twice = scaled(store, "twice", 2), thrice = scaled(store, "thrice", 3);
    const tg::op powers = tg::op_new(
        store, "powers",
        tg::op_options()
            .with_arity(-1)
            .with_run([](const tg::kernel &k) {
                for (int i = 0; i < k.arity(); i++)
                    for (std::size_t j = 0; j < k.in<double>(i).size(); j++) {
                        double each = 1;
                        for (std::int64_t n = 0; n < k.attr<power>().exponent; n++)
                            each *= k.in<double>(i)[j];
                        k.out<double>()[j] = (i ? k.out<double>()[j] : 0) + each;
                    }
            })
            .with_shape([](const tg::types &in) {
                if (in.attr<power>().exponent < 1)
                    throw std::invalid_argument("the exponent is below 1");
                return in.at(0);
            })
            .with_vjp([](tg::tensor, tg::tensor g, const tg::operands &in) {
                const double n = static_cast<double>(in.attr<power>().exponent);
                std::vector<tg::tensor> to;
                for (const tg::tensor &x : in) to.push_back(g * pow(x, n - 1) * n);
                return to;
            }));
    const tg::store moved = std::move(store); /* the lambdas go along */
    tg::tape tape(moved);
    const tg::tensor x = tg::number(tape, 5), y = tg::number(tape, 2);
    CHECK(apply(twice, x).item() == 10 && grad(apply(thrice, apply(twice, x)), x).item() == 6);
    CHECK(apply(powers, { x, y }, power{ 2 }).item() == 29);
    CHECK(grad(apply(powers, { x, y }, power{ 3 }), y).item() == 12);
    CHECK(op_of(apply(twice, x)).handle() == twice.handle());
    CHECK(apply(op_of(apply(powers, x, power{ 2 })), x, power{ 3 }).item() == 125);
    const tg::tensor in = tg::input(tape, "in", tg::f64, { 3 });
    in.feed(std::vector<double>{ 1, 2, 3 });
    CHECK(check_op(twice, in) == TG_OK && check_op(powers, in, power{ 2 }) == TG_OK);
    tape.check();
    const int line = __LINE__; CHECK(!apply(powers, x, power{ 0 }));
    CHECK(tape.status() == TG_ERR_ARGUMENT && has(tape.error(), "the exponent is below 1"));
    CHECK(has(tape.error(), here(line)));
    tape.clear_error();
    CHECK(!apply(powers, x)); /* no attributes: found, not read */
    CHECK(tape.status() == TG_ERR_STATE);
}

/* A kernel, a shape rule and a vjp that throw [thrown]. */
template <class E> static void throws(const E &thrown, tg_status status, const char *text)
{
    tg::store store = make_store();
    const auto fine = [](const tg::kernel &k) { k.out<double>()[0] = k.in<double>()[0]; };
    const auto run =
        tg::op_new(store, "run", tg::op_options().with_run([=](const tg::kernel &) { throw thrown; }));
    const auto shape = tg::op_new(
        store, "shape", tg::op_options().with_run(fine).with_shape([=](const tg::types &in) {
            if (!in.empty()) throw thrown;
            return in[0];
        }));
    const auto rule = tg::op_new(store, "rule",
                                 tg::op_options().with_run(fine).with_vjp(
                                     [=](tg::tensor, tg::tensor g, const tg::operands &in) {
                                         if (!in.empty()) throw thrown;
                                         return g;
                                     }));
    tg::tape tape(store);
    const tg::tensor x = tg::number(tape, 1);
    tg::plan plan = tg::compile(tape, apply(run, x));
    CHECK(plan.run() == status && has(plan.error(), text) && has(plan.error(), "check.cpp"));
    CHECK(!apply(shape, x) && tape.status() == status && has(tape.error(), text));
    tape.clear_error();
    CHECK(!grad(apply(rule, x), x) && tape.status() == status && has(tape.error(), text));
    CHECK(has(tape.error(), "in the rule of rule"));
}

/* Lists of arrays go into an archive and come back as owners. */
static void archives()
{
    const char *path = "/tmp/tapegrad-check.npz";
    std::vector<float> points = { 1, 2, 3, 4 };
    const tg::array x = tg::array::view({ 2, 2 }, points);
    tg::npz back;
    write_npz(tg::npz{ { "x", x }, { "y", x } }, path, tg::write_npz_options().with_compress(true)).check();
    read_npz(back, path).check();
    CHECK(back.size() == 2 && std::strcmp(back.name(1), "y") == 0);
    CHECK(back.report(0).dtype == tg::f32 && !back.find("z"));
    const tg::npz moved = std::move(back);
    CHECK(back.size() == 0 && moved.size() == 2);
    CHECK(static_cast<const float *>(moved.find("x")->data)[3] == 4);
    tg::array one;
    read_npy(one, path, tg::npy_options().with_member("y")).check();
    CHECK(one.values<float>().size() == 4 && one.values<float>()[2] == 3);
    CHECK(!read_npy(one, path, tg::npy_options().with_member("z")) && one.values<float>().size() == 0);
    std::remove(path);
    CHECK(!read_npz(back, path));
}

static void callbacks()
{
    throws(tg::error(TG_ERR_INDEX, "no such place"), TG_ERR_INDEX, "no such place");
    throws(std::runtime_error("it 100%s broke"), TG_ERR_NUMERIC, "it 100%s broke");
    throws(std::domain_error("not there"), TG_ERR_ARGUMENT, "not there");
    throws(std::bad_alloc(), TG_ERR_MEMORY, "out of memory");
    throws(7, TG_ERR_NUMERIC, "no std::exception");

    tg::store store = make_store();
    const auto wrong = tg::op_new(store, "f32_kernel", tg::op_options().with_run([](const tg::kernel &k) {
        k.out<float>()[0] = k.in<float>()[0];
    }));
    const auto two = tg::op_new(
        store, "two",
        tg::op_options()
            .with_run([](const tg::kernel &k) { k.out<double>()[0] = k.in<double>()[0]; })
            .with_vjp([](tg::tensor, tg::tensor g, const tg::operands &) { return tg::list{ g, g }; }));
    tg::tape tape(store);
    const tg::tensor x = tg::number(tape, 1);
    tg::plan plan = tg::compile(tape, apply(wrong, x));
    CHECK(plan.run() == TG_ERR_DTYPE && has(plan.error(), "f32 where there is f64"));
    CHECK(!grad(apply(two, x), x) && has(tape.error(), "2 gradients for 1 operands"));
    tape.clear_error();
    CHECK(!tg::op_new(store, "no kernel", tg::op_options()) && store.status() == TG_ERR_ARGUMENT);
}

/* ---- Logs --------------------------------------------------------------------------------- */

static void logs()
{
    static_assert(!std::is_copy_constructible_v<tg::logger>);
    static_assert(!std::is_copy_constructible_v<tg::scalars>);
    const tg_allocator counting = { count_alloc, count_free, nullptr };
    {
        tg::logger log(tg::logger_options().with_keep(true).with_allocator(&counting)), empty;
        CHECK(log && log.error());
        CHECK(log.scalar(1, "loss", 0.5) == TG_OK && log.scalar(2, std::string("loss"), 0.25) == TG_OK);
        CHECK(log.histogram(1, "w", std::vector<float>{ 1, 2 }) == TG_OK);
        CHECK(log.hparams({ { "lr", 1e-3, nullptr }, { "optimizer", 0, "adam" } }) == TG_OK);
        tg::logger moved(std::move(log));
        empty = std::move(moved);
        const tg_series kept = empty.series("loss");
        CHECK(kept.count == 2 && kept.x[1] == 2 && kept.y[1] == 0.25);
        CHECK(!tg::draw_curves("/nowhere/at/all", { kept }, tg::curves_options().with_log_y(true)));
        CHECK(empty.scalar(-1, "loss", 1) == TG_ERR_ARGUMENT);
        const int line = __LINE__ - 1;
        CHECK(!empty.error() && has(empty.error().what(), here(line)));
        CHECK(empty.status() == TG_ERR_ARGUMENT);
    }
    CHECK(live == 0);
    tg::logger none(tg::logger_options().with_csv("/nowhere/at/all"));
    CHECK(!none && none.error().status() == TG_ERR_IO && none.scalar(1, "l", 1) == TG_ERR_ARGUMENT);
    tg::scalars scalars;
    CHECK(tg::read_scalars(scalars, "/nowhere/at/all").status() == TG_ERR_IO);
    CHECK(scalars.find("loss").count == 0);
}

/* ---- Searches ----------------------------------------------------------------------------- */

static void searches()
{
    static_assert(!std::is_copy_constructible_v<tg::search>);
    const tg_allocator counting = { count_alloc, count_free, nullptr };
    const std::vector<tg::range> ranges = { tg::range("x", 0.5, 8).log().points(5),
                                            tg::range("n", 1, 3).whole(),
                                            tg::range("v", { 10, 20 }) };
    int calls = 0;
    const auto add = [&](const tg::trial &t) { return calls++, t["x"] + t["n"] + t["v"]; };
    {
        const tg::search grid = tg::search::grid(
            ranges, add, tg::grid_search_options().with_maximize(true).with_allocator(&counting));
        CHECK(grid && grid.error() && grid.size() == 30 && calls == 30);
        CHECK(grid.best()["x"] == 8 && grid.best()->score == 31 && grid[29]->score == 11.5);
        CHECK(!grid[30] && !grid.write("/nowhere/at/all"));
    }
    CHECK(live == 0);
    const auto stop = [](void *, const tg_trial *t, const tg_trial *) { return t->number < 4; };
    tg::search some = tg::search::random(ranges, add, tg::random_search_options().with_callback(stop));
    CHECK(some.size() == 5 && tg::search(std::move(some)).size() == 5);
    CHECK(tg::search::halving(ranges, add).best()->budget == 27);
    const tg::search none = tg::search::random({}, add);
    CHECK(!none && !none.best() && none.size() == 0 && has(none.error().what(), "no ranges"));
    CHECK(has(none.error().what(), here(__LINE__ - 2)));
    CHECK(!tg::search::random(ranges, nullptr));
    calls = 0;
    try {
        (void)tg::search::random(ranges, [&](const tg::trial &) -> double { throw ++calls; });
        CHECK(false);
    } catch (int thrown) {
        CHECK(thrown == 1 && calls == 1);
    }
}

/* ---- Runs ----------------------------------------------------------------------------------- */

static void runs()
{
    static_assert(!std::is_copy_constructible_v<tg::runner>);
    std::vector<float> x(20), y(20);
    for (std::size_t i = 0; i < 20; i++) y[i] = 2 * (x[i] = float(i) / 20);
    const tg::array in = tg::array::view({ 20 }, x);
    const tg::array out = tg::array::view({ 20 }, y);
    tg::store store(tg::store_options().with_seed(1));
    const tg::var w = tg::param(store, "w", {}, tg::init_constant(0));
    int recorded = 0;
    const auto step = [&](const tg::batch &b) {
        recorded++;
        const tg::tensor away = tg::read(b.tape(), w) * b[0] - b[1];
        const tg::tensor loss = mean(square(away));
        b.track("distance", mean(abs(away)));
        if (b.training())
            tg::sgd(loss, tg::sgd_options().with_lr(0.1).with_schedule(b.schedule()));
        return loss;
    };
    const auto load = [&] {
        return tg::loader(tg::samples_of_arrays({ in, out }), tg::loader_options().with_batch(8));
    };
    tg::loader loader = load();
    {
        tg::runner runner(store, step, loader, tg::runner_options().with_training(true));
        CHECK(runner && runner.error() && recorded == 2 && runner.size() == 2);
        CHECK(runner.next() == 8 && runner.latest("loss") > 0 && runner.rows() == 8);
        CHECK(runner.epoch() && runner.rows() == 20 && runner.value("distance") > 0);
        tg::runner moved(std::move(runner));
        CHECK(moved.begin(3) && moved.next() == 8 && !moved.keep());
        CHECK(std::string(moved.name(1)) == "distance" && moved.last().batch->rows == 8);
    }
    tg_error why = {};
    const tg_found_lr found =
        tg::find_lr(store, step, loader, tg::find_lr_options().with_low(1e-4).with_steps(30), &why);
    CHECK(found.status == TG_ERR_ARGUMENT && has(why.text, "batch->schedule") == false);
    const tg_fitted end = tg::fit(store, step, loader, tg::fit_options().with_epochs(30), &why);
    CHECK(end.status == TG_OK && end.epochs == 30 && end.best < 0.01);
    CHECK(tg::score(store, step, loader) < 0.01 && tg::score(store, step, loader, "distance") < 0.1);
    CHECK(tg::fit(store, nullptr, loader).status == TG_ERR_ARGUMENT);
    try {
        tg::fit(store, [](const tg::batch &) -> tg::tensor { throw 7; }, loader);
        CHECK(false);
    } catch (int thrown) {
        CHECK(thrown == 7);
    }
}

static void reports()
{
    static_assert(!std::is_copy_constructible_v<tg::page>);
    const tg_allocator counting = { count_alloc, count_free, nullptr };
    const double points[2] = { 1, 2 };
    std::int64_t counts[4] = { 3, 1, 0, 4 };
    {
        tg::page page("A page", tg::page_options().with_allocator(&counting)), other("another");
        const tg::array matrix = tg::array::view(tg::shape{ 2, 2 }, counts);
        CHECK(page && page.error());
        CHECK(page.facts("facts", { { "lr", 1e-3, nullptr } }) == TG_OK);
        CHECK(page.text("text", std::string("words")) == TG_OK);
        CHECK(page.curves("curves", { { "a", 2, points, points } },
                          tg::page_curves_options().with_log_y(true)) == TG_OK);
        CHECK(page.confusion("confusion", matrix) == TG_OK);
        CHECK(page.pictures("pictures", {}) == TG_OK);
        tg::store store;
        tg::tape tape(store);
        tg::plan plan = tg::compile(tape, tg::exp(tg::number(tape, 1)));
        CHECK(page.store("store", store) == TG_OK && page.plan("plan", plan) == TG_OK);
        tg::page moved(std::move(page));
        other = std::move(moved);
        CHECK(has(other.write("/nowhere/at/all").what(), "/nowhere/at/all") && other.error());
        CHECK(other.text("", "words") == TG_ERR_ARGUMENT);
        const int line = __LINE__ - 1;
        CHECK(!other.error() && has(other.error().what(), here(line)));
        CHECK(other.status() == TG_ERR_ARGUMENT && !other.write("/nowhere/at/all"));
    }
    CHECK(live == 0);
    tg::page none("");
    CHECK(!none && none.error().status() == TG_ERR_ARGUMENT);
    CHECK(none.text("a", "b") == TG_ERR_ARGUMENT && !none.write("/nowhere"));
}

/* ---- Instances and profiles ------------------------------------------------------------------ */

/* What the two tests compute. */
struct squares {
    tg::store store = make_store();
    tg::tape tape{ store };
    tg::tensor x = tg::input(tape, "x", tg::f64, { 2, 3 });
    tg::tensor w = tg::read(tape, tg::param(store, "w", { 3, 2 }, tg::init_ones()));
    tg::tensor y = square(matmul(x, w)), total = sum(y);
};

static std::vector<double> request(int number)
{
    return { 1.0 * number, 2, 3, 4, 5, 6.5 * number };
}

/* Two threads with an instance each get what the plan gives by itself. */
static void servers()
{
    squares s;
    tg::plan plan = tg::compile_pure(s.tape, { s.y, s.total });
    constexpr int requests = 200;
    std::vector<std::vector<double>> wanted;
    std::vector<double> totals;
    for (int i = 0; i < requests; i++) {
        CHECK(s.x.feed(request(i)) == TG_OK && plan.run() == TG_OK);
        wanted.push_back(s.y.get<double>());
        totals.push_back(s.total.item());
    }
    const auto serve = [&](tg::instance instance, int first, int &right) {
        for (int i = first; i < requests; i += 2) {
            if (instance.feed(s.x, request(i)) != TG_OK || instance.run() != TG_OK) continue;
            right += instance.get<double>(s.y) == wanted[static_cast<std::size_t>(i)] &&
                     instance.item(s.total) == totals[static_cast<std::size_t>(i)];
        }
    };
    int right[2] = { 0, 0 };
    tg::instance even(plan), odd(plan, tg::instance_options().with_threads(1));
    std::thread one(serve, std::move(even), 0, std::ref(right[0]));
    std::thread two(serve, std::move(odd), 1, std::ref(right[1]));
    one.join();
    two.join();
    CHECK(right[0] == requests / 2 && right[1] == requests / 2);
    s.tape.check();
    CHECK(!even && !odd);
}

static void instances()
{
    squares s;
    tg::plan plan = tg::compile_pure(s.tape, { s.y, s.total });
    tg::instance made(plan), instance = std::move(made);
    CHECK(instance && !made && made.run() == TG_ERR_ARGUMENT && *made.error());
    CHECK(status_of([&] { made.check(); }) == TG_ERR_ARGUMENT);
    const double rows[2][3] = { { 1, 2, 3 }, { 4, 5, 6 } };
    double out[2][2];
    CHECK(instance.feed(s.x, rows) == TG_OK && instance.feed(s.x, &rows[0][0], 6) == TG_OK);
    CHECK(std::isnan(instance.item(s.total)) && has(instance.error(), "has not run"));
    CHECK(status_of([&] { instance.check(); }) == TG_ERR_STATE);
    CHECK(instance.run() == TG_OK && instance.item(s.total) == 2 * (36 + 225));
    CHECK(instance.get(s.y, out) == TG_OK && out[0][1] == 36 && out[1][0] == 225);
    CHECK(instance.get(s.y, &out[0][0], 3) == TG_ERR_SHAPE);
    CHECK(status_of([&] { instance.check(); }) == TG_ERR_SHAPE);
    CHECK(instance.get<double>(s.y).size() == 4 && !*instance.error());
    instance.check();
    CHECK(instance.get<float>(s.y).empty() && has(instance.error(), "f64"));
    CHECK(instance.feed(s.x, std::vector<float>(6)) == TG_ERR_DTYPE);
    CHECK(instance.feed(s.y, std::vector<double>(4)) == TG_ERR_ARGUMENT);
    s.tape.check(); /* nothing of it sticks */
    tg::instance none(plan, tg::instance_options().with_threads(7));
    const int line = __LINE__ - 1;
    CHECK(!none && has(s.tape.error(), here(line) + ": tg_instance_new"));
    s.tape.clear_error();
    instance = tg::instance(plan);
    plan = tg::plan();
    CHECK(instance.run() == TG_ERR_STATE && has(instance.error(), "freed"));
}

static std::string contents(std::FILE *file)
{
    std::string text;
    std::rewind(file);
    for (int c; (c = std::fgetc(file)) != EOF;) text += static_cast<char>(c);
    std::fclose(file);
    return text;
}

static void profiles()
{
    squares s;
    tg::plan plan = tg::compile(s.tape, { s.y, s.total }, tg::compile_options().with_profile(true));
    CHECK(plan.profile_count() == 0 && plan.profile_nth(0).runs == 0);
    CHECK(s.x.feed(request(1)) == TG_OK);
    for (int i = 0; i < 3; i++) CHECK(plan.run() == TG_OK);
    const std::size_t kernels = plan.profile_count();
    CHECK(kernels == plan.kernels() && kernels > 1);
    double before = plan.profile_nth(0).seconds, products = 0;
    for (std::size_t i = 0; i < kernels; i++) {
        const tg_profile_row row = plan.profile_nth(i);
        CHECK(row.runs == 3 && row.seconds <= before && has(row.file, "check.cpp"));
        before = row.seconds;
        if (std::string(row.backend) == "call") products += row.operations;
    }
    CHECK(products == 2 * 2 * 3 * 2);
    std::FILE *table = std::tmpfile(), *trace = std::tmpfile();
    CHECK(table && trace);
    if (!table || !trace) return;
    plan.profile_print(table);
    plan.profile_trace(trace);
    CHECK(has(contents(table).c_str(), "3 runs of a plan of " + std::to_string(kernels)));
    CHECK(has(contents(trace).c_str(), "\"traceEvents\""));
    CHECK(plan.profile(false) == TG_OK && plan.run() == TG_OK && plan.profile_nth(0).runs == 3);
    plan.profile_reset();
    CHECK(plan.profile_count() == 0 && plan.profile() == TG_OK && plan.run() == TG_OK);
    CHECK(plan.profile_nth(0).runs == 1);
    CHECK(tg::plan().profile() == TG_ERR_ARGUMENT && tg::plan().profile_count() == 0);
    s.tape.check();
}

int main()
{
    owners();
    operators();
    shapes();
    lines();
    errors();
    data();
    minima();
    archives();
    preparation();
    options();
    operations();
    callbacks();
    logs();
    searches();
    runs();
    reports();
    servers();
    instances();
    profiles();
    std::printf("%d failed\n", failures);
    return failures != 0;
}
