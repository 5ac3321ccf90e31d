// Parity with the formulas, stage by stage, in float64. The values of every model are in golden.json beside this file,
// made by tests/support/make_golden.py with NumPy alone; those of the published classes are in ../shared/golden, where
// it is, and $GRACEVAE_GOLDEN names a further file. Each file's readme says what its numbers are. One tolerance for
// every tensor: 1e-9 of its largest entry, which leaves room for a different order of summation and for nothing else.
#include <gtest/gtest.h>

#include <cstdio>
#include <set>
#include <sstream>

#include "causal/scm.hpp"
#include "kernels/mmd.hpp"
#include "model/encoders/channels.hpp"
#include "model/encoders/node_features.hpp"
#include "model/graph_attention.hpp"
#include "model/model.hpp"
#include "run/model_parts.hpp"
#include "screen/shift_model.hpp"
#include "screen/split.hpp"
#include "support/golden_files.hpp"
#include "support/temporary_folder.hpp"
#include "train/objective.hpp"
#include "train/optimiser.hpp"
#include "unit/screen/fixture.hpp"

namespace gracevae::impl {
namespace {

using Json = nlohmann::json;
constexpr double kTolerance = 1e-9;

Tensor tensor_of(const Json& value) {
  std::vector<std::int64_t> shape;
  for (const Json* level = &value; level->is_array(); level = &level->front())
    shape.push_back(static_cast<std::int64_t>(level->size()));
  std::vector<double> flat;
  const std::function<void(const Json&)> collect = [&](const Json& part) {
    if (part.is_array())
      for (const auto& item : part) collect(item);
    else
      flat.push_back(part.get<double>());
  };
  collect(value);
  return at::from_blob(flat.data(), shape, at::TensorOptions().dtype(at::kDouble)).clone();
}

double worst_error = 0;

/// 1, 2, …, 7, 1, 2, …: the factors in the sums that stand for a large tensor.
Tensor sum_factors(std::int64_t n) {
  Tensor factors = at::empty({n, 1}, at::TensorOptions().dtype(at::kDouble));
  for (std::int64_t i = 0; i < n; ++i) factors.data_ptr<double>()[i] = static_cast<double>(1 + i % 7);
  return factors;
}

void expect_near(const Tensor& given, const Json& expected, const std::string& what) {
  const Tensor ours = given.detach();
  if (expected.is_object()) {
    expect_near(at::mm(ours, sum_factors(ours.size(1))), expected["rows"], what + ", rows");
    return expect_near(at::mm(ours.t(), sum_factors(ours.size(0))), expected["columns"], what + ", columns");
  }
  const Tensor flat = tensor_of(expected);
  ASSERT_EQ(flat.numel(), ours.numel()) << what;
  const Tensor theirs = flat.reshape(ours.sizes());
  const double largest = theirs.abs().max().item<double>();
  if (constexpr double kZero = 1e-16; largest > 0 && largest < kZero) {
    // Zero but for rounding: one layer of GAT whose logits are all positive does not depend on att_dst.
    EXPECT_LT(ours.abs().max().item<double>(), kZero) << what;
    return;
  }
  const double scale = std::max(largest, 1e-12);
  const double error = (ours - theirs).abs().max().item<double>() / scale;
  worst_error = std::max(worst_error, error);
  EXPECT_LE(error, kTolerance) << what;
}

/// Golden names of our weights. Those of the graph encoder depend on it.
std::string golden_name(const std::string& name, const std::string& gnn) {
  if (!name.starts_with("gnn.")) return name;
  const bool deep = name[4] >= '0' && name[4] <= '9';
  const std::string layer = "gnn_conv" + std::to_string(deep ? name[4] - '0' + 1 : 1) + ".",
                    weight = name.substr(deep ? 6 : 4);
  if (gnn == "sage")
    return layer + (weight == "self.weight" ? "lin_r.weight" : weight == "bias" ? "lin_l.bias" : "lin_l.weight");
  if (weight == "bias") return layer + "bias";
  if (weight == "weight") return layer + (gnn == "gcn" ? "lin.weight" : "lin_src.weight");
  return layer + (weight == "source" ? "att_src" : "att_dst");
}

CsrMatrix<double> mean_adjacency_of(const Json& edge_index, std::int64_t n_nodes) {
  std::vector<std::vector<std::int32_t>> neighbours(static_cast<std::size_t>(n_nodes));
  for (std::size_t k = 0; k < edge_index[0].size(); ++k)
    neighbours[edge_index[1][k].get<std::size_t>()].push_back(edge_index[0][k].get<std::int32_t>());
  CsrMatrix<double> matrix;
  matrix.n_rows = matrix.n_cols = n_nodes;
  for (auto& row : neighbours) {
    std::sort(row.begin(), row.end());
    matrix.indices.insert(matrix.indices.end(), row.begin(), row.end());
    matrix.indptr.push_back(static_cast<std::int64_t>(matrix.indices.size()));
    matrix.values.insert(matrix.values.end(), row.size(), 1.0 / static_cast<double>(row.size()));
  }
  return matrix;
}

/// The graph of a screen's targets, from the file of its interactions.
TargetGraph target_graph_of(const Json& given, bool near_targets) {
  std::string lines;
  for (const auto& edge : given["edges"])
    lines += edge[0].get<std::string>() + "\t" + edge[1].get<std::string>() + "\n";
  const TemporaryFolder folder;
  NetworkOptions options;
  options.edges = folder.write("edges.tsv", lines).string();
  return build_target_graph(given["genes"], {given["candidates"], given["trained"]}, options, near_targets);
}

struct GoldenCase {
  std::string file, name;
};
std::ostream& operator<<(std::ostream& stream, const GoldenCase& c) { return stream << c.file << ' ' << c.name; }

/// Cases of all files that have this key; "": all.
std::vector<GoldenCase> cases_with(const std::string& key) {
  std::vector<GoldenCase> cases;
  for (const auto& [file, golden] : golden_files()) {
    if (golden.is_null()) continue;
    for (const auto& [name, content] : golden["cases"].items())
      if (key.empty() || content.contains(key)) cases.push_back({file, name});
  }
  return cases;
}
std::string name_of(const testing::TestParamInfo<GoldenCase>& instance) {
  return instance.param.file + "_" + instance.param.name;
}

class Golden : public testing::TestWithParam<GoldenCase> {
 protected:
  void SetUp() override {
    golden_ = &golden_files().at(GetParam().file);
    case_ = (*golden_)["cases"][GetParam().name];
    name_ = GetParam().name + " ";
    gnn_ = case_["gnn"];
    set_options();
    const Json& sizes = (*golden_)["sizes"];
    neighbours_ = mean_adjacency_of((*golden_)["inputs"]["edge_index"], sizes["N"]);
    ModelContext context;
    context.shape = {sizes["p"], sizes["q"], sizes["c"], sizes["d"], sizes["h"]};
    context.neighbours = &neighbours_;
    if (options_.intervention_encoder.starts_with("tri-value")) {
      target_graph_ = target_graph_of((*golden_)["target_graph"], options_.intervention_encoder == "tri-value-1hop");
      context.target_graph = &target_graph_;
      context.shape.n_labels = std::ssize(target_graph_.nodes);
    }
    if (case_["inputs"].contains("embedding")) context.shape.n_embedding = std::ssize(case_["inputs"]["embedding"][0]);
    model_ = make_model(options_, context);
    set_weights();
    set_input();
  }

