// Parity with the published models, stage by stage, in float64: ../shared/golden/golden.json (its readme states every
// formula), or another file of the same form and any hidden width from $GRACEVAE_GOLDEN. One tolerance for every
// tensor: 1e-9 of its largest entry, which leaves room for a different order of summation and for nothing else.
#include <gtest/gtest.h>

#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>

#include "causal/scm.hpp"
#include "kernels/mmd.hpp"
#include "model/encoders/channels.hpp"
#include "model/encoders/node_features.hpp"
#include "model/graph_attention.hpp"
#include "model/model.hpp"
#include "train/objective.hpp"
#include "train/optimiser.hpp"

namespace gracevae::impl {
namespace {

using Json = nlohmann::json;
constexpr double kTolerance = 1e-9;

std::filesystem::path golden_path() {
  if (const char* given = std::getenv("GRACEVAE_GOLDEN")) return given;
  const char* source = std::getenv("GRACEVAE_SOURCE_DIR");
  return std::filesystem::path(source ? source : ".") / "../shared/golden/golden.json";
}

const Json& golden() {
  static const Json content = [] {
    std::ifstream stream(golden_path());
    return stream ? Json::parse(stream) : Json();
  }();
  return content;
}

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

void expect_near(const Tensor& ours, const Json& expected, const std::string& what) {
  const Tensor theirs = tensor_of(expected).reshape(ours.sizes());
  const double largest = theirs.abs().max().item<double>();
  if (constexpr double kZero = 1e-16; largest > 0 && largest < kZero) {
    // Zero but for rounding: one layer of GAT whose logits are all positive does not depend on att_dst.
    EXPECT_LT(ours.detach().abs().max().item<double>(), kZero) << what;
    return;
  }
  const double scale = std::max(largest, 1e-12);
  const double error = (ours.detach() - theirs).abs().max().item<double>() / scale;
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

class Golden : public testing::TestWithParam<std::string> {
 protected:
  void SetUp() override {
    if (golden().is_null()) GTEST_SKIP() << "no " << golden_path() << ": set GRACEVAE_GOLDEN";
    if (!golden()["cases"].contains(GetParam())) GTEST_SKIP() << golden_path() << " has no case " << GetParam();
    case_ = golden()["cases"][GetParam()];
    const Json& sizes = golden()["sizes"];
    ModelOptions& options = options_;
    options.dtype = "float64";
    gnn_ = case_["gnn"];
    options.model = gnn_ == "none" ? "cmvae" : "grace-vae";
    if (gnn_ != "none") options.encoder = gnn_.substr(0, gnn_ == "sage" ? 4 : 3);
    if (gnn_ == "gat3") {
      options.gnn_channels = {"4", "8"};
      options.gnn_heads = {"4", "4"};
    }
    neighbours_ = mean_adjacency_of(golden()["inputs"]["edge_index"], sizes["N"]);
    ModelContext context;
    context.shape = {sizes["p"], options.model == "cmvae" ? 0 : sizes["q"].get<std::int64_t>(), sizes["c"], sizes["d"],
                     sizes["h"]};
    context.neighbours = &neighbours_;
    model_ = make_model(options, context);
    const at::NoGradGuard no_grad;
    for (const auto& parameter : model_->parameters().all()) {
      const std::string name = golden_name(parameter.name, gnn_);
      const Json& values =
          golden()["parameters"].contains(name) ? golden()["parameters"][name] : case_["gnn_parameters"][name];
      Tensor weight = parameter.value;
      weight.copy_(tensor_of(values).reshape(weight.sizes()));
    }
    input_.x = tensor_of(golden()["inputs"]["x"]);
    input_.epsilon = tensor_of(golden()["inputs"]["eps"]);
    if (model_->has_pathways()) input_.pathway_values = tensor_of(golden()["inputs"]["z2"]);
    input_.targets = {tensor_of(case_["c"])};
    if (case_["num_interv"] == 2) input_.targets.push_back(tensor_of(case_["c2"]));
    input_.tau = sizes["temp"];
    y_ = tensor_of(golden()["inputs"]["y"]);
  }

  LossTerms loss(const ModelOutput& output) const {
    const Json& sizes = golden()["sizes"];
    return objective(*model_, output, input_.x, y_, {.alpha = sizes["alpha"], .beta = sizes["beta"]},
                     {.lambda = sizes["lmbda"], .mmd = {}});
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
      expect_near(out.permute({2, 1, 0}).contiguous(), expected[theirs + "out"], GetParam() + " " + theirs + "out");
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
        expect_near(alpha, expected[which], GetParam() + " " + which);
      }
      nodes = at::clamp_min(out, 0);
    }
  }

