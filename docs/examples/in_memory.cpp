// A screen and a network that the program holds in memory; it owns the loop, sees messages and progress, and stops.
#include <cstdio>
#include <random>
#include <string>

#include <gracevae/errors.hpp>
#include <gracevae/training.hpp>

namespace {

/// Three genes; perturbing A or B lowers it. Any matrix of cells x genes on a log1p scale would do.
gracevae::ScreenData made_up_screen() {
  std::mt19937 random(7);
  std::normal_distribution<float> noise(0, 0.1F);
  gracevae::Matrix<float> values(300, 3);
  gracevae::ScreenData data;
  data.genes = {"A", "B", "C"};
  for (std::int64_t i = 0; i < values.n_rows; ++i) {
    data.labels.push_back(i % 3 == 0 ? "control" : i % 3 == 1 ? "A" : "B");
    for (std::int64_t j = 0; j < 3; ++j) values(i, j) = (j + 1 == i % 3 ? 0.5F : 2.0F) + noise(random);
  }
  data.values = gracevae::sparse_of(values);
  return data;
}

}  // namespace

int main() {
  try {
    std::stop_source stop;
    gracevae::Context context;
    context.threads = 1;
    context.log = [](const gracevae::Message& message) { std::printf("log: %s\n", message.text.c_str()); };
    context.stop = stop.get_token();

    const auto screen = gracevae::Screen::from_data(made_up_screen());
    gracevae::NetworkData network;
    network.pathways = {{"P1", "A and B", {"A", "B"}}};
    network.interactions = {{"A", "C"}};
    const auto graph = gracevae::ContextGraph::from_data(screen, network);
    const auto split = gracevae::Split::make(screen, 0, gracevae::Options().set("split.split", "random"));

    gracevae::Options options;
    options.epochs(50).set("model.hidden", 16);
    gracevae::TrainingSession session(screen, split, options, graph, context);
    while (!session.finished()) {
      const gracevae::EpochRecord epoch = session.run_epoch();
      if (epoch.epoch == 9) stop.request_stop();
    }
  } catch (const gracevae::Interrupted& error) {
    std::printf("%s, as asked\n", error.what());
    return 0;
  } catch (const gracevae::Error& error) {
    std::fprintf(stderr, "%s\n", error.what());
  }
  return 1;
}