  /// gnn says which model and encoder, options what else is not the default.
  void set_options() {
    options_.dtype = "float64";
    options_.model = gnn_ == "none" ? "cmvae" : "grace-vae";
    if (gnn_ != "none") options_.encoder = gnn_.substr(0, gnn_ == "sage" ? 4 : 3);
    if (gnn_ == "gat3") {
      options_.gnn_channels = {"4", "8"};
      options_.gnn_heads = {"4", "4"};
    }
    OptionTable table;
    options_.bind(table);
    for (const auto& [name, value] : case_["options"].items()) {
      Option* const option = table.find("model." + name);
      ASSERT_NE(option, nullptr) << name;
      option->set(value, name);
    }
  }

  void set_weights() {
    const at::NoGradGuard no_grad;
    for (const auto& parameter : model_->parameters().all()) {
      const std::string name = golden_name(parameter.name, gnn_);
      const Json* const places[] = {&case_["parameters"], &case_["gnn_parameters"], &golden_->at("parameters")};
      const auto* const place =
          std::find_if(std::begin(places), std::end(places), [&](const Json* part) { return part->contains(name); });
      ASSERT_NE(place, std::end(places)) << name;
      Tensor weight = parameter.value;
      weight.copy_(tensor_of((*place)->at(name)).reshape(weight.sizes()));
    }
  }

