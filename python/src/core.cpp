// The Python module gracevae._core: the part of the library that needs no LibTorch. Python's own code in
// python/gracevae gives it plain lists and arrays; every call that takes time runs on a thread of its own, without the
// interpreter's lock, while the calling thread looks for signals.
#include <pybind11/numpy.h>
#include <pybind11/pybind11.h>
#include <pybind11/stl.h>
#include <pybind11/stl/filesystem.h>

#include <algorithm>
#include <chrono>
#include <future>
#include <memory>
#include <mutex>
#include <optional>
#include <thread>

#include <gracevae/context_graph.hpp>
#include <gracevae/effects.hpp>
#include <gracevae/errors.hpp>
#include <gracevae/evaluate.hpp>
#include <gracevae/inspect.hpp>
#include <gracevae/mapped_screen.hpp>
#include <gracevae/prepare.hpp>
#include <gracevae/simulate.hpp>
#include <gracevae/text.hpp>
#include <gracevae/version.hpp>

#include "evaluate/latent_correlation.hpp"
#include "evaluate/structure.hpp"
#include "io/pack_writer.hpp"
#include "library/parts.hpp"
#include "screen/differential.hpp"
#include "stats/principal_components.hpp"
#include "stats/umap.hpp"

namespace py = pybind11;
using namespace py::literals;

namespace gracevae {

namespace {

using Floats = py::array_t<float, py::array::c_style | py::array::forcecast>;
using Longs = py::array_t<std::int64_t, py::array::c_style | py::array::forcecast>;
using Ints = py::array_t<std::int32_t, py::array::c_style | py::array::forcecast>;
using Path = std::filesystem::path;

// ---- errors ----

const char* code_word(ErrorCode code) {
  switch (code) {
    case ErrorCode::input: return "input";
    case ErrorCode::config: return "config";
    case ErrorCode::io: return "io";
    case ErrorCode::numerical: return "numerical";
    case ErrorCode::interrupted: return "interrupted";
  }
  return "internal";
}

void raise_in_python(const Error& error) {
  const py::object made = py::module_::import("gracevae.errors")
                              .attr("from_parts")(code_word(error.code()), error.message(), error.place(),
                                                  error.found(), error.expected(), error.hint());
  PyErr_SetObject(py::type::of(made).ptr(), made.ptr());
}

// ---- calls without the interpreter's lock ----

/// What a call tells Python: functions or None. And what Python told it: an exception of one of these functions.
class Host {
 public:
  Host(py::object log, py::object progress, int threads) : log_(std::move(log)), progress_(std::move(progress)) {
    context_.threads = threads;
    context_.stop = stop_.get_token();
    if (!log_.is_none())
      context_.log = [this](const Message& message) {
        call([&] {
          const char* level = message.level == Message::Level::warning ? "warning"
                              : message.level == Message::Level::info  ? "info"
                                                                       : "debug";
          log_(level, message.text);
        });
      };
    if (!progress_.is_none())
      context_.progress = [this](const ProgressReport& report) {
        call([&] { progress_(report.task, report.done, report.total, report.seconds_left, report.detail); });
      };
  }

  const Context& context() const { return context_; }

  /// Calls Python from the working thread. What it raises ends the work and is raised again where the work began.
  template <class Function>
  void call(Function function) {
    const py::gil_scoped_acquire lock;
    if (raised_) throw Interrupted("Python raised an exception");
    try {
      function();
    } catch (py::error_already_set& error) {
      raised_ = std::make_unique<py::error_already_set>(std::move(error));
      throw Interrupted("Python raised an exception");
    }
  }

  /// Runs `work` on a thread; Ctrl-C requests a stop. Called with the lock, which is released meanwhile.
  template <class Work>
  auto run(Work work) {
    std::packaged_task<decltype(work())()> task(std::move(work));
    auto result = task.get_future();
    std::thread thread(std::move(task));
    {
      const py::gil_scoped_release release;
      while (result.wait_for(std::chrono::milliseconds(50)) != std::future_status::ready) {
        const py::gil_scoped_acquire lock;
        if (raised_ || PyErr_CheckSignals() == 0) continue;
        raised_ = std::make_unique<py::error_already_set>();
        stop_.request_stop();
      }
      thread.join();
    }
    if (raised_) throw py::error_already_set(*raised_);
    return result.get();
  }

