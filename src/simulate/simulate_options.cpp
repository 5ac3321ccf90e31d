#include <fmt/format.h>

#include "base/error.hpp"
#include "base/nearest.hpp"
#include "simulate/simulate.hpp"

namespace gracevae::impl {

namespace {
const std::vector<std::string> kPresets{"tiny", "chain5", "norman-like", "replogle-like"};

/// Counts as real screens have them: log1p after scaling, most values 0.
void like_counts(SimulateOptions& o) {
  o.observation = "counts";
  o.library_size = 1500;
  o.library_spread = 0.3;
  o.genes_per_program = 60;
  o.shift = 3;
  o.shift_spread = 0.5;
  o.pathway_overlap = 0.7;
  o.edge_purity = 0.3;
}
}  // namespace

SimulateOptions simulate_preset(const std::string& name) {
  SimulateOptions o;
  o.preset = name;
  if (name == "tiny") return o;
  if (name == "chain5") {
    o.n_latents = 5;
    o.graph = "chain";
    o.weight_low = o.weight_high = 1;
    o.negative_weights = 0;
    o.latent_order = "given";
    o.shift = 5;
    o.n_genes = 10;
    o.loadings = "identity";
    o.genes_per_program = 1;
    o.noise = 0;
    o.negative_values = true;
    o.n_control = 20480;
    o.cells_per_single = 2048;
    o.cells_per_double = 1024;
    o.n_doubles = 10;
  } else if (name == "norman-like") {
    like_counts(o);
    // As in Norman et al.: 14,000 counts a cell, 151 of them in 500 of these genes; a spread of the genes' logarithms
    // of 2.7, with which 14,000 counts in 33,694 genes are of 3,200 different ones.
    o.library_size = 14000;
    o.library_spread = 0.4;
    o.measured_share = 0.11;
    o.baseline_spread = 2.7;
    o.n_latents = 105;
    o.n_genes = 5000;
    o.n_control = 8907;
    o.cells_per_single = 674;
    o.n_doubles = 131;
    o.cells_per_double = 220;
    o.expected_degree = 2;
  } else if (name == "replogle-like") {
    like_counts(o);
    o.n_latents = 294;
    o.labels_per_latent = 7;
    o.n_genes = 8563;
    o.n_control = 10691;
    o.single_cells = 299694;
    o.n_doubles = 0;
    o.expected_degree = 2;
  } else {
    throw ConfigError({.found = "simulate.preset is '" + name + "'",
                       .expected = "one of tiny, chain5, norman-like, replogle-like"},
                      nearest_hint(name, kPresets));
  }
  return o;
}

void SimulateOptions::bind(OptionTable& t) {
  const auto add = [&](const char* name, auto& field, const char* help) -> Option& {
    return t.add("simulate", name, field, help);
  };
  add("preset", preset, "Values of all knobs to begin with; knobs given besides win.").one_of(kPresets);
  add("control_cells", n_control, "Control cells.").at_least(1);
  add("cells_per_single", cells_per_single, "Cells of every single.").at_least(1);
  add("single_cells", single_cells,
      "Cells of all singles together, shared out as evenly as may be; 0 = simulate.cells_per_single each.")
      .at_least(0);
  add("cells_per_double", cells_per_double, "Cells of every double. Ignored with no doubles.").at_least(1);
  add("doubles", n_doubles, "Pairs of labels with cells of their own, at most all pairs.").at_least(0);
  add("double_scale", double_scale,
      "Mean factor on each label's shifts in a double: 1 = they add up; real doubles have a median of 0.72.")
      .range(-10, 10);
  add("double_spread", double_spread,
      "Standard deviation of that factor, half of its variance of the two labels, half of the double's own; real doubles: "
      "0.3.")
      .range(0, 10);
  add("latents", n_latents, "Latent programs.").range(1, 5000);
  add("graph", graph, "Shape of the latent graph: random edges, a chain, or few latents with many children.")
      .one_of({"erdos-renyi", "chain", "scale-free"});
  add("expected_degree", expected_degree, "Expected number of parents of a latent. Ignored by a chain.").at_least(0);
  add("weight_low", weight_low, "Least size of an edge's weight.").range(0, 100);
  add("weight_high", weight_high, "Largest size of an edge's weight.").range(0, 100);
  add("negative_weights", negative_weights, "Share of edges whose weight is negative.").range(0, 1);
  add("latent_order", latent_order,
      "given: labels in alphabetical order hit the latents from causes to effects. shuffled: their order says nothing.")
      .one_of({"shuffled", "given"});
  add("mechanism", mechanism,
      "How parents act. linear: by their value. relu: by its positive part. mlp: through a small network of each latent.")
      .one_of({"relu", "linear", "mlp"});
  add("latent_noise", latent_noise, "Distribution of the latents' own noise, mean 0 and variance 1.")
      .one_of({"normal", "laplace", "uniform"});
  add("intervention", intervention,
      "What a label does to its latent. shift: adds to it. scale: besides, multiplies its noise and the weights into it. "
      "cut: besides, multiplies the weights into it. knockout: fixes it at the shift, whatever acts on it.")
      .one_of({"shift", "scale", "cut", "knockout"});
  add("shift", shift, "Mean size of a label's shift, in standard deviations of the latent noise.").range(-100, 100);
  add("shift_spread", shift_spread, "Sizes are uniform in shift x [1 - spread, 1 + spread].").range(0, 1);
  add("noise_factor", noise_factor, "Factor on the target's noise. Only with simulate.intervention scale.")
      .range(0, 100);
  add("incoming_factor", incoming_factor,
      "Factor on the weights into the target. Only with simulate.intervention scale and cut.")
      .range(0, 100);
  add("labels_per_latent", labels_per_latent, "Labels that hit each latent, each with a shift of its own.")
      .range(1, 100);
  add("null_labels", null_labels, "Labels that hit no latent.").at_least(0);
  add("off_targets", off_targets, "Share of labels that shift a second latent half as much.").range(0, 1);
  add("genes", n_genes, "Measured genes. The labels' own genes are among them.").range(1, 100000);
  add("loadings", loadings,
      "programs: each latent loads on a few genes. dense: on every gene, normal numbers. identity: gene j is latent j.")
      .one_of({"programs", "dense", "identity"});
  add("mixing", mixing,
      "From latents to genes. linear. polynomial: of degree 2 and full rank, as the identifiability theorem asks. mlp: an "
      "injective leaky-ReLU network. The last two need simulate.loadings dense.")
      .one_of({"linear", "polynomial", "mlp"});
  add("genes_per_program", genes_per_program, "Genes that load on each latent. Only with simulate.loadings programs.")
      .at_least(1);
  add("noise", noise, "Standard deviation of the observation noise, log1p scale. Ignored by counts.").range(0, 100);
  add("observation", observation,
      "gaussian: mixed values with normal noise. counts: negative-binomial counts with library sizes, then scaled to 1e4 "
      "and log1p.")
      .one_of({"gaussian", "counts"});
  add("negative_values", negative_values, "Keep Gaussian values below 0, which expression cannot have.");
  add("library_size", library_size, "Median total count of a cell. Only with counts.").range(1, 1e9);
  add("library_spread", library_spread, "Standard deviation of the logarithm of total counts. Only with counts.")
      .range(0, 10);
  add("measured_share", measured_share,
      "Share of a cell's counts that the measured genes have; the others enter its total only. Only with counts.")
      .range(0.001, 1);
  add("baseline_spread", baseline_spread,
      "Standard deviation of the logarithm of the genes' mean counts. Only with counts.")
      .range(0, 10);
  add("dispersion", dispersion, "Variance is mean + dispersion x mean squared. Only with counts.").range(1e-6, 1e3);
  add("dropout", dropout, "Share of counts that are lost besides. Only with counts.").range(0, 1);
  add("raw_counts", raw_counts, "Write the counts as they are, for `gracevae prepare`. Only with counts.");
  add("pathway_overlap", pathway_overlap,
      "Share of a program's pathway that are genes of the program, the others random: 1 = the gene sets are the programs, "
      "0 = they say nothing.")
      .range(0, 1);
  add("decoy_pathways", decoy_pathways, "Random gene sets besides; -1 = half as many as latents.").at_least(-1);
  add("edge_purity", edge_purity, "Share of protein edges that join genes of one program, 0 to 1.").range(0, 1);
  add("context", context,
      "A folder of real network files (as network.network of train): programs are then drawn from its gene sets, genes carry its "
      "symbols, and the files are copied beside the screen.");
  add("seed", seed, "Seed of all random numbers.").at_least(0);
}

void SimulateOptions::validate() const {
  SimulateOptions copy = *this;
  OptionTable table;
  copy.bind(table);
  table.validate();
  const std::int64_t c = n_labels(), n_pairs = c * (c - 1) / 2;
  const auto require = [](bool met, const std::string& what, const std::string& hint) {
    if (!met) throw ConfigError(what, hint);
  };
  require(n_doubles <= n_pairs,
          fmt::format("simulate.doubles is {}, but {} labels give only {} pairs of labels", n_doubles, c, n_pairs),
          "ask for fewer doubles or more latents");
  require(single_cells == 0 || single_cells >= c,
          fmt::format("simulate.single_cells is {}, fewer than the {} labels", single_cells, c),
          "give every label a cell, or leave it out");
  require(weight_low <= weight_high,
          fmt::format("simulate.weight_low is {}, above simulate.weight_high {}", weight_low, weight_high),
          "exchange them");
  require(mixing == "linear" || loadings == "dense",
          fmt::format("simulate.mixing {} with simulate.loadings {}: only dense loadings can be mixed so", mixing,
                      loadings),
          "add simulate.loadings dense");
  require(observation == "counts" || !raw_counts, "simulate.raw_counts without simulate.observation counts",
          "add simulate.observation counts, or leave it out");
  require(observation != "counts" || loadings == "programs",
          fmt::format("simulate.observation counts with simulate.loadings {}: counts come from gene programs",
                      loadings),
          "use simulate.loadings programs, or simulate.observation gaussian");
  require(context.empty() || loadings == "programs",
          fmt::format("simulate.context with simulate.loadings {}: a real context carries gene programs", loadings),
          "use simulate.loadings programs");
  if (loadings == "programs") {
    require(
        n_genes >= c + genes_per_program - 1,
        fmt::format("simulate.genes is {}, expected at least {}: a gene for each of {} labels, and {} genes a program",
                    n_genes, c + genes_per_program - 1, c, genes_per_program),
        "ask for more genes, or fewer genes a program");
  } else {
    const std::int64_t d = n_latents, monomials = d + d * (d + 1) / 2;
    const std::int64_t least = mixing == "polynomial" ? monomials : d;
    require(n_genes >= least,
            fmt::format("simulate.genes is {}, expected at least {}: {} of {} latents is injective only then", n_genes,
                        least, mixing == "polynomial" ? "a polynomial of full rank" : "a mixing", d),
            "ask for more genes or fewer latents");
    require(n_genes >= c, fmt::format("simulate.genes is {}, expected at least {}: a gene for each label", n_genes, c),
            "ask for more genes");
  }
}

}  // namespace gracevae::impl
