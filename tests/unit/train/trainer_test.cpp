// Training on a small simulated screen: the run folder, the same bits, resuming, and stopping on a loss that is not
// finite.
#include "train/trainer.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <set>

#include "base/error.hpp"
#include "io/safetensors.hpp"
#include "simulate/simulate.hpp"
#include "support/temporary_folder.hpp"
#include "train/setup.hpp"

namespace gracevae {
namespace {

using testing::HasSubstr;

class TrainerTest : public testing::Test {
 protected:
  TrainerTest() {
    SimulateOptions simulate;
    simulate.n_latents = 3;
    simulate.n_genes = 30;
    simulate.n_control = 40;
    simulate.cells_per_single = 30;
    simulate.cells_per_double = 10;
    simulate.n_doubles = 2;
    simulate.genes_per_program = 6;
    simulate_screen(folder_.path() / "sim", simulate);
    options_.screen.file = (folder_.path() / "sim/screen.h5ad").string();
    options_.network.network = (folder_.path() / "sim/network").string();
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
  train({.options = options_, .folder = run("whole")});
  // Stopped after every fifth step, in the middle of epochs and between them, until it is done.
  EXPECT_GE(train_in_pieces(run("pieces"), 5), 6);
  EXPECT_EQ(read_text(run("whole").model()), read_text(run("pieces").model()));
  EXPECT_EQ(read_text(run("whole").best_model()), read_text(run("pieces").best_model()));
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
    change(options);
    return message_of([&] { train({.options = options, .folder = run("a")}); });
  };
  EXPECT_THAT(refused([](RunOptions& o) { o.model.intervention_encoder = "mlp"; }),
              HasSubstr("needs --intervention-encoder table"));
  EXPECT_THAT(refused([](RunOptions& o) { o.model.linear_skip = false; }), HasSubstr("needs --linear-skip"));
  EXPECT_THAT(refused([](RunOptions& o) { o.model.decoder_output = "leaky-relu"; }),
              HasSubstr("needs --decoder-output linear"));
  EXPECT_THAT(refused([](RunOptions& o) { o.model.n_latents = 2; }), HasSubstr("needs --n-latents 3 or more"));
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
}  // namespace gracevae