  void set_input() {
    const auto given = [&](const char* name) {
      return tensor_of(case_["inputs"].contains(name) ? case_["inputs"][name] : (*golden_)["inputs"][name]);
    };
    input_.x = given("x");
    input_.epsilon = given("eps");
    if (model_->has_pathways()) input_.pathway_values = given("z2");
    if (case_["inputs"].contains("embedding")) input_.embedding = given("embedding");
    for (const char* label : {"c", "c2", "c3"})
      if (std::ssize(input_.targets) < case_["num_interv"].get<std::int64_t>())
        input_.targets.push_back(tensor_of(case_[label]));
    input_.tau = (*golden_)["sizes"]["temp"];
    if (case_.contains("dropped")) {
      input_.dropout = at::ones({model_->n_dropout()}, at::TensorOptions().dtype(at::kDouble));
      for (const auto& entry : case_["dropped"]) input_.dropout.data_ptr<double>()[entry.get<std::size_t>()] = 0;
    }
    y_ = given("y");
  }

  LossTerms loss(const ModelOutput& output) const {
    const Json &sizes = (*golden_)["sizes"], given = case_.value("objective", Json::object());
    ObjectiveOptions options;
    options.lambda = sizes["lmbda"];
    options.mmd.sigma = given.value("sigma", options.mmd.sigma);
    options.mmd.unbiased = given.value("unbiased", false);
    options.free_bits = given.value("free_bits", 0.0);
    options.elbo_scale = given.value("elbo_scale", 1.0);
    return objective(*model_, output, input_.x, y_, {.alpha = sizes["alpha"], .beta = sizes["beta"]}, options);
  }

  /// Of the loss at the file's weights, in the parameters' order; 0 where a weight has no part in it.
  std::vector<Tensor> gradients_of_weights() const {
    auto gradients = torch_compat::gradients(loss(model_->forward(input_)).total, model_->parameters().tensors());
    for (std::size_t i = 0; i < gradients.size(); ++i)
      if (!gradients[i].defined()) gradients[i] = at::zeros_like(model_->parameters().tensors()[i]);
    return gradients;
  }

  /// What the graph encoder gives for pathways too: the same encoder, told that all nodes are genes.
  Tensor all_nodes(const Tensor& features) const {
    Parameters parameters(model_->parameters().options(), 0);
    const ModelShape shape{.n_genes = neighbours_.n_rows};
    const auto encoder = make_encoder(options_.encoder, {options_, shape, &neighbours_, parameters});
    const at::NoGradGuard no_grad;
    for (const auto& parameter : parameters.all())
      Tensor(parameter.value).copy_(model_->parameters().at(parameter.name));
    return encoder->forward(features, Tensor());
  }

  /// Outputs and, in the first two cells, attention weights of every layer.
  void compare_attention(const Tensor& features) const {
    const Json &expected = case_["intermediates"], &edges = expected["attention_edges_src_dst"];
    const GraphAttention attention(neighbours_, neighbours_.n_rows);
    Tensor nodes = features.t().unsqueeze(0);
    const std::size_t n_layers = options_.gnn_channels.size() + 1;
    for (std::size_t l = 0; l < n_layers; ++l) {
      const std::string name = layer_name(l, n_layers), theirs = "gnn_conv" + std::to_string(l + 1) + ".";
      const auto weight = [&](const char* which) { return model_->parameters().at(name + which).detach(); };
      const std::int64_t n_heads = weight("source").size(0), n_cells = nodes.size(2);
      const Tensor values = at::mm(weight("weight"), nodes.reshape({nodes.size(0), -1}));
      const auto logits = [&](const Tensor& a) {
        return (a.unsqueeze(2) * values.view({n_heads, a.size(1), -1})).sum(1).view({n_heads, -1, n_cells});
      };
      const Tensor source = logits(weight("source")), target = logits(weight("target"));
      const Tensor out =
          attention.apply(values.view({values.size(0), -1, n_cells}), source, target) + weight("bias").view({-1, 1, 1});
      expect_near(out.permute({2, 1, 0}).contiguous(), expected[theirs + "out"], name_ + theirs + "out");
      for (std::int64_t b = 0; b < 2; ++b) {
        const auto n_edges = static_cast<std::int64_t>(edges[0].size());
        Tensor alpha = at::empty({n_edges, n_heads}, values.options());
        Tensor sums = at::zeros({neighbours_.n_rows, n_heads}, values.options());
        for (const bool normalise : {false, true})
          for (std::int64_t e = 0; e < n_edges; ++e) {
            const auto j = edges[0][static_cast<std::size_t>(e)].get<std::int64_t>(),
                       i = edges[1][static_cast<std::size_t>(e)].get<std::int64_t>();
            const Tensor logit = source.select(1, j).select(1, b) + target.select(1, i).select(1, b);
            const Tensor own = at::exp(at::leaky_relu(logit, 0.2));
            if (normalise)
              alpha.select(0, e).copy_(own / sums.select(0, i));
            else
              sums.select(0, i).add_(own);
          }
        const std::string which = theirs + "attention_b" + std::to_string(b);
        expect_near(alpha, expected[which], name_ + which);
      }
      nodes = at::clamp_min(out, 0);
    }
  }

