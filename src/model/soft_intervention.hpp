#pragma once
/// @file The effect of an intervention on the mechanism of its target.
#include <string>
#include <vector>

#include "model/parts.hpp"

namespace gracevae::impl {

/// The exogenous noise under an intervention, and the factor on the weights into each latent.
struct IntervenedNoise {
  Tensor noise;     ///< [B, d]
  Tensor incoming;  ///< [1 or B, d], undefined: all 1
  Tensor shift;     ///< [1 or B, d] f·Σ_k b_k s_k, undefined without targets
};

/// shift: z_j + f·Σ_k b_kj s_k, as published with f = 1. scale: also multiplies the target's noise by Π_k (1 + b_kj
/// (ν_k − 1)) and the weights into it by Π_k (1 + b_kj (ω_k − 1)), ν_k and ω_k learned per label, initially 1. cut:
/// also multiplies the weights into the target by Π_k (1 − b_kj c_k), c_k in [0, 1] learned, initially ½.
/// @paper GraCE-VAE (soft interventions)
/// @test tests/unit/model/soft_intervention_test.cpp
class SoftIntervention {
 public:
  /// `kind`: shift, scale or cut. Adds the labels' factors to the parameters.
  SoftIntervention(const std::string& kind, const PartContext& context);

  /// Σ_k b_k s_k, [1 or B, d]; undefined without targets.
  static Tensor total_shift(const std::vector<EncodedTarget>& encoded);
  /// z [B, d]; one_hots [1 or B, c] and their encodings, one per target of the regime (none: control; a row of zeros:
  /// no target); factor f [1 or B, 1] on the shifts, undefined for 1.
  IntervenedNoise apply(const Tensor& z, const std::vector<Tensor>& one_hots, const std::vector<EncodedTarget>& encoded,
                        const Tensor& factor = {}) const;

 private:
  Tensor noise_factor_, incoming_factor_, cut_;  // [c]; undefined if the kind has none
};

}  // namespace gracevae::impl
