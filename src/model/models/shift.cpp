#include "base/error.hpp"
#include "model/model.hpp"

namespace gracevae::impl {

namespace {

/// A prediction without latents: ŷ = x + constant + Σ of_label_k over the targets, x̂ = x (screen/shift_model.hpp,
/// which also says what each is). The start sets the weights from the data; nothing is trained.
class ShiftPredictor : public Model {
 public:
  ShiftPredictor(const ModelOptions& options, const ModelContext& context, bool has_constant, bool has_rows)
      : Model(without_latents(context.shape), tensor_options(options, context), context.seed) {
    if (has_constant) constant_ = parameters_.add_constant("shift.constant", {shape_.n_genes}, 0);
    if (has_rows) rows_ = parameters_.add_constant("shift.of_label", {shape_.n_labels, shape_.n_genes}, 0);
  }

  ModelOutput forward(const ModelInput& input) const override {
    ModelOutput output;
    output.x_hat = output.y_hat = input.x;
    if (rows_.defined())  // the others say the same of every target
      if (const Tensor change = further_change(input); change.defined()) output.y_hat = output.y_hat + change;
    if (input.targets.empty() && (rows_.defined() || input.n_added == 0)) return output;
    if (constant_.defined()) output.y_hat = output.y_hat + constant_;
    for (const Tensor& one_hot : input.targets)
      if (rows_.defined()) output.y_hat = output.y_hat + at::mm(one_hot, rows_);
    return output;
  }
  bool trains() const override { return false; }
  EncodedTarget encode_target(const Tensor&, double) const override { return no_latents<EncodedTarget>(); }
  Tensor latents(const Tensor&, const std::vector<Tensor>&, double, const Tensor&, std::int64_t) const override {
    return no_latents<Tensor>();
  }
  Tensor decode(const Tensor&, const Tensor&) const override { return no_latents<Tensor>(); }
  Tensor dag() const override { return {}; }

 private:
  static ModelShape without_latents(ModelShape shape) {
    shape.n_latents = 0;
    return shape;
  }
  template <class T>
  static T no_latents() {
    GRACEVAE_CHECK(false, "a shift model has no latents");
    return T{};
  }

  Tensor constant_, rows_;  // undefined if the model has none
};

template <bool has_constant, bool has_rows>
std::unique_ptr<Model> make_shift(const ModelOptions& options, const ModelContext& context) {
  return std::make_unique<ShiftPredictor>(options, context, has_constant, has_rows);
}

const RegisteredModel kControl("control", make_shift<false, false>), kMeanShift("mean-shift", make_shift<true, false>),
    kAdditive("additive", make_shift<false, true>), kLinear("linear", make_shift<true, true>);

}  // namespace

}  // namespace gracevae::impl