  Json case_;
  ModelOptions options_;
  std::string gnn_;
  CsrMatrix<double> neighbours_;
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
                                     {"fc1_pre", layer(output.g, "fc1")},
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
  for (std::size_t k = 0; k < output.targets.size(); ++k) {
    const std::string suffix = k == 0 ? "" : "_2";
    ours["c_hidden" + suffix] = output.targets[k].hidden;
    ours["b" + suffix] = output.targets[k].b;
    ours["s" + suffix] = output.targets[k].s;
  }
  const auto d = model_->shape().n_latents;
  ours["M_inv"] = solve_linear_scm(at::eye(d, at::TensorOptions().dtype(at::kDouble)), Tensor(), model_->dag());
  const Tensor y_hat = output.y_hat.detach().contiguous();
  Matrix<double> distances =
      kernels::squared_distances<double>({y_hat.data_ptr<double>(), y_hat.size(0), y_hat.size(1)},
                                         {y_.data_ptr<double>(), y_.size(0), y_.size(1)});
  ours["mmd_squared_distances_of_[y_hat;y]"] =
      at::from_blob(distances.values.data(), {distances.n_rows, distances.n_cols},
                    at::TensorOptions().dtype(at::kDouble));
  if (model_->has_pathways()) {
    ours["x_cat"] = node_features(input_.x, input_.pathway_values);
    ours["gnn_out_all_nodes"] = all_nodes(ours["x_cat"]);
    if (gnn_.starts_with("gat")) compare_attention(ours["x_cat"]);
  } else {
    ours["x_cat"] = input_.x;
  }
  for (const auto& [name, values] : expected.items()) {
    if (name.starts_with("gnn_conv") || name == "attention_edges_src_dst") continue;  // compare_attention
    if (!ours.contains(name)) {
      ADD_FAILURE() << "not compared: " << name;
      continue;
    }
    expect_near(ours[name], values, GetParam() + " " + name);
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
}

TEST_P(Golden, Gradients) {
  const ModelOutput output = model_->forward(input_);
  const Tensor total = loss(output).total;
  std::vector<std::pair<std::string, Tensor>> wanted{{"y_hat", output.y_hat}, {"x_recon", output.x_hat},
                                                     {"u", output.u},         {"u0", output.u0},
                                                     {"z", output.z},         {"mu", output.mu},
                                                     {"var", output.var}};
  if (output.g.requires_grad()) wanted.emplace_back("gnn_out_genes", output.g);
  const std::size_t n_intermediates = wanted.size();
  for (const auto& parameter : model_->parameters().all())
    wanted.emplace_back(golden_name(parameter.name, gnn_), parameter.value);
  std::vector<Tensor> tensors;
  for (const auto& [name, tensor] : wanted) tensors.push_back(tensor);
  const std::vector<Tensor> gradients = torch_compat::gradients(total, tensors);
  for (std::size_t i = 0; i < wanted.size(); ++i) {
    const Json& expected = i < n_intermediates ? case_["gradients_wrt_intermediates"] : case_["gradients"];
    ASSERT_TRUE(expected.contains(wanted[i].first)) << wanted[i].first;
    expect_near(gradients[i], expected[wanted[i].first], GetParam() + " d loss / d " + wanted[i].first);
  }
}

TEST_P(Golden, AdamStep) {
  const auto gradients = torch_compat::gradients(loss(model_->forward(input_)).total, model_->parameters().tensors());
  Adam adam(model_->parameters(), {});
  for (const char* key : {"parameters_after_one_adam_step", "parameters_after_two_adam_steps_same_gradient"}) {
    if (!case_.contains(key)) continue;
    adam.step(gradients);
    for (const auto& parameter : model_->parameters().all())
      expect_near(parameter.value, case_[key][golden_name(parameter.name, gnn_)],
                  std::string(key) + " " + parameter.name);
  }
}

INSTANTIATE_TEST_SUITE_P(Cases, Golden,
                         testing::Values("sage_single", "sage_mixed_interventions_in_batch", "sage_double",
                                         "none_single_cmvae", "none_double_cmvae", "gcn_single", "gcn_double",
                                         "gat_single", "gat_double", "gat3_single", "gat3_double"),
                         [](const auto& instance) { return instance.param; });

TEST(GoldenSchedule, EveryEpoch) {
  if (golden().is_null()) GTEST_SKIP() << "no " << golden_path() << ": set GRACEVAE_GOLDEN";
  struct Case {
    const char* key;
    std::int64_t epochs;
    ScheduleOptions options;
  };
  for (const Case& c : {Case{"epochs100_A8_B2_T4", 100, {8, 2, 4}}, Case{"epochs20_A8_B2_T4", 20, {8, 2, 4}},
                        Case{"epochs100_A10_B2_T5", 100, {10, 2, 5}}}) {
    const Json& expected = golden()["schedules"][c.key];
    for (std::int64_t epoch = 0; epoch < c.epochs; ++epoch) {
      const Schedule ours = schedule_at(epoch, c.epochs, c.options);
      const auto at = static_cast<std::size_t>(epoch);
      EXPECT_NEAR(ours.alpha, expected["alpha"][at].get<double>(), 1e-6 * 10)
          << c.key << " epoch " << epoch;  // theirs are float32
      EXPECT_NEAR(ours.beta, expected["beta"][at].get<double>(), 1e-6) << c.key << " epoch " << epoch;
      EXPECT_NEAR(ours.tau, expected["temp"][at].get<double>(), 1e-6) << c.key << " epoch " << epoch;
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
