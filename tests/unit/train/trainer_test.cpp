// Training on a small simulated screen: the run folder, the same bits, resuming, and stopping on a loss that is not
// finite.
#include "train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <functional>
#include <set>

#include "base/error.hpp"
#include "base/files.hpp"
#include "causal/losses.hpp"
#include "io/safetensors.hpp"
#include "run/history.hpp"
#include "run/model_parts.hpp"
#include "screen/shift_model.hpp"
#include "simulate/simulate.hpp"
#include "support/simulated_screen.hpp"
#include "support/temporary_folder.hpp"
#include "train/setup.hpp"

namespace gracevae::impl {
namespace {

using testing::HasSubstr;

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    SimulateOptions simulate = tiny_simulation();
    simulate.n_control = 40;
    simulate.cells_per_single = 30;
    simulate_screen(folder_.path() / "sim", simulate);
    options_ = options_on(folder_.path() / "sim");
    options_.model.hidden = 8;
    options_.batches.batch_size = 8;
    options_.train.epochs = 6;
    options_.train.threads = 1;
    options_.train.validate_every = 2;
    options_.train.resolve("grace-vae");
  }
  /// Trains, stopped after every so many steps, until it is done; returns the number of stops, −1 when it never is.
  int train_in_pieces(const RunFolder& folder, std::int64_t steps) const {
    for (int stops = 0; stops < 100; ++stops) try {
        train({.options = options_, .folder = folder, .resume = stops > 0, .stop_after_steps = steps});
        return stops;
      } catch (const Interrupted&) {
        continue;
      }
    return -1;
  }
  RunFolder run(const std::string& name) const { return {folder_.path() / name}; }

  TemporaryFolder folder_;
  RunOptions options_;
};

/// The last line of history.jsonl.
nlohmann::json newest_record(const RunFolder& run) {
  std::istringstream history(read_text(run.history()));
  std::string line, newest;
  while (std::getline(history, line)) newest = line;
  return nlohmann::json::parse(newest);
}

std::string message_of(const std::function<void()>& call) {
  try {
    call();
  } catch (const Error& error) {
    return error.what();
  }
  return "no error";
}

TEST_F(TrainerTest, WritesAWholeRunFolder) {
  train({.options = options_, .folder = run("a")});
  const RunFolder a = run("a");
  for (const auto& file : {a.options(), a.split(), a.model(), a.best_model(), a.checkpoint(), a.history()})
    EXPECT_TRUE(std::filesystem::exists(file)) << file;
  std::istringstream history(read_text(a.history()));
  int epoch = 0;
  for (std::string line; std::getline(history, line); ++epoch) {
    const auto entry = nlohmann::json::parse(line);
    EXPECT_EQ(entry.at("epoch"), epoch);
    EXPECT_EQ(entry.contains("diagnostics"), epoch % 2 == 1);
    EXPECT_GT(entry.at("mse").get<double>(), 0);
  }
  EXPECT_EQ(epoch, 6);
  const auto record = read_toml(a.options());
  EXPECT_EQ(record["train"]["alpha_max"], 8.0);
  EXPECT_EQ(record["derived"]["n_latents"], 3);
  EXPECT_EQ(record["inputs"]["screen_hash"].get<std::string>().size(), 32U);
  EXPECT_EQ(load_run_options(a).train.epochs, 6) << "a run can be read back from its own file";
}

TEST_F(TrainerTest, BothEnginesTrainTheSame) {
  options_.model.dtype = "float64";
  std::vector<nlohmann::json> last;
  for (const char* engine : {"autograd", "sliced"}) {
    options_.train.engine = engine;
    train({.options = options_, .folder = run(engine)});
    last.push_back(newest_record(run(engine)));
  }
  for (const char* term : {"loss", "mmd", "mse", "kl", "sparsity", "validation"})
    EXPECT_NEAR(last[0].at(term).get<double>(), last[1].at(term).get<double>(), 1e-9) << term;
}