  const Json* golden_ = nullptr;
  Json case_;
  ModelOptions options_;
  std::string name_, gnn_;
  CsrMatrix<double> neighbours_;
  TargetGraph target_graph_;
  std::unique_ptr<Model> model_;
  ModelInput input_;
  Tensor y_;
};

TEST_P(Golden, Intermediates) {
  const ModelOutput output = model_->forward(input_);
  const Json& expected = case_["intermediates"];
  const Parameters& weights = model_->parameters();
  const auto layer = [&](const Tensor& x, const std::string& name) {
    return at::linear(x, weights.at(name + ".weight"), weights.at(name + ".bias"));
  };

  std::map<std::string, Tensor> ours{{"gnn_out_genes", output.g},
                                     {"h_enc", output.hidden},
                                     {"mu", output.mu},
                                     {"var_pre_softplus", layer(output.hidden, "fc_var")},
                                     {"var", output.var},
                                     {"z", output.z},
                                     {"u", output.u},
                                     {"u0", output.u0},
                                     {"y_hat", output.y_hat},
                                     {"x_recon", output.x_hat},
                                     {"z_interv", output.z + output.shift}};
  if (expected.contains("fc1_pre")) ours["fc1_pre"] = layer(output.g, "fc1");
  for (std::size_t k = 0; k < output.targets.size(); ++k) {
    const std::string suffix = k == 0 ? "" : "_" + std::to_string(k + 1);
    ours["c_hidden" + suffix] = output.targets[k].hidden;
    ours["b" + suffix] = output.targets[k].b;
    ours["s" + suffix] = output.targets[k].s;
  }
  if (expected.contains("M_inv"))
    ours["M_inv"] = solve_linear_scm(at::eye(model_->shape().n_latents, y_.options()), Tensor(), model_->dag());
  const Tensor y_hat = output.y_hat.detach().contiguous();
  Matrix<double> distances =
      kernels::squared_distances<double>({y_hat.data_ptr<double>(), y_hat.size(0), y_hat.size(1)},
                                         {y_.data_ptr<double>(), y_.size(0), y_.size(1)});
  ours["mmd_squared_distances_of_[y_hat;y]"] =
      at::from_blob(distances.values.data(), {distances.n_rows, distances.n_cols}, y_.options());
  ours["x_cat"] = model_->has_pathways() ? node_features(input_.x, input_.pathway_values) : input_.x;
  if (expected.contains("gnn_out_all_nodes")) ours["gnn_out_all_nodes"] = all_nodes(ours["x_cat"]);
  if (expected.contains("attention_edges_src_dst")) compare_attention(ours["x_cat"]);
  for (const auto& [name, values] : expected.items()) {
    if (name.starts_with("gnn_conv") || name == "attention_edges_src_dst") continue;  // compare_attention
    if (!ours[name].defined()) {
      ADD_FAILURE() << "not compared: " << name;
      continue;
    }
    expect_near(ours[name], values, name_ + name);
  }
}

TEST_P(Golden, LossTerms) {
  const LossTerms terms = loss(model_->forward(input_));
  const Json& expected = case_["losses"];
  expect_near(terms.mmd, expected["MMD"], "MMD");
  expect_near(terms.mse, expected["MSE"], "MSE");
  expect_near(terms.kl, expected["KL"], "KL");
  expect_near(terms.sparsity, expected["L1"], "L1");
  expect_near(terms.total, expected["loss"], "loss");
  if (expected.contains("smooth")) expect_near(terms.smoothness, expected["smooth"], "smooth");
}

TEST_P(Golden, Gradients) {
  const Json& expected = case_["gradients"];
  const std::vector<Tensor> gradients = gradients_of_weights();
  const auto& weights = model_->parameters().all();
  EXPECT_EQ(expected.size(), weights.size());
  for (std::size_t i = 0; i < weights.size(); ++i) {
    const std::string name = golden_name(weights[i].name, gnn_);
    ASSERT_TRUE(expected.contains(name)) << name;
    expect_near(gradients[i], expected[name], name_ + "d loss / d " + name);
  }
}

class GoldenBetween : public Golden {};

TEST_P(GoldenBetween, GradientsOfIntermediates) {
  const ModelOutput output = model_->forward(input_);
  const std::map<std::string, Tensor> ours{{"y_hat", output.y_hat}, {"x_recon", output.x_hat},
                                           {"u", output.u},         {"u0", output.u0},
                                           {"z", output.z},         {"mu", output.mu},
                                           {"var", output.var},     {"gnn_out_genes", output.g}};
  const Json& expected = case_["gradients_wrt_intermediates"];
  std::vector<Tensor> wanted;
  for (const auto& item : expected.items()) wanted.push_back(ours.at(item.key()));
  const std::vector<Tensor> gradients = torch_compat::gradients(loss(output).total, wanted);
  std::size_t i = 0;
  for (const auto& [name, values] : expected.items()) expect_near(gradients[i++], values, name_ + "d loss / d " + name);
}

class GoldenSteps : public Golden {};

TEST_P(GoldenSteps, Adam) {
  const auto gradients = gradients_of_weights();
  Adam adam(model_->parameters(), {});
  for (const char* key : {"parameters_after_one_adam_step", "parameters_after_two_adam_steps_same_gradient"}) {
    if (!case_.contains(key)) continue;
    adam.step(gradients);
    for (const auto& parameter : model_->parameters().all())
      expect_near(parameter.value, case_[key][golden_name(parameter.name, gnn_)],
                  std::string(key) + " " + parameter.name);
  }
}

class GoldenTraining : public Golden {};

TEST_P(GoldenTraining, TwoSteps) {
  Adam adam(model_->parameters(), {});
  for (int step = 0; step < 2; ++step) adam.step(gradients_of_weights());
  for (const auto& parameter : model_->parameters().all())
    expect_near(parameter.value, case_["parameters_after_two_training_steps"][golden_name(parameter.name, gnn_)],
                name_ + parameter.name);
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden, testing::ValuesIn(cases_with("")), name_of);
INSTANTIATE_TEST_SUITE_P(Cases, GoldenBetween, testing::ValuesIn(cases_with("gradients_wrt_intermediates")), name_of);
INSTANTIATE_TEST_SUITE_P(Cases, GoldenSteps, testing::ValuesIn(cases_with("parameters_after_one_adam_step")), name_of);
INSTANTIATE_TEST_SUITE_P(Cases, GoldenTraining, testing::ValuesIn(cases_with("parameters_after_two_training_steps")),
                         name_of);

/// What a clone has to check with: its own file, which has every model, encoder and mechanism in it.
TEST(GoldenFiles, OwnOneHasEveryPart) {
  for (const auto& [name, path] : golden_paths())
    EXPECT_FALSE(golden_files().at(name).is_null()) << "cannot be read: " << path;
  std::set<std::string> models, encoders, interventions, mechanisms;
  for (const auto& item : golden_files().at("own")["cases"].items()) {
    const Json& options = item.value()["options"];
    models.insert(options.value("model", "grace-vae"));
    encoders.insert(options.value("encoder", "identity"));
    interventions.insert(options.value("intervention_encoder", "mlp"));
    mechanisms.insert(options.value("mechanism", "linear"));
  }
  encoders.insert("multihot");  // cmvae-multihot's
  for (const auto& item : golden_files().at("own")["shift_models"]["shifts"].items()) models.insert(item.key());
  const auto all = [](const std::vector<std::string>& names) {
    return std::set<std::string>(names.begin(), names.end());
  };
  EXPECT_EQ(models, all(model_names()));
  EXPECT_EQ(encoders, all(encoder_names()));
  EXPECT_EQ(interventions, all(intervention_encoder_names()));
  EXPECT_EQ(mechanisms, all(mechanism_names()));
}

TEST(GoldenFiles, ScheduleOfEveryEpoch) {
  for (const auto& [file, golden] : golden_files())
    for (const auto& [key, expected] : golden.at("schedules").items()) {
      int n_epochs = 0;
      ScheduleOptions options;
      options.paper_text = key.ends_with("_paper_text");
      ASSERT_EQ(std::sscanf(key.c_str(), "epochs%d_A%lf_B%lf_T%lf", &n_epochs, &options.alpha_max, &options.beta_max,
                            &options.tau_max),
                4)
          << key;
      ASSERT_EQ(std::ssize(expected["alpha"]), n_epochs);
      for (std::size_t epoch = 0; epoch < expected["alpha"].size(); ++epoch) {
        const Schedule ours = schedule_at(static_cast<std::int64_t>(epoch), n_epochs, options);
        const std::string where = file + " " + key + " epoch " + std::to_string(epoch);
        EXPECT_NEAR(ours.alpha, expected["alpha"][epoch].get<double>(), 1e-6 * 10) << where;  // shared: float32
        EXPECT_NEAR(ours.beta, expected["beta"][epoch].get<double>(), 1e-6) << where;
        EXPECT_NEAR(ours.tau, expected["temp"][epoch].get<double>(), 1e-6) << where;
      }
    }
}

TEST(GoldenFiles, ShiftModels) {
  const Json& given = golden_files().at("own")["shift_models"];
  const Screen screen = test::screen_of(given["labels"], given["cells"]);
  Split split;
  for (const auto& label : given["labels"]) {
    const auto& untrained = given["untrained"];
    const bool trains = std::find(untrained.begin(), untrained.end(), label) == untrained.end();
    split.fold.push_back(trains ? Fold::train : Fold::unused);
  }
  split.paired_control.assign(split.fold.size(), -1);
  const TrainedShifts trained = trained_shifts(screen, split);
  for (const auto& [name, shifts] : given["shifts"].items()) {
    const ShiftModel fitted = make_shift_model(name, screen, trained).value();
    const std::vector<std::string> labels = targets_of(screen);
    ModelOptions options;
    options.model = name;
    options.dtype = "float64";
    ModelContext context;
    context.shape = {.n_genes = std::ssize(screen.genes), .n_labels = std::ssize(labels)};
    const auto model = make_model(options, context);
    const at::NoGradGuard no_grad;
    for (const auto& weight : model->parameters().all())
      if (weight.name == "shift.constant")
        Tensor(weight.value).copy_(tensor_of(fitted.constant));
      else
        for (std::size_t k = 0; k < labels.size(); ++k)
          if (const auto row = fitted.rows->find(labels[k]); row != fitted.rows->end())
            weight.value.select(0, static_cast<std::int64_t>(k)).copy_(tensor_of(row->second));
    for (const auto& [condition, expected] : shifts.items()) {
      const std::string what = name + " " + condition;
      std::vector<std::string> targets;
      std::istringstream words(condition);
      for (std::string target; std::getline(words, target, '+');) targets.push_back(target);
      const auto shift = fitted.shift(targets);
      ASSERT_TRUE(shift) << what;
      expect_near(tensor_of(*shift), expected, what);
      ModelInput input{.x = tensor_of(given["cells"]), .epsilon = Tensor()};
      for (const std::string& target : targets) {
        const auto label = std::find(labels.begin(), labels.end(), target) - labels.begin();
        input.targets.push_back(at::zeros({input.x.size(0), std::ssize(labels)}, input.x.options()));
        input.targets.back().select(1, label).fill_(1);
      }
      expect_near((model->forward(input).y_hat - input.x).mean(0), expected, what + ", predicted");
    }
  }
}

/// Printed last, for whoever reports the parity.
class WorstError : public testing::Environment {
 public:
  void TearDown() override { std::printf("worst relative error of the golden parity: %.3g\n", worst_error); }
};
const auto* const kWorstError = testing::AddGlobalTestEnvironment(new WorstError);

}  // namespace
}  // namespace gracevae::impl
