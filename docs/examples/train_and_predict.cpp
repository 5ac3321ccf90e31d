// Reads a screen, trains, predicts a pair of perturbations, and scores the model beside the baselines.
// usage: train_and_predict SCREEN NETWORK
#include <cstdio>

#include <gracevae/evaluate.hpp>
#include <gracevae/training.hpp>

int main(int, char** argv) {
  const auto screen = gracevae::Screen::read(argv[1]);
  const auto graph = gracevae::ContextGraph::read(screen, argv[2]);
  const auto split = gracevae::Split::make(screen, 0);
  gracevae::TrainingSession session(screen, split, gracevae::Options().epochs(5), graph);
  while (!session.finished()) session.run_epoch();
  const gracevae::Model model = session.model();
  const auto cells = model.predict(split.test_conditions().back());
  std::printf("%s: %d cells\n", cells.condition.c_str(), static_cast<int>(cells.values.n_rows));
  std::fputs(gracevae::evaluate(model).text.c_str(), stdout);
}