TEST_F(TrainerTest, AnEngineThatCannotIsRefused) {
  options_.train.engine = "sliced";
  options_.model.encoder = "gcn";
  const std::string text = message_of([&] { train({.options = options_, .folder = run("a")}); });
  EXPECT_THAT(text, HasSubstr("train.engine is sliced, but model.encoder is gcn"));
  EXPECT_THAT(text, HasSubstr("leave train.engine out"));
  EXPECT_FALSE(std::filesystem::exists(run("a").options())) << "nothing is left in the way of the next try";
}

TEST_F(TrainerTest, Bfloat16IsRefusedWhereItCannotBe) {
  options_.model.precision = "bf16";
  const auto refused = [&](const std::string& what, const std::function<void(RunOptions&)>& change) {
    RunOptions options = options_;
    change(options);
    EXPECT_THAT(message_of([&] { train({.options = options, .folder = run("a")}); }),
                HasSubstr("model.precision is bf16, but " + what));
  };
  refused("model.dtype is float64", [](RunOptions& o) { o.model.dtype = "float64"; });
  refused("train.engine is autograd", [](RunOptions& o) { o.train.engine = "autograd"; });
  refused("model.encoder is gcn", [](RunOptions& o) { o.model.encoder = "gcn"; });
}

TEST_F(TrainerTest, Bfloat16TrainsNearlyTheSame) {
  std::vector<double> last;
  for (const char* precision : {"full", "bf16"}) {
    options_.model.precision = precision;
    train({.options = options_, .folder = run(precision)});
    last.push_back(newest_record(run(precision)).at("loss").get<double>());
  }
  EXPECT_NE(last[0], last[1]);
  EXPECT_NEAR(last[1] / last[0], 1, 0.02);
}

TEST_F(TrainerTest, SameSeedSameBitsOtherSeedOther) {
  train({.options = options_, .folder = run("a")});
  train({.options = options_, .folder = run("b")});
  options_.train.seed = 1;
  train({.options = options_, .folder = run("c")});
  EXPECT_EQ(read_text(run("a").model()), read_text(run("b").model()));
  EXPECT_NE(read_text(run("a").model()), read_text(run("c").model()));
}

TEST_F(TrainerTest, EveryPairingAndPathwayModeTrains) {
  options_.train.epochs = 1;
  options_.batches.pairing = "resample";
  options_.batches.keep_short = true;
  for (const char* mode : {"shared", "per-cell", "zero"})
    for (const char* dtype : {"float32", "float64"}) {
      options_.model.pathway_values = mode;
      options_.model.dtype = dtype;
      EXPECT_NO_THROW(train({.options = options_, .folder = run(std::string(mode) + dtype)}));
    }
}

TEST_F(TrainerTest, ResumedIsUninterrupted) {
  // With two threads the next batch is made ahead.
  for (const auto& [threads, backed] : std::vector<std::pair<int, bool>>{{1, false}, {2, false}, {2, true}}) {
    options_.train.threads = threads;
    options_.batches.backed = backed;
    options_.batches.backed_memory = 1;
    const std::string name = std::to_string(threads) + (backed ? "_backed_" : "_");
    const RunFolder whole = run(name + "whole"), pieces = run(name + "pieces");
    train({.options = options_, .folder = whole});
    // Stopped after every fifth step, in the middle of epochs and between them, until it is done.
    EXPECT_GE(train_in_pieces(pieces, 5), 6) << name;
    EXPECT_EQ(read_text(whole.model()), read_text(pieces.model())) << name;
    EXPECT_EQ(read_text(whole.best_model()), read_text(pieces.best_model())) << name;
  }
}

TEST_F(TrainerTest, EveryModelTrainsAndResumesToTheSameBits) {
  options_.train.epochs = 2;
  options_.network.level = "gg+pg";
  options_.train.schedule = "constant";  // else the intervention encoder has no part in the loss of the first epochs
  const std::vector<std::string> interventions{"mlp", "tri-value", "tri-value-1hop", "drop-edge"};
  for (const std::string& model : model_names())
    for (const std::string& encoder : interventions) {
      if (model != "grace-vae" && model != "vgae" && encoder != "mlp") continue;
      options_.model.model = model;
      options_.model.intervention_encoder = encoder;
      options_.model.unknown_targets = "fallback";
      const std::string name = model + "_" + encoder;
      train({.options = options_, .folder = run(name)});
      EXPECT_GE(train_in_pieces(run(name + "_pieces"), 4), is_shift_model(model) ? 0 : 2) << name;
      for (const auto file : {&RunFolder::model, &RunFolder::latents})
        EXPECT_EQ(read_text((run(name).*file)()), read_text((run(name + "_pieces").*file)())) << name;
    }
}