 private:
  py::object log_, progress_;
  std::stop_source stop_;
  Context context_;
  std::unique_ptr<py::error_already_set> raised_;
};

// ---- options ----

Options options_of(const OptionWords& words) { return Options::read({}, words); }

py::object value_of(const OptionValue& value) {
  return std::visit([](const auto& held) -> py::object { return py::cast(held); }, value);
}

py::list list_options(const OptionWords& words) {
  py::list list;
  for (const OptionInfo& option : options_of(words).list())
    list.append(py::dict("key"_a = option.key, "help"_a = option.help, "value"_a = value_of(option.value),
                         "choices"_a = option.choices, "low"_a = option.low, "high"_a = option.high));
  return list;
}

// ---- matrices ----

template <class T>
py::array_t<T> array_of(std::vector<T>&& values, std::vector<py::ssize_t> shape) {
  auto* held = new std::vector<T>(std::move(values));
  const py::capsule owner(held, [](void* p) { delete static_cast<std::vector<T>*>(p); });
  return py::array_t<T>(std::move(shape), held->data(), owner);
}

template <class T>
std::span<const T> span_of(const py::array_t<T, py::array::c_style | py::array::forcecast>& array) {
  return {array.data(), static_cast<std::size_t>(array.size())};
}

/// (indptr, indices, data) as a matrix of its own.
CsrMatrix<float> csr_of(const py::tuple& parts, std::int64_t n_cols) {
  const auto indptr = parts[0].cast<Longs>();
  const auto indices = parts[1].cast<Ints>();
  const auto data = parts[2].cast<Floats>();
  CsrMatrix<float> x;
  x.n_rows = indptr.size() - 1;
  x.n_cols = n_cols;
  x.indptr.assign(indptr.data(), indptr.data() + indptr.size());
  x.indices.assign(indices.data(), indices.data() + indices.size());
  x.values.assign(data.data(), data.data() + data.size());
  return x;
}

/// Blocks of rows as Python cuts them, which may be larger than those that are asked for.
class PythonRows {
 public:
  PythonRows(Host& host, py::function block, std::int64_t n_cols)
      : host_(host), block_(std::move(block)), n_cols_(n_cols) {}

  CsrMatrix<float> rows(std::int64_t first, std::int64_t count) {
    CsrMatrix<float> result;
    result.n_cols = n_cols_;
    for (const std::int64_t end = first + count; first < end;) {
      if (first < first_ || first >= first_ + held_.n_rows) fetch(first);
      const std::int64_t stop = std::min(end, first_ + held_.n_rows);
      append_rows(held_, first - first_, stop - first_, result);
      first = stop;
    }
    return result;
  }

 private:
  void fetch(std::int64_t first) {
    held_ = {};
    host_.call([&] { held_ = csr_of(block_(first), n_cols_); });
    first_ = first;
    if (held_.n_rows < 1) throw InputError("X gave a block without rows");
  }