TEST_F(TrainerTest, DropsInTrainingWhatTheEncoderCanDrop) {
  options_.train.epochs = 1;
  options_.train.learning_rate = 0;  // the weights of the start all along
  options_.train.schedule = "constant";
  options_.model.dtype = "float64";
  options_.model.unknown_targets = "fallback";
  /// The epoch's mean MMD, with nothing dropped.
  const auto without_dropout = [&] {
    const RunData data = load_run_data(options_);
    const auto model = make_run_model(options_, data);
    const auto batches = make_batches(data.screen, data.split, data.pairs, options_.batches, Random(0, "batches", 0));
    double sum = 0;
    for (std::size_t i = 0; i < batches.size(); ++i) {
      const auto& targets = data.screen.regimes[static_cast<std::size_t>(batches[i].regime)].targets;
      ModelInput input = control_input(*model, data, options_.model, batches[i].controls, Random(0, "noise", 0, i));
      input.targets = target_tensors(targets, data, at::kDouble);
      input.tau = options_.train.tau_max;
      const Tensor y = cells_tensor(data.screen, batches[i].cells, at::kDouble);
      sum += mmd2(model->forward(input).y_hat, y, {}).item<double>();
    }
    return sum / static_cast<double>(batches.size());
  };
  for (const char* encoder : {"drop-edge", "tri-value"}) {
    options_.model.intervention_encoder = encoder;
    train({.options = options_, .folder = run(encoder)});
    const double mmd = nlohmann::json::parse(read_text(run(encoder).history())).at("mmd").get<double>();
    const double off = std::abs(mmd - without_dropout());
    EXPECT_EQ(off > 1e-12, std::string(encoder) == "tri-value") << encoder << " " << off;
  }
}

TEST_F(TrainerTest, SmoothnessIsReportedAndWeighedWhereItIsPartOfTheLoss) {
  options_.train.epochs = 1;
  const auto smoothness = [&](const std::string& model, double weight) {
    options_.model.model = model;
    options_.train.smoothness = weight;
    const RunFolder folder = run(model + std::to_string(weight));
    train({.options = options_, .folder = folder});
    return std::pair(nlohmann::json::parse(read_text(folder.history())).at("smoothness").get<double>(),
                     read_text(folder.model()));
  };
  EXPECT_GT(smoothness("vgae", 0).first, 0);
  EXPECT_LT(smoothness("vgae", 100).first, smoothness("vgae", 0.5).first);
  EXPECT_EQ(smoothness("grace-vae", 100).first, 0);
  EXPECT_EQ(smoothness("grace-vae", 100.5).second, smoothness("grace-vae", 0).second) << "no part of this loss";
}

TEST_F(TrainerTest, AModelWithoutALatentGraphSaysSo) {
  options_.model.model = "vgae";
  options_.train.epochs = 2;
  train({.options = options_, .folder = run("a")});
  const auto latents = nlohmann::json::parse(read_text(run("a").latents()));
  EXPECT_EQ(latents["mechanism"], "none");
  EXPECT_EQ(latents["graph"].size(), 0U);
  EXPECT_TRUE(latents["threshold"].is_null());
  EXPECT_EQ(latents["labels"].size(), 3U);
  EXPECT_FALSE(latents["identifies_graph"].get<bool>());
  for (const auto& warning : latents["warnings"])
    EXPECT_THAT(warning.get<std::string>(), testing::Not(HasSubstr("graph does"))) << warning;
}

/// A screen whose single targets are held out, and a network that knows some of them.
class UnseenTargetTest : public TrainerTest {
 protected:
  UnseenTargetTest() {
    options_.split.kind = "unseen-single";
    options_.split.test_fraction = 0.3;
    options_.model.intervention_encoder = "tri-value";
    options_.train.epochs = 1;
    options_.network.level = "gg";
    const Screen screen = load_screen(options_.screen);
    for (const auto& regime : screen.regimes)
      if (regime.targets.size() == 1) targets_.push_back(regime.targets.front());
    for (const auto& gene : screen.genes)
      if (std::find(targets_.begin(), targets_.end(), gene) == targets_.end()) genes_.push_back(gene);
    connect(targets_);
  }
  /// Each of these interacts with a gene of its own, and the genes that are no targets make a chain.
  void connect(const std::vector<std::string>& targets) {
    std::string text;
    for (std::size_t i = 0; i + 1 < genes_.size(); ++i) text += genes_[i] + " " + genes_[i + 1] + "\n";
    for (std::size_t i = 0; i < targets.size(); ++i) text += targets[i] + " " + genes_[3 * i + 1] + "\n";
    write_text(folder_.path() / "interactions.txt", text);
    options_.network = {};
    options_.network.edges = (folder_.path() / "interactions.txt").string();
    options_.network.level = "gg";
  }
  std::vector<std::string> targets_, genes_;
};

TEST_F(UnseenTargetTest, IsPlacedByTheGraph) {
  for (const char* encoder : {"tri-value", "tri-value-1hop"}) {
    options_.model.intervention_encoder = encoder;
    const RunData data = load_run_data(options_);
    EXPECT_EQ(data.targets.size(), 2U) << "one of three is held out";
    EXPECT_EQ(data.shape.n_latents, 2) << "a latent for each trained target";
    EXPECT_TRUE(has_places(data, targets_));
    for (const std::string& target : targets_) {
      const Tensor row = target_tensors({target}, data, at::kFloat).front();
      EXPECT_EQ(row.sum().item<double>(), 1);
      EXPECT_EQ(data.target_graph->nodes[static_cast<std::size_t>(at::argmax(row).item<std::int64_t>())], target);
    }
    EXPECT_NO_THROW(train({.options = options_, .folder = run(encoder)}));
  }
}

TEST_F(UnseenTargetTest, WithoutAnEdgeIsRefusedByNameOrReadAsAllLabels) {
  const RunData all = load_run_data(options_);
  std::string held_out;
  for (const std::string& target : targets_)
    if (!std::binary_search(all.targets.begin(), all.targets.end(), target)) held_out = target;
  connect(all.targets);
  EXPECT_THAT(message_of([&] { load_run_data(options_); }),
              HasSubstr("1 of 3 targets have no protein interaction with a measured gene or another target: '" +
                        held_out + "'"));
  options_.model.unknown_targets = "fallback";
  const RunData data = load_run_data(options_);
  EXPECT_TRUE(has_places(data, {held_out}));
  const Tensor row = target_tensors({held_out}, data, at::kDouble).front();
  EXPECT_EQ(row.gt(0).sum().item<std::int64_t>(), 2);
  for (const std::string& label : data.targets)
    EXPECT_EQ((row * target_tensors({label}, data, at::kDouble).front()).sum().item<double>(), 0.5);
  // One that trains keeps a node of its own.
  connect({held_out, all.targets[0]});
  const RunData alone = load_run_data(options_);
  EXPECT_EQ(target_tensors({all.targets[1]}, alone, at::kFloat).front().max().item<double>(), 1);
}

TEST_F(UnseenTargetTest, IsRefusedWhereTheEncoderHasLabelsOnly) {
  for (const char* encoder : {"mlp", "table", "drop-edge"}) {
    options_.model.intervention_encoder = encoder;
    options_.model.unknown_targets = "error";
    EXPECT_THAT(message_of([&] { load_run_data(options_); }),
                HasSubstr(std::string("model.intervention_encoder ") + encoder + " cannot place"));
    options_.model.unknown_targets = "fallback";
    EXPECT_NO_THROW(train({.options = options_, .folder = run(encoder)}));
  }
}

class CalibratedTest : public TrainerTest {
 protected:
  CalibratedTest() {
    const auto keep = options_;
    options_ = calibrated_options();
    options_.screen = keep.screen;
    options_.network = keep.network;
    options_.model.hidden = 8;
    options_.batches.batch_size = 8;
    options_.train.epochs = 4;
    options_.train.threads = 1;
    options_.train.validate_every = 2;
  }
};