  Host& host_;
  py::function block_;
  std::int64_t n_cols_, first_ = 0;
  CsrMatrix<float> held_;
};

/// {"index": names, "columns": [(name, kind, values …)]}
Annotation annotation_of(const py::dict& frame) {
  Annotation annotation;
  annotation.index = frame["index"].cast<std::vector<std::string>>();
  for (const py::handle& item : frame["columns"]) {
    const auto column = item.cast<py::tuple>();
    AnnotationColumn made;
    made.name = column[0].cast<std::string>();
    const auto kind = column[1].cast<std::string>();
    if (kind == "category")
      made.values =
          CategoryCodes{column[2].cast<std::vector<std::int32_t>>(), column[3].cast<std::vector<std::string>>()};
    else if (kind == "text")
      made.values = column[2].cast<std::vector<std::string>>();
    else if (kind == "integer")
      made.values = column[2].cast<std::vector<std::int64_t>>();
    else if (kind == "boolean")
      made.values = column[2].cast<std::vector<bool>>();
    else
      made.values = column[2].cast<std::vector<double>>();
    annotation.columns.push_back(std::move(made));
  }
  return annotation;
}

void write_screen(const Path& folder, std::int64_t n_rows, std::int64_t n_cols, const py::function& row_sizes,
                  const py::function& block, const py::dict& obs, const py::dict& var, std::optional<double> log1p_base,
                  const py::object& log, const py::object& progress) {
  Host host(log, progress, 0);
  PythonRows rows(host, block, n_cols);
  const Annotation cells = annotation_of(obs), genes = annotation_of(var);
  RowSource source{.n_rows = n_rows, .n_cols = n_cols, .row_sizes = {}, .rows = {}};
  source.row_sizes = [&] {
    std::vector<std::int64_t> sizes;
    host.call([&] {
      const auto given = row_sizes().cast<Longs>();
      sizes.assign(given.data(), given.data() + given.size());
    });
    return sizes;
  };
  source.rows = [&](std::int64_t first, std::int64_t count) { return rows.rows(first, count); };
  host.run([&] { write_mapped_screen(folder, source, cells, genes, host.context(), {.log1p_base = log1p_base}); });
}

/// Of a packed file: (rows, columns, stored values, bytes before the table of rows, before indices, before values).
py::tuple parts_of_pack(const Path& file) {
  const impl::PackParts parts = impl::pack_parts(file);
  return py::make_tuple(parts.n_rows, parts.n_cols, parts.n_stored, parts.table, parts.indices, parts.values);
}

// ---- screens and splits ----

Screen read_screen(const Path& file, const OptionWords& words, const py::object& log, const py::object& progress) {
  Host host(log, progress, 0);
  const Options options = options_of(words);
  return host.run([&] { return Screen::read(file, options, host.context()); });
}

py::list conditions_of(const Screen& screen) {
  py::list list;
  for (const Condition& condition : screen.conditions())
    list.append(py::make_tuple(condition.label, condition.targets, condition.n_cells));
  return list;
}

py::array_t<std::int32_t> condition_of_cell(const Screen& screen) {
  const auto cells = screen.condition_of_cell();
  return py::array_t<std::int32_t>(static_cast<py::ssize_t>(cells.size()), cells.data());
}

Split split_from_folds(const Screen& screen, const Ints& folds) {
  std::vector<Fold> made;
  for (const std::int32_t fold : span_of(folds)) made.push_back(static_cast<Fold>(fold));
  return Split::from_folds(screen, std::move(made));
}

py::array_t<std::int32_t> folds_of(const Split& split) {
  std::vector<std::int32_t> folds;
  for (const Fold fold : split.folds()) folds.push_back(static_cast<std::int32_t>(fold));
  const auto n = static_cast<py::ssize_t>(folds.size());
  return array_of(std::move(folds), {n});
}

// ---- scores ----

py::list scores_of(const std::vector<Score>& scores) {
  py::list list;
  for (const Score& score : scores)
    list.append(py::make_tuple(score.condition, score.kind, score.gene_set, score.method, score.metric, score.value,
                               score.error, score.n_conditions));
  return list;
}

py::dict evaluate_cells(const Screen& screen, const Split& split, const py::list& predictions, const OptionWords& words,
                        int threads, const py::object& log, const py::object& progress) {
  Host host(log, progress, threads);
  const Options options = options_of(words);
  std::vector<PredictedCells> cells;
  for (const py::handle& item : predictions) {
    const auto given = item.cast<py::tuple>();
    const auto values = given[1].cast<Floats>();
    PredictedCells predicted;
    predicted.condition = given[0].cast<std::string>();
    predicted.values = Matrix<float>(values.shape(0), values.shape(1));
    std::copy_n(values.data(), values.size(), predicted.values.values.begin());
    if (!given[2].is_none()) predicted.controls = given[2].cast<std::vector<std::int64_t>>();
    cells.push_back(std::move(predicted));
  }
  const Scores scores = host.run([&] { return evaluate(screen, split, cells, options, host.context()); });
  return py::dict("by_condition"_a = scores_of(scores.by_condition), "averages"_a = scores_of(scores.averages),
                  "warnings"_a = scores.warnings, "text"_a = scores.text, "json"_a = scores.json);
}

/// (the record of metrics.json as text, its tables as text). Latents of cells are compared where there are predictions.
py::tuple structure_scores(const Path& truth, const Path& learned, const std::optional<Path>& predictions,
                           std::uint64_t seed) {
  Host host(py::none(), py::none(), 0);
  const auto [json, text] = host.run([&] {
    const impl::KnownGraph known = impl::read_known_graph(truth);
    const impl::LearnedGraph fit = impl::read_learned_graph(learned);
    impl::require_comparable(known, fit);
    const auto correlation = predictions ? impl::latent_correlations(known, fit, *predictions) : Matrix<double>();
    const auto record = impl::structure_record(known, fit, correlation, seed);
    return std::pair(record.dump(), impl::structure_text(record));
  });
  return py::make_tuple(json, text);
}

// ---- networks ----

py::dict read_context_graph(const Screen& screen, const Path& network, const OptionWords& words,
                            const py::object& log) {
  Host host(log, py::none(), 0);
  const Options options = options_of(words);
  const ContextGraph graph = host.run([&] { return ContextGraph::read(screen, network, options, host.context()); });
  std::vector<std::int32_t> ends;
  for (const auto& [from, to] : graph.edges()) ends.insert(ends.end(), {from, to});
  const auto n_edges = static_cast<py::ssize_t>(graph.edges().size());
  return py::dict("n_genes"_a = graph.n_genes(), "pathways"_a = graph.pathway_names(),
                  "edges"_a = array_of(std::move(ends), {n_edges, 2}), "warnings"_a = graph.warnings());
}

// ---- files ----

py::tuple inspect_screen(const OptionWords& words, bool quality, const py::object& log, const py::object& progress) {
  Host host(log, progress, 0);
  const Inspection found =
      host.run([&] { return inspect(words, {.wanted = quality, .cells = {}, .json = {}}, host.context()); });
  return py::make_tuple(found.text, found.json);
}

std::string prepare_screen(const Path& output, const OptionWords& words, const py::object& log,
                           const py::object& progress) {
  Host host(log, progress, 0);
  const Options options = options_of(words);
  return host.run([&] { return prepare(output, options, host.context()); });
}

void simulate_screen(const Path& folder, const OptionWords& words, const py::object& log, const py::object& progress) {
  Host host(log, progress, 0);
  const Options options = options_of(words);
  host.run([&] { simulate(folder, options, host.context()); });
}

// ---- effects ----

using EffectCall = std::string (*)(const Path&, const Path&, const Options&, const Context&);

/// One of the calls of <gracevae/effects.hpp> that read a source and write a folder or a file.
template <EffectCall call>
std::string about_effects(const Path& source, const Path& output, const OptionWords& words, const py::object& log,
                          const py::object& progress) {
  Host host(log, progress, 0);
  const Options options = options_of(words);
  return host.run([&] { return call(source, output, options, host.context()); });
}

std::string plan_cells_of(const Path& file, const OptionWords& words, const py::object& log,
                          const py::object& progress) {
  Host host(log, progress, 0);
  const Options options = options_of(words);
  return host.run([&] { return plan_cells(file, options, host.context()); });
}

// ---- statistics ----

/// Of every condition that can be tested: (label, scores, p-values, adjusted, log2 fold changes).
py::list rank_genes(const Screen& screen, const std::string& method, std::int64_t min_cells, const py::object& log) {
  Host host(log, py::none(), 0);
  std::vector<std::pair<std::string, impl::ConditionTest>> tests;
  host.run([&] {
    impl::DifferentialOptions options;
    options.method = method;
    options.min_cells = min_cells;
    const impl::DifferentialTests all = impl::test_regimes(screen.impl().screen, options);
    for (std::size_t k = 1; k < screen.conditions().size(); ++k)
      if (all.can_test(static_cast<std::int64_t>(k)))
        tests.emplace_back(screen.conditions()[k].label, all.test(static_cast<std::int64_t>(k)));
  });
  py::list list;
  for (auto& [label, test] : tests) {
    const auto n = static_cast<py::ssize_t>(test.scores.size());
    list.append(py::make_tuple(label, array_of(std::move(test.scores), {n}), array_of(std::move(test.p_values), {n}),
                               array_of(std::move(test.adjusted), {n}),
                               array_of(std::move(test.log2_fold_changes), {n})));
  }
  return list;
}

/// (scores [n, k], directions [genes, k], variances [k]) of all cells.
py::tuple components(const Screen& screen, std::int64_t n_components) {
  Host host(py::none(), py::none(), 0);
  Matrix<double> scores;
  impl::PrincipalComponents found;
  host.run([&] {
    const impl::Screen& cells = screen.impl().screen;
    std::vector<std::int64_t> rows(static_cast<std::size_t>(cells.n_cells()));
    for (std::size_t i = 0; i < rows.size(); ++i) rows[i] = static_cast<std::int64_t>(i);
    found = impl::principal_components(cells.rows(), rows, n_components);
    scores = found.project(impl::common_rows(cells.rows(), rows, [](std::int64_t, float value) { return value; }));
  });
  const py::ssize_t n_scores = scores.n_rows, k = scores.n_cols, n_genes = found.directions.n_rows;
  return py::make_tuple(array_of(std::move(scores.values), {n_scores, k}),
                        array_of(std::move(found.directions.values), {n_genes, k}),
                        array_of(std::move(found.variances), {k}));
}

py::array_t<float> draw_umap(const Floats& points, std::int64_t n_neighbors, double min_dist, double spread,
                             std::int64_t epochs, std::int64_t seed) {
  Host host(py::none(), py::none(), 0);
  const MatrixView<const float> view{points.data(), points.shape(0), points.shape(1)};
  impl::UmapOptions options;
  options.n_neighbors = n_neighbors;
  options.min_dist = min_dist;
  options.spread = spread;
  options.epochs = epochs;
  options.seed = seed;
  Matrix<float> drawn = host.run([&] {
    return impl::umap(view, options, [&](double) {
      if (host.context().stop.stop_requested()) throw Interrupted("stopped while drawing");
    });
  });
  return array_of(std::move(drawn.values), {static_cast<py::ssize_t>(drawn.n_rows), 2});
}

}  // namespace

PYBIND11_MODULE(_core, module) {
  module.doc() = "The part of gracevae that needs no LibTorch. Internal: use the package gracevae.";
  module.attr("version") = kVersion;
  py::register_exception_translator([](std::exception_ptr pointer) {
    try {
      if (pointer) std::rethrow_exception(pointer);
    } catch (const Error& error) {
      raise_in_python(error);
    }
  });

  module.def("list_options", &list_options, "words"_a = OptionWords());
  module.def("near_names", [](const std::string& name, const std::vector<std::string>& candidates) {
    return near_names(name, candidates);
  });
  module.def("write_screen", &write_screen);
  module.def("parts_of_pack", &parts_of_pack);
  module.def("context_graph", &read_context_graph);
  module.def("structure", &structure_scores);
  module.def("inspect", &inspect_screen);
  module.def("prepare", &prepare_screen);
  module.def("simulate", &simulate_screen);
  module.def("predict_effects", &about_effects<predict_effects>);
  module.def("cross_validate_effects", &about_effects<cross_validate_effects>);
  module.def("plan_experiment", &about_effects<plan_experiment>);
  module.def("plan_cells", &plan_cells_of);
  module.def("rank_genes", &rank_genes);
  module.def("components", &components);
  module.def("umap", &draw_umap);
  module.def("evaluate", &evaluate_cells);

  py::class_<Screen>(module, "Screen")
      .def_static("read", &read_screen)
      .def_property_readonly("n_cells", &Screen::n_cells)
      .def_property_readonly("n_genes", &Screen::n_genes)
      .def_property_readonly("cells", &Screen::cells)
      .def_property_readonly("genes", &Screen::genes)
      .def_property_readonly("conditions", &conditions_of)
      .def_property_readonly("condition_of_cell", &condition_of_cell)
      .def_property_readonly("warnings", &Screen::warnings)
      .def("mean",
           [](const Screen& screen, const std::string& label) {
             std::vector<double> mean = screen.mean(label);
             const auto n = static_cast<py::ssize_t>(mean.size());
             return array_of(std::move(mean), {n});
           })
      .def("describe", &Screen::describe);
  py::class_<Split>(module, "Split")
      .def_static("make", [](const Screen& screen, std::uint64_t seed,
                             const OptionWords& words) { return Split::make(screen, seed, options_of(words)); })
      .def_static("read", &Split::read)
      .def_static("from_folds", &split_from_folds)
      .def_property_readonly("folds", &folds_of)
      .def_property_readonly("test_conditions", &Split::test_conditions)
      .def("test_cells",
           [](const Split& split, const std::string& label) {
             std::vector<std::int64_t> cells = split.test_cells(label);
             const auto n = static_cast<py::ssize_t>(cells.size());
             return array_of(std::move(cells), {n});
           })
      .def("write", &Split::write);
}

}  // namespace gracevae