TEST_F(CalibratedTest, WritesWhatItStartedFromAndWhatItLearned) {
  train({.options = options_, .folder = run("a")});
  const auto record = read_toml(run("a").options());
  EXPECT_EQ(record["train"]["objective"], "calibrated");
  EXPECT_EQ(record["model"]["value_range"], "nonnegative") << "what the data say, for later commands";
  EXPECT_EQ(record["start"]["labels_with_direction"], 3);
  EXPECT_GT(record["derived"]["mmd_sigma_used"].get<double>(), 0);
  const auto latents = nlohmann::json::parse(read_text(run("a").latents()));
  EXPECT_EQ(latents["format"], "gracevae-latents/1");
  EXPECT_EQ(latents["graph"].size(), 3U);
  EXPECT_EQ(latents["noise_sd"].size(), 3U);
  std::set<std::int64_t> used;
  for (const auto& label : latents["labels"]) used.insert(label["latent"].get<std::int64_t>());
  EXPECT_EQ(used.size(), 3U) << "a latent for each label";
  EXPECT_TRUE(latents["identifies_graph"].get<bool>());
}

TEST_F(CalibratedTest, ResumedIsUninterrupted) {
  train({.options = options_, .folder = run("whole")});
  EXPECT_GE(train_in_pieces(run("pieces"), 7), 3);
  EXPECT_EQ(read_text(run("whole").model()), read_text(run("pieces").model()));
  EXPECT_EQ(read_text(run("whole").latents()), read_text(run("pieces").latents()));
}

/// Lines of history.jsonl.
std::size_t n_epochs(const RunFolder& run) {
  const std::string history = read_text(run.history());
  return static_cast<std::size_t>(std::count(history.begin(), history.end(), '\n'));
}

TEST_F(CalibratedTest, StopsEarlyWithTheBestWeightsInterruptedOrNot) {
  options_.train.epochs = 12;
  options_.train.patience = 2;
  options_.train.least_improvement = 0.9;
  const RunFolder whole = run("whole"), pieces = run("pieces");
  train({.options = options_, .folder = whole});
  EXPECT_EQ(n_epochs(whole), 3U) << "nothing improves by nine tenths";
  EXPECT_TRUE(newest_record(whole).contains("diagnostics")) << "the last epoch has them";
  EXPECT_GE(train_in_pieces(pieces, 7), 2);
  for (const auto file : {&RunFolder::model, &RunFolder::best_model, &RunFolder::latents})
    EXPECT_EQ(read_text((whole.*file)()), read_text((pieces.*file)()));
  EXPECT_EQ(read_text(whole.model()), read_text(whole.best_model()));
  std::istringstream history(read_text(whole.history()));
  double best = std::numeric_limits<double>::infinity();
  for (std::string line; std::getline(history, line);)
    best = std::min(best, nlohmann::json::parse(line).at("validation").get<double>());
  EXPECT_EQ(validation_score_of(read_history(whole.history()), true), best);
  const std::string before = read_text(whole.model());
  train({.options = options_, .folder = whole, .resume = true});
  EXPECT_EQ(n_epochs(whole), 3U) << "it was finished";
  EXPECT_EQ(read_text(whole.model()), before);
}

TEST_F(CalibratedTest, EndsWithTheBestWeightsWhereItDoesNotStopEarly) {
  options_.train.learning_rate = 0.1;  // too far: the first epochs are the best ones
  options_.train.learning_rate_decay = "none";
  train({.options = options_, .folder = run("a")});
  EXPECT_EQ(n_epochs(run("a")), 4U);
  EXPECT_EQ(read_text(run("a").model()), read_text(run("a").best_model()));
  const auto history = read_history(run("a").history());
  EXPECT_NE(validation_score_of(history, true), validation_score_of(history, false));
}

TEST_F(CalibratedTest, DoesNotStopEarlyWhereThereIsNothingToStopBy) {
  options_.train.patience = 1;
  options_.train.least_improvement = 0.9;
  const auto trains_to_the_end = [&](const std::string& name, const auto& change) {
    RunOptions options = options_;
    change(options);
    train({.options = options, .folder = run(name)});
    EXPECT_EQ(n_epochs(run(name)), 4U) << name;
    EXPECT_EQ(read_toml(run(name).options())["train"]["early_stopping"], false) << name;
  };
  trains_to_the_end("schedule", [](RunOptions& o) { o.train.schedule = "published"; });
  trains_to_the_end("no validation", [](RunOptions& o) { o.split.validation_fraction = 0; });
  trains_to_the_end("off", [](RunOptions& o) { o.train.early_stopping = false; });
}

TEST_F(CalibratedTest, StartsWhereTheModelCan) {
  options_.train.epochs = 1;
  const auto record = [&](const std::string& name, const auto& change) {
    RunOptions options = options_;
    change(options);
    train({.options = options, .folder = run(name)});
    return read_toml(run(name).options())["train"];
  };
  EXPECT_EQ(record("default", [](RunOptions&) {})["start"], "moments");
  EXPECT_EQ(record("vgae", [](RunOptions& o) { o.model.model = "vgae"; })["start"], "mean-shifts");
  const auto mlp = record("mlp", [](RunOptions& o) { o.model.intervention_encoder = "mlp"; });
  EXPECT_EQ(mlp["start"], "random");
  EXPECT_EQ(mlp["learning_rate"], 1e-3) << "larger steps from a random start";
  EXPECT_EQ(record("few", [](RunOptions& o) { o.model.n_latents = 2; })["start"], "random");
}

TEST_F(CalibratedTest, EveryOptionTrainsAndChangesWhatIsLearned) {
  options_.train.epochs = 2;  // with one, a learning rate that falls has not fallen yet
  options_.train.start = "mean-shifts";
  int n = 0;
  const auto learned = [&](const auto& change) {
    RunOptions options = options_;
    change(options);
    const RunFolder folder = run(std::to_string(n++));
    EXPECT_NO_THROW(train({.options = options, .folder = folder})) << n;
    return read_text(folder.model());
  };
  const std::string as_it_is = learned([](RunOptions&) {});
  EXPECT_EQ(learned([](RunOptions& o) { o.model.likelihood = "gaussian"; }), as_it_is) << "what calibrated has";
  const auto differs = [&](const auto& change) { EXPECT_NE(learned(change), as_it_is) << "option " << n; };
  for (const char* likelihood : {"mse", "gaussian-empirical"})
    differs([&](RunOptions& o) { o.model.likelihood = likelihood; });
  for (const char* start : {"random", "moments"}) differs([&](RunOptions& o) { o.train.start = start; });
  for (const char* mechanism : {"linear", "mlp"}) differs([&](RunOptions& o) { o.model.mechanism = mechanism; });
  for (const char* kind : {"scale", "cut"}) differs([&](RunOptions& o) { o.model.intervention = kind; });
  differs([](RunOptions& o) { o.train.generate_from = "prior"; });
  differs([](RunOptions& o) { o.train.free_bits = 3; });
  differs([](RunOptions& o) { o.train.mmd_bandwidth = "fixed"; });
  differs([](RunOptions& o) { o.train.mmd_estimate = "biased"; });
  differs([](RunOptions& o) { o.train.schedule = "published"; });
  differs([](RunOptions& o) { o.train.learning_rate_decay = "none"; });
  differs([](RunOptions& o) { o.model.value_range = "any"; });
  differs([](RunOptions& o) { o.model.abduction = false; });
  differs([](RunOptions& o) { o.batches.pairing = "fixed"; });
  differs([](RunOptions& o) { o.model.n_latents = 5; });
}

TEST_F(CalibratedTest, EveryModelTrains) {
  options_.model.hidden = 16;  // wide enough for the encoder's start
  for (const char* model : {"cmvae", "cmvae-multihot", "sena", "vgae"}) {
    options_.model.model = model;
    options_.train.start = "moments";
    const auto call = [&] { train({.options = options_, .folder = run(model)}); };
    if (std::string(model) == "vgae") {
      EXPECT_THAT(message_of(call), HasSubstr("fits a latent graph, and model.model vgae has none"));
      options_.train.start = "mean-shifts";
    }
    EXPECT_NO_THROW(call()) << model;
  }
  // The same start: the pathways' columns of fc1 begin at 0, those of the genes as cmvae's.
  options_.train.epochs = 1;
  options_.train.learning_rate = 0;
  const auto output = [&](const char* model) {
    options_.model.model = model;
    const RunFolder folder = run(std::string(model) + "_start");
    train({.options = options_, .folder = folder});
    return nlohmann::json::parse(read_text(folder.history())).at("mse").get<double>();
  };
  EXPECT_NEAR(output("cmvae-multihot"), output("cmvae"), 1e-6);
}

TEST_F(CalibratedTest, AnEmpiricalVarianceStaysAsItIs) {
  options_.model.likelihood = "gaussian-empirical";
  const auto variances = [&](std::int64_t epochs) {
    options_.train.epochs = epochs;
    const RunFolder folder = run(std::to_string(epochs));
    train({.options = options_, .folder = folder});
    return read_safetensors(folder.model()).tensors.at("log_variance").bytes;
  };
  EXPECT_EQ(variances(1), variances(3));
}

TEST_F(CalibratedTest, AStartThatTheModelCannotHoldIsRefused) {
  const auto refused = [&](const auto& change) {
    RunOptions options = options_;
    options.train.start = "moments";
    change(options);
    return message_of([&] { train({.options = options, .folder = run("a")}); });
  };
  EXPECT_THAT(refused([](RunOptions& o) { o.model.intervention_encoder = "mlp"; }),
              HasSubstr("needs model.intervention_encoder table"));
  EXPECT_THAT(refused([](RunOptions& o) { o.model.linear_skip = false; }), HasSubstr("needs model.linear_skip"));
  EXPECT_THAT(refused([](RunOptions& o) { o.model.decoder_output = "leaky-relu"; }),
              HasSubstr("needs model.decoder_output linear"));
  EXPECT_THAT(refused([](RunOptions& o) { o.model.n_latents = 2; }), HasSubstr("needs model.n_latents 3 or more"));
  EXPECT_FALSE(std::filesystem::exists(run("a").options())) << "nothing is written";
}

TEST_F(TrainerTest, ALossThatIsNotFiniteStopsWithPlaceAndKeepsTheCheckpoint) {
  options_.train.learning_rate = 1e30;
  options_.train.clamp = 0;
  options_.train.epochs = 3;
  const std::string message = message_of([&] { train({.options = options_, .folder = run("a")}); });
  EXPECT_THAT(message, HasSubstr("epoch 0 step"));
  EXPECT_THAT(message, testing::ContainsRegex("regime P[0-9]+|regime [A-Z]"));
  EXPECT_THAT(message, testing::Not(HasSubstr("regime control"))) << "control is never a target of training";
  EXPECT_THAT(message, HasSubstr(" is "));
  EXPECT_FALSE(std::filesystem::exists(run("a").model()));
}

TEST_F(TrainerTest, ARunFolderIsNotOverwritten) {
  options_.train.epochs = 1;
  train({.options = options_, .folder = run("a")});
  EXPECT_THAT(message_of([&] { train({.options = options_, .folder = run("a")}); }), HasSubstr("holds a run already"));
}

TEST_F(TrainerTest, NothingIsWrittenWhenTheDataAreRefused) {
  options_.batches.batch_size = 1000;
  EXPECT_NE(message_of([&] { train({.options = options_, .folder = run("a")}); }), "no error");
  EXPECT_FALSE(std::filesystem::exists(run("a").path));
}

TEST_F(TrainerTest, CudaIsRefusedWhereThereIsNone) {
  if (torch_compat::has_cuda()) GTEST_SKIP() << "this LibTorch has CUDA";
  options_.train.device = "cuda";
  EXPECT_THAT(message_of([&] { train({.options = options_, .folder = run("a")}); }), HasSubstr("no CUDA"));
  EXPECT_FALSE(std::filesystem::exists(run("a").path));
}

TEST_F(TrainerTest, AnUntrainedTargetNamesTheNearest) {
  const RunData data = load_run_data(options_);
  EXPECT_THAT(message_of([&] { target_tensors({data.targets[0] + "X"}, data, at::kFloat); }),
              HasSubstr("did you mean " + data.targets[0]));
}

}  // namespace
}  // namespace gracevae::impl
